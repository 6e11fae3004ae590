//===- RoundRobin.cpp - candidates take turns -----------------------------===//
#include "RoundRobin.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace tenon::bench {

using Clock = std::chrono::steady_clock;

static constexpr double windowSeconds = 4e-4;
static constexpr size_t leastRounds = 11;
/// Longer than OpenMP's and our own workers spin.
static constexpr std::chrono::milliseconds pauseBetween(4);

static double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

void measureRoundRobin(std::vector<Candidate> &candidates, const RoundRobinOptions &options) {
  size_t set = 0;
  auto callOnce = [&](const Candidate &candidate) {
    candidate.run(set);
    set = (set + 1) % options.numSets;
  };
  std::vector<int> calls;
  for (const Candidate &candidate : candidates) {
    callOnce(candidate);
    Clock::time_point start = Clock::now();
    callOnce(candidate);
    calls.push_back(std::max(1, static_cast<int>(windowSeconds / secondsSince(start))));
  }
  double total = options.seconds * static_cast<double>(candidates.size());
  Clock::time_point begin = Clock::now();
  for (size_t round = 0; round < leastRounds || secondsSince(begin) < total; ++round)
    for (size_t i = 0; i < candidates.size(); ++i) {
      if (options.pausesBetween)
        std::this_thread::sleep_for(pauseBetween);
      if (!options.isCold)
        callOnce(candidates[i]);
      Clock::time_point start = Clock::now();
      for (int call = 0; call < calls[i]; ++call)
        callOnce(candidates[i]);
      candidates[i].seconds.push_back(secondsSince(start) / calls[i]);
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
