//===- Safetensors.h - weight files ---------------------------------------===//
//
// Layout: 8 bytes N (little-endian), N bytes of JSON, then the data:
//
//   {"__metadata__": {"key": "text", ...},
//    "NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
//
// The data ranges must cover the data without overlap or hole. Integers are
// read as 64-bit integers and never pass through a double.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_IO_SAFETENSORS_H
#define TENON_RUNTIME_IO_SAFETENSORS_H

#include "tenon/Runtime/Io/ByteSource.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::runtime {

/// The longest JSON header that is read, in bytes.
constexpr uint64_t maxSafetensorsHeader = 100'000'000;

/// The element types of the format that are whole bytes.
enum class WeightDType : uint8_t {
  F64,
  F32,
  F16,
  BF16,
  I64,
  I32,
  I16,
  I8,
  U64,
  U32,
  U16,
  U8,
  Bool,
  F8E4M3,
  F8E5M2,
  F8E8M0,
  C64,
};

/// Spelling in the file ("BF16") and size in bytes.
const char *weightDTypeName(WeightDType dtype);
uint64_t weightDTypeSize(WeightDType dtype);

/// One tensor of a file. `name` and `dims` point into the SafetensorsFile.
struct WeightTensor {
  std::string_view name;
  WeightDType dtype = WeightDType::F32;
  const int64_t *dims = nullptr;
  size_t rank = 0;
  uint64_t offset = 0; ///< of the first byte, from the start of the file
  uint64_t bytes = 0;
};

/// A line of `__metadata__`.
struct MetadataEntry {
  std::string key, text;
};

/// The validated table of contents of a weight file.
class SafetensorsFile {
public:
  /// Reads and checks the header of `source`, which must outlive the result.
  /// Time is linear in the header apart from two sorts.
  static Result<SafetensorsFile> open(const ByteSource &source);
  /// The same for who reads the data: they are verified.
  static Result<SafetensorsFile> openWhole(const ByteSource &source);

  /// All tensors, sorted by name.
  const std::vector<WeightTensor> &tensors() const { return table; }
  /// The tensor called `name`, or null.
  const WeightTensor *find(std::string_view name) const;
  const ByteSource &source() const { return *bytes; }
  /// What `__metadata__` says under `key`; null if nothing.
  const std::string *metadata(std::string_view key) const;
  /// Reads all data and compares them with the checksum that `writeSafetensors` has put
  /// into the metadata, tensors in the order of their names; an Input error if they differ.
  /// Files without one pass.
  Status verify() const;
  /// From now on the tensors called NAME are the moving averages that a training has kept
  /// beside them, as "tenon.ema.NAME". Returns how many there are.
  size_t takeAverages();

private:
  friend class SafetensorsBuilder;
  SafetensorsFile() = default;

  const ByteSource *bytes = nullptr;
  std::unique_ptr<std::string> names;
  std::unique_ptr<std::vector<int64_t>> shapes;
  std::vector<WeightTensor> table;
  std::vector<MetadataEntry> notes;
};

/// The metadata's key of the checksum.
constexpr std::string_view checksumKey = "tenon.checksum";

} // namespace tenon::runtime

#endif // TENON_RUNTIME_IO_SAFETENSORS_H
