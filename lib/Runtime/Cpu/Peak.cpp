//===- Peak.cpp - how fast this machine multiplies and adds ---------------===//
#include "tenon/Runtime/Cpu/Peak.h"
#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Cpu/Clock.h"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace tenon::runtime {

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

PeakMeter::PeakMeter(int64_t cpuLevel, ThreadPool &pool)
    : pool(pool), loop(cpuLevel >= TN_X86_64_V4 ? multiplyAddV4 : multiplyAddV3),
      lanes(cpuLevel >= TN_X86_64_V4 ? 16 : 8) {}

/// One fork and join over this many threads; returns its seconds and raises
/// `rate` to its operations per second.
double PeakMeter::runSlice(int threads, double &rate) {
  struct Job {
    uint64_t (*loop)(uint64_t, float *);
    uint64_t rounds;
    std::atomic<uint64_t> operations{0};
    std::atomic<float> sink{0};
  } job{loop, rounds};
  auto body = [](void *context, int64_t begin, int64_t end, int) {
    Job &job = *static_cast<Job *>(context);
    for (int64_t i = begin; i < end; ++i) {
      float value = 0;
      job.operations.fetch_add(job.loop(job.rounds, &value));
      job.sink.store(value, std::memory_order_relaxed);
    }
  };
  double start = nowSeconds();
  pool.run(threads, body, &job);
  double seconds = std::max(nowSeconds() - start, 1e-9);
  rate = std::max(rate, static_cast<double>(job.operations) / seconds);
  return seconds;
}

void PeakMeter::measure() {
  constexpr double sliceSeconds = 0.004;
  constexpr int slices = 5, slicesAlone = 2;
  while (runSlice(pool.size(), best.flops) < sliceSeconds)
    rounds *= 2;
  for (int slice = 1; slice < slices; ++slice)
    runSlice(pool.size(), best.flops);
  for (int slice = 0; slice < slicesAlone && pool.size() > 1; ++slice)
    runSlice(1, oneThread);
  best.scaling = pool.size() > 1 ? best.flops / (oneThread * pool.size()) : 1;
  best.clock = std::max(best.clock, measureClock());
  best.fmasPerCycle = best.flops / (2 * lanes * best.clock * pool.size());
}

} // namespace tenon::runtime
