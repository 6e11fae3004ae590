//===- Footprint.cpp - the memory that a run works on ---------------------===//
#include "tenon/Runtime/Cpu/Footprint.h"
#include "tenon/Runtime/Cpu/Batch.h"
#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Cpu/Size.h"

#include <algorithm>
#include <set>

namespace tenon::runtime {

/// Bytes behind a buffer that outlives the run; 0 for others.
static uint64_t weightBytesOf(const tn_program &program, const tn_level &level,
                              const tn_buffer &buffer) {
  static constexpr int64_t noSymbols[TN_MAX_SYMBOLS] = {};
  if (buffer.kind == TN_BUFFER_PARAMETER)
    return parameterBytes(program.parameters[buffer.index]);
  int64_t bytes = 0;
  bool fits =
      buffer.kind == TN_BUFFER_PACKED && evaluateSize(level.packed[buffer.index], noSymbols, bytes);
  return fits ? static_cast<uint64_t>(std::max<int64_t>(bytes, 0)) : 0;
}

Result<Footprint> footprintOf(const tn_program &program, const tn_level &level, const PlanKey &key,
                              bool takesParts) {
  const tn_launch_list &list = level.entries[key.list];
  int batch = takesParts ? batchSymbol(program.entries[key.list]) : -1;
  PlanKey part = key;
  if (int64_t samples = batch < 0 ? 0 : key.symbols[static_cast<size_t>(batch)];
      batch >= 0 && samples > fewestSamples(program.entries[key.list])) {
    int64_t fewest = fewestSamples(program.entries[key.list]);
    Result<Plan> few = makePlan(list, program, withSamples(key, batch, fewest));
    if (!few.ok())
      return few.takeStatus();
    part = withSamples(key, batch, samplesPerPart(list, *few, fewest, samples));
  }
  Result<Plan> plan = makePlan(list, program, part);
  if (!plan.ok())
    return plan.takeStatus();
  Footprint footprint;
  footprint.arenaBytes = plan->arenaBytes;
  footprint.liveBytes = plan->liveBytes;
  std::set<std::pair<int32_t, int32_t>> seen; // tied weights count once
  for (uint64_t i = 0; i < list.num_buffers; ++i)
    if (seen.insert({list.buffers[i].kind, list.buffers[i].index}).second)
      footprint.weightBytes += weightBytesOf(program, level, list.buffers[i]);
  return footprint;
}

} // namespace tenon::runtime
