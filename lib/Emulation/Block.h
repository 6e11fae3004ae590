//===- Block.h - The threads of a block and who runs next -------*- C++ -*-===//
///
/// A worker runs one block after another. The threads of a warp run in turn,
/// each until it waits for others; when all that are named have come to a
/// collective it is carried out and they may go on. Who runs next is drawn from
/// the schedule's seed and the block's number, so a run can be repeated
/// whatever the number of workers.
///
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_EMULATION_BLOCK_H
#define TENON_LIB_EMULATION_BLOCK_H

#include "MBarrier.h"
#include "Races.h"
#include "Random.h"
#include "SharedArena.h"
#include "TensorCopy.h"
#include "Thread.h"
#include "Traffic.h"
#include "Warpgroup.h"

#include "tenon/Emulation/Launch.h"

#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace tenon::emulation {

/// What all blocks of one launch share.
struct LaunchContext {
  const Kernel &kernel;
  const LaunchShape &shape;
  void *const *arguments;
  Schedule schedule;
  const Memory &memory;
  const GlobalShadow &globalShadow;
  /// Blocks of this launch are numbered from here on, among those of all.
  uint64_t firstSerial;
};

/// Thrown through functions of the runtime when the thread cannot go on.
struct Abandoned {};

/// 32 threads, or fewer in the last one of a block. Masks have a bit per lane.
struct Warp {
  Thread *threads = nullptr;
  uint32_t exist = 0;
  /// Those that may run, those of them that have yet to in this turn, those
  /// that wait at a collective, those that have returned.
  uint32_t runnable = 0, turn = 0, waiting = 0, finished = 0;
  /// The order of a turn: it begins at this lane and goes up or down.
  uint32_t firstLane = 0;
  bool descends = false;
};

/// bar.sync and its kin: one of the 16 of a block.
struct Barrier {
  /// Threads that complete it; 0 before the first of a round has come.
  uint32_t expected = 0;
  uint32_t arrived = 0;
  /// Of the predicates given with barrier.red: how many hold.
  uint32_t holding = 0;
  std::vector<Thread *> waiting;
  Clock clock;
};

class Block {
public:
  static constexpr unsigned kBarriers = 16;

  Block() = default;

  /// Whether there is memory for blocks of that many threads.
  bool reserve(const LaunchContext &launch);
  /// Runs block `index` of the grid. False when a mistake was seen.
  bool run(const LaunchContext &launch, uint64_t index);

  /// What was seen, and the counts of all blocks run since the last take.
  std::string takeDiagnosis() { return std::exchange(diagnosis, std::string()); }
  Statistics takeStatistics() { return std::exchange(statistics, Statistics()); }

  // For the runtime functions; those that take a thread are called on its own
  // stack.

  /// Lets others run until somebody makes `thread` runnable.
  void suspend(Thread &thread);
  void resume(Thread &thread);
  /// Records a mistake of `thread`, unless there is one already.
  void report(const Thread &thread, const std::string &message);
  /// As report, and the thread does not go on.
  template <typename... Parts> [[noreturn]] void fail(const Thread &thread, const Parts &...parts) {
    reportParts(thread, parts...);
    throw Abandoned();
  }
  [[noreturn]] void abandon(Thread &thread);
  template <typename... Parts> void reportParts(const Thread &thread, const Parts &...parts) {
    std::ostringstream message;
    (message << ... << parts);
    report(thread, message.str());
  }

  void collective(Thread &thread, Operation operation, uint32_t mask, uint32_t site);
  /// Arrives at a barrier, and waits for the others if `waits`. With `site`, the
  /// instruction is one that a warp comes to as a whole (.aligned).
  void barrier(Thread &thread, uint32_t id, uint32_t count, bool waits, bool predicate,
               std::optional<uint32_t> site);

  bool hasFailed() const { return !diagnosis.empty(); }
  bool landsEarly() const { return context->schedule.landsEarly(); }
  const Memory &memory() const { return context->memory; }
  uint32_t threadCount() const { return count; }
  Thread &thread(uint32_t index) { return threads[index]; }
  Warp &warp(uint32_t index) { return warps[index]; }
  /// A fault at `address` as a mistake of `thread`.
  void reportWildAccess(const Thread &thread, const void *address);
  /// The end of the stack of `thread`, at a multiple of 16.
  uintptr_t freshStack(const Thread &thread) const {
    uintptr_t end =
        reinterpret_cast<uintptr_t>(stacks.base(thread.index)) + stacks.bytes(thread.index);
    return end & ~uintptr_t{63};
  }

  /// The thread that runs on this worker, if any.
  Thread *runningThread() const { return running; }

  /// Whether accesses are watched; `races` and `traffic` are in use then.
  bool checksAccesses() const { return context->kernel.checksAccesses; }
  const GlobalShadow &globalShadow() const { return context->globalShadow; }
  bool isOnStack(const Thread &thread, const void *address) const {
    uintptr_t offset = reinterpret_cast<uintptr_t>(address) -
                       reinterpret_cast<uintptr_t>(stacks.base(thread.index));
    return offset < stacks.bytes(thread.index);
  }
  /// Memory::find, quick for the range that was found last.
  const Memory::Range *findRange(const void *address) {
    uintptr_t at = reinterpret_cast<uintptr_t>(address);
    if (!lastRange || at < lastRange->begin || at >= lastRange->end)
      lastRange = memory().find(address);
    return lastRange;
  }

  SharedArena shared;
  Statistics statistics;
  Random random;
  MBarriers mbarriers;
  TensorCopies tensorCopies;
  std::unique_ptr<Races> races = std::make_unique<Races>();
  /// One per warp.
  std::vector<Traffic> traffic;

private:
  void prepare(const LaunchContext &launch, uint64_t index);
  /// Runs the runnable threads of `warp` once each and carries out what all of
  /// them have come to. Whether anything happened.
  bool runTurn(Warp &warp);
  bool runWarps();
  bool meetInWarp(Warp &warp);
  bool meetInWarpgroups();
  bool landCopy();
  Thread *takeNext(Warp &warp);
  void completeBarrier(Barrier &barrier);
  void checkAlignment(const Barrier &barrier);
  void reportDeadlock();
  static void enterThread(void *thread);

  const LaunchContext *context = nullptr;
  uint64_t number = 0;
  std::unique_ptr<Thread[]> threads;
  uint32_t capacity = 0, count = 0, finished = 0;
  std::vector<Warp> warps;
  std::vector<Warpgroup> warpgroups;
  std::vector<uint32_t> warpOrder;
  Barrier barriers[kBarriers];
  Stacks stacks;
  Context scheduler;
  Warp *runningWarp = nullptr;
  Thread *running = nullptr;
  const Memory::Range *lastRange = nullptr;
  std::string diagnosis;
};

/// Carries out `operation` for the lanes of `mask`, all of which have their
/// operands in their mail, and leaves the results there.
void carryOut(Block &block, Warp &warp, Operation operation, uint32_t mask);

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_BLOCK_H
