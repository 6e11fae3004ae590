//===- Repacking.h - what a step leaves to be packed ----------------------===//
#ifndef TENON_RUNTIME_CPU_REPACKING_H
#define TENON_RUNTIME_CPU_REPACKING_H

#include "tenon/Runtime/Abi.h"

#include <cstddef>
#include <vector>

namespace tenon::runtime {

/// The launches begin..end-1 of a list.
struct LaunchRange {
  uint64_t begin;
  uint64_t end;
};

/// The launches of `prepare`, in order, that must run after a step of `entry`: those that
/// depend on a parameter that it updates and fill memory that it has not filled itself, and
/// what they need in memory that does not stay.
std::vector<LaunchRange> findLaunchesLeft(const tn_program &program, const tn_level &level,
                                          size_t entry);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_REPACKING_H
