//===- Weights.h - the parameters of a loaded program ---------------------===//
//
// Kernels read most parameters in a packed form that the launch list `prepare`
// makes. A raw parameter that only `prepare` reads is in memory only until it is
// packed: launch by launch, what the launch needs is read into memory that the
// one before has left in the cache, and packed from there. So loading needs
// little more memory than the loaded program, and few pages are touched anew.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CPU_WEIGHTS_H
#define TENON_RUNTIME_CPU_WEIGHTS_H

#include "tenon/Runtime/Cpu/Executor.h"
#include "tenon/Runtime/Cpu/Repacking.h"
#include "tenon/Runtime/Io/Safetensors.h"

#include <optional>
#include <utility>
#include <vector>

namespace tenon::runtime {

class Weights {
public:
  Weights(const tn_program &program, const tn_level &level)
      : program(program), level(level), left(program.num_entries) {}

  /// Reads the parameters of a file that checkParameters accepted, and packs
  /// them; a program without parameters takes no file. `outcome` says how
  /// `prepare` ended.
  Status load(const SafetensorsFile *file, ThreadPool &pool, Executor &executor,
              LaunchOutcome &outcome);

  /// For training: all parameters in memory, as they are in the file, or, where it
  /// lacks one or is null, with the first value that the program gives it for `seed`.
  /// The program's own, optimizers' states, come from the file only if it `resumes`.
  Status start(const SafetensorsFile *file, bool resumes, uint64_t seed, ThreadPool &pool);
  /// Packs the parameters as they are now; after a step of `entry`, those that it has
  /// updated and not packed itself.
  Status pack(std::optional<size_t> entry, Executor &executor, LaunchOutcome &outcome);
  /// Exchanges the memory of a parameter with other memory of its size.
  void exchange(size_t number, void *&other) { std::swap(raw[number], other); }

  /// By number; null for raw parameters that no entry reads.
  void *const *parameters() const { return raw.data(); }
  void *const *packed() const { return packs.data(); }

private:
  Status allocate(const std::vector<bool> &isKept);
  Status prepare(const SafetensorsFile *file, const std::vector<bool> &isKept, ThreadPool &pool,
                 Executor &executor, LaunchOutcome &outcome);

  const tn_program &program;
  const tn_level &level;
  AlignedBuffer memory; ///< of all that stays
  std::vector<void *> raw;
  std::vector<void *> packs;
  /// By entry: what a step leaves to `prepare`.
  std::vector<std::optional<std::vector<LaunchRange>>> left;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_WEIGHTS_H
