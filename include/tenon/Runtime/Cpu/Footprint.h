//===- Footprint.h - the memory that a run works on -----------------------===//
#ifndef TENON_RUNTIME_CPU_FOOTPRINT_H
#define TENON_RUNTIME_CPU_FOOTPRINT_H

#include "tenon/Runtime/Cpu/Plan.h"

namespace tenon::runtime {

/// Bytes that the launches of one entry read and write at some sizes, inputs
/// and outputs aside.
struct Footprint {
  uint64_t weightBytes = 0; ///< parameters, as kernels read them: raw or packed
  uint64_t arenaBytes = 0;  ///< of all intermediate results together
  uint64_t liveBytes = 0;   ///< the most of these in use at one time

  /// How much larger the arena is than it must be; 1 for an empty one.
  double arenaRatio() const {
    return liveBytes == 0 ? 1 : static_cast<double>(arenaBytes) / static_cast<double>(liveBytes);
  }
};

/// Of entry `key.list`; with `takesParts` of a part of a large batch, as the CPU takes it. An Input
/// error if a size overflows 64 bits.
Result<Footprint> footprintOf(const tn_program &program, const tn_level &level, const PlanKey &key,
                              bool takesParts = true);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_FOOTPRINT_H
