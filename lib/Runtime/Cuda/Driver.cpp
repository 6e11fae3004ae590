//===- Driver.cpp - the NVIDIA driver, found when the program runs --------===//
#include "tenon/Runtime/Cuda/Driver.h"

#include "tenon/Runtime/Io/Text.h"

#include <cstring>
#include <dlfcn.h>

namespace tenon::runtime::cuda {

constexpr const char *libraryName = "libcuda.so.1";
/// The oldest driver whose functions and PTX the runtime knows: CUDA 12.0.
constexpr int oldestVersion = 12000;

std::string cudaVersionText(int version) {
  return format("%d.%d", version / 1000, version % 1000 / 10);
}

Status deviceError(std::string text) {
  return Status::error(ExitCode::Environment, "device", std::move(text));
}

std::string Driver::codeText(Code code) const {
  const char *name = nullptr, *text = nullptr;
  if (api.getErrorName.address)
    tryCall(api.getErrorName, code, &name);
  if (api.getErrorString.address)
    tryCall(api.getErrorString, code, &text);
  std::string known = name ? name : format("CUDA error %d", code);
  return text ? known + " (" + text + ")" : known;
}

Status Driver::check(Code code, const char *function) const {
  if (code == 0)
    return Status();
  return deviceError(std::string(function) + " failed: " + codeText(code));
}

namespace {

/// Finds functions in the library and remembers the first that it lacks.
class Finder {
public:
  explicit Finder(void *library) : library(library) {}

  template <typename... Parameters> void find(Function<Parameters...> &function) {
    void *address = dlsym(library, function.name);
    if (!address && !missing)
      missing = function.name;
    static_assert(sizeof(address) == sizeof(function.address), "POSIX has one kind of address");
    memcpy(&function.address, &address, sizeof(address));
  }
  template <typename... Functions> void findAll(Functions &...functions) { (find(functions), ...); }

  const char *missing = nullptr;

private:
  void *library;
};

} // namespace

static void findFunctions(Finder &finder, Api &api) {
  finder.findAll(api.init, api.driverGetVersion, api.getErrorName, api.getErrorString,
                 api.deviceGetCount, api.deviceGet, api.deviceGetName, api.deviceGetAttribute,
                 api.deviceTotalMem, api.primaryContextRetain, api.primaryContextRelease,
                 api.contextSetCurrent, api.contextGetCurrent);
  finder.findAll(api.moduleLoad, api.moduleUnload, api.moduleGetFunction, api.functionSetAttribute,
                 api.memGetInfo, api.memAlloc, api.memFree, api.memHostAlloc, api.memFreeHost,
                 api.copyToDevice, api.copyToHost, api.copyOnDevice, api.memSet);
  finder.findAll(api.streamCreate, api.streamDestroy, api.streamSynchronize, api.streamBeginCapture,
                 api.streamEndCapture, api.graphInstantiate, api.graphLaunch, api.graphDestroy,
                 api.graphExecutableDestroy, api.eventCreate, api.eventDestroy, api.eventRecord,
                 api.eventElapsed, api.launchKernel);
}

Result<Driver> Driver::open() {
  // It stays open until the process ends: drivers do not survive being closed.
  void *library = dlopen(libraryName, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *reason = dlerror();
    return deviceError(std::string("no CUDA driver: ") +
                       escaped(reason ? reason : libraryName, 200));
  }
  Driver driver;
  Finder finder(library);
  findFunctions(finder, driver.api);
  // What an old driver lacks is told by its version, if it has one.
  if (driver.api.driverGetVersion.address) {
    if (Status status = driver.call(driver.api.driverGetVersion, &driver.supportedVersion);
        !status.ok())
      return status;
    if (driver.supportedVersion < oldestVersion)
      return deviceError("the NVIDIA driver serves CUDA " +
                         cudaVersionText(driver.supportedVersion) + "; expected at least " +
                         cudaVersionText(oldestVersion));
  }
  if (finder.missing)
    return deviceError(std::string("no CUDA driver: the library ") + libraryName +
                       " lacks the function " + finder.missing);
  Code code = driver.api.init.address(0);
  if (code == kNoDevice)
    return deviceError("no CUDA device: the driver finds none");
  if (code == kStubLibrary)
    return deviceError(std::string("no CUDA driver: the library ") + libraryName +
                       " is a stub to link against");
  if (Status status = driver.check(code, driver.api.init.name); !status.ok())
    return status;
  return driver;
}

} // namespace tenon::runtime::cuda
