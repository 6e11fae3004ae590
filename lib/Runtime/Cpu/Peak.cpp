//===- Peak.cpp - how fast this machine multiplies and adds ---------------===//
#include "tenon/Runtime/Cpu/Peak.h"
#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Cpu/ThreadPool.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <ctime>

namespace tenon::runtime {

static double nowSeconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

bool Peak::isPlausible() const {
  double whole = std::max(std::round(fmasPerCycle), 1.0);
  return std::fabs(fmasPerCycle / whole - 1) <= 0.06;
}

/// Cycles per second: integer additions that wait for each other take one each.
static double measureClock() {
  constexpr int64_t additions = 8, rounds = 250'000;
  constexpr int runs = 7;
  double best = 0;
  for (int run = 0; run < runs; ++run) {
    uint64_t value = 0;
    double start = nowSeconds();
    for (int64_t round = 0; round < rounds; ++round)
      asm volatile("add $1, %0\n\tadd $1, %0\n\tadd $1, %0\n\tadd $1, %0\n\t"
                   "add $1, %0\n\tadd $1, %0\n\tadd $1, %0\n\tadd $1, %0"
                   : "+r"(value));
    best = std::max(best, additions * rounds / std::max(nowSeconds() - start, 1e-9));
  }
  return best;
}

Peak measurePeak(int64_t cpuLevel, int threads) {
  struct Job {
    uint64_t (*loop)(uint64_t, float *);
    uint64_t rounds = 1000;
    std::atomic<uint64_t> operations{0};
    std::atomic<float> sink{0};
  } job;
  bool isV4 = cpuLevel >= TN_X86_64_V4;
  job.loop = isV4 ? multiplyAddV4 : multiplyAddV3;
  ThreadPool pool(threads);
  auto body = [](void *context, int64_t begin, int64_t end, int) {
    Job &job = *static_cast<Job *>(context);
    for (int64_t i = begin; i < end; ++i) {
      float value = 0;
      job.operations.fetch_add(job.loop(job.rounds, &value));
      job.sink.store(value, std::memory_order_relaxed);
    }
  };
  constexpr double wantedSeconds = 0.02;
  constexpr int measuredRuns = 5;
  Peak peak;
  for (int runs = 0; runs < measuredRuns;) {
    job.operations = 0;
    double start = nowSeconds();
    pool.run(pool.size(), body, &job);
    double seconds = std::max(nowSeconds() - start, 1e-9);
    if (seconds < wantedSeconds) {
      job.rounds *= 2;
      continue;
    }
    peak.flops = std::max(peak.flops, static_cast<double>(job.operations) / seconds);
    peak.clock = std::max(peak.clock, measureClock());
    ++runs;
  }
  double lanes = isV4 ? 16 : 8;
  peak.fmasPerCycle = peak.flops / (2 * lanes * peak.clock * pool.size());
  return peak;
}

} // namespace tenon::runtime
