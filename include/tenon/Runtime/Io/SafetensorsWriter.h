//===- SafetensorsWriter.h - weight files that appear whole ---------------===//
#ifndef TENON_RUNTIME_IO_SAFETENSORSWRITER_H
#define TENON_RUNTIME_IO_SAFETENSORSWRITER_H

#include "tenon/Runtime/Io/Safetensors.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tenon::runtime {

/// A tensor to write; `dtype` is a tn_dtype, `data` row-major.
struct TensorToWrite {
  std::string name;
  int32_t dtype;
  std::vector<int64_t> dims;
  const void *data;
};

/// Writes a safetensors file under a temporary name, flushes it and gives it its own: an
/// older file of that name stays whole until then and, if it is kept, has the name
/// `previousOf(path)` after it. A checksum of the data is added to the metadata.
Status writeSafetensors(const std::string &path, const std::vector<TensorToWrite> &tensors,
                        std::vector<MetadataEntry> metadata, bool keepsPrevious = false);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_IO_SAFETENSORSWRITER_H
