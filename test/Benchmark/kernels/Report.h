//===- Report.h - the figures of a row ------------------------------------===//
#ifndef TENON_BENCH_REPORT_H
#define TENON_BENCH_REPORT_H

#include "Candidate.h"
#include "Problem.h"

namespace tenon::bench {

/// A table for people.
std::string renderText(const Problem &problem, const std::vector<Candidate> &candidates);

/// The same figures as one JSON object.
std::string renderJson(const Problem &problem, const std::vector<Candidate> &candidates);

} // namespace tenon::bench

#endif // TENON_BENCH_REPORT_H
