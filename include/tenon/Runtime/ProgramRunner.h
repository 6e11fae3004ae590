//===- ProgramRunner.h - what runs a program's launch lists ---------------===//
//
// A context checks calls and tells errors; a runner owns the memory of parameters
// and intermediate results and runs launches. There is one for the CPU and one for
// NVIDIA GPUs; a context has the one that it was made with.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_PROGRAMRUNNER_H
#define TENON_RUNTIME_PROGRAMRUNNER_H

#include "tenon/Runtime/Context.h"
#include "tenon/Runtime/LaunchOutcome.h"

#include <optional>

namespace tenon::runtime {

struct PlanKey;

class ProgramRunner {
public:
  virtual ~ProgramRunner() = default;

  /// The launch lists that it walks.
  virtual const tn_level &level() const = 0;
  /// The compute capability of the GPU, as in 90; 0 on the CPU.
  virtual int64_t capability() const = 0;
  /// "x86-64-v4", or "cuda:0, NVIDIA H200, compute capability 9.0".
  virtual std::string deviceText() const = 0;

  /// Takes the parameters of a file that checkParameters accepted, and runs `prepare`;
  /// a program without parameters takes no file.
  virtual Result<LaunchOutcome> load(const SafetensorsFile *file) = 0;
  /// For training: takes all parameters, from the file or by their first values
  /// (Context::beginTraining); pack() is still to come.
  virtual Status start(const SafetensorsFile *file, bool resumes, uint64_t seed) = 0;
  /// Runs `prepare` on the parameters as they are now; after a step of `entry`, what that has
  /// made necessary and not done itself.
  virtual Result<LaunchOutcome> pack(std::optional<size_t> entry) = 0;

  /// Makes the plan of an entry and the memory for it.
  virtual Status reserve(const PlanKey &key) = 0;
  /// Runs a call that Context::bind returned. `nanoseconds`, if not null, receives the added
  /// time of each launch.
  virtual Result<LaunchOutcome> run(const Call &call, void *const *outputs,
                                    uint64_t *nanoseconds) = 0;
  /// Outputs of the last run that are next values of parameters become these; their former
  /// memory is then that of the outputs.
  virtual void exchange(const tn_entry &entry, void **outputs) = 0;

  /// The value of a parameter in training, valid until the next run.
  virtual Result<const void *> parameter(size_t number) = 0;
  /// Keeps the values of parameters, in place of those kept before; brings them back.
  virtual Status keep(const std::vector<size_t> &numbers) = 0;
  virtual Status restore() = 0;

  virtual uint64_t arenaBytes() const = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_PROGRAMRUNNER_H
