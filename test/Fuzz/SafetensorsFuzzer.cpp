//===- SafetensorsFuzzer.cpp - Any bytes as a weight file -----------------===//
//
// Bytes are opened as a safetensors file. What is accepted names ranges that lie
// in the file, do not overlap, and can be read.
//
//===----------------------------------------------------------------------===//

#include "tenon/Runtime/Io/Safetensors.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstdlib>

using namespace tenon::runtime;

static void require(bool holds) {
  if (!holds)
    std::abort();
}

static void checkTensor(const SafetensorsFile &file, const WeightTensor &tensor) {
  int64_t bytes = 0;
  require(checkedProduct(tensor.dims, tensor.rank, int64_t(weightDTypeSize(tensor.dtype)), bytes));
  require(uint64_t(bytes) == tensor.bytes);
  require(tensor.offset <= file.source().size() &&
          tensor.bytes <= file.source().size() - tensor.offset);
  require(file.find(tensor.name) == &tensor);
  std::string read(tensor.bytes, '\0');
  require(file.source().read(tensor.offset, read.data(), tensor.bytes).ok());
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::unique_ptr<ByteSource> source = openMemory("fuzzed", data, size);
  Result<SafetensorsFile> file = SafetensorsFile::open(*source);
  if (!file.ok()) {
    require(!file.status().render().empty());
    return 0;
  }
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  for (const WeightTensor &tensor : file->tensors()) {
    checkTensor(*file, tensor);
    ranges.emplace_back(tensor.offset, tensor.offset + tensor.bytes);
  }
  std::sort(ranges.begin(), ranges.end());
  for (size_t i = 1; i < ranges.size(); ++i)
    require(ranges[i - 1].second == ranges[i].first);
  return 0;
}
