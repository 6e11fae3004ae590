//===- Placement.h - buffers that share one arena -------------------------===//
#ifndef TENON_RUNTIME_CPU_PLACEMENT_H
#define TENON_RUNTIME_CPU_PLACEMENT_H

#include <cstdint>
#include <vector>

namespace tenon::runtime {

/// A buffer that shares the arena with others: `bytes` from launch `first` to
/// launch `last`, both included.
struct ArenaRequest {
  uint64_t bytes;
  int32_t first;
  int32_t last;
};

/// Chooses an offset for each request so that no two overlap in time and in
/// space: one after the other at the lowest offset that is free over its
/// lifetime, in the best of a few orders. Offsets are multiples of 64. Returns
/// the arena's size; false in `fits` if it exceeds 2^62 bytes.
uint64_t placeBuffers(const std::vector<ArenaRequest> &requests, std::vector<uint64_t> &offsets,
                      bool &fits);

/// The most bytes that are alive at one time, each request rounded up to the
/// alignment that kernels expect: no arena is smaller. UINT64_MAX on overflow.
uint64_t mostBytesAlive(const std::vector<ArenaRequest> &requests);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_PLACEMENT_H
