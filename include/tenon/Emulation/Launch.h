//===- Launch.h - Running kernels on the emulated device --------*- C++ -*-===//

#ifndef TENON_EMULATION_LAUNCH_H
#define TENON_EMULATION_LAUNCH_H

#include "tenon/Emulation/Memory.h"
#include "tenon/Emulation/Statistics.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tenon::emulation {

struct Thread;

/// A kernel in machine code of the host.
struct Kernel {
  struct Parameter {
    size_t bytes, alignment;
  };

  std::string name;
  /// Runs one thread; each argument is given by its address.
  void (*entry)(Thread *thread, void **arguments) = nullptr;
  std::vector<Parameter> parameters;
  /// Bytes of shared memory that its module declares, and where shared memory
  /// sized by the launch begins.
  uint32_t staticShared = 0, dynamicOffset = 0;
  /// Most threads of a block (nvvm.maxntid), or 0.
  uint32_t maxThreads = 0;
  /// f32 denormals are zeros in its arithmetic (denormal-fp-math-f32).
  bool flushesDenormals = false;
  /// Its code calls the checks of Instrumentation::checksAccesses.
  bool checksAccesses = false;
};

/// In what order things happen that the hardware may do in any order. One order
/// shows one kind of mistake: run all of kCount.
struct Schedule {
  static constexpr unsigned kCount = 4;

  /// Seeds 0 to 3 are the four kinds; the rest of a seed only shuffles.
  explicit Schedule(uint64_t seed = 0) : seed(seed) {}

  uint64_t seed;
  /// One warp at a time runs as far as it can; otherwise all go in step.
  bool runsAhead() const { return seed & 1; }
  /// Asynchronous copies and products land when issued; otherwise as late as
  /// their waits allow.
  bool landsEarly() const { return seed & 2; }
};

struct LaunchShape {
  uint32_t grid[3] = {1, 1, 1};
  uint32_t block[3] = {1, 1, 1};
  /// Bytes of shared memory beside what the kernel declares.
  uint32_t dynamicShared = 0;
};

/// Runs kernels, block by block on OS threads. Launches do not overlap.
class Launcher {
public:
  /// At most what a block of compute capability 9.0 may have.
  static constexpr uint32_t kMaxShared = 227 << 10;
  static constexpr uint32_t kMaxThreads = 1024;

  explicit Launcher(Memory &memory, unsigned workers = 1);
  ~Launcher();

  /// Runs `kernel` on the whole grid. The answer names the first mistake that
  /// was seen, with kernel, block and thread; nothing when there was none.
  std::optional<std::string> launch(const Kernel &kernel, const LaunchShape &shape,
                                    void *const *arguments, Schedule schedule,
                                    Statistics *statistics = nullptr);

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace tenon::emulation

#endif // TENON_EMULATION_LAUNCH_H
