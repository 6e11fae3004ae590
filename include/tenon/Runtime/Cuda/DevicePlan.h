//===- DevicePlan.h - a plan with what depends on the device --------------===//
#ifndef TENON_RUNTIME_CUDA_DEVICEPLAN_H
#define TENON_RUNTIME_CUDA_DEVICEPLAN_H

#include "tenon/Runtime/Cpu/Plan.h"
#include "tenon/Runtime/Cuda/LaunchGraph.h"
#include "tenon/Runtime/Io/Memory.h"

namespace tenon::runtime::cuda {

/// An input on its way to the device, or an output on its way back.
struct Transfer {
  size_t index;   ///< of the entry's inputs or outputs
  uint64_t place; ///< in the arena
  uint64_t bytes;
  uint64_t staged; ///< place in pinned memory
  bool isStaged;
};

/// Temporaries lie in the arena as on the CPU; behind them lie inputs and outputs.
struct DevicePlan : Plan {
  std::vector<FunctionHandle> kernels; ///< per launch
  std::vector<uint64_t> inputs;        ///< places in the arena, by number
  std::vector<uint64_t> outputs;       ///< but for next values of parameters
  std::vector<Transfer> uploads, downloads;
  std::vector<AlignedBuffer> defaults; ///< values of inputs left out, by number
  uint64_t deviceBytes = 0;
  uint64_t stagedBytes = 0;
  GraphCache graphs;
  bool hasRun = false;
};

/// Evaluates and places the buffers of an entry and finds its kernels. An Input error for
/// sizes that overflow, or that make a launch larger than a GPU takes.
Result<DevicePlan> makeDevicePlan(Device &device, const tn_program &program, const PlanKey &key);

/// The plan of `prepare`, whose buffers are parameters alone.
Result<DevicePlan> makePreparePlan(Device &device, const tn_program &program);

} // namespace tenon::runtime::cuda

#endif // TENON_RUNTIME_CUDA_DEVICEPLAN_H
