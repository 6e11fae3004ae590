//===- AttendForm.h - Forms of attention on GPUs, and what they give ------===//

#ifndef TENON_TEST_UNIT_CODEGEN_ATTENDFORM_H
#define TENON_TEST_UNIT_CODEGEN_ATTENDFORM_H

#include "GpuKernel.h"

#include <utility>

namespace tenon_test {

/// Attention of two heads: queries [N, 2, depth], keys [M, 2, depth] or, if they share them,
/// [M, depth], values as keys, results [N, 2, width].
struct Form {
  int64_t depth, width;
  bool sharesKeys = false, causal = false, keyMask = false, skipsHidden = false, strict = false;
  /// A bias [2, N, M] is added to scores, a residual [N, 2, width] to results.
  bool biased = false, residual = false;
  double scale = 0.5;
  /// A symbol or a number.
  std::string queries = "N";
  /// Queries, keys and values are bf16.
  bool isNarrow = false;
  /// The kind of GPUs.
  std::string target = "sm_80";

  std::string getText() const;
};

struct Inputs {
  Inputs(const Form &form, int64_t queries, int64_t keys);

  int64_t queries, keys;
  std::vector<float> q, k, v, bias, residual;
  std::vector<uint8_t> mask;
};

/// How often `text` stands in a kernel's PTX.
size_t countInPtx(const GpuKernel &kernel, const std::string &text);

/// Against the form in f64: relative error, and where results are infinite or NaN.
void check(const Form &form, GpuKernel &kernel, const Inputs &in, double bar = 1e-6);

using Sizes = std::vector<std::pair<int64_t, int64_t>>;

void check(const Form &form, const Sizes &sizes, double bar = 1e-6);

} // namespace tenon_test

#endif // TENON_TEST_UNIT_CODEGEN_ATTENDFORM_H
