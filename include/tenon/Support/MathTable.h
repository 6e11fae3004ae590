//===- MathTable.h - What is known of each math program ---------*- C++ -*-===//
//
// One row per program of MathPrograms.h, in the same order: what it computes,
// where, how, and how well. The unit test measures the errors again and fails
// above the recorded ones.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_MATHTABLE_H
#define TENON_SUPPORT_MATHTABLE_H

#include <string_view>

namespace mlir::tenon {

/// A row of the table.
struct MathFunction {
  /// As in math_programs::kPrograms.
  std::string_view name;
  /// The function, and the form it is computed in.
  std::string_view formula;
  /// Where the error holds.
  std::string_view range;
  /// Degree of the polynomial.
  int degree;
  /// The largest error in `range` over all f32, in units in the last place of
  /// the exact value, rounded up to 0.05. Denormal results count in 2^-149.
  double measuredUlp;
  /// Results smaller than this are held to an absolute error of 1e-7 instead.
  double absoluteBelow;
};

/// The table.
inline constexpr MathFunction kMathFunctions[] = {
    {"exp", "e^x; 2^2n (1 + r + r^2 P(r)), x = 2n ln 2 + r", "all x", 7, 1.7, 0},
    {"exp_flushed", "e^x, 0 where e^x < 2^-126; 2^n (1 + r + r^2 P(r)), x = n ln 2 + r", "x <= 88",
     6, 0.9, 0},
    {"exp2_flushed", "2^x, 0 where 2^x < 2^-126; 2^n (1 + f P(f)), x = n + f", "x <= 127", 5, 1.95,
     0},
    {"expm1", "e^x - 1; 2^n (r + r^2 P(r)) + 2^n - 1, x = n ln 2 + r", "all x", 6, 1.55, 0},
    {"log", "ln x; n ln 2 + f - f^2 / 2 + f^3 P(f), x = 2^n (1 + f)", "all x", 10, 0.9, 0},
    {"tanh", "m / (m + 2), m = expm1(2 |x|), with the sign of x", "all x", 6, 2.6, 0},
    {"erf", "-expm1(a P(a)), a = |x|, with the sign of x", "all x", 8, 3.15, 0},
    {"gelu", "x Phi(x); Phi(-a) = e^(a P(a)) / 2", "all x", 8, 5.8, 1e-2},
    {"sigmoid", "1 / (1 + e^-x); p / (2^-n + p), e^x = 2^n p", "all x", 6, 2.45, 0},
    {"sin", "r + r^3 P(r^2) or 1 - r^2/2 + r^4 P(r^2), x = n pi/2 + r", "|x| <= 1e5", 7, 1.6, 0},
    {"cos", "sin(x + pi/2)", "|x| <= 1e5", 8, 1.6, 0},
};

/// The row named `name`, or null.
const MathFunction *findMathFunction(std::string_view name);

/// How many builder calls other than constants the program of `function`, a row
/// of the table, makes: its cost per element.
int countOperations(const MathFunction &function);

} // namespace mlir::tenon

#endif // TENON_SUPPORT_MATHTABLE_H
