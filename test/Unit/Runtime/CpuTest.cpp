//===- CpuTest.cpp - levels, limits, threads and conversions --------------===//
#include "TestFiles.h"

#include "tenon/Runtime/Cpu/Bandwidth.h"
#include "tenon/Runtime/Cpu/CpuLevel.h"
#include "tenon/Runtime/Cpu/CpuLimits.h"
#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Cpu/Peak.h"
#include "tenon/Runtime/Cpu/ThreadPool.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cpuid.h>
#include <numeric>

using namespace tenon::runtime;
using namespace tenon::runtime::test;

namespace {

/// A CPU of exactly this level.
CpuIdentity cpuOfLevel(int64_t level) {
  CpuIdentity cpu;
  cpu.leaf1Ecx = bit_AVX | bit_FMA | bit_F16C | bit_MOVBE | bit_OSXSAVE;
  cpu.leaf7Ebx = bit_AVX2 | bit_BMI | bit_BMI2;
  cpu.extendedEcx = bit_LZCNT;
  cpu.savedRegisters = 0x6;
  if (level >= TN_X86_64_V4) {
    cpu.leaf7Ebx |= bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
    cpu.savedRegisters |= 0xE0;
  }
  if (level < TN_X86_64_V3)
    cpu.leaf7Ebx &= ~static_cast<uint32_t>(bit_AVX2 | bit_BMI2);
  return cpu;
}

TEST(CpuLevel, needsEachFeature) {
  EXPECT_EQ(levelOf(CpuIdentity()), 0);
  EXPECT_EQ(levelOf(cpuOfLevel(0)), 0);
  EXPECT_EQ(levelOf(cpuOfLevel(TN_X86_64_V3)), TN_X86_64_V3);
  EXPECT_EQ(levelOf(cpuOfLevel(TN_X86_64_V4)), TN_X86_64_V4);
  EXPECT_EQ(missingFeatures(cpuOfLevel(0), TN_X86_64_V3), "avx2, bmi2");
  EXPECT_EQ(missingFeatures(cpuOfLevel(TN_X86_64_V4), TN_X86_64_V4), "");
  CpuIdentity cpu = cpuOfLevel(TN_X86_64_V4);
  cpu.leaf7Ebx &= ~static_cast<uint32_t>(bit_AVX512DQ);
  EXPECT_EQ(levelOf(cpu), TN_X86_64_V3);
  EXPECT_EQ(missingFeatures(cpu, TN_X86_64_V4), "avx512dq");
}

TEST(CpuLevel, needsRegistersThatTheSystemSaves) {
  CpuIdentity cpu = cpuOfLevel(TN_X86_64_V4);
  cpu.savedRegisters = 0x6;
  EXPECT_EQ(levelOf(cpu), TN_X86_64_V3);
  EXPECT_EQ(missingFeatures(cpu, TN_X86_64_V4), "512-bit registers saved by the system");
  cpu.savedRegisters = 0x2;
  EXPECT_EQ(levelOf(cpu), 0);
}

/// A program with code for both levels, or for the wide one alone.
struct LeveledProgram {
  explicit LeveledProgram(uint64_t numLevels) {
    wide.cpu_level = TN_X86_64_V4, wide.name = "x86-64-v4";
    narrow.cpu_level = TN_X86_64_V3, narrow.name = "x86-64-v3";
    program.levels = levels;
    program.num_levels = numLevels;
  }
  tn_level wide = {}, narrow = {};
  const tn_level *levels[2] = {&wide, &narrow};
  tn_program program = {};
};

TEST(CpuLevel, E14_choosesOrRefuses) {
  LeveledProgram both(2), wideOnly(1);
  CpuIdentity old = cpuOfLevel(0), v3 = cpuOfLevel(TN_X86_64_V3), v4 = cpuOfLevel(TN_X86_64_V4);
  EXPECT_EQ(*selectLevel(both.program, v4, 0), &both.wide);
  EXPECT_EQ(*selectLevel(both.program, v3, 0), &both.narrow);
  EXPECT_EQ(*selectLevel(both.program, v4, TN_X86_64_V3), &both.narrow);
  auto refusal = [](const tn_program &program, const CpuIdentity &cpu, int64_t forced) {
    Result<const tn_level *> level = selectLevel(program, cpu, forced);
    EXPECT_FALSE(level.ok());
    EXPECT_EQ(level.status().code(), ExitCode::Environment);
    return textOf(level.status());
  };
  EXPECT_EQ(refusal(both.program, old, 0),
            "cpu: error: the program holds code for x86-64-v4, x86-64-v3; this CPU is below "
            "x86-64-v3\n  note: this CPU lacks what x86-64-v3 needs: avx2, bmi2\n");
  EXPECT_EQ(refusal(both.program, v3, TN_X86_64_V4),
            "cpu: error: x86-64-v4 was asked for; the program holds code for x86-64-v4, "
            "x86-64-v3; this CPU is x86-64-v3\n  note: this CPU lacks what x86-64-v4 needs: "
            "avx512f, avx512bw, avx512cd, avx512dq, avx512vl, 512-bit registers saved by the "
            "system\n");
  EXPECT_NE(refusal(wideOnly.program, v3, 0).find("lacks what x86-64-v4 needs"), std::string::npos);
  // Nothing is missing of the CPU, but the code is.
  EXPECT_EQ(refusal(wideOnly.program, v4, TN_X86_64_V3),
            "cpu: error: x86-64-v3 was asked for; the program holds code for x86-64-v4; this CPU "
            "is x86-64-v4\n");
}

TEST(CpuLevel, saysWhy) {
  LeveledProgram both(2), wideOnly(1);
  CpuIdentity old = cpuOfLevel(0), v3 = cpuOfLevel(TN_X86_64_V3), v4 = cpuOfLevel(TN_X86_64_V4);
  EXPECT_EQ(levelReason(both.program, v4, &both.wide), "the best one compiled");
  EXPECT_EQ(levelReason(wideOnly.program, v4, &wideOnly.wide), "the only one compiled");
  EXPECT_EQ(levelReason(both.program, v3, &both.narrow).substr(0, 45),
            "this CPU lacks what x86-64-v4 needs: avx512f,");
  EXPECT_EQ(levelReason(both.program, old, nullptr),
            "this CPU lacks what x86-64-v3 needs: avx2, bmi2");
}

TEST(CpuLevel, agreesWithTheCompiler) {
  bool isWide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512vl");
  bool isVector = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  EXPECT_EQ(detectCpuLevel(), isWide ? TN_X86_64_V4 : isVector ? TN_X86_64_V3 : 0);
}

TEST(CpuLimits, E17_quotaRoundsUp) {
  EXPECT_EQ(parseCpuQuota("50000 100000\n"), 1);
  EXPECT_EQ(parseCpuQuota("100000 100000\n"), 1);
  EXPECT_EQ(parseCpuQuota("150000 100000"), 2);
  EXPECT_EQ(parseCpuQuota("99999999999 1"), maxThreads);
  for (const char *text : {"max 100000\n", "", "x", "100000", "1 0", "-1 100"})
    EXPECT_EQ(parseCpuQuota(text), 0) << text;
  EXPECT_GE(defaultThreadCount(), 1);
  EXPECT_LE(defaultThreadCount(), affinityThreadCount());
}

TEST(ThreadPool, doesEachTileOnce) {
  for (int threads : {1, 2, 3, 8, 17}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (int64_t tiles : {0, 1, 2, 3, 7, 64, 1000}) {
      std::vector<std::atomic<int>> counts(static_cast<size_t>(tiles));
      for (int round = 0; round < 20; ++round)
        pool.run(
            tiles,
            [](void *context, int64_t begin, int64_t end, int) {
              auto &counts = *static_cast<std::vector<std::atomic<int>> *>(context);
              for (int64_t i = begin; i < end; ++i)
                ++counts[static_cast<size_t>(i)];
            },
            &counts);
      for (const std::atomic<int> &count : counts)
        EXPECT_EQ(count, 20);
    }
  }
}

TEST(ThreadPool, claimsTilesOfOneKind) {
  struct Record {
    std::vector<int64_t> ends;
    std::vector<std::atomic<int>> counts;
    std::atomic<int> mixed{0};
  };
  for (int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    Record record{{0, 3, 3, 40, 41, 1000, 1000}, std::vector<std::atomic<int>>(1000)};
    for (int round = 0; round < 20; ++round)
      pool.run(
          record.ends.data(), record.ends.size(),
          [](void *context, int64_t begin, int64_t end, int) {
            Record &record = *static_cast<Record *>(context);
            for (int64_t i = begin; i < end; ++i)
              ++record.counts[static_cast<size_t>(i)];
            if (end > *std::upper_bound(record.ends.begin(), record.ends.end(), begin))
              ++record.mixed;
          },
          &record);
    for (const std::atomic<int> &count : record.counts)
      EXPECT_EQ(count, 20);
    EXPECT_EQ(record.mixed, 0);
  }
}

TEST(ThreadPool, wakesParkedWorkers) {
  ThreadPool pool(3);
  std::atomic<int64_t> sum{0};
  for (int round = 0; round < 5; ++round) {
    usleep(5000); // longer than the workers spin
    pool.run(
        100,
        [](void *context, int64_t begin, int64_t end, int) {
          for (int64_t i = begin; i < end; ++i)
            *static_cast<std::atomic<int64_t> *>(context) += i;
        },
        &sum);
  }
  EXPECT_EQ(sum, 5 * 4950);
}

TEST(Convert, allHalfPrecisionValues) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    uint16_t half = static_cast<uint16_t>(bits);
    float found = 0;
    convertF16(&half, &found, 1);
    int exponent = half >> 10 & 0x1F, fraction = half & 0x3FF;
    if (exponent == 31 && fraction != 0) {
      EXPECT_TRUE(std::isnan(found)) << bits;
      continue;
    }
    double value = exponent == 31  ? INFINITY
                   : exponent == 0 ? std::ldexp(fraction, -24)
                                   : std::ldexp(1024 + fraction, exponent - 25);
    EXPECT_EQ(found, static_cast<float>(half & 0x8000 ? -value : value)) << bits;
    EXPECT_EQ(std::signbit(found), (half & 0x8000) != 0) << bits;
  }
}

TEST(Convert, otherFormats) {
  uint16_t brain[] = {0x3F80, 0xC000, 0x7F80, 0x0001};
  float found[4];
  convertBF16(brain, found, 4);
  EXPECT_EQ(found[0], 1.0f);
  EXPECT_EQ(found[1], -2.0f);
  EXPECT_EQ(found[2], INFINITY);
  EXPECT_EQ(found[3], std::ldexp(1.0f, -133));
  double wide[] = {1.0 + 0x1p-24, 1e300, -0.0};
  convertF64(wide, found, 3);
  EXPECT_EQ(found[0], 1.0f); // a tie goes to even
  EXPECT_EQ(found[1], INFINITY);
  EXPECT_TRUE(std::signbit(found[2]));
}

TEST(Peak, countsItsWork) {
  if (detectCpuLevel() < TN_X86_64_V3)
    GTEST_SKIP() << "needs x86-64-v3";
  float sink = 0;
  EXPECT_EQ(multiplyAddV3(10, &sink), 10u * 12 * 8 * 2);
  EXPECT_TRUE(std::isfinite(sink));
}

TEST(Peak, keepsTheBestWindow) {
  if (detectCpuLevel() < TN_X86_64_V3)
    GTEST_SKIP() << "needs x86-64-v3";
  ThreadPool pool(2);
  PeakMeter meter(TN_X86_64_V3, pool);
  double before = 1e8;
  for (int window = 0; window < 3; ++window) {
    meter.measure();
    EXPECT_GE(meter.peak().flops, before);
    EXPECT_GT(meter.peak().scaling, 0.1);
    EXPECT_LT(meter.peak().scaling, 2);
    before = meter.peak().flops;
  }
}

TEST(Peak, isBelievedNearWholeNumbersOnly) {
  auto isPlausible = [](double fmasPerCycle) {
    Peak peak;
    peak.fmasPerCycle = fmasPerCycle;
    return peak.isPlausible();
  };
  for (double good : {0.95, 1.0, 1.05, 1.9, 2.0, 2.11})
    EXPECT_TRUE(isPlausible(good)) << good;
  for (double bad : {0.3, 0.93, 1.07, 1.5, 1.87, 2.13})
    EXPECT_FALSE(isPlausible(bad)) << bad;
}

TEST(Bandwidth, loopsTouchEachElement) {
  int64_t level = detectCpuLevel();
  if (level < TN_X86_64_V3)
    GTEST_SKIP() << "needs x86-64-v3";
  alignas(64) float from[2 * bandwidthElements], to[2 * bandwidthElements];
  std::iota(std::begin(from), std::end(from), 1.0f);
  auto check = [&](float (*read)(const float *, uint64_t),
                   void (*scale)(const float *, float *, uint64_t)) {
    std::fill(std::begin(to), std::end(to), 0.0f);
    scale(from, to, bandwidthElements);
    for (size_t i = 0; i < bandwidthElements; ++i)
      EXPECT_EQ(to[i], 3 * from[i]) << i;
    EXPECT_EQ(to[bandwidthElements], 0.0f);
    EXPECT_GT(read(from, bandwidthElements), 0.0f);
  };
  check(readOnceV3, scaleOnceV3);
  if (level >= TN_X86_64_V4)
    check(readOnceV4, scaleOnceV4);
}

TEST(Bandwidth, measuresTheSizeAskedFor) {
  if (detectCpuLevel() < TN_X86_64_V3)
    GTEST_SKIP() << "needs x86-64-v3";
  ThreadPool pool(2);
  for (uint64_t bytes : {uint64_t{0}, uint64_t{100'000}, uint64_t{5'000'000}}) {
    Result<BandwidthMeter> meter = BandwidthMeter::create(TN_X86_64_V3, pool, bytes);
    ASSERT_TRUE(meter.ok());
    meter->measure();
    const Bandwidth &bandwidth = meter->bandwidth();
    EXPECT_NEAR(static_cast<double>(bandwidth.bytes), static_cast<double>(bytes), 8192);
    EXPECT_GT(bandwidth.read, 1e7);
    EXPECT_GT(bandwidth.scale, 1e7);
  }
}

} // namespace
