//===- Statistics.h - What launches of a kernel did -------------*- C++ -*-===//

#ifndef TENON_EMULATION_STATISTICS_H
#define TENON_EMULATION_STATISTICS_H

#include <cstdint>
#include <string>

namespace tenon::emulation {

/// Counts over launches. Instructions of a warp or a warpgroup count once for
/// all of it.
struct Statistics {
  uint64_t launches = 0, blocks = 0, threads = 0;
  /// Changes from one fiber to another.
  uint64_t switches = 0;
  uint64_t mma = 0, wgmma = 0, ldmatrix = 0, stmatrix = 0, shuffle = 0, warpSync = 0;
  /// Arrivals of threads.
  uint64_t barrier = 0;
  /// cp.async: one per thread. Tensor copies: one each.
  uint64_t cpAsync = 0, tensorLoad = 0, tensorStore = 0;
  uint64_t mbarrierArrive = 0, mbarrierWait = 0;
  /// Passes over the banks of shared memory: those needed and those that equal
  /// accesses without conflicts would need.
  uint64_t sharedWavefronts = 0, sharedWavefrontsIdeal = 0;
  /// Sectors of 32 bytes that accesses of global memory touch, and how many
  /// would hold the same bytes.
  uint64_t globalSectors = 0, globalSectorsIdeal = 0;

  Statistics &operator+=(const Statistics &other);
  /// `name value` pairs on one line.
  std::string format() const;
};

} // namespace tenon::emulation

#endif // TENON_EMULATION_STATISTICS_H
