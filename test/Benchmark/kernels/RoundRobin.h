//===- RoundRobin.h - candidates take turns -------------------------------===//
//
// All candidates run in turn, so that a busy spell of the machine meets all of
// them. A turn is 2 ms of untimed calls, one at least, and then a window of timed
// calls of at least 0.4 ms or one call: the untimed calls bring the data where the
// candidate's own repetition leaves it, however many others are in the round, and
// wake its threads. (A last cache that takes what the second one drops is filled
// by several passes, not by one.) With several threads each turn starts with a pause in which those
// of the candidate before stop spinning.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_BENCH_ROUNDROBIN_H
#define TENON_BENCH_ROUNDROBIN_H

#include "Candidate.h"

namespace tenon::bench {

struct RoundRobinOptions {
  /// Wall time per candidate.
  double seconds = 2;
  /// Leaves out the untimed calls: each window begins with what the others left
  /// in the caches.
  bool isCold = false;
  /// Measures the time that the calling thread had a CPU. For one thread on a
  /// machine that others use.
  bool usesCpuTime = false;
  bool pausesBetween = false;
  size_t numSets = 1;
};

void measureRoundRobin(std::vector<Candidate> &candidates, const RoundRobinOptions &options);

/// The q-quantile of the window times.
double quantile(const Candidate &candidate, double q);

/// The median over the rounds of the time of `a` over that of `b` in the round.
double medianRatio(const Candidate &a, const Candidate &b);

} // namespace tenon::bench

#endif // TENON_BENCH_ROUNDROBIN_H
