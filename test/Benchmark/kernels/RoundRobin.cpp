//===- RoundRobin.cpp - candidates take turns -----------------------------===//
#include "RoundRobin.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>

namespace tenon::bench {

using Clock = std::chrono::steady_clock;

static constexpr double windowSeconds = 4e-4;
/// A turn begins with calls that are not timed: for this long and this many, but no
/// longer than `mostUntimedSeconds`. Of an array larger than the last cache a part stays
/// there, and it takes a few passes until that part is the candidate's own.
static constexpr double untimedSeconds = 2e-3, mostUntimedSeconds = 2e-2;
static constexpr int untimedCalls = 4;
static constexpr size_t leastRounds = 11;
/// Longer than OpenMP's and our own workers spin.
static constexpr std::chrono::milliseconds pauseBetween(4);

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

static double readClock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

void measureRoundRobin(std::vector<Candidate> &candidates, const RoundRobinOptions &options) {
  clockid_t clock = options.usesCpuTime ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
  size_t set = 0;
  auto callOnce = [&](const Candidate &candidate) {
    candidate.run(set);
    set = (set + 1) % options.numSets;
  };
  auto warmUp = [&](const Candidate &candidate) {
    Clock::time_point start = Clock::now();
    double seconds = 0;
    for (int call = 0; call == 0 || seconds < untimedSeconds ||
                       (call < untimedCalls && seconds < mostUntimedSeconds);
         ++call) {
      callOnce(candidate);
      seconds = secondsSince(start);
    }
  };
  std::vector<int> calls;
  for (const Candidate &candidate : candidates) {
    double least = windowSeconds;
    for (int call = 0; call < 4; ++call) {
      double start = readClock(clock);
      callOnce(candidate);
      least = std::min(least, readClock(clock) - start);
    }
    calls.push_back(std::max(1, static_cast<int>(windowSeconds / least)));
  }
  double total = options.seconds * static_cast<double>(candidates.size());
  Clock::time_point begin = Clock::now();
  for (size_t round = 0; round < leastRounds || secondsSince(begin) < total; ++round)
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (options.pausesBetween)
        std::this_thread::sleep_for(pauseBetween);
      if (!options.isCold)
        warmUp(candidates[i]);
      double start = readClock(clock);
      for (int call = 0; call < calls[i]; ++call)
        callOnce(candidates[i]);
      candidates[i].seconds.push_back((readClock(clock) - start) / calls[i]);
    }
}

static double quantile(std::vector<double> values, double q) {
  auto place = values.begin() + static_cast<ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

double quantile(const Candidate &candidate, double q) { return quantile(candidate.seconds, q); }

double medianRatio(const Candidate &a, const Candidate &b) {
  std::vector<double> ratios(a.seconds.size());
  for (size_t round = 0; round < ratios.size(); ++round)
    ratios[round] = a.seconds[round] / b.seconds[round];
  return quantile(std::move(ratios), 0.5);
}

} // namespace tenon::bench
