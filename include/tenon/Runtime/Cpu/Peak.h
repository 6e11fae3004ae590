//===- Peak.h - how fast this machine multiplies and adds -----------------===//
#ifndef TENON_RUNTIME_CPU_PEAK_H
#define TENON_RUNTIME_CPU_PEAK_H

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
  double clock = 0;        ///< cycles per second, estimated from a chain of integer adds
  double fmasPerCycle = 0; ///< vector multiply-adds per cycle and thread

  /// A core does a whole number of multiply-adds per cycle: when the figure is
  /// not within 6 % of one, something else ran meanwhile.
  bool isPlausible() const;
};

/// The best of a few runs of about 20 ms each on `threads` threads together.
Peak measurePeak(int64_t cpuLevel, int threads);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_PEAK_H
