//===- CpuLevel.cpp - which code the CPU can run --------------------------===//
#include "tenon/Runtime/Cpu/CpuLevel.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cpuid.h>

namespace tenon::runtime {

namespace {

/// An instruction set that a level needs, by its bit of a register.
struct Feature {
  int64_t level;
  uint32_t CpuIdentity::*word;
  uint32_t bit;
  const char *name;
};

/// A register set that the system must save for a level.
struct RegisterSet {
  int64_t level;
  uint64_t bits;
  const char *name;
};

} // namespace

// The older sets of x86-64-v3 are on every CPU that has these.
static constexpr Feature features[] = {
    {TN_X86_64_V3, &CpuIdentity::leaf1Ecx, bit_AVX, "avx"},
    {TN_X86_64_V3, &CpuIdentity::leaf7Ebx, bit_AVX2, "avx2"},
    {TN_X86_64_V3, &CpuIdentity::leaf1Ecx, bit_FMA, "fma"},
    {TN_X86_64_V3, &CpuIdentity::leaf1Ecx, bit_F16C, "f16c"},
    {TN_X86_64_V3, &CpuIdentity::leaf1Ecx, bit_MOVBE, "movbe"},
    {TN_X86_64_V3, &CpuIdentity::leaf7Ebx, bit_BMI, "bmi1"},
    {TN_X86_64_V3, &CpuIdentity::leaf7Ebx, bit_BMI2, "bmi2"},
    {TN_X86_64_V3, &CpuIdentity::extendedEcx, bit_LZCNT, "lzcnt"},
    {TN_X86_64_V4, &CpuIdentity::leaf7Ebx, bit_AVX512F, "avx512f"},
    {TN_X86_64_V4, &CpuIdentity::leaf7Ebx, bit_AVX512BW, "avx512bw"},
    {TN_X86_64_V4, &CpuIdentity::leaf7Ebx, bit_AVX512CD, "avx512cd"},
    {TN_X86_64_V4, &CpuIdentity::leaf7Ebx, bit_AVX512DQ, "avx512dq"},
    {TN_X86_64_V4, &CpuIdentity::leaf7Ebx, bit_AVX512VL, "avx512vl"},
};

static constexpr RegisterSet registerSets[] = {
    {TN_X86_64_V3, 0x6, "256-bit registers saved by the system"},
    {TN_X86_64_V4, 0xE0, "512-bit registers saved by the system"},
};

/// The register sets that the operating system saves (XCR0).
static uint64_t readSavedRegisters() {
  uint32_t low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

CpuIdentity identifyCpu() {
  CpuIdentity cpu;
  uint32_t a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d))
    cpu.leaf1Ecx = c;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d))
    cpu.leaf7Ebx = b;
  if (__get_cpuid(0x80000001, &a, &b, &c, &d))
    cpu.extendedEcx = c;
  if (cpu.leaf1Ecx & bit_OSXSAVE)
    cpu.savedRegisters = readSavedRegisters();
  return cpu;
}

std::string missingFeatures(const CpuIdentity &cpu, int64_t cpuLevel) {
  std::string missing;
  auto add = [&](const char *name) {
    missing += (missing.empty() ? "" : ", ") + std::string(name);
  };
  for (const Feature &feature : features)
    if (feature.level <= cpuLevel && !(cpu.*feature.word & feature.bit))
      add(feature.name);
  for (const RegisterSet &set : registerSets)
    if (set.level <= cpuLevel && (cpu.savedRegisters & set.bits) != set.bits)
      add(set.name);
  return missing;
}

int64_t levelOf(const CpuIdentity &cpu) {
  for (int64_t level : {TN_X86_64_V4, TN_X86_64_V3})
    if (missingFeatures(cpu, level).empty())
      return level;
  return 0;
}

int64_t detectCpuLevel() { return levelOf(identifyCpu()); }

static std::string levelName(int64_t level) {
  return level == 0 ? std::string("below x86-64-v3")
                    : format("x86-64-v%lld", static_cast<long long>(level));
}

static std::string lackText(const CpuIdentity &cpu, int64_t level) {
  return "this CPU lacks what " + levelName(level) + " needs: " + missingFeatures(cpu, level);
}

Result<const tn_level *> selectLevel(const tn_program &program, const CpuIdentity &cpu,
                                     int64_t forced) {
  int64_t available = levelOf(cpu), lowest = INT64_MAX;
  std::string held;
  for (uint64_t i = 0; i < program.num_levels; ++i) {
    const tn_level *level = program.levels[i];
    bool isWanted = forced == 0 || level->cpu_level == forced;
    if (isWanted && level->cpu_level <= available)
      return level;
    held += (i == 0 ? "" : ", ") + std::string(level->name);
    lowest = std::min(lowest, level->cpu_level);
  }
  std::string wanted = forced == 0 ? std::string() : levelName(forced) + " was asked for; ";
  Status status = Status::error(ExitCode::Environment, "cpu",
                                wanted + "the program holds code for " + held + "; this CPU is " +
                                    levelName(available));
  int64_t needed = forced == 0 ? lowest : forced;
  if (needed <= available)
    return status;
  return std::move(status).note(lackText(cpu, needed));
}

std::string levelReason(const tn_program &program, const CpuIdentity &cpu, const tn_level *used) {
  int64_t best = program.levels[0]->cpu_level;
  if (!used)
    return lackText(cpu, program.levels[program.num_levels - 1]->cpu_level);
  if (program.num_levels == 1)
    return "the only one compiled";
  return used->cpu_level == best ? "the best one compiled" : lackText(cpu, best);
}

} // namespace tenon::runtime
