//===- CpuLevel.h - which code the CPU can run ----------------------------===//
#ifndef TENON_RUNTIME_CPU_CPULEVEL_H
#define TENON_RUNTIME_CPU_CPULEVEL_H

#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Io/Status.h"

#include <cstdint>
#include <string>

namespace tenon::runtime {

/// What the CPU says of itself, as far as levels depend on it.
struct CpuIdentity {
  uint32_t leaf1Ecx = 0;
  uint32_t leaf7Ebx = 0;
  uint32_t extendedEcx = 0;    ///< of leaf 0x80000001
  uint64_t savedRegisters = 0; ///< XCR0: the register sets that the system saves
};

/// Asks the CPU.
CpuIdentity identifyCpu();

/// The names of what `cpuLevel` needs and `cpu` lacks, with commas; empty if it
/// runs the level.
std::string missingFeatures(const CpuIdentity &cpu, int64_t cpuLevel);

/// The highest tn_cpu_level that `cpu` runs, or 0 below x86-64-v3.
int64_t levelOf(const CpuIdentity &cpu);

/// That of the CPU this runs on.
int64_t detectCpuLevel();

/// The best level of `program` that `cpu` runs, or, if `forced` is not 0, the
/// one of exactly that level. An Environment error names what the program holds,
/// what the CPU is, and what it lacks.
Result<const tn_level *> selectLevel(const tn_program &program, const CpuIdentity &cpu,
                                     int64_t forced);

/// Why selectLevel chooses `used`, which may be null for none, when nothing is
/// forced.
std::string levelReason(const tn_program &program, const CpuIdentity &cpu, const tn_level *used);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_CPULEVEL_H
