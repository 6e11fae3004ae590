//===- Buffers.h - the numbers that all candidates of a row share ---------===//
#ifndef TENON_BENCH_BUFFERS_H
#define TENON_BENCH_BUFFERS_H

#include "Problem.h"
#include "tenon/Runtime/Io/Memory.h"

namespace tenon::bench {

/// Memory of the inputs and the output of one call.
struct BufferSet {
  std::vector<runtime::AlignedBuffer> inputs;
  runtime::AlignedBuffer output;

  const float *input(size_t number) const {
    return static_cast<const float *>(inputs[number].data());
  }
  float *outputData() const { return static_cast<float *>(output.data()); }
};

/// The buffers of a problem. Rows that are measured from memory have so many
/// sets that none is left in a cache when its turn comes again.
struct Buffers {
  std::vector<BufferSet> sets;
  std::vector<runtime::AlignedBuffer> parameters;

  const float *parameter(size_t number) const {
    return static_cast<const float *>(parameters[number].data());
  }
};

/// Allocates and fills with reproducible normal-like numbers, the same in all
/// sets.
runtime::Result<Buffers> makeBuffers(const Problem &problem);

} // namespace tenon::bench

#endif // TENON_BENCH_BUFFERS_H
