//===- Driver.h - the NVIDIA driver, found when the program runs ----------===//
//
// The part of the CUDA driver API that the runtime uses: names and numbers are
// those of NVIDIA's cuda.h, the declarations are our own. Nothing is linked; the
// library is opened when a GPU is asked for.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CUDA_DRIVER_H
#define TENON_RUNTIME_CUDA_DRIVER_H

#include "tenon/Runtime/Io/Status.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace tenon::runtime::cuda {

/// A CUresult: 0 is success.
using Code = int;
using DeviceNumber = int;
using DevicePointer = unsigned long long;
using ContextHandle = struct CUctx_st *;
using ModuleHandle = struct CUmod_st *;
using FunctionHandle = struct CUfunc_st *;
using StreamHandle = struct CUstream_st *;
using EventHandle = struct CUevent_st *;
using GraphHandle = struct CUgraph_st *;
using GraphExecutable = struct CUgraphExec_st *;

constexpr Code kOutOfMemory = 2, kStubLibrary = 34, kNoDevice = 100, kInvalidDevice = 101,
               kInvalidImage = 200, kNoBinaryForGpu = 209, kInvalidPtx = 218,
               kUnsupportedPtxVersion = 222, kNotFound = 500;

/// Numbers of CUdevice_attribute, CUfunction_attribute, CUjit_option and flags.
constexpr int kCapabilityMajor = 75, kCapabilityMinor = 76, kMaxSharedBytes = 97;
constexpr int kMaxDynamicSharedBytes = 8;
constexpr int kErrorLog = 5, kErrorLogBytes = 6;
constexpr unsigned kStreamNonBlocking = 1;
/// Only what this thread does could disturb a capture.
constexpr int kCaptureThreadLocal = 1;

/// A function of the driver, under the name it has in the library.
template <typename... Parameters> struct Function {
  const char *name;
  Code (*address)(Parameters...) = nullptr;
};

/// The driver's functions.
struct Api {
  Function<unsigned> init{"cuInit"};
  Function<int *> driverGetVersion{"cuDriverGetVersion"};
  Function<Code, const char **> getErrorName{"cuGetErrorName"};
  Function<Code, const char **> getErrorString{"cuGetErrorString"};
  Function<int *> deviceGetCount{"cuDeviceGetCount"};
  Function<DeviceNumber *, int> deviceGet{"cuDeviceGet"};
  Function<char *, int, DeviceNumber> deviceGetName{"cuDeviceGetName"};
  Function<int *, int, DeviceNumber> deviceGetAttribute{"cuDeviceGetAttribute"};
  Function<size_t *, DeviceNumber> deviceTotalMem{"cuDeviceTotalMem_v2"};
  Function<ContextHandle *, DeviceNumber> primaryContextRetain{"cuDevicePrimaryCtxRetain"};
  Function<DeviceNumber> primaryContextRelease{"cuDevicePrimaryCtxRelease_v2"};
  Function<ContextHandle> contextSetCurrent{"cuCtxSetCurrent"};
  Function<ContextHandle *> contextGetCurrent{"cuCtxGetCurrent"};
  Function<ModuleHandle *, const void *, unsigned, int *, void **> moduleLoad{"cuModuleLoadDataEx"};
  Function<ModuleHandle> moduleUnload{"cuModuleUnload"};
  Function<FunctionHandle *, ModuleHandle, const char *> moduleGetFunction{"cuModuleGetFunction"};
  Function<FunctionHandle, int, int> functionSetAttribute{"cuFuncSetAttribute"};
  Function<size_t *, size_t *> memGetInfo{"cuMemGetInfo_v2"};
  Function<DevicePointer *, size_t> memAlloc{"cuMemAlloc_v2"};
  Function<DevicePointer> memFree{"cuMemFree_v2"};
  Function<void **, size_t, unsigned> memHostAlloc{"cuMemHostAlloc"};
  Function<void *> memFreeHost{"cuMemFreeHost"};
  Function<DevicePointer, const void *, size_t, StreamHandle> copyToDevice{"cuMemcpyHtoDAsync_v2"};
  Function<void *, DevicePointer, size_t, StreamHandle> copyToHost{"cuMemcpyDtoHAsync_v2"};
  Function<DevicePointer, DevicePointer, size_t, StreamHandle> copyOnDevice{"cuMemcpyDtoDAsync_v2"};
  Function<DevicePointer, unsigned char, size_t, StreamHandle> memSet{"cuMemsetD8Async"};
  Function<StreamHandle *, unsigned> streamCreate{"cuStreamCreate"};
  Function<StreamHandle> streamDestroy{"cuStreamDestroy_v2"};
  Function<StreamHandle> streamSynchronize{"cuStreamSynchronize"};
  Function<StreamHandle, int> streamBeginCapture{"cuStreamBeginCapture_v2"};
  Function<StreamHandle, GraphHandle *> streamEndCapture{"cuStreamEndCapture"};
  Function<GraphExecutable *, GraphHandle, unsigned long long> graphInstantiate{
      "cuGraphInstantiateWithFlags"};
  Function<GraphExecutable, StreamHandle> graphLaunch{"cuGraphLaunch"};
  Function<GraphHandle> graphDestroy{"cuGraphDestroy"};
  Function<GraphExecutable> graphExecutableDestroy{"cuGraphExecDestroy"};
  Function<EventHandle *, unsigned> eventCreate{"cuEventCreate"};
  Function<EventHandle> eventDestroy{"cuEventDestroy_v2"};
  Function<EventHandle, StreamHandle> eventRecord{"cuEventRecord"};
  Function<float *, EventHandle, EventHandle> eventElapsed{"cuEventElapsedTime"};
  Function<FunctionHandle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
           StreamHandle, void **, void **>
      launchKernel{"cuLaunchKernel"};
};

/// "12.4" of 12040.
std::string cudaVersionText(int version);

/// A failure of the environment that has to do with devices.
Status deviceError(std::string text);

class Driver {
public:
  /// Opens the library and initializes it. The error says what is missing: the
  /// library, one of its functions, a device, or a version that is new enough.
  static Result<Driver> open();

  /// Calls a function; an Environment error names it and what the driver says.
  template <typename... Parameters, typename... Arguments>
  Status call(const Function<Parameters...> &function, Arguments... arguments) const {
    return check(function.address(arguments...), function.name);
  }
  /// Calls a function where nobody can act on a failure.
  template <typename... Parameters, typename... Arguments>
  void tryCall(const Function<Parameters...> &function, Arguments... arguments) const {
    (void)function.address(arguments...);
  }

  Status check(Code code, const char *function) const;
  /// "CUDA_ERROR_NO_DEVICE (no CUDA-capable device is detected)".
  std::string codeText(Code code) const;
  /// The newest CUDA that it serves, as in 12040.
  int version() const { return supportedVersion; }

  Api api;

private:
  int supportedVersion = 0;
};

} // namespace tenon::runtime::cuda

#endif // TENON_RUNTIME_CUDA_DRIVER_H
