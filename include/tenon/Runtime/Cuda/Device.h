//===- Device.h - a GPU with the program's code on it ---------------------===//
#ifndef TENON_RUNTIME_CUDA_DEVICE_H
#define TENON_RUNTIME_CUDA_DEVICE_H

#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Cuda/Driver.h"

#include <map>
#include <memory>
#include <string>

namespace tenon::runtime::cuda {

/// What is known of a device before it is used.
struct DeviceFacts {
  int ordinal = 0;
  DeviceNumber number = 0;
  std::string name;
  int64_t capability = 0; ///< 90 is 9.0
  uint64_t memoryBytes = 0;
  int64_t maxSharedBytes = 0; ///< of a block, when a kernel asks for it

  /// "cuda:0, NVIDIA H100, compute capability 9.0".
  std::string text() const;
};

/// A driver and the device that a program would run on.
struct FoundDevice {
  Driver driver;
  DeviceFacts facts;
};

/// The device of this number or, if it is negative, the first that an image of the
/// program is for. The error says why there is none.
Result<FoundDevice> findDevice(const tn_gpu &gpu, int ordinal);

/// Owns a stream in the device's primary context and the loaded image.
class Device {
public:
  /// Finds a device and loads the best image that it takes.
  static Result<std::unique_ptr<Device>> open(const tn_gpu &gpu, int ordinal);
  ~Device();
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  /// The launches of the image's kernels.
  const tn_level &level() const { return *loaded; }
  /// A kernel of the image, which may have `sharedBytes` of dynamic shared memory.
  Result<FunctionHandle> kernel(const char *name, int64_t sharedBytes);

  /// Waits for all that was given to the stream.
  Status synchronize() const { return driver.call(driver.api.streamSynchronize, stream); }

  const Driver driver;
  const DeviceFacts facts;

  /// While it lives, the calling thread's calls of the driver are about the device.
  class Use {
  public:
    explicit Use(const Device &device);
    ~Use();
    Use(const Use &) = delete;
    Use &operator=(const Use &) = delete;

  private:
    const Device &device;
    ContextHandle before = nullptr;
  };

  StreamHandle stream = nullptr;

private:
  struct Kernel {
    FunctionHandle handle = nullptr;
    int64_t sharedBytes = 48 << 10; ///< what it may have
  };

  explicit Device(FoundDevice found) : driver(found.driver), facts(std::move(found.facts)) {}
  Status loadImage(const tn_gpu &gpu);
  Status load(const tn_image &image, Code &code);

  ContextHandle context = nullptr;
  ModuleHandle module = nullptr;
  const tn_level *loaded = nullptr;
  std::map<std::string, Kernel> kernels;
};

} // namespace tenon::runtime::cuda

#endif // TENON_RUNTIME_CUDA_DEVICE_H
