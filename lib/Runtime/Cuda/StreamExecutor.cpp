//===- StreamExecutor.cpp - gives launch lists to a stream ----------------===//
#include "tenon/Runtime/Cuda/StreamExecutor.h"

#include <cstring>

namespace tenon::runtime::cuda {

StreamExecutor::~StreamExecutor() {
  for (EventHandle event : events)
    device.driver.tryCall(device.driver.api.eventDestroy, event);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Status StreamExecutor::prepareErrors() {
  if (errors.address())
    return Status();
  Result<DeviceBuffer> block =
      DeviceBuffer::allocate(device, sizeof(tn_device_error), "what kernels report");
  if (!block.ok())
    return block.takeStatus();
  errors = std::move(*block);
  return device.driver.call(device.driver.api.memSet, errors.address(), 0, errors.size(),
                            device.stream);
}

Status StreamExecutor::reserve(const DevicePlan &plan) {
  if (Status status = prepareErrors(); !status.ok())
    return status;
  uint64_t pinnedBytes = stagingOffset + plan.stagedBytes;
  if (pinned.size() < pinnedBytes) {
    Result<PinnedBuffer> larger = PinnedBuffer::allocate(device, pinnedBytes);
    if (!larger.ok())
      return larger.takeStatus();
    pinned = std::move(*larger);
  }
  if (memory.size() >= plan.deviceBytes)
    return Status();
  // The old contents are worth nothing: give them back first.
  memory = DeviceBuffer();
  Result<DeviceBuffer> larger = DeviceBuffer::allocate(
      device, plan.deviceBytes, "memory for inputs, outputs and intermediate results");
  if (!larger.ok())
    return program.num_symbols == 0
               ? larger.takeStatus()
               : larger.takeStatus().note("for " + symbolsText(program, plan.key));
  memory = std::move(*larger);
  return Status();
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

void StreamExecutor::resolve(const tn_launch_list &list, const DevicePlan &plan,
                             const AddressTable &table) {
  addresses.resize(list.num_buffers);
  for (uint64_t i = 0; i < list.num_buffers; ++i) {
    const tn_buffer &buffer = list.buffers[i];
    if (isArenaBuffer(buffer, plan.key)) {
      addresses[i] = memory.address() + plan.offsets[i];
      continue;
    }
    switch (static_cast<tn_buffer_kind>(buffer.kind)) {
    case TN_BUFFER_INPUT:
      addresses[i] = table.inputs[buffer.index];
      break;
    case TN_BUFFER_OUTPUT:
      addresses[i] = table.outputs[buffer.index];
      break;
    case TN_BUFFER_PARAMETER:
      addresses[i] = table.parameters[buffer.index];
      break;
    case TN_BUFFER_PACKED:
      addresses[i] = table.packed[buffer.index];
      break;
    case TN_BUFFER_TEMPORARY:
      break;
    }
  }
}

/// The parameters of a kernel: its buffers, all symbols, its number, where to report errors.
Status StreamExecutor::launchOne(const tn_launch_list &list, const DevicePlan &plan,
                                 uint64_t number) {
  const tn_launch &launch = list.launches[number];
  // Nothing to do is no launch that a driver takes.
  if (plan.tiles[number] == 0)
    return Status();
  int64_t ownNumber = static_cast<int64_t>(number);
  DevicePointer report = errors.address();
  parameters.clear();
  for (uint64_t b = 0; b < launch.num_buffers; ++b)
    parameters.push_back(&addresses[static_cast<size_t>(launch.buffers[b])]);
  for (uint64_t s = 0; s < program.num_symbols; ++s)
    parameters.push_back(const_cast<int64_t *>(&plan.key.symbols[s]));
  parameters.push_back(&ownNumber);
  parameters.push_back(&report);
  return device.driver.call(device.driver.api.launchKernel, plan.kernels[number],
                            static_cast<unsigned>(plan.tiles[number]), 1u, 1u,
                            static_cast<unsigned>(launch.threads), 1u, 1u,
                            static_cast<unsigned>(launch.shared_bytes), device.stream,
                            parameters.data(), static_cast<void **>(nullptr));
}

bool StreamExecutor::isStopped() {
  wasStopped = stop && stop->load(std::memory_order_relaxed) != 0;
  return wasStopped;
}

Status StreamExecutor::launchPart(const tn_launch_list &list, const DevicePlan &plan,
                                  const AddressTable &table, uint64_t begin, uint64_t end) {
  resolve(list, plan, table);
  for (uint64_t i = begin; i < end && !isStopped(); ++i)
    if (Status status = launchOne(list, plan, i); !status.ok())
      return status;
  return Status();
}

Status StreamExecutor::launch(const tn_launch_list &list, DevicePlan &plan,
                              const AddressTable &table) {
  if (isStopped() || list.num_launches == 0)
    return Status();
  if (!plan.hasRun) {
    plan.hasRun = true;
    return launchPart(list, plan, table, 0, list.num_launches);
  }
  resolve(list, plan, table);
  const LaunchGraph *graph = plan.graphs.find(addresses);
  if (!graph) {
    if (Status status = LaunchGraph::begin(device); !status.ok())
      return status;
    Status given;
    for (uint64_t i = 0; i < list.num_launches && given.ok(); ++i)
      given = launchOne(list, plan, i);
    Result<LaunchGraph> made = LaunchGraph::end(device, std::move(given));
    if (!made.ok())
      return made.takeStatus();
    graph = plan.graphs.insert(addresses, std::move(*made));
  }
  return graph->launch();
}

Status StreamExecutor::launchMeasured(const tn_launch_list &list, const DevicePlan &plan,
                                      const AddressTable &table) {
  while (events.size() <= list.num_launches) {
    EventHandle event = nullptr;
    if (Status status = device.driver.call(device.driver.api.eventCreate, &event, 0u); !status.ok())
      return status;
    events.push_back(event);
  }
  resolve(list, plan, table);
  auto record = [&](uint64_t number) {
    return device.driver.call(device.driver.api.eventRecord, events[number], device.stream);
  };
  if (Status status = record(0); !status.ok())
    return status;
  for (uint64_t i = 0; i < list.num_launches && !isStopped(); ++i) {
    if (Status status = launchOne(list, plan, i); !status.ok())
      return status;
    if (Status status = record(i + 1); !status.ok())
      return status;
  }
  return Status();
}

Status StreamExecutor::addTimes(uint64_t *nanoseconds, uint64_t numLaunches) const {
  for (uint64_t i = 0; i < numLaunches; ++i) {
    float milliseconds = 0;
    if (Status status = device.driver.call(device.driver.api.eventElapsed, &milliseconds, events[i],
                                           events[i + 1]);
        !status.ok())
      return status;
    nanoseconds[i] += static_cast<uint64_t>(static_cast<double>(milliseconds) * 1e6);
  }
  return Status();
}

Result<LaunchOutcome> StreamExecutor::finish() {
  const Driver &driver = device.driver;
  if (Status status = driver.call(driver.api.copyToHost, static_cast<void *>(pinned.data()),
                                  errors.address(), sizeof(tn_device_error), device.stream);
      !status.ok())
    return status;
  if (Status status = device.synchronize(); !status.ok())
    return status;
  LaunchOutcome outcome;
  if (wasStopped) {
    wasStopped = false;
    outcome.kind = LaunchOutcome::Stopped;
    return outcome;
  }
  tn_device_error error;
  std::memcpy(&error, pinned.data(), sizeof(error));
  if (error.code == TN_OK)
    return outcome;
  outcome.kind = LaunchOutcome::KernelError;
  outcome.launch = static_cast<size_t>(error.launch);
  outcome.code = static_cast<int32_t>(error.code);
  outcome.error = error.error;
  if (Status status =
          driver.call(driver.api.memSet, errors.address(), 0, errors.size(), device.stream);
      !status.ok())
    return status;
  return outcome;
}

} // namespace tenon::runtime::cuda
