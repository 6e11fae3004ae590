//===- Batch.h - how many samples pass at a time --------------------------===//
//
// A large batch goes through the launch list in parts, so that what one kernel
// writes and the next one reads stays in cache. Results are the same to the bit:
// a sample's do not depend on its neighbours.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CPU_BATCH_H
#define TENON_RUNTIME_CPU_BATCH_H

#include "tenon/Runtime/Cpu/Plan.h"

namespace tenon::runtime {

/// The fewest samples of which every input and output has a multiple of 64 bytes:
/// parts of so many begin where kernels may expect buffers to begin.
int64_t fewestSamples(const tn_entry &entry);

/// The samples of a part: all of them where parts do not pay, else a multiple of the
/// fewest. `few` is the plan for these.
int64_t samplesPerPart(const tn_launch_list &list, const Plan &few, int64_t fewest,
                       int64_t samples);

/// The number of the entry's batch symbol, or -1.
int batchSymbol(const tn_entry &entry);

/// `key` with another number of samples.
PlanKey withSamples(const PlanKey &key, int symbol, int64_t samples);

/// The bytes of one sample of an input or output; 0 where it has none.
/// `symbols` are the call's.
uint64_t sampleBytes(const tn_tensor &tensor, int symbol, const int64_t *symbols);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_BATCH_H
