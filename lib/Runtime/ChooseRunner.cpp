//===- ChooseRunner.cpp - where a program runs ----------------------------===//
#include "tenon/Runtime/ChooseRunner.h"
#include "tenon/Runtime/Cpu/CpuLevel.h"
#include "tenon/Runtime/Cpu/CpuRunner.h"

namespace tenon::runtime {

Result<std::unique_ptr<ProgramRunner>> chooseRunner(const tn_program &program,
                                                    const ContextOptions &options, ThreadPool &pool,
                                                    std::vector<std::string> &notes) {
  (void)notes;
  Result<const tn_level *> level = selectLevel(program, identifyCpu(), options.cpuLevel);
  if (!level.ok())
    return level.takeStatus();
  return std::unique_ptr<ProgramRunner>(
      std::make_unique<CpuRunner>(program, **level, pool, options.stop));
}

} // namespace tenon::runtime
