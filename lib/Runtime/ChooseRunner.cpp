//===- ChooseRunner.cpp - where a program runs ----------------------------===//
#include "tenon/Runtime/ChooseRunner.h"
#include "tenon/Runtime/Cpu/CpuLevel.h"
#include "tenon/Runtime/Cpu/CpuRunner.h"
#include "tenon/Runtime/Cuda/CudaRunner.h"

namespace tenon::runtime {

Result<std::unique_ptr<ProgramRunner>> chooseRunner(const tn_program &program,
                                                    const ContextOptions &options, ThreadPool &pool,
                                                    std::vector<std::string> &notes) {
  bool wantsCuda = options.device == DeviceKind::Cuda;
  if (wantsCuda && !program.gpu)
    return cuda::deviceError("'cuda' is not available: this executable holds code for the CPU "
                             "only; available: cpu");
  // A level of the CPU is asked for by name, too.
  bool wantsCpu = options.device == DeviceKind::Cpu || (!wantsCuda && options.cpuLevel != 0);
  if (!wantsCpu && program.gpu) {
    Result<std::unique_ptr<cuda::Device>> device =
        cuda::Device::open(*program.gpu, options.deviceNumber);
    if (device.ok())
      return std::unique_ptr<ProgramRunner>(
          std::make_unique<cuda::CudaRunner>(program, std::move(*device), pool, options.stop));
    if (wantsCuda)
      return device.takeStatus();
    notes.push_back("device: note: running on the CPU: " + device.status().errors().front().text);
  }
  Result<const tn_level *> level = selectLevel(program, identifyCpu(), options.cpuLevel);
  if (!level.ok())
    return level.takeStatus();
  return std::unique_ptr<ProgramRunner>(
      std::make_unique<CpuRunner>(program, **level, pool, options.stop));
}

} // namespace tenon::runtime
