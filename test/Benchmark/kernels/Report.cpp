//===- Report.cpp - the figures of a row ----------------------------------===//
#include "Report.h"
#include "RoundRobin.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>

namespace tenon::bench {

using runtime::format;

/// The fastest 2 % of the windows, and the median.
static constexpr double quantiles[] = {0.02, 0.5};

namespace {

/// What a candidate reached at one quantile.
struct Figures {
  double seconds;
  double share; ///< of the bound, 1 is all of it; 0 if there is none
};

} // namespace

static Role boundingRole(Bound bound) {
  switch (bound) {
  case Bound::Multiply:
    return Role::Multiply;
  case Bound::Read:
    return Role::Read;
  case Bound::Scale:
    return Role::Scale;
  }
  return Role::Multiply;
}

/// Work per second: operations where multiplying is the bound or all there is.
static double rate(const Candidate &candidate, Bound bound, double q) {
  bool countsFlops = bound == Bound::Multiply || candidate.role == Role::Multiply;
  return (countsFlops ? candidate.flops : candidate.bytes) / quantile(candidate, q);
}

static Figures figuresOf(const Candidate &candidate, const Problem &problem,
                         const std::vector<Candidate> &candidates, double q) {
  double best = 0;
  for (const Candidate &other : candidates)
    if (other.role == boundingRole(problem.bound) && other.threads == candidate.threads)
      best = std::max(best, rate(other, problem.bound, q));
  bool isComparable =
      best > 0 && (candidate.role != Role::Multiply || problem.bound == Bound::Multiply);
  return {quantile(candidate, q), isComparable ? rate(candidate, problem.bound, q) / best : 0};
}

/// The time of a candidate over that of the first model on as many threads.
static double ratioToModel(const Candidate &candidate, const std::vector<Candidate> &candidates) {
  for (const Candidate &model : candidates)
    if (model.role == Role::Model && model.threads == candidate.threads)
      return medianRatio(candidate, model);
  return 0;
}

std::string renderText(const Problem &problem, const std::vector<Candidate> &candidates) {
  size_t width = 9;
  for (const Candidate &candidate : candidates)
    width = std::max(width, candidate.name.size());
  int columns = static_cast<int>(width);
  bool isCompute = problem.bound == Bound::Multiply;
  const char *unit = isCompute ? "GFLOP/s" : "GB/s";
  std::string text = format("%-*s  threads  windows    p50/us    q98/us  %7s p50  %7s q98  "
                            "%%bound p50  %%bound q98  time/model    error\n",
                            columns, "candidate", unit, unit);
  for (const Candidate &candidate : candidates) {
    Figures fast = figuresOf(candidate, problem, candidates, quantiles[0]);
    Figures median = figuresOf(candidate, problem, candidates, quantiles[1]);
    text += format("%-*s  %7d  %7zu  %8.1f  %8.1f  %11.2f  %11.2f  %10.1f  %10.1f  %10.3f  %7.1e\n",
                   columns, candidate.name.c_str(), candidate.threads, candidate.seconds.size(),
                   1e6 * median.seconds, 1e6 * fast.seconds,
                   1e-9 * rate(candidate, problem.bound, quantiles[1]),
                   1e-9 * rate(candidate, problem.bound, quantiles[0]), 100 * median.share,
                   100 * fast.share, ratioToModel(candidate, candidates), candidate.error);
  }
  return text;
}

static const char *roleName(Role role) {
  switch (role) {
  case Role::Model:
    return "model";
  case Role::Peer:
    return "peer";
  case Role::Multiply:
    return "multiply";
  case Role::Read:
    return "read";
  case Role::Scale:
    return "scale";
  case Role::Streaming:
    return "streaming";
  }
  return "";
}

std::string renderJson(const Problem &problem, const std::vector<Candidate> &candidates) {
  std::string text = format("{\"flops\": %.17g, \"bytes\": %.17g, \"candidates\": [", problem.flops,
                            problem.bytes);
  for (const Candidate &candidate : candidates) {
    Figures fast = figuresOf(candidate, problem, candidates, quantiles[0]);
    Figures median = figuresOf(candidate, problem, candidates, quantiles[1]);
    text += format("%s\n  {\"name\": \"%s\", \"version\": \"%s\", \"role\": \"%s\", \"threads\": "
                   "%d, \"windows\": %zu, "
                   "\"flops\": %.17g, \"bytes\": %.17g, \"p50\": %.9g, \"q98\": %.9g, "
                   "\"share_p50\": %.6g, \"share_q98\": %.6g, \"ratio\": %.6g, \"error\": %.3g}",
                   &candidate == &candidates.front() ? "" : ",", candidate.name.c_str(),
                   candidate.version.c_str(), roleName(candidate.role), candidate.threads,
                   candidate.seconds.size(), candidate.flops, candidate.bytes, median.seconds,
                   fast.seconds, median.share, fast.share, ratioToModel(candidate, candidates),
                   candidate.error);
  }
  return text + "\n]}\n";
}

} // namespace tenon::bench
