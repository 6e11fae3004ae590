//===- Peak.cpp - how fast this machine multiplies and adds ---------------===//
#include "tenon/Runtime/Cpu/Peak.h"
#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Cpu/ThreadPool.h"

#include <algorithm>
#include <atomic>
#include <ctime>

namespace tenon::runtime {

static double nowSeconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double measurePeak(int64_t cpuLevel, int threads) {
  struct Job {
    uint64_t (*loop)(uint64_t, float *);
    uint64_t rounds = 1000;
    std::atomic<uint64_t> operations{0};
    std::atomic<float> sink{0};
  } job;
  job.loop = cpuLevel >= TN_X86_64_V4 ? multiplyAddV4 : multiplyAddV3;
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
  double best = 0;
  for (int runs = 0; runs < measuredRuns;) {
    job.operations = 0;
    double start = nowSeconds();
    pool.run(pool.size(), body, &job);
    double seconds = std::max(nowSeconds() - start, 1e-9);
    if (seconds < wantedSeconds) {
      job.rounds *= 2;
      continue;
    }
    best = std::max(best, static_cast<double>(job.operations) / seconds);
    ++runs;
  }
  return best;
}

} // namespace tenon::runtime
