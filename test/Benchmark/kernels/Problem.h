//===- Problem.h - what a row of the benchmark computes -------------------===//
//
// A problem says which tensors there are and what is computed from them,
// whoever computes it. Its floating-point operations are those of the
// contractions alone and, of learned attention, those of its basis; its bytes are those
// that must move.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_BENCH_PROBLEM_H
#define TENON_BENCH_PROBLEM_H

#include "tenon/Runtime/Io/Status.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tenon::bench {

enum class ProblemKind {
  Gemm,      ///< M N K: y = x W^T, x [M, K], W [N, K]
  Ffn,       ///< M D H: two linear maps with an activation between
  Attention, ///< N heads d: from qkv [1, N, 3 heads d] to [1, N, heads d]
  /// N heads G: weights of a row of N scores by learned functions, as in
  /// KArAt (arXiv 2503.10632): y_p = sum_q sum_k c_pqk phi_k(a_q) for p < 12, then W y; phi
  /// are the cosines and sines of the multiples 1 to G. From [1, heads, N, N] to the same.
  LearnedAttention,
  LayerNorm,    ///< rows columns
  ResidualNorm, ///< rows columns: layer norm of a sum
  Rational,     ///< rows columns: elementwise rational of degrees 5 and 4
  Softmax,      ///< rows columns
};

/// The sums of functions that learned attention takes of a row of scores.
constexpr int64_t learnedSums = 12;

enum class Activation { GeluErf, GeluTanh, GatedSilu, Rational };

/// What limits a problem, and therefore what it is compared with.
enum class Bound {
  Multiply, ///< the multiply-add peak
  Read,     ///< reading the weights once
  Scale,    ///< reading and writing arrays in memory
};

/// The shape of a tensor and the distribution of its values.
struct TensorSpec {
  std::vector<int64_t> dims;
  float mean = 0;
  float deviation = 1;

  int64_t elements() const;
};

struct Problem {
  ProblemKind kind = ProblemKind::Gemm;
  Activation activation = Activation::GeluErf;
  bool isCausal = false;
  std::vector<int64_t> sizes; ///< as listed at ProblemKind

  Bound bound = Bound::Multiply;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> parameters; ///< in the order of the model's parts
  TensorSpec output;
  double flops = 0;
  double bytes = 0;
};

/// The problem that `kind` ("gemm", "ffn-gelu-erf", "attention-causal",
/// "softmax") and its sizes describe.
runtime::Result<Problem> makeProblem(const std::string &kind, const std::vector<int64_t> &sizes);

/// The kinds that makeProblem knows, with their sizes, one a line.
std::string problemKinds();

} // namespace tenon::bench

#endif // TENON_BENCH_PROBLEM_H
