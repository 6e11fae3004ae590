//===- ApiModule.cpp - Modules, functions, launches -----------------------===//

#include "Driver.h"

#include <algorithm>
#include <cstring>

using namespace tenon::emulation;

/// The error log that the caller wants, if any.
static void writeLog(const std::string &message, unsigned count, CUjit_option *names,
                     void **values) {
  char *buffer = nullptr;
  size_t bytes = 0;
  for (unsigned i = 0; i < count; ++i) {
    if (names[i] == CU_JIT_ERROR_LOG_BUFFER)
      buffer = static_cast<char *>(values[i]);
    if (names[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
      bytes = reinterpret_cast<uintptr_t>(values[i]);
  }
  if (!buffer || bytes == 0)
    return;
  size_t length = std::min(message.size(), bytes - 1);
  std::memcpy(buffer, message.data(), length);
  buffer[length] = 0;
}

TENON_CUDA_API cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned count,
                                  CUjit_option *names, void **values) {
  TENON_LOCK_DRIVER;
  if (driver->isCapturing())
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  std::string message;
  CUresult result = driver->load(image, *module, message);
  writeLog(message, count, names, values);
  return result;
}

TENON_CUDA_API cuModuleLoadData(CUmodule *module, const void *image) {
  return cuModuleLoadDataEx(module, image, 0, nullptr, nullptr);
}

TENON_CUDA_API cuModuleUnload(CUmodule module) {
  TENON_LOCK_DRIVER;
  return driver->unload(module);
}

TENON_CUDA_API cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
  TENON_LOCK_DRIVER;
  auto found = module->functions.find(name);
  if (found == module->functions.end())
    return CUDA_ERROR_NOT_FOUND;
  *function = &found->second;
  return CUDA_SUCCESS;
}

/// Registers and local memory are those of code that nobody has compiled: 0.
TENON_CUDA_API cuFuncGetAttribute(int *value, CUfunction_attribute attribute, CUfunction function) {
  TENON_LOCK_DRIVER;
  const Kernel &kernel = *function->kernel;
  switch (attribute) {
  case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
    *value = static_cast<int>(kernel.maxThreads ? kernel.maxThreads : Launcher::kMaxThreads);
    break;
  case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
    *value = static_cast<int>(kernel.staticShared);
    break;
  case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
    *value = static_cast<int>(function->dynamicSharedLimit);
    break;
  case CU_FUNC_ATTRIBUTE_PTX_VERSION:
  case CU_FUNC_ATTRIBUTE_BINARY_VERSION:
    *value = driver->options.major * 10 + driver->options.minor;
    break;
  case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
  case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
  case CU_FUNC_ATTRIBUTE_NUM_REGS:
    *value = 0;
    break;
  default:
    return CUDA_ERROR_INVALID_VALUE;
  }
  return CUDA_SUCCESS;
}

TENON_CUDA_API cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
  TENON_LOCK_DRIVER;
  if (attribute == CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT)
    return CUDA_SUCCESS;
  if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES || value < 0 ||
      value + function->kernel->staticShared > Launcher::kMaxShared)
    return CUDA_ERROR_INVALID_VALUE;
  function->dynamicSharedLimit = static_cast<uint32_t>(value);
  return CUDA_SUCCESS;
}

namespace {

/// A launch with copies of its arguments, which may run later and repeatedly.
struct PreparedLaunch {
  const Kernel &kernel;
  LaunchShape shape;
  std::vector<std::vector<char>> arguments;

  CUresult run(Driver &driver) {
    // Tensor maps must be at multiples of 64.
    std::vector<std::unique_ptr<char[]>> storage;
    std::vector<void *> addresses;
    for (size_t i = 0; i < arguments.size(); ++i) {
      size_t alignment = std::max<size_t>(kernel.parameters[i].alignment, 16);
      storage.emplace_back(new char[arguments[i].size() + alignment]);
      uintptr_t at = reinterpret_cast<uintptr_t>(storage.back().get());
      addresses.push_back(pointerTo((at + alignment - 1) / alignment * alignment));
      std::memcpy(addresses.back(), arguments[i].data(), arguments[i].size());
    }
    return driver.launch(kernel, shape, addresses.data());
  }
};

} // namespace

/// The form with an array of pointers to arguments; `extra` must be null.
TENON_CUDA_API cuLaunchKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ,
                              unsigned blockX, unsigned blockY, unsigned blockZ,
                              unsigned sharedBytes, CUstream stream, void **parameters,
                              void **extra) {
  TENON_LOCK_DRIVER;
  const Kernel &kernel = *function->kernel;
  auto launch = std::make_shared<PreparedLaunch>(
      PreparedLaunch{kernel, {{gridX, gridY, gridZ}, {blockX, blockY, blockZ}, sharedBytes}, {}});
  uint64_t threads = uint64_t{blockX} * blockY * blockZ;
  uint32_t limit = kernel.maxThreads ? kernel.maxThreads : Launcher::kMaxThreads;
  bool fits = gridX != 0 && gridY != 0 && gridZ != 0 && gridY < 65536 && gridZ < 65536 &&
              threads != 0 && threads <= limit && sharedBytes <= function->dynamicSharedLimit;
  if (!fits || extra || (!parameters && !kernel.parameters.empty()))
    return CUDA_ERROR_INVALID_VALUE;
  for (size_t i = 0; i < kernel.parameters.size(); ++i) {
    const char *begin = static_cast<const char *>(parameters[i]);
    launch->arguments.emplace_back(begin, begin + kernel.parameters[i].bytes);
  }
  return driver->enqueue(stream, [driver, launch] { return launch->run(*driver); });
}
