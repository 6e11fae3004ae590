//===- Peak.h - how fast this machine multiplies and adds -----------------===//
#ifndef TENON_RUNTIME_CPU_PEAK_H
#define TENON_RUNTIME_CPU_PEAK_H

#include <cstdint>

namespace tenon::runtime {

/// Does `rounds` rounds of independent f32 fused multiply-adds in registers and
/// returns how many floating-point operations that were. `sink` receives a
/// value that depends on all of them. One version per CPU level; the caller
/// makes sure that the CPU has it.
uint64_t multiplyAddV3(uint64_t rounds, float *sink);
uint64_t multiplyAddV4(uint64_t rounds, float *sink);

/// f32 operations per second of `threads` threads together, the best of a few
/// runs of about 20 ms each.
double measurePeak(int64_t cpuLevel, int threads);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_PEAK_H
