//===- Peak.h - how fast this machine multiplies and adds -----------------===//
#ifndef TENON_RUNTIME_CPU_PEAK_H
#define TENON_RUNTIME_CPU_PEAK_H

#include "tenon/Runtime/Cpu/ThreadPool.h"

#include <cstdint>

namespace tenon::runtime {

/// Does `rounds` rounds of independent f32 fused multiply-adds in registers and
/// returns how many floating-point operations that were. `sink` holds a number to
/// start from and receives one that depends on all of them. One version per CPU level; the caller
/// makes sure that the CPU has it.
uint64_t multiplyAddV3(uint64_t rounds, float *sink);
uint64_t multiplyAddV4(uint64_t rounds, float *sink);

/// What one machine reaches, and whether to believe it.
struct Peak {
  double flops = 0;        ///< f32 operations per second of all threads
  double scaling = 1;      ///< that beside as many times the figure of one thread alone
  double clock = 0;        ///< cycles per second, estimated from a chain of integer adds
  double fmasPerCycle = 0; ///< vector multiply-adds per cycle and thread

  /// A core does a whole number of multiply-adds per cycle: when the figure is
  /// not within 6 % of one, something else ran meanwhile.
  bool isPlausible() const;

  /// Whether each thread had a core of its own. Two that shared one may well do
  /// a whole number of multiply-adds per cycle.
  bool hasOwnCores() const { return scaling >= 0.94; }
};

/// Measures the peak in windows that lie before, between and after the runs it
/// is to be compared with: a clock that changes changes for both.
class PeakMeter {
public:
  /// On all threads of `pool`, with the code of `cpuLevel`.
  PeakMeter(int64_t cpuLevel, ThreadPool &pool);

  /// Multiplies and adds for about 20 ms, in slices so short that some of them
  /// run undisturbed.
  void measure();

  /// The best of all slices so far.
  const Peak &peak() const { return best; }

private:
  double runSlice(int threads, double &rate);

  ThreadPool &pool;
  uint64_t (*loop)(uint64_t, float *);
  double lanes;
  uint64_t rounds = 1000;
  double oneThread = 0; ///< operations per second
  Peak best;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_PEAK_H
