//===- Executor.h - walks a launch list -----------------------------------===//
#ifndef TENON_RUNTIME_CPU_EXECUTOR_H
#define TENON_RUNTIME_CPU_EXECUTOR_H

#include "tenon/Runtime/Cpu/Plan.h"
#include "tenon/Runtime/Cpu/ThreadPool.h"
#include "tenon/Runtime/Io/Memory.h"

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

/// How a run over a list ended.
struct LaunchOutcome {
  enum Kind { Done, KernelError, Stopped } kind = Done;
  size_t launch = 0; ///< the failing launch
  int32_t code = TN_OK;
  tn_error error{};
};

/// Owns arena and scratch and runs launches on a pool.
class Executor {
public:
  /// `lists` are all lists this executor will run; `stop`, if not null, ends a
  /// run before its next launch once it is not 0.
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
  /// The error of the lowest tiles a worker has met in the current launch.
  struct alignas(64) WorkerError {
    int64_t begin = 0;
    int32_t code = TN_OK;
    tn_error error{};
  };

  static void runTiles(void *self, int64_t begin, int64_t end, int worker);
  void resolveBuffers(const tn_launch_list &list, const Plan &plan, const BufferTable &table);
  LaunchOutcome runLaunches(const tn_launch_list &list, const Plan &plan, uint64_t begin,
                            uint64_t end, uint64_t *nanoseconds);
  bool collectErrors(LaunchOutcome &outcome);

  ThreadPool &pool;
  const std::atomic<int> *stop;
  AlignedBuffer arena;
  AlignedBuffer scratch;
  std::vector<void *> buffers;   ///< of the list
  std::vector<void *> arguments; ///< of the launch
  std::vector<WorkerError> errors;

  // The launch in progress.
  const tn_launch *launch = nullptr;
  const int64_t *symbols = nullptr;
  uint64_t scratchStride = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_EXECUTOR_H
