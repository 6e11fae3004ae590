//===- DeviceMemory.cpp - memory on a GPU, and the host's end of copies ---===//
#include "tenon/Runtime/Cuda/DeviceMemory.h"

#include "tenon/Runtime/Io/Text.h"

#include <algorithm>

namespace tenon::runtime::cuda {

DeviceBuffer::~DeviceBuffer() {
  if (pointer)
    device->driver.tryCall(device->driver.api.memFree, pointer);
}

Result<DeviceBuffer> DeviceBuffer::allocate(const Device &device, uint64_t bytes,
                                            const char *purpose) {
  const Driver &driver = device.driver;
  DeviceBuffer buffer;
  Code code = driver.api.memAlloc.address(&buffer.pointer, std::max<uint64_t>(bytes, 1));
  if (code == 0) {
    buffer.device = &device;
    buffer.bytes = bytes;
    return buffer;
  }
  buffer.pointer = 0;
  if (code != kOutOfMemory)
    return driver.check(code, driver.api.memAlloc.name);
  size_t free = 0, total = 0;
  driver.tryCall(driver.api.memGetInfo, &free, &total);
  return deviceError(format("%s needs %llu bytes; cuda:%d has %llu free of %llu", purpose,
                            static_cast<unsigned long long>(bytes), device.facts.ordinal,
                            static_cast<unsigned long long>(free),
                            static_cast<unsigned long long>(total)));
}

PinnedBuffer::~PinnedBuffer() {
  if (memory)
    device->driver.tryCall(device->driver.api.memFreeHost, memory);
}

Result<PinnedBuffer> PinnedBuffer::allocate(const Device &device, uint64_t bytes) {
  PinnedBuffer buffer;
  if (Status status = device.driver.call(device.driver.api.memHostAlloc, &buffer.memory,
                                         std::max<uint64_t>(bytes, 1), 0u);
      !status.ok())
    return status;
  buffer.device = &device;
  buffer.bytes = bytes;
  return buffer;
}

} // namespace tenon::runtime::cuda
