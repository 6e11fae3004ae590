//===- ApiMemory.cpp - Allocations, copies, fills -------------------------===//

#include "Driver.h"

#include <cstring>

using namespace tenon::emulation;

TENON_CUDA_API cuMemGetInfo_v2(size_t *free, size_t *total) {
  TENON_LOCK_DRIVER;
  *total = driver->memory.bytesLimit();
  *free = *total - driver->memory.bytesUsed();
  return CUDA_SUCCESS;
}

TENON_CUDA_API cuMemAlloc_v2(CUdeviceptr *address, size_t bytes) {
  TENON_LOCK_DRIVER;
  return driver->allocate(bytes, *address);
}

TENON_CUDA_API cuMemFree_v2(CUdeviceptr address) {
  TENON_LOCK_DRIVER;
  return driver->release(address);
}

TENON_CUDA_API cuMemHostAlloc(void **address, size_t bytes, unsigned) {
  TENON_LOCK_DRIVER;
  return driver->allocateHost(bytes, *address);
}

TENON_CUDA_API cuMemFreeHost(void *address) {
  TENON_LOCK_DRIVER;
  return driver->releaseHost(address);
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// Waits for what a function without a stream waits for.
template <typename Work> static CUresult now(Driver &driver, const Work &work) {
  if (CUresult result = driver.synchronizeBlocking())
    return result;
  work();
  return CUDA_SUCCESS;
}

template <typename Work> static CUresult later(Driver &driver, CUstream stream, const Work &work) {
  return driver.enqueue(stream, [work] {
    work();
    return CUDA_SUCCESS;
  });
}

TENON_CUDA_API cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t bytes) {
  TENON_LOCK_DRIVER;
  if (!driver->holds(to, bytes))
    return CUDA_ERROR_INVALID_VALUE;
  return now(*driver, [=] { std::memcpy(pointerTo(to), from, bytes); });
}

/// Pinned memory is read when the copy runs; other memory before the call
/// returns.
TENON_CUDA_API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes,
                                    CUstream stream) {
  TENON_LOCK_DRIVER;
  if (!driver->holds(to, bytes))
    return CUDA_ERROR_INVALID_VALUE;
  if (driver->isPinned(from))
    return later(*driver, stream, [=] { std::memcpy(pointerTo(to), from, bytes); });
  const char *begin = static_cast<const char *>(from);
  auto staged = std::make_shared<std::vector<char>>(begin, begin + bytes);
  return later(*driver, stream, [=] { std::memcpy(pointerTo(to), staged->data(), bytes); });
}

TENON_CUDA_API cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t bytes) {
  TENON_LOCK_DRIVER;
  if (!driver->holds(from, bytes))
    return CUDA_ERROR_INVALID_VALUE;
  return now(*driver, [=] { std::memcpy(to, pointerTo(from), bytes); });
}

TENON_CUDA_API cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes, CUstream stream) {
  TENON_LOCK_DRIVER;
  if (!driver->holds(from, bytes))
    return CUDA_ERROR_INVALID_VALUE;
  return later(*driver, stream, [=] { std::memcpy(to, pointerTo(from), bytes); });
}

TENON_CUDA_API cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  TENON_LOCK_DRIVER;
  if (!driver->holds(to, bytes) || !driver->holds(from, bytes))
    return CUDA_ERROR_INVALID_VALUE;
  return now(*driver, [=] { std::memmove(pointerTo(to), pointerTo(from), bytes); });
}

TENON_CUDA_API cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes,
                                    CUstream stream) {
  TENON_LOCK_DRIVER;
  if (!driver->holds(to, bytes) || !driver->holds(from, bytes))
    return CUDA_ERROR_INVALID_VALUE;
  return later(*driver, stream, [=] { std::memmove(pointerTo(to), pointerTo(from), bytes); });
}

//===----------------------------------------------------------------------===//
// Fills
//===----------------------------------------------------------------------===//

static void fillWords(CUdeviceptr address, unsigned value, size_t count) {
  for (size_t i = 0; i < count; ++i)
    std::memcpy(pointerTo(address) + 4 * i, &value, 4);
}

TENON_CUDA_API cuMemsetD8_v2(CUdeviceptr address, unsigned char value, size_t count) {
  TENON_LOCK_DRIVER;
  if (!driver->holds(address, count))
    return CUDA_ERROR_INVALID_VALUE;
  return now(*driver, [=] { std::memset(pointerTo(address), value, count); });
}

TENON_CUDA_API cuMemsetD8Async(CUdeviceptr address, unsigned char value, size_t count,
                               CUstream stream) {
  TENON_LOCK_DRIVER;
  if (!driver->holds(address, count))
    return CUDA_ERROR_INVALID_VALUE;
  return later(*driver, stream, [=] { std::memset(pointerTo(address), value, count); });
}

TENON_CUDA_API cuMemsetD32_v2(CUdeviceptr address, unsigned value, size_t count) {
  TENON_LOCK_DRIVER;
  if (address % 4 != 0 || !driver->holds(address, 4 * count))
    return CUDA_ERROR_INVALID_VALUE;
  return now(*driver, [=] { fillWords(address, value, count); });
}

TENON_CUDA_API cuMemsetD32Async(CUdeviceptr address, unsigned value, size_t count,
                                CUstream stream) {
  TENON_LOCK_DRIVER;
  if (address % 4 != 0 || !driver->holds(address, 4 * count))
    return CUDA_ERROR_INVALID_VALUE;
  return later(*driver, stream, [=] { fillWords(address, value, count); });
}
