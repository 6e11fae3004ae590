//===- ApiDevice.cpp - Initialization, devices, contexts, errors ----------===//

#include "Driver.h"

#include <cstring>

using namespace tenon::emulation;

/// The emulated GPU has the numbers of an H200; a smaller capability has less
/// shared memory.
static int sharedPerBlock(const DriverOptions &options) {
  return options.major >= 9 ? 227 << 10 : options.minor == 0 ? 163 << 10 : 99 << 10;
}

TENON_CUDA_API cuInit(unsigned flags) {
  return flags == 0 ? Driver::initialize() : CUDA_ERROR_INVALID_VALUE;
}

TENON_CUDA_API cuDriverGetVersion(int *version) {
  // Works before cuInit.
  *version = Driver::get() ? Driver::get()->options.driverVersion
                           : DriverOptions::fromEnvironment().driverVersion;
  return CUDA_SUCCESS;
}

TENON_CUDA_API cuDeviceGetCount(int *count) {
  TENON_LOCK_DRIVER;
  *count = 1;
  return CUDA_SUCCESS;
}

TENON_CUDA_API cuDeviceGet(CUdevice *device, int ordinal) {
  TENON_LOCK_DRIVER;
  *device = 0;
  return ordinal == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

TENON_CUDA_API cuDeviceGetName(char *name, int length, CUdevice device) {
  TENON_LOCK_DRIVER;
  if (device != 0)
    return CUDA_ERROR_INVALID_DEVICE;
  if (!name || length <= 0)
    return CUDA_ERROR_INVALID_VALUE;
  std::strncpy(name, "Tenon emulated GPU", static_cast<size_t>(length));
  name[length - 1] = 0;
  return CUDA_SUCCESS;
}

TENON_CUDA_API cuDeviceTotalMem_v2(size_t *bytes, CUdevice device) {
  TENON_LOCK_DRIVER;
  *bytes = driver->memory.bytesLimit();
  return device == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

TENON_CUDA_API cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device) {
  TENON_LOCK_DRIVER;
  if (device != 0)
    return CUDA_ERROR_INVALID_DEVICE;
  const DriverOptions &options = driver->options;
  switch (attribute) {
  case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
  case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X:
  case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y:
    *value = 1024;
    break;
  case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z:
    *value = 64;
    break;
  case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X:
    *value = 0x7fffffff;
    break;
  case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y:
  case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z:
    *value = 65535;
    break;
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK:
    *value = 48 << 10;
    break;
  case CU_DEVICE_ATTRIBUTE_WARP_SIZE:
    *value = 32;
    break;
  case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK:
  case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR:
    *value = 65536;
    break;
  case CU_DEVICE_ATTRIBUTE_CLOCK_RATE:
    *value = 1980000;
    break;
  case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
    *value = options.major >= 9 ? 132 : 108;
    break;
  case CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE:
    *value = 3201000;
    break;
  case CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH:
    *value = 6144;
    break;
  case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE:
    *value = options.major >= 9 ? 60 << 20 : 40 << 20;
    break;
  case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR:
    *value = 2048;
    break;
  case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
    *value = 1;
    break;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
    *value = options.major;
    break;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
    *value = options.minor;
    break;
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR:
    *value = sharedPerBlock(options) + 1024;
    break;
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN:
    *value = sharedPerBlock(options);
    break;
  default:
    return CUDA_ERROR_INVALID_VALUE;
  }
  return CUDA_SUCCESS;
}

/// There is one context; its handle is the driver itself.
TENON_CUDA_API cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
  TENON_LOCK_DRIVER;
  *context = reinterpret_cast<CUcontext>(driver);
  return device == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

TENON_CUDA_API cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  TENON_LOCK_DRIVER;
  return device == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

TENON_CUDA_API cuCtxSetCurrent(CUcontext context) {
  TENON_LOCK_DRIVER;
  bool known = !context || context == reinterpret_cast<CUcontext>(driver);
  return known ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
}

TENON_CUDA_API cuCtxGetCurrent(CUcontext *context) {
  TENON_LOCK_DRIVER;
  *context = reinterpret_cast<CUcontext>(driver);
  return CUDA_SUCCESS;
}

TENON_CUDA_API cuCtxSynchronize() {
  TENON_LOCK_DRIVER;
  return driver->synchronizeAll();
}

namespace {

struct ErrorText {
  CUresult code;
  const char *name, *text;
};

constexpr ErrorText kErrors[] = {
    {CUDA_SUCCESS, "CUDA_SUCCESS", "no error"},
    {CUDA_ERROR_INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {CUDA_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {CUDA_ERROR_NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {CUDA_ERROR_NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {CUDA_ERROR_INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {CUDA_ERROR_INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {CUDA_ERROR_INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {CUDA_ERROR_NO_BINARY_FOR_GPU, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {CUDA_ERROR_INVALID_PTX, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {CUDA_ERROR_INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {CUDA_ERROR_ILLEGAL_STATE, "CUDA_ERROR_ILLEGAL_STATE",
     "the operation cannot be performed in the present state"},
    {CUDA_ERROR_NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {CUDA_ERROR_NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {CUDA_ERROR_LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {CUDA_ERROR_NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
     "operation not permitted when stream is capturing"},
    {CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
     "operation failed due to a previous error during capture"},
};

const ErrorText *find(CUresult code) {
  for (const ErrorText &error : kErrors)
    if (error.code == code)
      return &error;
  return nullptr;
}

} // namespace

TENON_CUDA_API cuGetErrorName(CUresult code, const char **name) {
  const ErrorText *error = find(code);
  *name = error ? error->name : nullptr;
  return error ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

TENON_CUDA_API cuGetErrorString(CUresult code, const char **text) {
  const ErrorText *error = find(code);
  *text = error ? error->text : nullptr;
  return error ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
