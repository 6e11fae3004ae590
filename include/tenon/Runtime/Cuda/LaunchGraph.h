//===- LaunchGraph.h - launches that are given to the device at once ------===//
#ifndef TENON_RUNTIME_CUDA_LAUNCHGRAPH_H
#define TENON_RUNTIME_CUDA_LAUNCHGRAPH_H

#include "tenon/Runtime/Cuda/Device.h"

#include <utility>
#include <vector>

namespace tenon::runtime::cuda {

/// What a stream was given between begin() and end(), to be launched again and again.
class LaunchGraph {
public:
  LaunchGraph() = default;
  LaunchGraph(LaunchGraph &&other) noexcept { swap(other); }
  LaunchGraph &operator=(LaunchGraph &&other) noexcept {
    swap(other);
    return *this;
  }
  ~LaunchGraph();

  /// From here on the device's stream collects launches instead of running them.
  static Status begin(const Device &device);
  /// Ends that; `given` says how the launches went.
  static Result<LaunchGraph> end(const Device &device, Status given);

  Status launch() const;

private:
  void swap(LaunchGraph &other) {
    std::swap(device, other.device);
    std::swap(executable, other.executable);
  }

  const Device *device = nullptr;
  GraphExecutable executable = nullptr;
};

/// The graphs of one plan. Addresses are a part of a graph: a plan has one for each set of
/// addresses that it runs with, as parameters in training change places from step to step.
class GraphCache {
public:
  static constexpr size_t capacity = 4;

  /// The graph for these addresses, or null. Allocates nothing.
  const LaunchGraph *find(const std::vector<DevicePointer> &addresses);
  /// Adds a graph; drops the least recently used one if there are 4.
  const LaunchGraph *insert(const std::vector<DevicePointer> &addresses, LaunchGraph graph);

private:
  struct Slot {
    std::vector<DevicePointer> addresses;
    LaunchGraph graph;
    uint64_t lastUse;
  };
  std::vector<Slot> slots;
  uint64_t clock = 0;
};

} // namespace tenon::runtime::cuda

#endif // TENON_RUNTIME_CUDA_LAUNCHGRAPH_H
