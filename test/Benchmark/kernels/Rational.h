//===- Rational.h - the coefficients of the benchmark's rational function -===//
#ifndef TENON_BENCH_RATIONAL_H
#define TENON_BENCH_RATIONAL_H

namespace tenon::bench {

/// (a0 + a1 x + ... + a5 x^5) / (1 + |b1 x + ... + b4 x^4|), an approximation of
/// x sigmoid(x). test/Benchmark/kernels.py writes the same into its models.
constexpr double rationalNumerator[] = {0.0, 0.5, 0.25, 0.04, 0.008, 0.0006};
constexpr double rationalDenominator[] = {0.01, 0.1, 0.002, 0.004};

} // namespace tenon::bench

#endif // TENON_BENCH_RATIONAL_H
