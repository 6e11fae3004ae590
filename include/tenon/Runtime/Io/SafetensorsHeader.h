//===- SafetensorsHeader.h - the JSON of a weight file, as read -----------===//
//
// Private to the reader: what stands in the JSON text, before the ranges are
// compared with the file.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_IO_SAFETENSORSHEADER_H
#define TENON_RUNTIME_IO_SAFETENSORSHEADER_H

#include "tenon/Runtime/Io/Safetensors.h"

namespace tenon::runtime {

/// One entry of the JSON object; names and dims are ranges of the pools below.
struct HeaderEntry {
  size_t nameBegin = 0, nameSize = 0;
  size_t dimsBegin = 0, rank = 0;
  uint64_t begin = 0, end = 0; ///< data_offsets
  uint64_t position = 0;       ///< in the file, for messages
  WeightDType dtype = WeightDType::F32;
};

struct HeaderContents {
  std::vector<MetadataEntry> metadata;
  std::vector<HeaderEntry> entries;
  std::string names;
  std::vector<int64_t> dims;

  std::string_view name(const HeaderEntry &entry) const {
    return std::string_view(names).substr(entry.nameBegin, entry.nameSize);
  }
};

/// Reads the JSON `text`, which stands at byte 8 of the file called `label`.
/// Checks all that one entry alone can show.
Status parseSafetensorsHeader(std::string_view text, const std::string &label,
                              HeaderContents &contents);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_IO_SAFETENSORSHEADER_H
