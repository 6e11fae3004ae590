//===- CpuLevel.h - which code the CPU can run ----------------------------===//
#ifndef TENON_RUNTIME_CPU_CPULEVEL_H
#define TENON_RUNTIME_CPU_CPULEVEL_H

#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Io/Status.h"

#include <cstdint>

namespace tenon::runtime {

/// The highest tn_cpu_level whose instructions the CPU has and whose registers
/// the system saves, or 0 below x86-64-v3.
int64_t detectCpuLevel();

/// The best level of `program` that a CPU of level `available` runs, or, if
/// `forced` is not 0, the one of exactly that level. An Environment error names
/// what the CPU has and what the program holds.
Result<const tn_level *> selectLevel(const tn_program &program, int64_t available, int64_t forced);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_CPULEVEL_H
