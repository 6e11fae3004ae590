//===- MBarrier.h - Barriers that live in shared memory ---------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_MBARRIER_H
#define TENON_LIB_EMULATION_MBARRIER_H

#include "Clocks.h"

#include <cstdint>
#include <map>
#include <vector>

namespace tenon::emulation {

class Block;
struct Thread;

/// A phase ends when all expected threads have arrived and all expected bytes
/// have been written.
struct MBarrier {
  /// Arrivals per phase, and those still missing.
  uint32_t count = 0, pending = 0;
  /// Bytes expected minus bytes written.
  int64_t bytes = 0;
  /// Phases that have ended.
  uint32_t phase = 0;
  /// Which of the block's, in order of initialization.
  uint32_t index = 0;
  /// The thread that initialized it, and whether it has made that visible to
  /// tensor copies.
  uint32_t initializer = 0;
  bool isFenced = false;
  std::vector<Thread *> waiting;
  /// What those who arrive bring, and what those who wait get.
  Clock arriving, completed;

  bool hasEnded(uint32_t parity) const { return (phase & 1) != parity; }
};

/// Those of a block.
class MBarriers {
public:
  void reset() { barriers.clear(); }

  void initialize(Thread &thread, void *address, uint32_t count);
  void invalidate(Thread &thread, void *address);
  /// Expects `bytes` more and arrives `arrivals` times; the phase it was in.
  uint64_t arrive(Thread &thread, void *address, uint32_t arrivals, uint32_t bytes);
  void complete(Thread &thread, void *address, uint32_t bytes);
  /// Returns when a phase of that parity has ended.
  void wait(Thread &thread, void *address, uint32_t parity);
  /// fence.mbarrier_init, fence.proxy.async
  void fence(const Thread &thread);

  /// The barrier at `address`, which must have been initialized.
  MBarrier &at(Thread &thread, const void *address);
  /// `bytes` of a copy have been written.
  void land(Block &block, MBarrier &barrier, uint32_t bytes);

private:
  void endPhases(Block &block, MBarrier &barrier);

  /// By offset in shared memory.
  std::map<uint32_t, MBarrier> barriers;
};

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_MBARRIER_H
