//===- GpuNarrowTest.cpp - Products of factors that are bf16 in memory ----===//

#include "GpuKernel.h"

#include <cmath>

using namespace tenon_test;

namespace {

float widen(uint16_t half) {
  uint32_t word = uint32_t{half} << 16;
  float value;
  std::memcpy(&value, &word, sizeof value);
  return value;
}

/// y[m, n] = sum over k of x[m, k] w[k, n]; terms of either factor side by side, or not, which
/// an lhs may in a window alone. Sizes are numbers, but for rows of an x whose terms lie side by
/// side.
struct Product {
  int64_t columns, terms;
  bool isLhsByTerms = true, isRhsByTerms = true;
  /// Rows that are known when compiling; -1: not.
  int64_t rows = -1;
  std::string target = "sm_80";
  bool isResultNarrow = false;

  std::string getText() const {
    auto number = [](int64_t value) { return std::to_string(value); };
    std::string m = rows < 0 ? "M" : number(rows), n = number(columns), k = number(terms);
    auto tensor = [](const std::string &one, const std::string &two, const char *element) {
      return "!tenon.tensor<[" + one + ", " + two + "] " + element + ">";
    };
    std::string x = tensor(m, k, "bf16"), w = tensor(k, n, "bf16");
    std::string y = tensor(m, n, isResultNarrow ? "bf16" : "f32");
    std::string stored = isResultNarrow
                             ? "%r = arith.truncf %a : f32 to bf16\n tenon.yield %r : bf16"
                             : "tenon.yield %a : f32";
    return "module { tenon.size @M from 0 to *\n func.func private @contract_0(%x: " + x +
           ", %w: " + w + ", %o: " + y + ") -> " + y +
           " { %y = " + (isLhsByTerms ? "kernel.contract" : "kernel.window") + " [rows m: " + m +
           ", cols n: " + n + ", sum k: " + k + "] (%x[" +
           (isLhsByTerms ? k + "*m + k" : m + "*k + m") + "], %w[" +
           (isRhsByTerms ? k + "*n + k" : n + "*k + n") + "]) -> %o[" + n + "*m + n] " +
           (isLhsByTerms ? "" : "{bounds = array<i64>}") + " : (" + x + ", " + w + ") -> " + y +
           " {\n ^bb0(%a: f32):\n " + stored + "\n }\n return %y : " + y + "\n}\n}\n";
  }

  /// Against sums in f64 of the same numbers.
  void check(GpuKernel &kernel, int64_t m) const {
    std::vector<float> x = makeValues(size_t(m * terms), unsigned(m + 3 * terms));
    std::vector<float> w = makeValues(size_t(columns * terms), unsigned(columns + 5 * terms));
    size_t count = size_t(m * columns);
    kernel.add(cutToBF16(x)).add(cutToBF16(w));
    std::vector<float> y;
    if (isResultNarrow) {
      for (uint16_t half : kernel.addResult<uint16_t>(count).run<uint16_t>({m}))
        y.push_back(widen(half));
    } else {
      y = kernel.addResult<float>(count).run<float>({m});
    }
    ASSERT_EQ(y.size(), count);
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < columns; ++j) {
        double sum = 0, magnitude = 0;
        for (int64_t t = 0; t < terms; ++t) {
          double term = double(x[size_t(isLhsByTerms ? i * terms + t : t * m + i)]) *
                        w[size_t(isRhsByTerms ? j * terms + t : t * columns + j)];
          sum += term;
          magnitude += std::fabs(term);
        }
        double bar = 0x1p-20 * magnitude + (isResultNarrow ? 0x1p-8 * std::fabs(sum) : 0);
        ASSERT_LE(std::fabs(y[size_t(i * columns + j)] - sum), bar) << i << " " << j;
      }
  }
};

size_t count(const std::string &text, const std::string &part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

void expectNoConflicts(const GpuKernel &kernel) {
  EXPECT_EQ(kernel.statistics.sharedWavefronts, kernel.statistics.sharedWavefrontsIdeal)
      << kernel.statistics.format();
}

} // namespace

TEST(GpuNarrow, warps) {
  // A word has two terms: no instruction rounds or packs. Where places lie side by side they
  // are turned as they are loaded.
  for (int order = 0; order < 4; ++order) {
    Product product{72, 136, order % 2 == 0, order / 2 == 0, order % 2 == 0 ? -1 : 200};
    GpuKernel kernel(product.getText());
    size_t steps = count(kernel.ptx, ".m16n8k16.row.col.f32.bf16.bf16.f32") / 4;
    EXPECT_EQ(steps % 4, 0u);
    EXPECT_GT(steps, 0u);
    EXPECT_EQ(count(kernel.ptx, "cvt.rn.bf16"), 0u);
    EXPECT_EQ(count(kernel.ptx, "ldmatrix"), 3 * steps);
    EXPECT_EQ(count(kernel.ptx, "ldmatrix.sync.aligned.m8n8.x4.trans"),
              steps * ((order % 2 ? 2 : 0) + (order / 2 ? 1 : 0)));
    for (int64_t rows : {1, 65})
      product.check(kernel, product.rows < 0 ? rows : product.rows);
  }
}

TEST(GpuNarrow, largeTilesOfWarps) {
  for (bool isByTerms : {true, false}) {
    Product product{768, 72, true, isByTerms};
    GpuKernel kernel(product.getText());
    product.check(kernel, 129);
    expectNoConflicts(kernel);
  }
}

TEST(GpuNarrow, narrowResults) {
  Product product{40, 64, true, true, -1, "sm_80", true};
  GpuKernel kernel(product.getText());
  product.check(kernel, 17);
}

TEST(GpuNarrow, threads) {
  // Few columns, and elements that lie in no pieces of 16 bytes.
  Product few{3, 64, true, false}, scattered{9, 33, true, false};
  for (const Product &product : {few, scattered}) {
    GpuKernel kernel(product.getText());
    EXPECT_EQ(count(kernel.ptx, "mma.sync"), 0u);
    product.check(kernel, 17);
  }
}

TEST(GpuNarrow, warpgroups) {
  for (int order = 0; order < 4; ++order) {
    Product product{776, 200, order % 2 == 0, order / 2 == 0, order % 2 == 0 ? -1 : 904, "sm_90a"};
    GpuKernel kernel(product.getText(), "sm_90a");
    std::string majors = std::string(order % 2 ? ", 1" : ", 0") + (order / 2 ? ", 1;" : ", 0;");
    EXPECT_EQ(count(kernel.ptx, "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16"), 4u);
    EXPECT_EQ(count(kernel.ptx, "add, 1, 1" + majors), 4u) << kernel.ptx;
    if (product.rows < 0)
      for (int64_t rows : {1, 130})
        product.check(kernel, rows);
    else
      product.check(kernel, product.rows);
  }
}

TEST(GpuNarrow, largeTilesOfWarpgroups) {
  for (bool isByTerms : {true, false}) {
    Product product{3072, 2056, true, isByTerms, -1, "sm_90a"};
    GpuKernel kernel(product.getText(), "sm_90a");
    EXPECT_EQ(count(kernel.ptx, "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16"), 4u);
    product.check(kernel, 130);
  }
}
