//===- Thread.h - One GPU thread --------------------------------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_THREAD_H
#define TENON_LIB_EMULATION_THREAD_H

#include "Fiber.h"
#include "Operation.h"
#include "TensorCopy.h"

#include <cstdint>
#include <vector>

namespace tenon::emulation {

class Block;

/// What a thread waits for.
enum class Wait : uint8_t { Nothing, Warp, Warpgroup, Barrier, MBarrier, Finished };

/// One cp.async that has been issued but has not landed.
struct PendingCopy {
  char *destination;
  const char *source;
  uint32_t bytes, sourceBytes;
};

/// Tensor stores that were committed together.
struct StoreGroup {
  std::vector<TensorCopy> copies;
  uint32_t epoch;
};

/// Words that a collective takes and gives, at most: the accumulators of an
/// m64n256 product, four registers of A, a descriptor and a flag.
constexpr unsigned kMailWords = 136;

/// A thread. Generated code has its address at hand in every function and reads
/// the first members directly; Retarget knows their offsets from here.
struct Thread {
  uint32_t tid[3], ctaid[3], ntid[3], nctaid[3];
  uint32_t lane, warp;
  /// Where the block's shared memory begins.
  char *shared;
  /// Operands of the collective under way, then its results.
  uint32_t mail[kMailWords];

  // What follows is the runtime's.
  Block *block;
  uint32_t index;
  Wait wait;
  /// Where it waits: the collective, its members, and which of the kernel's
  /// calls it is; or the barrier.
  uint32_t operation, mask, site;
  uint32_t barrier;
  /// MBarrier: which, and the parity of the phase that must end.
  uint32_t parity;
  /// cp.async: open group and committed groups, oldest first.
  std::vector<PendingCopy> open;
  std::vector<std::vector<PendingCopy>> committed;
  /// Tensor stores, in the same way.
  std::vector<TensorCopy> openStores;
  std::vector<StoreGroup> committedStores;
  Context context;
};

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_THREAD_H
