//===- Driver.h - The state behind the emulated driver ----------*- C++ -*-===//
///
/// Work given to a stream waits in a queue until somebody synchronizes: results
/// read too early, and host memory reused too early, then show. Streams are
/// independent of each other, but for the blocking ones, which the functions
/// without a stream wait for, as in CUDA.
///
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_EMULATION_DRIVER_DRIVER_H
#define TENON_LIB_EMULATION_DRIVER_DRIVER_H

#include "Cuda.h"
#include "Options.h"

#include "tenon/Emulation/Address.h"
#include "tenon/Emulation/KernelModule.h"

#include <chrono>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

struct CUfunc_st {
  const tenon::emulation::Kernel *kernel;
  /// CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES.
  uint32_t dynamicSharedLimit = 48 << 10;
};

struct CUmod_st {
  std::unique_ptr<tenon::emulation::KernelModule> module;
  std::map<std::string, CUfunc_st> functions;
};

struct CUevent_st {
  std::optional<std::chrono::steady_clock::time_point> time;
};

/// Something to be done on the device.
using DeviceWork = std::function<CUresult()>;

struct CUgraph_st {
  std::vector<DeviceWork> work;
};

struct CUgraphExec_st {
  std::vector<DeviceWork> work;
};

struct CUstream_st {
  bool isBlocking = true;
  std::list<DeviceWork> queue;
  /// What is captured instead of queued, between begin and end.
  std::unique_ptr<CUgraph_st> capture;
};

namespace tenon::emulation {

class Driver {
public:
  /// The one of this process; null before cuInit.
  static Driver *get();
  static CUresult initialize();
  ~Driver();

  explicit Driver(DriverOptions options);

  /// Holds for one call of the API.
  std::mutex mutex;
  const DriverOptions options;
  Memory memory;

  CUresult allocate(size_t bytes, CUdeviceptr &address);
  CUresult release(CUdeviceptr address);
  /// Whether the device can reach [address, address + bytes).
  bool holds(CUdeviceptr address, size_t bytes) const {
    return memory.holds(pointerTo(address), bytes);
  }

  /// Host memory that copies read and write while they run.
  CUresult allocateHost(size_t bytes, void *&address);
  CUresult releaseHost(void *address);
  bool isPinned(const void *address) const;

  CUresult load(const void *image, CUmodule &module, std::string &message);
  CUresult unload(CUmodule module);

  CUresult launch(const Kernel &kernel, const LaunchShape &shape, void *const *arguments);

  CUresult createStream(bool isBlocking, CUstream &stream);
  CUresult destroyStream(CUstream stream);
  /// The stream that a handle names; 0, 1 and 2 are the default stream.
  CUstream_st &stream(CUstream handle);
  /// Queues or captures `work`.
  CUresult enqueue(CUstream stream, DeviceWork work);
  /// Runs what waits in `stream`, in all streams that functions without a
  /// stream wait for, or in all.
  CUresult synchronize(CUstream_st &stream);
  CUresult synchronizeBlocking();
  CUresult synchronizeAll();
  bool isCapturing() const;

private:
  CUresult runQueue(CUstream_st &stream);
  CUresult runKernel(const Kernel &kernel, const LaunchShape &shape, void *const *arguments);
  void fail(const std::string &message);
  void writeStatistics() const;

  Launcher launcher;
  CUstream_st defaultStream;
  std::list<CUstream_st> streams;
  std::list<CUmod_st> modules;
  std::map<uintptr_t, std::unique_ptr<char[]>> pinned;
  std::map<uintptr_t, size_t> pinnedBytes;
  uint64_t allocations = 0, launches = 0;
  /// Once a kernel has failed, nothing works any more.
  CUresult stickyError = CUDA_SUCCESS;
  std::map<std::string, Statistics> statistics;
};

/// `driver`, locked for a call of the API; the call's result when there is none.
#define TENON_LOCK_DRIVER                                                                          \
  ::tenon::emulation::Driver *driver = ::tenon::emulation::Driver::get();                          \
  if (!driver)                                                                                     \
    return CUDA_ERROR_NOT_INITIALIZED;                                                             \
  std::lock_guard lock(driver->mutex)

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_DRIVER_DRIVER_H
