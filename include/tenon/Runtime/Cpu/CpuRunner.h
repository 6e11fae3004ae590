//===- CpuRunner.h - runs a program on the threads of a pool --------------===//
#ifndef TENON_RUNTIME_CPU_CPURUNNER_H
#define TENON_RUNTIME_CPU_CPURUNNER_H

#include "tenon/Runtime/Cpu/Executor.h"
#include "tenon/Runtime/Cpu/Weights.h"
#include "tenon/Runtime/ProgramRunner.h"

namespace tenon::runtime {

class CpuRunner final : public ProgramRunner {
public:
  CpuRunner(const tn_program &program, const tn_level &level, ThreadPool &pool,
            const std::atomic<int> *stop);

  const tn_level &level() const override { return code; }
  int64_t capability() const override { return 0; }
  std::string deviceText() const override { return code.name; }
  Result<LaunchOutcome> load(const SafetensorsFile *file) override;
  Status start(const SafetensorsFile *file, bool resumes, uint64_t seed) override;
  Result<LaunchOutcome> pack(std::optional<size_t> entry) override;
  Status reserve(const PlanKey &key) override;
  Result<LaunchOutcome> run(const Call &call, void *const *outputs, uint64_t *nanoseconds) override;
  void exchange(const tn_entry &entry, void **outputs) override;
  Result<const void *> parameter(size_t number) override;
  Status keep(const std::vector<size_t> &numbers) override;
  Status restore() override;
  uint64_t arenaBytes() const override { return executor.arenaBytes(); }

private:
  struct KeptParameter {
    size_t number;
    AlignedBuffer value;
  };

  std::vector<const tn_launch_list *> allLists() const;
  Result<const Plan *> planFor(const PlanKey &key);
  Result<int64_t> samplesPerPart(const PlanKey &key);
  void copyInPlace(const Call &call, void *const *outputs) const;
  BufferTable tableOf(const Call &call, void *const *outputs) const;
  Result<LaunchOutcome> runPart(const Call &call, const PlanKey &key, BufferTable &table,
                                void *const *outputs, int64_t begin, uint64_t *nanoseconds);
  Result<LaunchOutcome> runParts(const Call &call, const PlanKey &key, int64_t part,
                                 void *const *outputs, uint64_t *nanoseconds);

  const tn_program &program;
  const tn_level &code;
  ThreadPool &pool;
  Executor executor;
  PlanCache plans;
  Weights weights;
  std::vector<KeptParameter> kept;
  /// Inputs and outputs of a part of a batch.
  std::vector<const void *> partInputs;
  std::vector<void *> partOutputs;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_CPURUNNER_H
