//===- Executor.h - walks a launch list -----------------------------------===//
#ifndef TENON_RUNTIME_CPU_EXECUTOR_H
#define TENON_RUNTIME_CPU_EXECUTOR_H

#include "tenon/Runtime/Cpu/Plan.h"
#include "tenon/Runtime/Cpu/ThreadPool.h"
#include "tenon/Runtime/Io/Memory.h"
#include "tenon/Runtime/LaunchOutcome.h"

#include <atomic>
#include <vector>

namespace tenon::runtime {

/// The memory behind the buffer kinds of one run; each array is indexed by
/// tn_buffer.index.
struct BufferTable {
  const void *const *inputs = nullptr;
  void *const *outputs = nullptr;
  void *const *parameters = nullptr;
  void *const *packed = nullptr;
  /// For inputs that the plan fills with their default.
  const tn_tensor *inputTensors = nullptr;
};

/// Owns arena and scratch and runs launches on a pool, groups of them side by side (tn_join).
class Executor {
public:
  /// `lists` are all lists this executor will run; `stop`, if not null, ends a
  /// run before its next launch once it is not 0, unless parameters are updated already.
  Executor(ThreadPool &pool, const std::vector<const tn_launch_list *> &lists,
           const std::atomic<int> *stop);

  /// Grows arena and scratch to what `plan` needs; keeps them if they suffice.
  Status reserve(const Plan &plan);

  /// Runs the list of `plan`, for which reserve() succeeded. Allocates nothing.
  /// `nanoseconds`, if not null, receives the added time of each launch.
  LaunchOutcome run(const tn_launch_list &list, const Plan &plan, const BufferTable &table,
                    uint64_t *nanoseconds);

  /// Runs the launches begin..end-1 alone.
  LaunchOutcome runPart(const tn_launch_list &list, const Plan &plan, const BufferTable &table,
                        uint64_t begin, uint64_t end);

  uint64_t arenaBytes() const { return arena.size(); }

private:
  /// The error of the first launch, there of the lowest tiles, that a worker has met in
  /// the current group.
  struct alignas(64) WorkerError {
    uint64_t launch = 0;
    int64_t begin = 0;
    int32_t code = TN_OK;
    tn_error error{};
  };

  /// Launches of a group whose tiles follow one another; they have the same grid.
  struct Chain {
    uint64_t begin, end;
    int64_t firstTile;
  };

  static void runTiles(void *self, int64_t begin, int64_t end, int worker);
  void runChain(const Chain &chain, int64_t begin, int64_t end, int worker);
  bool runLaunch(uint64_t number, int64_t begin, int64_t end, int worker);
  uint64_t collectGroup(const tn_launch_list &list, const Plan &plan, uint64_t begin, uint64_t end);
  void shareTime(uint64_t begin, uint64_t end, uint64_t spent, uint64_t *nanoseconds);
  void resolveBuffers(const tn_launch_list &list, const Plan &plan, const BufferTable &table);
  LaunchOutcome runLaunches(const tn_launch_list &list, const Plan &plan, uint64_t begin,
                            uint64_t end, uint64_t *nanoseconds);
  bool collectErrors(LaunchOutcome &outcome);

  ThreadPool &pool;
  const std::atomic<int> *stop;
  AlignedBuffer arena;
  AlignedBuffer scratch;
  std::vector<void *> buffers; ///< of the list
  std::vector<WorkerError> errors;

  // The group in progress.
  std::vector<void *> arguments;                ///< of its launches, one after the other
  std::vector<void *const *> argumentsOf;       ///< by launch of the list
  std::vector<std::atomic<uint64_t>> workTimes; ///< by launch of the list, when measured
  std::vector<Chain> chains;
  std::vector<int64_t> ends; ///< of the chains' tiles
  const tn_launch *launches = nullptr;
  bool isMeasured = false;
  const int64_t *symbols = nullptr;
  uint64_t scratchStride = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_EXECUTOR_H
