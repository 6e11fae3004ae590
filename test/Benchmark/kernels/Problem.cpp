//===- Problem.cpp - what a row of the benchmark computes -----------------===//
#include "Problem.h"

#include <cmath>

namespace tenon::bench {

using runtime::ExitCode;
using runtime::Result;
using runtime::Status;

namespace {

struct KindEntry {
  const char *name;
  const char *sizes;
  size_t numSizes;
  ProblemKind kind;
  Activation activation;
  bool isCausal;
};

} // namespace

static constexpr KindEntry kinds[] = {
    {"gemm", "M N K", 3, ProblemKind::Gemm, Activation::GeluErf, false},
    {"ffn-gelu-erf", "M D H", 3, ProblemKind::Ffn, Activation::GeluErf, false},
    {"ffn-gelu-tanh", "M D H", 3, ProblemKind::Ffn, Activation::GeluTanh, false},
    {"ffn-gated-silu", "M D H", 3, ProblemKind::Ffn, Activation::GatedSilu, false},
    {"ffn-rational", "M D H", 3, ProblemKind::Ffn, Activation::Rational, false},
    {"attention", "N HEADS HEAD_SIZE", 3, ProblemKind::Attention, Activation::GeluErf, false},
    {"attention-causal", "N HEADS HEAD_SIZE", 3, ProblemKind::Attention, Activation::GeluErf, true},
    {"learned-attention", "N HEADS MULTIPLES", 3, ProblemKind::LearnedAttention,
     Activation::GeluErf, false},
    {"layer-norm", "ROWS COLUMNS", 2, ProblemKind::LayerNorm, Activation::GeluErf, false},
    {"residual-norm", "ROWS COLUMNS", 2, ProblemKind::ResidualNorm, Activation::GeluErf, false},
    {"rational", "ROWS COLUMNS", 2, ProblemKind::Rational, Activation::Rational, false},
    {"softmax", "ROWS COLUMNS", 2, ProblemKind::Softmax, Activation::GeluErf, false},
};

/// Rows up to which a contraction is bound by reading its weights.
static constexpr int64_t smallestComputeBoundRows = 8;

int64_t TensorSpec::elements() const {
  int64_t product = 1;
  for (int64_t dim : dims)
    product *= dim;
  return product;
}

/// Weights that keep the variance of what they are applied to.
static TensorSpec weight(int64_t outputs, int64_t inputs) {
  return {{outputs, inputs}, 0, 1 / std::sqrt(static_cast<float>(inputs))};
}

static TensorSpec bias(int64_t size) { return {{size}, 0, 0.1f}; }
static TensorSpec gain(int64_t size) { return {{size}, 1, 0.1f}; }

static double product(double a, double b, double c) { return a * b * c; }

static void describeGemm(Problem &problem) {
  int64_t m = problem.sizes[0], n = problem.sizes[1], k = problem.sizes[2];
  problem.inputs = {{{m, k}}};
  problem.parameters = {weight(n, k)};
  problem.output = {{m, n}};
  problem.flops =
      2 * product(static_cast<double>(m), static_cast<double>(n), static_cast<double>(k));
  problem.bytes = 4.0 * static_cast<double>(n * k);
  problem.bound = m < smallestComputeBoundRows ? Bound::Read : Bound::Multiply;
}

static void describeFfn(Problem &problem) {
  int64_t m = problem.sizes[0], d = problem.sizes[1], h = problem.sizes[2];
  bool isGated = problem.activation == Activation::GatedSilu;
  problem.inputs = {{{m, d}}};
  problem.parameters = {weight(h, d), bias(h), weight(d, h), bias(d)};
  if (isGated)
    problem.parameters = {weight(h, d), weight(h, d), weight(d, h)};
  problem.output = {{m, d}};
  problem.flops = (isGated ? 6 : 4) *
                  product(static_cast<double>(m), static_cast<double>(d), static_cast<double>(h));
}

static void describeAttention(Problem &problem) {
  int64_t n = problem.sizes[0], heads = problem.sizes[1], d = problem.sizes[2];
  problem.inputs = {{{1, n, 3 * heads * d}}};
  problem.output = {{1, n, heads * d}};
  double rows = static_cast<double>(n);
  double pairs = problem.isCausal ? rows * (rows + 1) / 2 : rows * rows;
  problem.flops = 4 * product(pairs, static_cast<double>(heads), static_cast<double>(d));
}

static void describeLearnedAttention(Problem &problem) {
  int64_t n = problem.sizes[0], heads = problem.sizes[1], terms = 2 * problem.sizes[2];
  problem.inputs = {{{1, heads, n, n}}};
  float deviation = 1 / std::sqrt(static_cast<float>(n * terms));
  problem.parameters = {{{heads, n, learnedSums}, 0, 0.3f},
                        {{heads, learnedSums, n, terms}, 0, deviation}};
  problem.output = {{1, heads, n, n}};
  // A sine and a cosine as include/tenon/Support/MathPrograms.h has them: 10 operations to
  // reduce the angle, 7 and 9 for the polynomials, 2 for the signs. Then 6 for each further
  // multiple: two products and a sum, twice.
  constexpr double first = 28, further = 6;
  double basis = first + further * static_cast<double>(terms / 2 - 1);
  double products = 2.0 * learnedSums * static_cast<double>(terms + 1);
  problem.flops = product(static_cast<double>(n * n), static_cast<double>(heads), products + basis);
}

static void describeRows(Problem &problem) {
  int64_t rows = problem.sizes[0], columns = problem.sizes[1];
  bool isNorm = problem.kind == ProblemKind::LayerNorm || problem.kind == ProblemKind::ResidualNorm;
  problem.inputs = {{{rows, columns}}};
  if (problem.kind == ProblemKind::ResidualNorm)
    problem.inputs.push_back({{rows, columns}});
  if (isNorm)
    problem.parameters = {gain(columns), bias(columns)};
  problem.output = {{rows, columns}};
  problem.bytes =
      4.0 * static_cast<double>(rows * columns) * static_cast<double>(problem.inputs.size() + 1);
  problem.bound = Bound::Scale;
}

Result<Problem> makeProblem(const std::string &kind, const std::vector<int64_t> &sizes) {
  const KindEntry *found = nullptr;
  for (const KindEntry &entry : kinds)
    if (kind == entry.name)
      found = &entry;
  if (!found)
    return Status::error(ExitCode::Usage, "problem", "'" + kind + "' is unknown");
  if (sizes.size() != found->numSizes)
    return Status::error(ExitCode::Usage, "problem", kind + " takes " + found->sizes);
  Problem problem;
  problem.kind = found->kind;
  problem.activation = found->activation;
  problem.isCausal = found->isCausal;
  problem.sizes = sizes;
  switch (problem.kind) {
  case ProblemKind::Gemm:
    describeGemm(problem);
    break;
  case ProblemKind::Ffn:
    describeFfn(problem);
    break;
  case ProblemKind::Attention:
    describeAttention(problem);
    break;
  case ProblemKind::LearnedAttention:
    describeLearnedAttention(problem);
    break;
  case ProblemKind::LayerNorm:
  case ProblemKind::ResidualNorm:
  case ProblemKind::Rational:
  case ProblemKind::Softmax:
    describeRows(problem);
    break;
  }
  return problem;
}

std::string problemKinds() {
  std::string text;
  for (const KindEntry &entry : kinds)
    text += std::string("  ") + entry.name + " " + entry.sizes + "\n";
  return text;
}

} // namespace tenon::bench
