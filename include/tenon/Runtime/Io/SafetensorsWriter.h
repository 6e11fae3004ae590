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

/// What is appended to the name of a file for the one before it.
constexpr const char *previousSuffix = ".previous";

/// Writes a safetensors file under a temporary name, flushes it and gives it its own: an
/// older file of that name stays whole until then, and after that has `previousSuffix`,
/// where the file system lets a file have two names. A checksum of the data is added to
/// the metadata.
Status writeSafetensors(const std::string &path, const std::vector<TensorToWrite> &tensors,
                        std::vector<MetadataEntry> metadata);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_IO_SAFETENSORSWRITER_H
