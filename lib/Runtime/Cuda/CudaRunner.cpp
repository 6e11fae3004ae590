//===- CudaRunner.cpp - runs a program on an NVIDIA GPU -------------------===//
#include "tenon/Runtime/Cuda/CudaRunner.h"

#include <algorithm>
#include <cstring>

namespace tenon::runtime::cuda {

CudaRunner::CudaRunner(const tn_program &program, std::unique_ptr<Device> given, ThreadPool &pool,
                       const std::atomic<int> *stop)
    : program(program), device(std::move(given)),
      memory(std::make_unique<Memory>(program, *device, pool, stop)) {}

CudaRunner::~CudaRunner() {
  Device::Use use(*device);
  memory.reset();
}

uint64_t CudaRunner::arenaBytes() const { return memory->executor.arenaBytes(); }

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

Result<DevicePlan *> CudaRunner::preparePlan() {
  if (!memory->prepare) {
    Result<DevicePlan> made = makePreparePlan(*device, program);
    if (!made.ok())
      return made.takeStatus();
    memory->prepare = std::make_unique<DevicePlan>(std::move(*made));
  }
  if (Status status = memory->executor.reserve(*memory->prepare); !status.ok())
    return status;
  return memory->prepare.get();
}

Result<LaunchOutcome> CudaRunner::load(const SafetensorsFile *file) {
  Device::Use use(*device);
  Result<DevicePlan *> plan = preparePlan();
  if (!plan.ok())
    return plan.takeStatus();
  if (Status status = memory->weights.load(file, **plan, memory->executor); !status.ok())
    return status;
  return memory->executor.finish();
}

Status CudaRunner::start(const SafetensorsFile *file, bool resumes, uint64_t seed) {
  Device::Use use(*device);
  return memory->weights.start(file, resumes, seed);
}

Result<LaunchOutcome> CudaRunner::pack(std::optional<size_t>) {
  Device::Use use(*device);
  Result<DevicePlan *> plan = preparePlan();
  if (!plan.ok())
    return plan.takeStatus();
  AddressTable table;
  table.parameters = memory->weights.parameters();
  table.packed = memory->weights.packed();
  if (Status status = memory->executor.launch(level().prepare, **plan, table); !status.ok())
    return status;
  return memory->executor.finish();
}

void CudaRunner::exchange(const tn_entry &entry, void **) {
  for (uint64_t i = 0; i < entry.num_outputs; ++i)
    if (entry.updates[i] >= 0)
      memory->weights.exchange(static_cast<size_t>(entry.updates[i]));
}

Result<const void *> CudaRunner::parameter(size_t number) {
  Device::Use use(*device);
  return memory->weights.value(number);
}

Status CudaRunner::keep(const std::vector<size_t> &numbers) {
  Device::Use use(*device);
  return memory->weights.keep(numbers);
}

Status CudaRunner::restore() {
  Device::Use use(*device);
  return memory->weights.restore();
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

Result<DevicePlan *> CudaRunner::planFor(const PlanKey &key) {
  DevicePlan *plan = memory->plans.find(key);
  if (!plan) {
    Result<DevicePlan> made = makeDevicePlan(*device, program, key);
    if (!made.ok())
      return made.takeStatus();
    plan = memory->plans.insert(std::move(*made));
  }
  if (Status status = memory->executor.reserve(*plan); !status.ok())
    return status;
  return plan;
}

Status CudaRunner::reserve(const PlanKey &key) {
  Device::Use use(*device);
  Result<DevicePlan *> plan = planFor(key);
  return plan.ok() ? Status() : plan.takeStatus();
}

AddressTable CudaRunner::tableOf(const DevicePlan &plan, const tn_entry &entry) {
  DevicePointer arena = memory->executor.arena();
  inputs.resize(entry.num_inputs);
  outputs.resize(entry.num_outputs);
  for (uint64_t i = 0; i < entry.num_inputs; ++i)
    inputs[i] = arena + plan.inputs[i];
  for (uint64_t i = 0; i < entry.num_outputs; ++i)
    outputs[i] = entry.updates && entry.updates[i] >= 0
                     ? memory->weights.next(static_cast<size_t>(entry.updates[i]))
                     : arena + plan.outputs[i];
  return {inputs.data(), outputs.data(), memory->weights.parameters(), memory->weights.packed()};
}

Status CudaRunner::upload(const DevicePlan &plan, const Call &call) {
  for (const Transfer &transfer : plan.uploads) {
    if (transfer.bytes == 0)
      continue;
    const void *from = plan.defaults[transfer.index].data();
    if (!from)
      from = call.inputs[transfer.index];
    if (transfer.isStaged) {
      char *staged = memory->executor.staging() + transfer.staged;
      std::memcpy(staged, from, transfer.bytes);
      from = staged;
    }
    if (Status status = device->driver.call(device->driver.api.copyToDevice,
                                            memory->executor.arena() + transfer.place, from,
                                            transfer.bytes, device->stream);
        !status.ok())
      return status;
  }
  return Status();
}

Status CudaRunner::download(const DevicePlan &plan, void *const *to) {
  for (const Transfer &transfer : plan.downloads) {
    if (transfer.bytes == 0)
      continue;
    void *place =
        transfer.isStaged ? memory->executor.staging() + transfer.staged : to[transfer.index];
    if (Status status = device->driver.call(device->driver.api.copyToHost, place,
                                            memory->executor.arena() + transfer.place,
                                            transfer.bytes, device->stream);
        !status.ok())
      return status;
  }
  return Status();
}

Result<LaunchOutcome> CudaRunner::run(const Call &call, void *const *to, uint64_t *nanoseconds) {
  Device::Use use(*device);
  StreamExecutor &executor = memory->executor;
  const tn_launch_list &list = level().entries[call.entry];
  Result<DevicePlan *> found = planFor(planKeyOf(call.entry, call.defaulted, call.symbols));
  if (!found.ok())
    return found.takeStatus();
  DevicePlan &plan = **found;
  if (program.entries[call.entry].updates)
    if (Status status = memory->weights.reserveNext(); !status.ok())
      return status;
  AddressTable table = tableOf(plan, program.entries[call.entry]);
  if (Status status = upload(plan, call); !status.ok())
    return status;
  if (Status status = nanoseconds ? executor.launchMeasured(list, plan, table)
                                  : executor.launch(list, plan, table);
      !status.ok())
    return status;
  if (Status status = download(plan, to); !status.ok())
    return status;
  Result<LaunchOutcome> outcome = executor.finish();
  if (outcome.ok() && outcome->launch >= std::max<uint64_t>(list.num_launches, 1))
    return Status::error(ExitCode::Internal, "run", "a kernel reports an error of no launch");
  if (!outcome.ok() || outcome->kind != LaunchOutcome::Done)
    return outcome;
  for (const Transfer &transfer : plan.downloads)
    if (transfer.isStaged && transfer.bytes > 0)
      std::memcpy(to[transfer.index], executor.staging() + transfer.staged, transfer.bytes);
  if (nanoseconds)
    if (Status status = executor.addTimes(nanoseconds, list.num_launches); !status.ok())
      return status;
  return outcome;
}

} // namespace tenon::runtime::cuda
