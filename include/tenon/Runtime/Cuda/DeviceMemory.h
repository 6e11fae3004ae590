//===- DeviceMemory.h - memory on a GPU, and the host's end of copies -----===//
#ifndef TENON_RUNTIME_CUDA_DEVICEMEMORY_H
#define TENON_RUNTIME_CUDA_DEVICEMEMORY_H

#include "tenon/Runtime/Cuda/Device.h"

#include <utility>

namespace tenon::runtime::cuda {

/// Owns memory on the device; contents start undefined. Addresses are multiples of 256.
class DeviceBuffer {
public:
  DeviceBuffer() = default;
  DeviceBuffer(DeviceBuffer &&other) noexcept { swap(other); }
  DeviceBuffer &operator=(DeviceBuffer &&other) noexcept {
    swap(other);
    return *this;
  }
  ~DeviceBuffer();

  /// Memory for `bytes` bytes, never null. An Environment error with the numbers of bytes
  /// where the device does not have them; `purpose` says what for.
  static Result<DeviceBuffer> allocate(const Device &device, uint64_t bytes, const char *purpose);

  DevicePointer address() const { return pointer; }
  uint64_t size() const { return bytes; }

private:
  void swap(DeviceBuffer &other) {
    std::swap(device, other.device);
    std::swap(pointer, other.pointer);
    std::swap(bytes, other.bytes);
  }

  const Device *device = nullptr;
  DevicePointer pointer = 0;
  uint64_t bytes = 0;
};

/// Owns host memory that the device reads and writes by itself.
class PinnedBuffer {
public:
  PinnedBuffer() = default;
  PinnedBuffer(PinnedBuffer &&other) noexcept { swap(other); }
  PinnedBuffer &operator=(PinnedBuffer &&other) noexcept {
    swap(other);
    return *this;
  }
  ~PinnedBuffer();

  static Result<PinnedBuffer> allocate(const Device &device, uint64_t bytes);

  char *data() const { return static_cast<char *>(memory); }
  uint64_t size() const { return bytes; }

private:
  void swap(PinnedBuffer &other) {
    std::swap(device, other.device);
    std::swap(memory, other.memory);
    std::swap(bytes, other.bytes);
  }

  const Device *device = nullptr;
  void *memory = nullptr;
  uint64_t bytes = 0;
};

} // namespace tenon::runtime::cuda

#endif // TENON_RUNTIME_CUDA_DEVICEMEMORY_H
