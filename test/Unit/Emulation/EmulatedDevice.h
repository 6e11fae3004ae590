//===- EmulatedDevice.h - Kernels from text, run in tests -------*- C++ -*-===//

#ifndef TENON_TEST_UNIT_EMULATION_EMULATEDDEVICE_H
#define TENON_TEST_UNIT_EMULATION_EMULATEDDEVICE_H

#include "tenon/Emulation/KernelModule.h"

#include "gtest/gtest.h"

#include <cstring>
#include <string>
#include <vector>

namespace tenon::emulation {

/// Memory and one module of kernels.
class EmulatedDevice {
public:
  explicit EmulatedDevice(const std::string &text, Instrumentation instrumentation = {},
                          unsigned workers = 1)
      : launcher(memory, workers) {
    llvm::Expected<std::unique_ptr<KernelModule>> loaded =
        KernelModule::load(llvm::MemoryBufferRef(text, "kernel"), memory, instrumentation);
    if (loaded)
      module = std::move(*loaded);
    else
      error = llvm::toString(loaded.takeError());
  }

  /// A copy of `values` in global memory.
  template <typename Type> Type *upload(const std::vector<Type> &values) {
    void *address = memory.allocate(values.size() * sizeof(Type));
    std::memcpy(address, values.data(), values.size() * sizeof(Type));
    return static_cast<Type *>(address);
  }
  template <typename Type> Type *allocate(size_t count) {
    return static_cast<Type *>(memory.allocate(count * sizeof(Type)));
  }

  /// Launches the module's only kernel, or the one of that name. The answer is
  /// the diagnosis, empty when all went well.
  template <typename... Arguments>
  std::string launch(const LaunchShape &shape, Schedule schedule, Arguments... arguments) {
    if (!module)
      return error;
    void *addresses[] = {&arguments..., nullptr};
    statistics = Statistics();
    return launcher.launch(module->kernels().front(), shape, addresses, schedule, &statistics)
        .value_or("");
  }

  Memory memory;
  Launcher launcher;
  std::unique_ptr<KernelModule> module;
  /// Why there is no module.
  std::string error;
  Statistics statistics;
};

inline LaunchShape shapeOf(uint32_t blocks, uint32_t threads, uint32_t dynamicShared = 0) {
  LaunchShape shape;
  shape.grid[0] = blocks;
  shape.block[0] = threads;
  shape.dynamicShared = dynamicShared;
  return shape;
}

} // namespace tenon::emulation

#endif // TENON_TEST_UNIT_EMULATION_EMULATEDDEVICE_H
