//===- LaunchGraph.cpp - launches that are given to the device at once ----===//
#include "tenon/Runtime/Cuda/LaunchGraph.h"

#include <algorithm>

namespace tenon::runtime::cuda {

LaunchGraph::~LaunchGraph() {
  if (executable)
    device->driver.tryCall(device->driver.api.graphExecutableDestroy, executable);
}

Status LaunchGraph::begin(const Device &device) {
  return device.driver.call(device.driver.api.streamBeginCapture, device.stream,
                            kCaptureThreadLocal);
}

Result<LaunchGraph> LaunchGraph::end(const Device &device, Status given) {
  const Driver &driver = device.driver;
  GraphHandle graph = nullptr;
  Status ended = driver.call(driver.api.streamEndCapture, device.stream, &graph);
  LaunchGraph made;
  // The first failure is the one to tell.
  Status status = given.ok() ? std::move(ended) : std::move(given);
  if (status.ok())
    status = driver.call(driver.api.graphInstantiate, &made.executable, graph, 0ull);
  if (graph)
    driver.tryCall(driver.api.graphDestroy, graph);
  if (!status.ok())
    return status;
  made.device = &device;
  return made;
}

Status LaunchGraph::launch() const {
  return device->driver.call(device->driver.api.graphLaunch, executable, device->stream);
}

const LaunchGraph *GraphCache::find(const std::vector<DevicePointer> &addresses) {
  for (Slot &slot : slots) {
    if (slot.addresses != addresses)
      continue;
    slot.lastUse = ++clock;
    return &slot.graph;
  }
  return nullptr;
}

const LaunchGraph *GraphCache::insert(const std::vector<DevicePointer> &addresses,
                                      LaunchGraph graph) {
  Slot slot{addresses, std::move(graph), ++clock};
  if (slots.size() < capacity) {
    slots.push_back(std::move(slot));
    return &slots.back().graph;
  }
  auto oldest = std::min_element(slots.begin(), slots.end(), [](const Slot &a, const Slot &b) {
    return a.lastUse < b.lastUse;
  });
  *oldest = std::move(slot);
  return &oldest->graph;
}

} // namespace tenon::runtime::cuda
