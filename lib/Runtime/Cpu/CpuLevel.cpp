//===- CpuLevel.cpp - which code the CPU can run --------------------------===//
#include "tenon/Runtime/Cpu/CpuLevel.h"
#include "tenon/Runtime/Io/Text.h"

#include <cpuid.h>

namespace tenon::runtime {

/// The register sets that the operating system saves (XCR0).
static uint64_t savedRegisterSets() {
  uint32_t low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

int64_t detectCpuLevel() {
  uint32_t a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d))
    return 0;
  constexpr uint32_t leaf1 = bit_FMA | bit_MOVBE | bit_OSXSAVE | bit_AVX | bit_F16C;
  if ((c & leaf1) != leaf1)
    return 0;
  constexpr uint64_t vectorState = 0x6, wideState = 0xE6;
  uint64_t saved = savedRegisterSets();
  if ((saved & vectorState) != vectorState)
    return 0;
  uint32_t extended = 0;
  if (!__get_cpuid(0x80000001, &a, &b, &extended, &d) || !(extended & bit_LZCNT) ||
      !__get_cpuid_count(7, 0, &a, &b, &c, &d))
    return 0;
  constexpr uint32_t leaf7 = bit_BMI | bit_BMI2 | bit_AVX2;
  if ((b & leaf7) != leaf7)
    return 0;
  constexpr uint32_t wide = bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
  bool isWide = (b & wide) == wide && (saved & wideState) == wideState;
  return isWide ? TN_X86_64_V4 : TN_X86_64_V3;
}

static std::string availableText(int64_t available) {
  return available == 0 ? std::string("below x86-64-v3")
                        : format("x86-64-v%lld", static_cast<long long>(available));
}

Result<const tn_level *> selectLevel(const tn_program &program, int64_t available, int64_t forced) {
  std::string held;
  for (uint64_t i = 0; i < program.num_levels; ++i) {
    const tn_level *level = program.levels[i];
    bool isWanted = forced == 0 || level->cpu_level == forced;
    if (isWanted && level->cpu_level <= available)
      return level;
    held += (i == 0 ? "" : ", ") + std::string(level->name);
  }
  std::string wanted = forced == 0
                           ? std::string()
                           : format("x86-64-v%lld was asked for; ", static_cast<long long>(forced));
  return Status::error(ExitCode::Environment, "cpu",
                       wanted + "the program holds code for " + held + "; this CPU is " +
                           availableText(available));
}

} // namespace tenon::runtime
