//===- Bandwidth.h - how fast this machine reads and writes memory --------===//
#ifndef TENON_RUNTIME_CPU_BANDWIDTH_H
#define TENON_RUNTIME_CPU_BANDWIDTH_H

#include "tenon/Runtime/Cpu/ThreadPool.h"
#include "tenon/Runtime/Io/Memory.h"

#include <cstdint>

namespace tenon::runtime {

/// `elements` of the loops below are a multiple of this; pointers are 64-byte
/// aligned.
constexpr uint64_t bandwidthElements = 256;

/// Reads the elements once; returns a number that depends on all of them. One
/// version per CPU level; the caller makes sure that the CPU has it.
float readOnceV3(const float *from, uint64_t elements);
float readOnceV4(const float *from, uint64_t elements);

/// Writes each element of `from`, times a constant, to `to`, with the plain
/// stores that kernels use.
void scaleOnceV3(const float *from, float *to, uint64_t elements);
void scaleOnceV4(const float *from, float *to, uint64_t elements);

/// What one machine reaches on one amount of memory.
struct Bandwidth {
  uint64_t bytes = 0; ///< that the loops go through
  double read = 0;    ///< bytes per second of the read loop, all threads
  double scale = 0;   ///< bytes read and written per second of the scale loop
};

/// Measures both loops over memory of the size that a run works on, since that
/// decides which cache holds it. Each thread has its own share of the memory.
class BandwidthMeter {
public:
  /// More than any cache holds; larger sizes are measured at this one.
  static constexpr uint64_t largestBytes = uint64_t{1} << 30;

  /// For a working set of `bytes`. An Environment error if the machine does not
  /// have them once more.
  static Result<BandwidthMeter> create(int64_t cpuLevel, ThreadPool &pool, uint64_t bytes);

  /// Runs each loop for about 10 ms, or once where that takes longer.
  void measure();

  /// The best so far.
  const Bandwidth &bandwidth() const { return best; }

private:
  /// One of the two loops.
  struct Loop {
    bool isScale;
    uint64_t rounds = 1; ///< through the memory, in one fork and join
  };

  BandwidthMeter(int64_t cpuLevel, ThreadPool &pool, AlignedBuffer memory);
  double runSlice(const Loop &loop);
  void measure(Loop &loop, double &rate);

  int64_t cpuLevel;
  ThreadPool *pool;
  AlignedBuffer memory;
  uint64_t share; ///< elements per thread
  Loop readLoop{false}, scaleLoop{true};
  Bandwidth best;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_BANDWIDTH_H
