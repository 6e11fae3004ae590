//===- Clocks.h - What has happened before what -----------------*- C++ -*-===//
///
/// Vector clocks over the threads of a block and over its agents: those who act
/// without being threads, such as a tensor copy, known by its mbarrier, or a
/// warpgroup's products. An event is stamped with who did it and its epoch; it
/// happened before what a thread does now if the thread's clock has reached the
/// epoch. Barriers and their kin carry clocks from those that arrive to those
/// that wait.
///
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_EMULATION_CLOCKS_H
#define TENON_LIB_EMULATION_CLOCKS_H

#include <cstdint>
#include <vector>

namespace tenon::emulation {

/// The epochs of all that somebody knows of.
using Clock = std::vector<uint32_t>;

/// Who, and when; zero is nobody.
struct Stamp {
  uint32_t who : 12, epoch : 20;
};
static_assert(sizeof(Stamp) == 4);

class Clocks {
public:
  /// Agents beside the threads: one per mbarrier, one per warpgroup, one more.
  static constexpr uint32_t kMBarriers = 128, kWarpgroups = 8;

  void reset(uint32_t threads) {
    count = threads + kMBarriers + kWarpgroups + 1;
    clocks.assign(threads, Clock(count));
    epochs.assign(count, 1);
    for (uint32_t i = 0; i < threads; ++i)
      clocks[i][i] = 1;
    threadCount = threads;
  }

  uint32_t mbarrierAgent(uint32_t index) const { return threadCount + index % kMBarriers; }
  uint32_t warpgroupAgent(uint32_t index) const {
    return threadCount + kMBarriers + index % kWarpgroups;
  }
  /// Tensor stores.
  uint32_t storeAgent() const { return threadCount + kMBarriers + kWarpgroups; }
  bool isThread(uint32_t who) const { return who < threadCount; }

  Stamp now(uint32_t who) const { return {who, epochs[who]}; }
  bool happenedBefore(Stamp stamp, uint32_t thread) const {
    return stamp.epoch <= clocks[thread][stamp.who];
  }

  /// What `thread` has done and knows becomes part of `clock`.
  void release(uint32_t thread, Clock &clock) {
    join(clock, clocks[thread]);
    clocks[thread][thread] = ++epochs[thread];
  }
  void acquire(uint32_t thread, const Clock &clock) { join(clocks[thread], clock); }
  /// The same for an agent, which knows of itself alone.
  void releaseAgent(uint32_t agent, Clock &clock) {
    clock.resize(count);
    clock[agent] = epochs[agent]++;
  }
  /// Ends the epoch of what `agent` has begun, which is the answer.
  uint32_t advanceAgent(uint32_t agent) { return epochs[agent]++; }
  void acquireAgent(uint32_t thread, uint32_t agent, uint32_t epoch) {
    if (clocks[thread][agent] < epoch)
      clocks[thread][agent] = epoch;
  }

private:
  void join(Clock &into, const Clock &from) {
    into.resize(count);
    for (uint32_t i = 0; i < static_cast<uint32_t>(from.size()); ++i)
      into[i] = into[i] < from[i] ? from[i] : into[i];
  }

  uint32_t count = 0, threadCount = 0;
  std::vector<Clock> clocks;
  std::vector<uint32_t> epochs;
};

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_CLOCKS_H
