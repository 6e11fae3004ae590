//===- CpuLimits.h - how many threads the system grants -------------------===//
#ifndef TENON_RUNTIME_CPU_CPULIMITS_H
#define TENON_RUNTIME_CPU_CPULIMITS_H

#include <string_view>

namespace tenon::runtime {

/// The most threads a pool may have.
constexpr int maxThreads = 1024;

/// CPUs of a control group's quota, rounded up, from "QUOTA PERIOD" in
/// microseconds as cpu.max holds it ("150000 100000" is 2). 0 for "max" or text
/// of another form: no limit.
int parseCpuQuota(std::string_view text);

/// The number of CPUs in the process's affinity mask.
int affinityThreadCount();

/// The smaller of affinity mask and control group quota; at least 1.
int defaultThreadCount();

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_CPULIMITS_H
