//===- NpyFuzzer.cpp - Any bytes as an array file -------------------------===//
//
// Bytes are read as a .npy file. What is accepted has a size that fits its
// shape, is read whole, and reads the same when it is written again.
//
//===----------------------------------------------------------------------===//

#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Npy.h"
#include "tenon/Runtime/Io/Text.h"

#include <cstdlib>

using namespace tenon::runtime;

static void require(bool holds) {
  if (!holds)
    std::abort();
}

/// The elements of an accepted file.
static std::string readAll(const ByteSource &source, const NpyHeader &header) {
  std::string elements(header.bytes, '\0');
  require(readNpyData(source, header, elements.data()).ok());
  return elements;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::unique_ptr<ByteSource> source = openMemory("fuzzed", data, size);
  Result<NpyHeader> header = readNpyHeader(*source);
  if (!header.ok()) {
    require(!header.status().render().empty());
    return 0;
  }
  int64_t bytes = 0;
  require(header->dtype >= 0 && header->dtype < numDTypes);
  require(checkedProduct(header->dims.data(), header->dims.size(), dtypeInfo(header->dtype).size,
                         bytes));
  require(uint64_t(bytes) == header->bytes && header->bytes <= size);

  std::string elements = readAll(*source, *header);
  std::string written = npyPreamble(header->dtype, header->dims) + elements;
  std::unique_ptr<ByteSource> again = openMemory("written", written.data(), written.size());
  Result<NpyHeader> known = readNpyHeader(*again);
  require(known.ok() && known->dtype == header->dtype && known->dims == header->dims);
  require(!known->fortranOrder && !known->bigEndian && readAll(*again, *known) == elements);
  return 0;
}
