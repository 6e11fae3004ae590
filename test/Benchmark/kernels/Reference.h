//===- Reference.h - what every candidate must compute --------------------===//
#ifndef TENON_BENCH_REFERENCE_H
#define TENON_BENCH_REFERENCE_H

#include "Buffers.h"

namespace tenon::bench {

/// The output of the problem for the first buffer set, computed in double.
std::vector<double> computeReference(const Problem &problem, const Buffers &buffers);

/// The largest difference of `output` from the reference, relative to the
/// largest reference value. Infinite if a value is not a number.
double relativeError(const float *output, const std::vector<double> &reference);

} // namespace tenon::bench

#endif // TENON_BENCH_REFERENCE_H
