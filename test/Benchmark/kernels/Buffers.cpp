//===- Buffers.cpp - the numbers that all candidates of a row share -------===//
#include "Buffers.h"

#include <algorithm>
#include <cstring>
#include <unistd.h>

namespace tenon::bench {

using runtime::AlignedBuffer;
using runtime::Result;
using runtime::Status;

/// The least that rotates if the system does not know its last cache.
static constexpr double assumedCacheBytes = 64.0 * 1024 * 1024;
static constexpr double mostRotatingBytes = 4.0 * 1024 * 1024 * 1024;
static constexpr double cachesRotated = 4;

static size_t numberOfSets(const Problem &problem) {
  if (problem.bound != Bound::Scale)
    return 1;
  double cache = std::max(static_cast<double>(sysconf(_SC_LEVEL3_CACHE_SIZE)), assumedCacheBytes);
  double rotating = std::min(cachesRotated * cache, mostRotatingBytes - problem.bytes);
  return static_cast<size_t>(rotating / problem.bytes) + 1;
}

/// The sum of four uniform numbers, scaled to deviation 1.
static float nextNormal(uint64_t &state) {
  float sum = 0;
  for (int i = 0; i < 4; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    sum += static_cast<float>(state >> 40) * (1.0f / (1 << 24));
  }
  constexpr float inverseDeviation = 1.7320508f;
  return (sum - 2) * inverseDeviation;
}

static Result<AlignedBuffer> allocateFilled(const TensorSpec &tensor, uint64_t &state) {
  size_t elements = static_cast<size_t>(tensor.elements());
  Result<AlignedBuffer> memory =
      AlignedBuffer::allocate(elements * sizeof(float), "memory for a tensor");
  if (!memory.ok())
    return memory;
  float *values = static_cast<float *>(memory->data());
  for (size_t i = 0; i < elements; ++i)
    values[i] = tensor.mean + tensor.deviation * nextNormal(state);
  return memory;
}

static Status addSet(const Problem &problem, Buffers &buffers) {
  BufferSet set;
  for (size_t i = 0; i < problem.inputs.size(); ++i) {
    uint64_t state = 0x9e3779b97f4a7c15u + i;
    Result<AlignedBuffer> memory = allocateFilled(problem.inputs[i], state);
    if (!memory.ok())
      return memory.takeStatus();
    set.inputs.push_back(std::move(*memory));
  }
  size_t bytes = static_cast<size_t>(problem.output.elements()) * sizeof(float);
  Result<AlignedBuffer> memory = AlignedBuffer::allocate(bytes, "memory for an output");
  if (!memory.ok())
    return memory.takeStatus();
  set.output = std::move(*memory);
  memset(set.output.data(), 0, bytes);
  buffers.sets.push_back(std::move(set));
  return Status();
}

Result<Buffers> makeBuffers(const Problem &problem) {
  Buffers buffers;
  uint64_t state = 0x2545f4914f6cdd1du;
  for (const TensorSpec &parameter : problem.parameters) {
    Result<AlignedBuffer> memory = allocateFilled(parameter, state);
    if (!memory.ok())
      return memory.takeStatus();
    buffers.parameters.push_back(std::move(*memory));
  }
  for (size_t i = numberOfSets(problem); i > 0; --i)
    if (Status status = addSet(problem, buffers); !status.ok())
      return status;
  return buffers;
}

} // namespace tenon::bench
