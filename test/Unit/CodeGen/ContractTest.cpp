//===- ContractTest.cpp - Code for kernel.contract and kernel.pack --------===//

#include "KernelRunner.h"

using namespace tenon_test;

namespace {

const char *const kDynamicRows = R"(
tenon.size @M from 0 to *
func.func private @contract_0(%x: !tenon.tensor<[M, $K] f32>, %w: !tenon.tensor<[$W] f32>,
    %b: !tenon.tensor<[$N] f32>, %o: !tenon.tensor<[M, $N] f32>) -> !tenon.tensor<[M, $N] f32> {
  %y = kernel.contract [rows m: M, cols n: $N, sum k: $K]
      (%x[$K*m + k], %w[0], %b[n]) -> %o[$N*m + n] {panel = $P : i64}
      : (!tenon.tensor<[M, $K] f32>, !tenon.tensor<[$W] f32>, !tenon.tensor<[$N] f32>)
      -> !tenon.tensor<[M, $N] f32> {
  ^bb0(%acc: f32, %bias: f32):
    %h = arith.addf %acc, %bias : f32
    tenon.yield %h : f32
  }
  return %y : !tenon.tensor<[M, $N] f32>
}
)";

const char *const kAllDynamic = R"(
tenon.size @M from 0 to *
tenon.size @N from 0 to *
tenon.size @K from 0 to *
func.func private @contract_0(%x: !tenon.tensor<[2, M, K] f32>, %w: !tenon.tensor<[2, N, K] f32>,
    %b: !tenon.tensor<[N] f32>, %o: !tenon.tensor<[M, 2, N] f32>) -> !tenon.tensor<[M, 2, N] f32> {
  %y = kernel.contract [batch a: 2, rows m: M, cols n: N, sum k: K]
      (%x[M*K*a + K*m + k], %w[K*N*a + $Q*K*a], %b[n]) -> %o[2*N*m + N*a + n] {panel = $P : i64}
      : (!tenon.tensor<[2, M, K] f32>, !tenon.tensor<[2, N, K] f32>, !tenon.tensor<[N] f32>)
      -> !tenon.tensor<[M, 2, N] f32> {
  ^bb0(%acc: f32, %bias: f32):
    %h = arith.addf %acc, %bias : f32
    tenon.yield %h : f32
  }
  return %y : !tenon.tensor<[M, 2, N] f32>
}
)";

const char *const kPack = R"(
func.func private @pack_0(%w: !tenon.tensor<[$N, $K] f32>, %o: !tenon.tensor<[$W] f32>)
    -> !tenon.tensor<[$W] f32> {
  %y = kernel.pack [cols n: $N, sum k: $K] (%w[$A]) -> %o[0] {panel = $P : i64}
      : (!tenon.tensor<[$N, $K] f32>) -> !tenon.tensor<[$W] f32> {
  ^bb0(%e: f32):
    tenon.yield %e : f32
  }
  return %y : !tenon.tensor<[$W] f32>
}
)";

// A prologue of two terms, of inputs that vary with rows and elements, with either, and
// with elements far from one another.
const char *const kMade = R"(
tenon.size @M from 0 to *
func.func private @contract_0(%x: !tenon.tensor<[M, 2, $I] f32>, %w: !tenon.tensor<[$W] f32>,
    %s: !tenon.tensor<[M] f32>, %t: !tenon.tensor<[2, $I, M] f32>, %e: !tenon.tensor<[2, $I] f32>,
    %o: !tenon.tensor<[M, $N] f32>) -> !tenon.tensor<[M, $N] f32> {
  %y = kernel.contract [rows m: M, cols n: $N, sum c: 2, sum k: 2, sum i: $I]
      (%x[2*$I*m + $I*c + i], %w[0], %s[m], %t[$I*M*c + M*i + m], %e[$I*c + i]) -> %o[$N*m + n]
      {panel = $P : i64}
      : (!tenon.tensor<[M, 2, $I] f32>, !tenon.tensor<[$W] f32>, !tenon.tensor<[M] f32>,
         !tenon.tensor<[2, $I, M] f32>, !tenon.tensor<[2, $I] f32>)
      -> !tenon.tensor<[M, $N] f32> prologue {
  ^bb0(%a: f32, %b: f32, %c: f32, %d: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %0, %c : f32
    %2 = arith.mulf %a, %d : f32
    %3 = arith.subf %2, %b : f32
    tenon.yield %1, %3 : f32, f32
  } {
  ^bb0(%acc: f32):
    tenon.yield %acc : f32
  }
  return %y : !tenon.tensor<[M, $N] f32>
}
)";

/// Rows of x times rows of w, plus b.
struct Product {
  std::vector<double> values, magnitudes;
};
Product multiply(const float *x, const float *w, const float *b, int64_t m, int64_t n, int64_t k) {
  Product product;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = b[j], magnitude = std::fabs(sum);
      for (int64_t q = 0; q < k; ++q) {
        double term = double(x[i * k + q]) * w[j * k + q];
        sum += term;
        magnitude += std::fabs(term);
      }
      product.values.push_back(sum);
      product.magnitudes.push_back(magnitude);
    }
  return product;
}

constexpr double kUnit = 1.0 / (1 << 24);

std::string str(int64_t value) { return std::to_string(value); }

std::string fillSizes(const char *text, int64_t n, int64_t k, int64_t panel) {
  return fill(text, {{"N", str(n)},
                     {"K", str(k)},
                     {"W", str((n + panel - 1) / panel * panel * k)},
                     {"P", str(panel)}});
}

TEST(Contract, AgreesWithLoopsAtOddSizes) {
  const int64_t sizes[][2] = {{1, 1},   {2, 3},   {3, 65},    {5, 31},    {13, 7},
                              {17, 64}, {31, 17}, {64, 13},   {65, 4},    {130, 200},
                              {77, 0},  {197, 6}, {300, 401}, {600, 772}, {33, 4099}};
  for (const std::string &level : getRunnableLevels())
    for (auto [n, k] : sizes) {
      int64_t panel = getPanel(level);
      Kernel kernel(fillSizes(kDynamicRows, n, k, panel), level);
      ASSERT_TRUE(kernel);
      for (int64_t m : {0, 1, 2, 3, 4, 5, 6, 7, 13, 48, 65, 205}) {
        std::vector<float> x = makeNumbers(m * k, 1), w = makeNumbers(n * k, 2);
        std::vector<float> b = makeNumbers(n, 3), o(m * n, 7.0f), split(m * n, 8.0f);
        std::vector<float> packed = packPanels(w, n, k, panel);
        EXPECT_EQ(kernel.run({x.data(), packed.data(), b.data(), o.data()}, {m}), TN_OK);
        Product want = multiply(x.data(), w.data(), b.data(), m, n, k);
        expectClose(
            o, want.values, [&](size_t i) { return 8 * kUnit * want.magnitudes[i]; },
            level + " " + str(m) + "x" + str(n) + "x" + str(k));
        kernel.run({x.data(), packed.data(), b.data(), split.data()}, {m}, 1);
        EXPECT_TRUE(areBitsEqual(o, split));
      }
    }
}

TEST(Contract, LhsOfAPrologue) {
  // Few columns have rows in the lanes.
  for (const std::string &level : getRunnableLevels())
    for (auto [n, elements] : std::vector<std::pair<int64_t, int64_t>>{
             {1, 1}, {3, 5}, {5, 16}, {12, 37}, {13, 2}, {16, 7}, {33, 9}}) {
      int64_t panel = getPanel(level), k = 4 * elements;
      std::string text = fill(kMade, {{"I", str(elements)}});
      Kernel kernel(fillSizes(text.c_str(), n, k, panel), level);
      ASSERT_TRUE(kernel);
      for (int64_t m : {0, 1, 3, 17, 64, 65, 130}) {
        std::vector<float> x = makeNumbers(2 * m * elements, 1), w = makeNumbers(n * k, 2);
        std::vector<float> s = makeNumbers(m, 3), t = makeNumbers(2 * m * elements, 4);
        std::vector<float> e = makeNumbers(2 * elements, 5), o(m * n, 7.0f), split(m * n, 8.0f);
        if (m > 2) // It stays in its row.
          x[2 * elements] = NAN;
        std::vector<float> packed = packPanels(w, n, k, panel);
        std::vector<double> want, bounds;
        for (int64_t i = 0; i < m; ++i)
          for (int64_t j = 0; j < n; ++j) {
            double sum = 0, magnitude = 0;
            for (int64_t c = 0; c < 2; ++c)
              for (int64_t q = 0; q < elements; ++q) {
                double a = x[(2 * i + c) * elements + q], b = s[i];
                double parts[2][2] = {{a * b, t[(c * elements + q) * m + i]},
                                      {a * e[c * elements + q], -b}};
                for (int64_t term = 0; term < 2; ++term) {
                  double factor = w[j * k + (2 * c + term) * elements + q];
                  sum += (parts[term][0] + parts[term][1]) * factor;
                  magnitude +=
                      (std::fabs(parts[term][0]) + std::fabs(parts[term][1])) * std::fabs(factor);
                }
              }
            want.push_back(sum);
            bounds.push_back(8 * kUnit * magnitude);
          }
        std::vector<void *> buffers = {x.data(), packed.data(), s.data(),
                                       t.data(), e.data(),      o.data()};
        EXPECT_EQ(kernel.run(buffers, {m}), TN_OK);
        expectClose(
            o, want, [&](size_t i) { return bounds[i]; },
            level + " " + str(m) + "x" + str(n) + "x" + str(elements));
        buffers.back() = split.data();
        kernel.run(buffers, {m}, 1);
        EXPECT_TRUE(areBitsEqual(o, split));
      }
    }
}

TEST(Contract, BatchesAndAllSizesDynamic) {
  for (const std::string &level : getRunnableLevels()) {
    int64_t panel = getPanel(level);
    Kernel kernel(fill(kAllDynamic, {{"P", str(panel)}, {"Q", str(panel - 1)}}), level);
    ASSERT_TRUE(kernel);
    for (int64_t m : {1, 5, 7})
      for (int64_t n : {1, 17, 64, 131})
        for (int64_t k : {0, 3, 197, 5000}) {
          std::vector<float> x = makeNumbers(2 * m * k, 1), w = makeNumbers(2 * n * k, 2);
          std::vector<float> b = makeNumbers(n, 3), o(m * 2 * n);
          int64_t distance = (n + panel - 1) * k;
          std::vector<float> packed(2 * distance);
          std::vector<double> want(o.size()), magnitudes(o.size());
          for (int64_t a = 0; a < 2; ++a) {
            std::vector<float> part(w.begin() + a * n * k, w.begin() + (a + 1) * n * k);
            part = packPanels(part, n, k, panel);
            std::copy(part.begin(), part.end(), packed.begin() + a * distance);
            Product product = multiply(&x[a * m * k], &w[a * n * k], b.data(), m, n, k);
            for (int64_t i = 0; i < m; ++i)
              for (int64_t j = 0; j < n; ++j) {
                want[(i * 2 + a) * n + j] = product.values[i * n + j];
                magnitudes[(i * 2 + a) * n + j] = product.magnitudes[i * n + j];
              }
          }
          EXPECT_EQ(kernel.run({x.data(), packed.data(), b.data(), o.data()}, {m, n, k}), TN_OK);
          expectClose(
              o, want, [&](size_t i) { return 8 * kUnit * magnitudes[i]; },
              level + " " + str(m) + "x" + str(n) + "x" + str(k));
        }
  }
}

TEST(Contract, RowsDoNotDependOnTheirNumber) {
  // Sums of one pass, of several, and of several blocks of 4096 terms.
  const int64_t sizes[][2] = {{70, 45}, {150, 1003}, {70, 8200}};
  for (const std::string &level : getRunnableLevels())
    for (auto [n, k] : sizes) {
      int64_t panel = getPanel(level);
      Kernel kernel(fillSizes(kDynamicRows, n, k, panel), level);
      ASSERT_TRUE(kernel);
      std::vector<float> x = makeNumbers(64 * k, 1), b = makeNumbers(n, 3);
      std::vector<float> packed = packPanels(makeNumbers(n * k, 2), n, k, panel);
      std::vector<float> all(64 * n);
      kernel.run({x.data(), packed.data(), b.data(), all.data()}, {64});
      for (int64_t row = 0; row < 64; ++row) {
        std::vector<float> one(n);
        kernel.run({&x[row * k], packed.data(), b.data(), one.data()}, {1});
        EXPECT_TRUE(areBitsEqual(
            one, std::vector<float>(all.begin() + row * n, all.begin() + (row + 1) * n)))
            << level << " row " << row << ", k " << k;
      }
    }
}

TEST(Contract, SpecialValuesStayInTheirRow) {
  for (const std::string &level : getRunnableLevels()) {
    int64_t n = 20, k = 9, m = 8, panel = getPanel(level);
    Kernel kernel(fillSizes(kDynamicRows, n, k, panel), level);
    ASSERT_TRUE(kernel);
    std::vector<float> x = makeNumbers(m * k, 1), w = makeNumbers(n * k, 2), b = makeNumbers(n, 3);
    x[2 * k + 4] = std::numeric_limits<float>::quiet_NaN();
    x[5 * k] = std::numeric_limits<float>::infinity();
    std::vector<float> packed = packPanels(w, n, k, panel), o(m * n);
    kernel.run({x.data(), packed.data(), b.data(), o.data()}, {m});
    Product want = multiply(x.data(), w.data(), b.data(), m, n, k);
    expectClose(o, want.values, [&](size_t i) { return 8 * kUnit * want.magnitudes[i]; }, level);
  }
}

TEST(Pack, BothOrdersOfTheSource) {
  const int64_t sizes[][2] = {{1, 1}, {3, 5}, {16, 7}, {64, 64}, {65, 13}, {197, 31}};
  for (const std::string &level : getRunnableLevels())
    for (auto [n, k] : sizes)
      for (bool transposed : {false, true}) {
        int64_t panel = getPanel(level);
        std::string access = transposed ? str(n) + "*k + n" : str(k) + "*n + k";
        Kernel kernel(fillSizes(fill(kPack, {{"A", access}}).c_str(), n, k, panel), level);
        ASSERT_TRUE(kernel);
        std::vector<float> matrix = makeNumbers(n * k, 4), source(n * k);
        for (int64_t i = 0; i < n; ++i)
          for (int64_t j = 0; j < k; ++j)
            source[transposed ? j * n + i : i * k + j] = matrix[i * k + j];
        std::vector<float> want = packPanels(matrix, n, k, panel), o(want.size(), 9.0f);
        EXPECT_EQ(kernel.run({source.data(), o.data()}, {}), TN_OK);
        EXPECT_TRUE(areBitsEqual(o, want)) << level << " " << n << "x" << k;
      }
}

} // namespace
