//===- Batch.cpp - how many samples pass at a time ------------------------===//
#include "tenon/Runtime/Cpu/Batch.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Io/DType.h"

#include <algorithm>

namespace tenon::runtime {

/// What a part may take: it shares the last cache with tables and parameters, and its
/// launches must still take long beside what a launch costs.
constexpr uint64_t partBytes = uint64_t{8} << 20;

int64_t fewestSamples(const tn_entry &entry) {
  int64_t smallest = 64;
  auto visit = [&](const tn_tensor &tensor) {
    smallest = std::min<int64_t>(smallest, dtypeInfo(tensor.dtype).size);
  };
  for (uint64_t i = 0; i < entry.num_inputs; ++i)
    visit(entry.inputs[i]);
  for (uint64_t i = 0; i < entry.num_outputs; ++i)
    visit(entry.outputs[i]);
  return 64 / smallest;
}

int64_t samplesPerPart(const tn_launch_list &list, const Plan &few, int64_t fewest,
                       int64_t samples) {
  if (few.arenaBytes == 0 || few.arenaBytes > partBytes)
    return samples;
  int64_t part = static_cast<int64_t>(partBytes / few.arenaBytes) * fewest;
  if (part >= samples)
    return samples;
  // Every part reads the packed parameters again: that must be little beside what it
  // leaves in cache.
  uint64_t packed = 0;
  for (uint64_t i = 0; i < list.num_buffers; ++i)
    if (list.buffers[i].kind == TN_BUFFER_PACKED)
      packed += few.bytes[i];
  return packed <= partBytes / 4 ? part : samples;
}

int batchSymbol(const tn_entry &entry) { return static_cast<int>(entry.batch) - 1; }

PlanKey withSamples(const PlanKey &key, int symbol, int64_t samples) {
  PlanKey changed = key;
  changed.symbols[static_cast<size_t>(symbol)] = samples;
  return changed;
}

uint64_t sampleBytes(const tn_tensor &tensor, int symbol, const int64_t *symbols) {
  if (tensor.rank == 0 || bareSymbol(tensor.dims[0]) != symbol)
    return 0;
  uint64_t bytes = static_cast<uint64_t>(dtypeInfo(tensor.dtype).size);
  for (int32_t d = 1; d < tensor.rank; ++d) {
    int64_t size = 0;
    // The whole tensor's sizes were evaluated when the call was bound.
    evaluateSize(tensor.dims[d], symbols, size);
    bytes *= static_cast<uint64_t>(std::max<int64_t>(size, 0));
  }
  return bytes;
}

} // namespace tenon::runtime
