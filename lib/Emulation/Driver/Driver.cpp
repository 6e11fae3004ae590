//===- Driver.cpp - The state behind the emulated driver ------------------===//

#include "Driver.h"
#include "Image.h"

#include <cstdio>
#include <cstring>

namespace tenon::emulation {

static std::unique_ptr<Driver> &instance() {
  static std::unique_ptr<Driver> driver;
  return driver;
}

Driver *Driver::get() { return instance().get(); }

CUresult Driver::initialize() {
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  if (!instance()) {
    DriverOptions options = DriverOptions::fromEnvironment();
    if (options.initResult != 0)
      return static_cast<CUresult>(options.initResult);
    if (!options.hasDevice)
      return CUDA_ERROR_NO_DEVICE;
    instance() = std::make_unique<Driver>(std::move(options));
  }
  return CUDA_SUCCESS;
}

Driver::Driver(DriverOptions given)
    : options(std::move(given)), memory(options.memoryBytes), launcher(memory, options.workers) {}

Driver::~Driver() { writeStatistics(); }

void Driver::writeStatistics() const {
  if (options.statisticsFile.empty())
    return;
  std::FILE *file = std::fopen(options.statisticsFile.c_str(), "w");
  if (!file) {
    std::fprintf(stderr, "tenon emulation: cannot write '%s'\n", options.statisticsFile.c_str());
    return;
  }
  for (const auto &[kernel, counts] : statistics)
    std::fprintf(file, "%s %s\n", kernel.c_str(), counts.format().c_str());
  std::fclose(file);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

CUresult Driver::allocate(size_t bytes, CUdeviceptr &address) {
  if (isCapturing())
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  if (stickyError)
    return stickyError;
  if (bytes == 0)
    return CUDA_ERROR_INVALID_VALUE;
  ++allocations;
  if (options.failingAllocation != 0 && allocations >= options.failingAllocation)
    return CUDA_ERROR_OUT_OF_MEMORY;
  void *memoryAddress = memory.allocate(bytes);
  if (!memoryAddress)
    return CUDA_ERROR_OUT_OF_MEMORY;
  address = reinterpret_cast<CUdeviceptr>(memoryAddress);
  return CUDA_SUCCESS;
}

CUresult Driver::release(CUdeviceptr address) {
  if (isCapturing())
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  if (address == 0)
    return CUDA_SUCCESS;
  CUresult result = synchronizeAll();
  if (!memory.release(pointerTo(address)))
    return CUDA_ERROR_INVALID_VALUE;
  return result;
}

CUresult Driver::allocateHost(size_t bytes, void *&address) {
  if (bytes == 0)
    return CUDA_ERROR_INVALID_VALUE;
  std::unique_ptr<char[]> block(new (std::nothrow) char[bytes]);
  if (!block)
    return CUDA_ERROR_OUT_OF_MEMORY;
  address = block.get();
  uintptr_t begin = reinterpret_cast<uintptr_t>(address);
  pinned[begin] = std::move(block);
  pinnedBytes[begin] = bytes;
  return CUDA_SUCCESS;
}

CUresult Driver::releaseHost(void *address) {
  CUresult result = synchronizeAll();
  uintptr_t begin = reinterpret_cast<uintptr_t>(address);
  pinnedBytes.erase(begin);
  return pinned.erase(begin) ? result : CUDA_ERROR_INVALID_VALUE;
}

bool Driver::isPinned(const void *address) const {
  uintptr_t at = reinterpret_cast<uintptr_t>(address);
  auto after = pinnedBytes.upper_bound(at);
  if (after == pinnedBytes.begin())
    return false;
  --after;
  return at - after->first < after->second;
}

//===----------------------------------------------------------------------===//
// Modules and launches
//===----------------------------------------------------------------------===//

CUresult Driver::load(const void *image, CUmodule &module, std::string &message) {
  if (stickyError)
    return stickyError;
  if (!options.loadsImages) {
    message = "a planted fault: no image can be loaded";
    return CUDA_ERROR_INVALID_PTX;
  }
  llvm::StringRef code;
  if (CUresult result = readImage(image, options.major, options.minor, code, message))
    return result;
  Instrumentation instrumentation;
  instrumentation.checksAccesses = options.checksAccesses;
  auto loaded = KernelModule::load(llvm::MemoryBufferRef(code, "image"), memory, instrumentation);
  if (!loaded) {
    message = llvm::toString(loaded.takeError());
    std::fprintf(stderr, "tenon emulation: %s\n", message.c_str());
    return CUDA_ERROR_INVALID_IMAGE;
  }
  CUmod_st &entry = modules.emplace_back();
  entry.module = std::move(*loaded);
  for (const Kernel &kernel : entry.module->kernels())
    entry.functions[kernel.name] = CUfunc_st{&kernel};
  module = &entry;
  return CUDA_SUCCESS;
}

CUresult Driver::unload(CUmodule module) {
  CUresult result = synchronizeAll();
  for (auto it = modules.begin(); it != modules.end(); ++it)
    if (&*it == module) {
      modules.erase(it);
      return result;
    }
  return CUDA_ERROR_INVALID_HANDLE;
}

void Driver::fail(const std::string &message) {
  std::fprintf(stderr, "tenon emulation: %s\n", message.c_str());
  stickyError = CUDA_ERROR_LAUNCH_FAILED;
}

namespace {

/// The contents of all allocations.
class Snapshot {
public:
  explicit Snapshot(const Memory &memory) {
    for (const Memory::Range &range : memory.allocations())
      if (range.mapping)
        copies.emplace_back(pointerTo(range.begin),
                            std::vector<char>(pointerTo(range.begin), pointerTo(range.end)));
  }
  void restore() const {
    for (const auto &[address, bytes] : copies)
      std::memcpy(address, bytes.data(), bytes.size());
  }
  /// The first byte of memory that differs now, or null.
  const char *difference() const {
    for (const auto &[address, bytes] : copies)
      for (size_t i = 0; i < bytes.size(); ++i)
        if (address[i] != bytes[i])
          return address + i;
    return nullptr;
  }

private:
  std::vector<std::pair<char *, std::vector<char>>> copies;
};

} // namespace

CUresult Driver::runKernel(const Kernel &kernel, const LaunchShape &shape, void *const *arguments) {
  if (++launches == options.failingLaunch) {
    fail("kernel '" + kernel.name + "': a planted fault");
    return stickyError;
  }
  auto run = [&](uint64_t seed) {
    std::optional<std::string> diagnosis =
        launcher.launch(kernel, shape, arguments, Schedule(seed), &statistics[kernel.name]);
    if (diagnosis)
      fail(*diagnosis + " [schedule " + std::to_string(seed) + "]");
    return !diagnosis;
  };
  const std::vector<uint64_t> &seeds = options.seeds;
  if (!options.compares) {
    run(seeds[(launches - 1) % seeds.size()]);
    return stickyError;
  }
  const Snapshot before(memory);
  if (!run(seeds.front()))
    return stickyError;
  const Snapshot after(memory);
  for (size_t i = 1; i < seeds.size(); ++i) {
    before.restore();
    if (!run(seeds[i]))
      return stickyError;
    if (const char *where = after.difference()) {
      fail("kernel '" + kernel.name + "': schedules " + std::to_string(seeds.front()) + " and " +
           std::to_string(seeds[i]) + " leave different bytes at " + memory.describe(where));
      return stickyError;
    }
  }
  return CUDA_SUCCESS;
}

CUresult Driver::launch(const Kernel &kernel, const LaunchShape &shape, void *const *arguments) {
  if (stickyError)
    return stickyError;
  return runKernel(kernel, shape, arguments);
}

//===----------------------------------------------------------------------===//
// Streams
//===----------------------------------------------------------------------===//

CUresult Driver::createStream(bool isBlocking, CUstream &handle) {
  handle = &streams.emplace_back();
  handle->isBlocking = isBlocking;
  return stickyError;
}

CUresult Driver::destroyStream(CUstream handle) {
  for (auto it = streams.begin(); it != streams.end(); ++it)
    if (&*it == handle) {
      CUresult result = runQueue(*it);
      streams.erase(it);
      return result;
    }
  return CUDA_ERROR_INVALID_HANDLE;
}

CUstream_st &Driver::stream(CUstream handle) {
  return reinterpret_cast<uintptr_t>(handle) <= 2 ? defaultStream : *handle;
}

CUresult Driver::enqueue(CUstream handle, DeviceWork work) {
  if (stickyError)
    return stickyError;
  CUstream_st &target = stream(handle);
  if (target.capture)
    target.capture->work.push_back(std::move(work));
  else
    target.queue.push_back(std::move(work));
  return CUDA_SUCCESS;
}

CUresult Driver::runQueue(CUstream_st &target) {
  while (!target.queue.empty() && !stickyError) {
    DeviceWork work = std::move(target.queue.front());
    target.queue.pop_front();
    if (CUresult result = work())
      return result;
  }
  return stickyError;
}

CUresult Driver::synchronize(CUstream_st &target) {
  if (target.capture)
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  if (&target == &defaultStream)
    return synchronizeBlocking();
  return runQueue(target);
}

CUresult Driver::synchronizeBlocking() {
  if (isCapturing())
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  CUresult result = runQueue(defaultStream);
  for (CUstream_st &each : streams)
    if (each.isBlocking && result == CUDA_SUCCESS)
      result = runQueue(each);
  return result;
}

CUresult Driver::synchronizeAll() {
  if (isCapturing())
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  CUresult result = runQueue(defaultStream);
  for (CUstream_st &each : streams)
    if (result == CUDA_SUCCESS)
      result = runQueue(each);
  return result;
}

bool Driver::isCapturing() const {
  for (const CUstream_st &each : streams)
    if (each.capture)
      return true;
  return false;
}

} // namespace tenon::emulation
