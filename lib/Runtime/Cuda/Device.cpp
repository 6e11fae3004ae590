//===- Device.cpp - a GPU with the program's code on it -------------------===//
#include "tenon/Runtime/Cuda/Device.h"

#include "tenon/Runtime/Cuda/Image.h"
#include "tenon/Runtime/Io/Text.h"

#include <cstring>

namespace tenon::runtime::cuda {

std::string DeviceFacts::text() const {
  return "cuda:" + std::to_string(ordinal) + ", " + name + ", compute capability " +
         capabilityText(capability);
}

static Result<DeviceFacts> askFacts(const Driver &driver, int ordinal) {
  DeviceFacts facts;
  facts.ordinal = ordinal;
  char name[256] = "";
  int major = 0, minor = 0, shared = 0;
  size_t bytes = 0;
  if (Status status = driver.call(driver.api.deviceGet, &facts.number, ordinal); !status.ok())
    return status;
  if (Status status = driver.call(driver.api.deviceGetName, name, int{sizeof(name)}, facts.number);
      !status.ok())
    return status;
  struct {
    int attribute, *value;
  } attributes[] = {
      {kCapabilityMajor, &major}, {kCapabilityMinor, &minor}, {kMaxSharedBytes, &shared}};
  for (const auto &[attribute, value] : attributes)
    if (Status status = driver.call(driver.api.deviceGetAttribute, value, attribute, facts.number);
        !status.ok())
      return status;
  if (Status status = driver.call(driver.api.deviceTotalMem, &bytes, facts.number); !status.ok())
    return status;
  facts.name = escaped(name, 80);
  facts.capability = major * 10 + minor;
  facts.maxSharedBytes = shared;
  facts.memoryBytes = bytes;
  return facts;
}

/// Why no image of the program runs on the device; empty if one does.
static std::string whyNot(const tn_gpu &gpu, const Driver &driver, const DeviceFacts &facts) {
  int needed = 0;
  for (uint64_t i = 0; i < gpu.num_images; ++i) {
    if (!runsOn(gpu.images[i], facts.capability))
      continue;
    if (neededVersion(gpu.images[i]) <= driver.version())
      return std::string();
    needed = neededVersion(gpu.images[i]);
  }
  std::string device = "cuda:" + std::to_string(facts.ordinal) + " (" + facts.name + ")";
  if (needed == 0)
    return device + " has compute capability " + capabilityText(facts.capability) +
           "; this program has code for " + programDevices(gpu);
  return "the NVIDIA driver serves CUDA " + cudaVersionText(driver.version()) +
         "; the program's code for " + device + " needs " + cudaVersionText(needed);
}

Result<FoundDevice> findDevice(const tn_gpu &gpu, int ordinal) {
  Result<Driver> driver = Driver::open();
  if (!driver.ok())
    return driver.takeStatus();
  int count = 0;
  if (Status status = driver->call(driver->api.deviceGetCount, &count); !status.ok())
    return status;
  if (count == 0)
    return deviceError("no CUDA device: the driver finds none");
  if (ordinal >= count)
    return deviceError("there is no cuda:" + std::to_string(ordinal) +
                       "; available: " + (count == 1 ? "cuda:0" : "cuda:0 to cuda:") +
                       (count == 1 ? std::string() : std::to_string(count - 1)));
  std::string reason;
  for (int i = ordinal < 0 ? 0 : ordinal; i < (ordinal < 0 ? count : ordinal + 1); ++i) {
    Result<DeviceFacts> facts = askFacts(*driver, i);
    if (!facts.ok())
      return facts.takeStatus();
    std::string flaw = whyNot(gpu, *driver, *facts);
    if (flaw.empty())
      return FoundDevice{*driver, std::move(*facts)};
    if (reason.empty())
      reason = std::move(flaw);
  }
  return deviceError(reason);
}

Device::Use::Use(const Device &device) : device(device) {
  device.driver.tryCall(device.driver.api.contextGetCurrent, &before);
  if (before != device.context)
    device.driver.tryCall(device.driver.api.contextSetCurrent, device.context);
}

Device::Use::~Use() {
  if (before != device.context)
    device.driver.tryCall(device.driver.api.contextSetCurrent, before);
}

Result<std::unique_ptr<Device>> Device::open(const tn_gpu &gpu, int ordinal) {
  Result<FoundDevice> found = findDevice(gpu, ordinal);
  if (!found.ok())
    return found.takeStatus();
  std::unique_ptr<Device> device(new Device(std::move(*found)));
  const Driver &driver = device->driver;
  if (Status status =
          driver.call(driver.api.primaryContextRetain, &device->context, device->facts.number);
      !status.ok())
    return status;
  Use use(*device);
  if (Status status = driver.call(driver.api.streamCreate, &device->stream, kStreamNonBlocking);
      !status.ok())
    return status;
  if (Status status = device->loadImage(gpu); !status.ok())
    return status;
  return device;
}

Device::~Device() {
  if (!context)
    return;
  {
    Use use(*this);
    if (stream)
      driver.tryCall(driver.api.streamDestroy, stream);
    if (module)
      driver.tryCall(driver.api.moduleUnload, module);
  }
  driver.tryCall(driver.api.primaryContextRelease, facts.number);
}

/// The first lines of what the driver's compiler says.
static std::string logText(const char *log) {
  std::string text;
  for (const char *line = log; *line && text.size() < 200;) {
    size_t length = strcspn(line, "\n");
    if (length > 0)
      text += (text.empty() ? "" : "; ") + std::string(line, length);
    line += length + (line[length] ? 1 : 0);
  }
  return escaped(text, 240);
}

Status Device::load(const tn_image &image, Code &code) {
  char log[2048] = "";
  int names[] = {kErrorLog, kErrorLogBytes};
  void *values[] = {log, reinterpret_cast<void *>(uintptr_t{sizeof(log)})};
  code = driver.api.moduleLoad.address(&module, image.bytes, 2, names, values);
  if (code == 0)
    return Status();
  module = nullptr;
  log[sizeof(log) - 1] = 0;
  Status status = deviceError(std::string("the program's ") + imageKindName(image) +
                              " for compute capability " + imageDevices(image) +
                              " cannot be loaded: " + driver.codeText(code));
  return log[0] ? std::move(status).note(logText(log)) : std::move(status);
}

Status Device::loadImage(const tn_gpu &gpu) {
  Status first;
  for (uint64_t i = 0; i < gpu.num_images; ++i) {
    const tn_image &image = gpu.images[i];
    if (!runsOn(image, facts.capability) || neededVersion(image) > driver.version())
      continue;
    Code code = 0;
    Status status = load(image, code);
    if (status.ok()) {
      loaded = &gpu.levels[image.level];
      return status;
    }
    if (first.ok())
      first = std::move(status);
    // Another form of the program may suit this driver; other errors are no matter of form.
    if (code != kInvalidImage && code != kNoBinaryForGpu && code != kInvalidPtx &&
        code != kUnsupportedPtxVersion)
      break;
  }
  return first;
}

Result<FunctionHandle> Device::kernel(const char *name, int64_t sharedBytes) {
  Kernel &kernel = kernels[name];
  if (!kernel.handle) {
    Code code = driver.api.moduleGetFunction.address(&kernel.handle, module, name);
    if (code == kNotFound)
      return Status::error(ExitCode::Internal, "program",
                           std::string("the compiled program is damaged: its code for GPUs "
                                       "lacks the kernel '") +
                               name + "'");
    if (Status status = driver.check(code, driver.api.moduleGetFunction.name); !status.ok())
      return status;
  }
  if (sharedBytes > facts.maxSharedBytes)
    return deviceError(format("kernel '%s' needs %lld bytes of shared memory; cuda:%d has %lld",
                              name, static_cast<long long>(sharedBytes), facts.ordinal,
                              static_cast<long long>(facts.maxSharedBytes)));
  if (sharedBytes > kernel.sharedBytes) {
    if (Status status = driver.call(driver.api.functionSetAttribute, kernel.handle,
                                    kMaxDynamicSharedBytes, static_cast<int>(sharedBytes));
        !status.ok())
      return status;
    kernel.sharedBytes = sharedBytes;
  }
  return kernel.handle;
}

} // namespace tenon::runtime::cuda
