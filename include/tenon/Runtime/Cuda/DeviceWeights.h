//===- DeviceWeights.h - the parameters of a program on a GPU -------------===//
//
// What entries read stays on the device. A raw parameter that only `prepare` reads is
// there only for the launch that packs it. In training every parameter stays, and those
// that a step updates have a second place, for the next value: the two change roles.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CUDA_DEVICEWEIGHTS_H
#define TENON_RUNTIME_CUDA_DEVICEWEIGHTS_H

#include "tenon/Runtime/Cpu/ThreadPool.h"
#include "tenon/Runtime/Cuda/StreamExecutor.h"
#include "tenon/Runtime/Io/Safetensors.h"

namespace tenon::runtime::cuda {

class DeviceWeights {
public:
  DeviceWeights(const tn_program &program, Device &device, ThreadPool &pool)
      : program(program), level(device.level()), device(device), pool(pool) {}

  /// Reads the parameters of a file, or takes none, and runs `prepare`, for whose plan the
  /// executor has the memory.
  Status load(const SafetensorsFile *file, const DevicePlan &plan, StreamExecutor &executor);
  /// For training, as Weights::start.
  Status start(const SafetensorsFile *file, bool resumes, uint64_t seed);

  /// By number; 0 for raw parameters that no entry reads.
  const DevicePointer *parameters() const { return raw.data(); }
  const DevicePointer *packed() const { return packs.data(); }
  /// Memory for next values, once.
  Status reserveNext();
  /// Where the next value of a parameter goes, where there is memory for it.
  DevicePointer next(size_t number) const { return nextPlaces[number]; }
  /// The next value is now the parameter's.
  void exchange(size_t number);

  /// The value of a parameter in training, on the host.
  Result<const void *> value(size_t number);
  Status keep(const std::vector<size_t> &numbers);
  Status restore();

private:
  /// A place on the device that a parameter is copied to.
  struct Kept {
    size_t number;
    DevicePointer place;
  };

  Status allocate(const std::vector<bool> &isKept);
  Status upload(const SafetensorsFile *file, uint64_t seed, bool takesOwn, size_t number,
                DevicePointer to);
  std::vector<size_t> missingFor(const tn_launch &launch) const;
  Status uploadForLaunch(const SafetensorsFile *file, const std::vector<size_t> &numbers,
                         DeviceBuffer &block, std::vector<DevicePointer> &places);
  uint64_t bytesOf(size_t number) const;

  const tn_program &program;
  const tn_level &level;
  Device &device;
  ThreadPool &pool;
  DeviceBuffer memory, nextMemory, keptMemory;
  std::vector<DevicePointer> raw, packs, nextPlaces;
  std::vector<Kept> kept;
  AlignedBuffer staging;             ///< a parameter on its way to the device
  std::vector<AlignedBuffer> values; ///< on the host, by number
  std::vector<bool> isCurrent;       ///< by number: `values` has it
};

} // namespace tenon::runtime::cuda

#endif // TENON_RUNTIME_CUDA_DEVICEWEIGHTS_H
