//===- StreamExecutor.h - gives launch lists to a stream ------------------===//
#ifndef TENON_RUNTIME_CUDA_STREAMEXECUTOR_H
#define TENON_RUNTIME_CUDA_STREAMEXECUTOR_H

#include "tenon/Runtime/Cuda/DeviceMemory.h"
#include "tenon/Runtime/Cuda/DevicePlan.h"
#include "tenon/Runtime/LaunchOutcome.h"

#include <atomic>

namespace tenon::runtime::cuda {

/// The addresses behind the buffer kinds of one run; each array is indexed by
/// tn_buffer.index. Temporaries are in the executor's arena.
struct AddressTable {
  const DevicePointer *inputs = nullptr;
  const DevicePointer *outputs = nullptr;
  const DevicePointer *parameters = nullptr;
  const DevicePointer *packed = nullptr;
};

/// Owns the arena, and where kernels report errors. Launches run in list order, which
/// is more than any tn_join asks for.
class StreamExecutor {
public:
  StreamExecutor(Device &device, const tn_program &program, const std::atomic<int> *stop)
      : device(device), program(program), stop(stop) {}
  ~StreamExecutor();
  StreamExecutor(const StreamExecutor &) = delete;
  StreamExecutor &operator=(const StreamExecutor &) = delete;

  /// Grows arena and pinned memory to what `plan` needs; keeps them if they suffice.
  Status reserve(const DevicePlan &plan);
  DevicePointer arena() const { return memory.address(); }
  uint64_t arenaBytes() const { return memory.size(); }
  /// Pinned memory of the plan's staged transfers.
  char *staging() const { return pinned.data() + stagingOffset; }

  /// Whether no more launches are given to the stream, as the caller has asked for.
  bool isStopped();

  /// Gives the launches begin..end-1 to the stream, for which reserve() succeeded.
  Status launchPart(const tn_launch_list &list, const DevicePlan &plan, const AddressTable &table,
                    uint64_t begin, uint64_t end);
  /// All of them: one by one in a plan's first run, then as a graph.
  Status launch(const tn_launch_list &list, DevicePlan &plan, const AddressTable &table);
  /// All of them, one by one, with events in between.
  Status launchMeasured(const tn_launch_list &list, const DevicePlan &plan,
                        const AddressTable &table);

  /// Waits for the stream and says how the launches since the last finish() went.
  Result<LaunchOutcome> finish();
  /// After launchMeasured and finish: adds the time of each launch.
  Status addTimes(uint64_t *nanoseconds, uint64_t numLaunches) const;

private:
  /// Of pinned memory, the begin is for what kernels report.
  static constexpr uint64_t stagingOffset = 64;

  Status prepareErrors();
  void resolve(const tn_launch_list &list, const DevicePlan &plan, const AddressTable &table);
  Status launchOne(const tn_launch_list &list, const DevicePlan &plan, uint64_t number);

  Device &device;
  const tn_program &program;
  const std::atomic<int> *stop;
  DeviceBuffer memory, errors;
  PinnedBuffer pinned;
  std::vector<DevicePointer> addresses; ///< of the list's buffers
  std::vector<void *> parameters;       ///< of a launch
  std::vector<EventHandle> events;
  bool wasStopped = false;
};

} // namespace tenon::runtime::cuda

#endif // TENON_RUNTIME_CUDA_STREAMEXECUTOR_H
