//===- DevicePlan.cpp - a plan with what depends on the device ------------===//
#include "tenon/Runtime/Cuda/DevicePlan.h"

#include "tenon/Runtime/Cpu/DefaultValue.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Text.h"

#include <climits>

namespace tenon::runtime::cuda {

/// Copies of up to so many bytes go through pinned memory: they cost the host little, and
/// the device then runs on without it. For larger ones the driver's own pages serve.
constexpr uint64_t largestStaged = uint64_t{1} << 20;

namespace {

/// Adds inputs and outputs to a plan, one after the other.
class Placer {
public:
  explicit Placer(DevicePlan &plan) : plan(plan) { plan.deviceBytes = alignUp(plan.arenaBytes); }

  /// Memory on the device; false if there are too many bytes.
  bool place(uint64_t bytes, uint64_t &place) {
    place = plan.deviceBytes;
    return bytes < limit && !__builtin_add_overflow(place, alignUp(bytes), &plan.deviceBytes) &&
           plan.deviceBytes < limit;
  }
  Transfer transfer(size_t index, uint64_t place, uint64_t bytes) {
    Transfer made{index, place, bytes, plan.stagedBytes, bytes <= largestStaged};
    if (made.isStaged)
      plan.stagedBytes += alignUp(bytes);
    return made;
  }

private:
  static constexpr uint64_t limit = uint64_t{1} << 62;
  DevicePlan &plan;
};

} // namespace

static bool tensorBytes(const tn_tensor &tensor, const int64_t *symbols, uint64_t &bytes) {
  int64_t dims[TN_MAX_RANK], product = 0;
  for (int32_t d = 0; d < tensor.rank; ++d)
    if (!evaluateSize(tensor.dims[d], symbols, dims[d]))
      return false;
  bool fits =
      checkedProduct(dims, static_cast<size_t>(tensor.rank), dtypeInfo(tensor.dtype).size, product);
  bytes = static_cast<uint64_t>(product);
  return fits;
}

/// The values of the inputs that the call leaves out; they lie among the temporaries.
static Status fillDefaults(DevicePlan &plan, Placer &placer, const tn_launch_list &list,
                           const tn_entry &entry) {
  plan.defaults.resize(entry.num_inputs);
  for (uint64_t b = 0; b < list.num_buffers; ++b) {
    const tn_buffer &buffer = list.buffers[b];
    if (buffer.kind != TN_BUFFER_INPUT || !isArenaBuffer(buffer, plan.key))
      continue;
    size_t index = static_cast<size_t>(buffer.index);
    Result<AlignedBuffer> memory = AlignedBuffer::allocate(plan.bytes[b], entry.inputs[index].name);
    if (!memory.ok())
      return memory.takeStatus();
    fillDefault(entry.inputs[index], memory->data(), plan.bytes[b]);
    plan.defaults[index] = std::move(*memory);
    plan.uploads.push_back(placer.transfer(index, plan.offsets[b], plan.bytes[b]));
  }
  return Status();
}

/// Places inputs that are given and outputs that go back; false on overflow.
static bool placeTensors(DevicePlan &plan, Placer &placer, const tn_launch_list &list,
                         const tn_entry &entry) {
  std::vector<bool> isRead(entry.num_inputs, false);
  for (uint64_t b = 0; b < list.num_buffers; ++b)
    if (list.buffers[b].kind == TN_BUFFER_INPUT && !isArenaBuffer(list.buffers[b], plan.key))
      isRead[static_cast<size_t>(list.buffers[b].index)] = true;
  plan.inputs.resize(entry.num_inputs);
  plan.outputs.resize(entry.num_outputs);
  uint64_t bytes = 0;
  for (uint64_t i = 0; i < entry.num_inputs; ++i) {
    if (!isRead[i])
      continue;
    if (!tensorBytes(entry.inputs[i], plan.key.symbols.data(), bytes) ||
        !placer.place(bytes, plan.inputs[i]))
      return false;
    plan.uploads.push_back(placer.transfer(i, plan.inputs[i], bytes));
  }
  for (uint64_t i = 0; i < entry.num_outputs; ++i) {
    if (entry.updates && entry.updates[i] >= 0)
      continue;
    if (!tensorBytes(entry.outputs[i], plan.key.symbols.data(), bytes) ||
        !placer.place(bytes, plan.outputs[i]))
      return false;
    plan.downloads.push_back(placer.transfer(i, plan.outputs[i], bytes));
  }
  return true;
}

static Status findKernels(DevicePlan &plan, Device &device, const tn_program &program,
                          const tn_launch_list &list) {
  for (uint64_t i = 0; i < list.num_launches; ++i) {
    const tn_launch &launch = list.launches[i];
    // A grid is that long along x; along y and z it would be 65,535.
    if (plan.tiles[i] > INT_MAX)
      return Status::error(ExitCode::Input, "run",
                           format("kernel '%s' needs %lld blocks; a GPU takes %d in a launch",
                                  launch.kernel_name, static_cast<long long>(plan.tiles[i]),
                                  INT_MAX))
          .note("for " + symbolsText(program, plan.key));
    Result<FunctionHandle> kernel = device.kernel(launch.kernel_name, launch.shared_bytes);
    if (!kernel.ok())
      return kernel.takeStatus();
    plan.kernels.push_back(*kernel);
  }
  return Status();
}

Result<DevicePlan> makeDevicePlan(Device &device, const tn_program &program, const PlanKey &key) {
  const tn_launch_list &list = device.level().entries[key.list];
  const tn_entry &entry = program.entries[key.list];
  Result<Plan> common = makePlan(list, program, key);
  if (!common.ok())
    return common.takeStatus();
  DevicePlan plan;
  static_cast<Plan &>(plan) = std::move(*common);
  Placer placer(plan);
  if (!placeTensors(plan, placer, list, entry))
    return Status::error(ExitCode::Input, "run",
                         "the size of an input or output overflows 64 bits for " +
                             symbolsText(program, key));
  if (Status status = fillDefaults(plan, placer, list, entry); !status.ok())
    return status;
  if (Status status = findKernels(plan, device, program, list); !status.ok())
    return status;
  return plan;
}

Result<DevicePlan> makePreparePlan(Device &device, const tn_program &program) {
  const tn_launch_list &list = device.level().prepare;
  Result<Plan> common = makePlan(list, program, PlanKey());
  if (!common.ok())
    return common.takeStatus();
  DevicePlan plan;
  static_cast<Plan &>(plan) = std::move(*common);
  plan.deviceBytes = plan.arenaBytes;
  if (Status status = findKernels(plan, device, program, list); !status.ok())
    return status;
  return plan;
}

} // namespace tenon::runtime::cuda
