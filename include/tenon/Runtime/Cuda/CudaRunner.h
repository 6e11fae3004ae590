//===- CudaRunner.h - runs a program on an NVIDIA GPU ---------------------===//
#ifndef TENON_RUNTIME_CUDA_CUDARUNNER_H
#define TENON_RUNTIME_CUDA_CUDARUNNER_H

#include "tenon/Runtime/Cuda/DeviceWeights.h"
#include "tenon/Runtime/Cuda/StreamExecutor.h"
#include "tenon/Runtime/ProgramRunner.h"

namespace tenon::runtime::cuda {

class CudaRunner final : public ProgramRunner {
public:
  CudaRunner(const tn_program &program, std::unique_ptr<Device> device, ThreadPool &pool,
             const std::atomic<int> *stop);
  ~CudaRunner() override;

  const tn_level &level() const override { return device->level(); }
  int64_t capability() const override { return device->facts.capability; }
  std::string deviceText() const override { return device->facts.text(); }
  Result<LaunchOutcome> load(const SafetensorsFile *file) override;
  Status start(const SafetensorsFile *file, bool resumes, uint64_t seed) override;
  Result<LaunchOutcome> pack(std::optional<size_t> entry) override;
  Status reserve(const PlanKey &key) override;
  Result<LaunchOutcome> run(const Call &call, void *const *outputs, uint64_t *nanoseconds) override;
  void exchange(const tn_entry &entry, void **outputs) override;
  Result<const void *> parameter(size_t number) override;
  Status keep(const std::vector<size_t> &numbers) override;
  Status restore() override;
  uint64_t arenaBytes() const override;

private:
  /// What lies on the device; it is given back while the device is in use.
  struct Memory {
    Memory(const tn_program &program, Device &device, ThreadPool &pool,
           const std::atomic<int> *stop)
        : executor(device, program, stop), weights(program, device, pool) {}
    StreamExecutor executor;
    DeviceWeights weights;
    PlanCacheOf<DevicePlan> plans;
    std::unique_ptr<DevicePlan> prepare;
  };

  Result<DevicePlan *> planFor(const PlanKey &key);
  Result<DevicePlan *> preparePlan();
  AddressTable tableOf(const DevicePlan &plan, const tn_entry &entry);
  Status upload(const DevicePlan &plan, const Call &call);
  Status download(const DevicePlan &plan, void *const *outputs);

  const tn_program &program;
  std::unique_ptr<Device> device;
  std::unique_ptr<Memory> memory;
  std::vector<DevicePointer> inputs, outputs; ///< of the run in progress, by number
};

} // namespace tenon::runtime::cuda

#endif // TENON_RUNTIME_CUDA_CUDARUNNER_H
