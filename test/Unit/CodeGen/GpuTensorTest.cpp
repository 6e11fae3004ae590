//===- GpuTensorTest.cpp - Products of matrices on tensor cores -----------===//

#include "GpuKernel.h"

#include <cfloat>
#include <cmath>

using namespace tenon_test;

namespace {

/// y[b, m, n] = sum over k of x[b, m, k] w[b, k, n], each of w and y in one of two orders.
struct Product {
  /// As written in the text: a number or the name of a size.
  std::string rows, columns, terms;
  bool isRhsByColumns = false, isResultByColumns = false;
  std::string attributes = "";

  std::string getText() const {
    std::string x = rows + "*" + terms + "*b + " + terms + "*m + k";
    std::string w =
        columns + "*" + terms + "*b + " + (isRhsByColumns ? terms + "*n + k" : columns + "*k + n");
    std::string y =
        rows + "*" + columns + "*b + " + (isResultByColumns ? rows + "*n + m" : columns + "*m + n");
    auto tensor = [](const std::string &one, const std::string &two) {
      return "!tenon.tensor<[2, " + one + ", " + two + "] f32>";
    };
    std::string types = tensor(rows, terms) + ", " + tensor(terms, columns);
    return "module " + attributes + R"( {
      tenon.size @M from 0 to *
      tenon.size @N from 0 to *
      tenon.size @K from 0 to *
      func.func private @contract_0(%x: )" +
           tensor(rows, terms) + ", %w: " + tensor(terms, columns) +
           ", %o: " + tensor(rows, columns) + ") -> " + tensor(rows, columns) +
           " { %y = kernel.contract [batch b: 2, rows m: " + rows + ", cols n: " + columns +
           ", sum k: " + terms + "] (%x[" + x + "], %w[" + w + "]) -> %o[" + y + "] : (" + types +
           ") -> " + tensor(rows, columns) + R"( {
      ^bb0(%a: f32):
        tenon.yield %a : f32
      }
      return %y : )" +
           tensor(rows, columns) + "\n}\n}\n";
  }
};

struct Sizes {
  int64_t m, n, k;
  std::vector<int64_t> get() const { return {m, n, k}; }
};

/// Factors in the order of the text, results by batch, row, column.
struct Problem {
  Problem(const Product &product, Sizes sizes) : product(product), sizes(sizes) {
    auto [m, n, k] = sizes;
    x = makeValues(size_t(2 * m * k), unsigned(m + 3 * k));
    w = makeValues(size_t(2 * n * k), unsigned(n + 5 * k));
  }

  float getRhs(int64_t b, int64_t k, int64_t n) const {
    int64_t place = product.isRhsByColumns ? n * sizes.k + k : k * sizes.n + n;
    return w[size_t(b * sizes.n * sizes.k + place)];
  }
  float getResult(const std::vector<float> &y, int64_t b, int64_t m, int64_t n) const {
    int64_t place = product.isResultByColumns ? n * sizes.m + m : m * sizes.n + n;
    return y[size_t(b * sizes.m * sizes.n + place)];
  }
  std::vector<float> run(GpuKernel &kernel) const {
    kernel.add(x).add(w).addResult<float>(size_t(2 * sizes.m * sizes.n));
    return kernel.run<float>(sizes.get());
  }

  /// The two bars of f32 products; `relative` instead of the first, if not 0. What is
  /// multiplied is rounded first.
  void check(GpuKernel &kernel, float (*round)(float) = nullptr, double relative = 0) const {
    std::vector<float> y = run(kernel);
    auto [m, n, k] = sizes;
    ASSERT_EQ(y.size(), size_t(2 * m * n));
    auto rounded = [&](float value) { return double(round ? round(value) : value); };
    constexpr double kUnit = 0x1p-24;
    double difference = 0, norm = 0;
    for (int64_t b = 0; b < 2; ++b)
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j) {
          double sum = 0, magnitude = 0;
          for (int64_t t = 0; t < k; ++t) {
            double term = rounded(x[size_t((b * m + i) * k + t)]) * rounded(getRhs(b, t, j));
            sum += term;
            magnitude += std::fabs(term);
          }
          double error = std::fabs(getResult(y, b, i, j) - sum);
          ASSERT_LE(error, relative ? INFINITY : 8 * kUnit * magnitude) << b << i << " " << j;
          difference += error * error;
          norm += sum * sum;
        }
    double bar = relative ? relative : std::max(2e-7, kUnit * std::sqrt(double(k)));
    EXPECT_LE(std::sqrt(difference), bar * std::sqrt(norm)) << m << " " << n << " " << k;
  }

  Product product;
  Sizes sizes;
  std::vector<float> x, w;
};

size_t count(const std::string &text, const std::string &part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

} // namespace

TEST(GpuTensor, sizesOfAnyNumber) {
  const Sizes sizes[] = {{1, 197, 33}, {3, 65, 1},   {17, 129, 31}, {65, 17, 4100},
                         {129, 3, 0},  {197, 1, 64}, {5, 9, 4099},  {0, 3, 5}};
  for (int order = 0; order < 4; ++order) {
    Product product{"M", "N", "K", order % 2 == 1, order / 2 == 1};
    GpuKernel kernel(product.getText());
    for (int i : {order, order + 4})
      Problem(product, sizes[i]).check(kernel);
  }
}

TEST(GpuTensor, pieces) {
  // Factors move in pieces of 16 bytes; tiles of both sizes.
  for (bool isByColumns : {false, true}) {
    Product product{"M", "132", "36", isByColumns};
    GpuKernel kernel(product.getText());
    for (int64_t rows : {1, 65, 129})
      Problem(product, {rows, 132, 36}).check(kernel);
    Product large{"M", "388", "40", isByColumns, isByColumns};
    GpuKernel kernelOfLarge(large.getText());
    Problem(large, {129, 388, 40}).check(kernelOfLarge);
  }
}

TEST(GpuTensor, noBankConflicts) {
  for (bool isByColumns : {false, true})
    for (const char *columns : {"64", "384"}) {
      Product product{"M", columns, "64", isByColumns, !isByColumns};
      GpuKernel kernel(product.getText());
      Problem(product, {64, std::stoll(columns), 64}).check(kernel);
      EXPECT_EQ(kernel.statistics.sharedWavefronts, kernel.statistics.sharedWavefrontsIdeal)
          << columns << kernel.statistics.format();
      EXPECT_GT(kernel.statistics.mma, 0u);
    }
}

TEST(GpuTensor, instructions) {
  // Of a warp, 64 x 32 results (128 x 128 of a block) take 16 products a step, in three
  // parts; of a slice of 32 terms there are four. A thread copies 4 pieces of either
  // factor: for two slices ahead, and one in the loop.
  Product large{"M", "384", "128", true}, small{"M", "64", "128", true};
  GpuKernel kernel(large.getText()), kernelOfSmall(small.getText());
  EXPECT_EQ(count(kernel.ptx, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"), 16u * 3 * 4);
  EXPECT_EQ(count(kernel.ptx, "cp.async.cg.shared.global"), 8u * 3);
  EXPECT_EQ(count(kernel.ptx, "ldmatrix.sync.aligned.m8n8.x4"), (4u + 2) * 4);
  EXPECT_EQ(count(kernelOfSmall.ptx, "mma.sync"), 4u * 3 * 4);
  EXPECT_EQ(count(kernelOfSmall.ptx, "ldmatrix"), (2u + 1) * 4);
}

/// What a chain in f32 gives.
static float multiplyAdd(const Problem &problem, int64_t m, int64_t n) {
  float sum = 0;
  for (int64_t t = 0; t < problem.sizes.k; ++t)
    sum = std::fma(problem.x[size_t(m * problem.sizes.k + t)], problem.getRhs(0, t, n), sum);
  return sum;
}

TEST(GpuTensor, whatIsNotFinite) {
  Product product{"M", "N", "K"};
  GpuKernel kernel(product.getText());
  Problem problem(product, {14, 20, 40});
  float payload;
  uint32_t bits = 0x7f800001;
  std::memcpy(&payload, &bits, sizeof payload);
  auto lhs = [&](int64_t m, int64_t k) -> float & { return problem.x[size_t(m * 40 + k)]; };
  auto rhs = [&](int64_t k, int64_t n) -> float & { return problem.w[size_t(k * 20 + n)]; };
  lhs(1, 7) = INFINITY;
  lhs(2, 39) = -INFINITY;
  lhs(3, 0) = payload;
  lhs(4, 3) = FLT_MAX;
  lhs(4, 4) = -FLT_MAX;
  lhs(5, 20) = 1e38f;
  rhs(20, 17) = 1e4f;
  rhs(5, 11) = INFINITY;
  lhs(6, 5) = 0;
  rhs(6, 13) = payload;
  lhs(7, 9) = INFINITY;
  lhs(7, 10) = -INFINITY;
  for (int64_t k = 0; k < 40; ++k) {
    // Only rounding makes an infinity of the largest number.
    lhs(8, k) = k == 30 ? FLT_MAX : 0;
    lhs(9, k) *= 1e-41f;
    rhs(k, 19) = k % 2 ? 0.5f : -0.25f;
    lhs(10, k) *= 1e-25f;
    rhs(k, 18) *= 1e-20f;
  }
  std::vector<float> y = problem.run(kernel);
  for (int64_t m = 0; m < 14; ++m)
    for (int64_t n = 0; n < 20; ++n) {
      float found = problem.getResult(y, 0, m, n), expected = multiplyAdd(problem, m, n);
      EXPECT_EQ(std::isnan(found), std::isnan(expected)) << m << " " << n;
      EXPECT_EQ(std::isinf(found), std::isinf(expected)) << m << " " << n;
      if (std::isinf(expected))
        EXPECT_EQ(found, expected) << m << " " << n;
      if (!std::isfinite(expected))
        continue;
      // What is left of small numbers has no more bits than 2^-136.
      double magnitude = 0, others = 0;
      for (int64_t t = 0; t < 40; ++t) {
        magnitude += std::fabs(double(lhs(m, t)) * rhs(t, n));
        others += std::fabs(lhs(m, t)) + std::fabs(rhs(t, n));
      }
      EXPECT_LE(std::fabs(double(found) - expected), 0x1p-20 * magnitude + 0x1p-136 * others);
    }
}

/// To nearest, ties to even, `bits` bits of a float fewer; NaN stays NaN.
template <unsigned bits> static float roundTo(float value) {
  uint32_t word;
  std::memcpy(&word, &value, sizeof word);
  uint32_t half = (1u << (bits - 1)) - 1 + (word >> bits & 1);
  if (std::isfinite(value))
    word = (word + half) & ~((1u << bits) - 1);
  std::memcpy(&value, &word, sizeof word);
  return value;
}

TEST(GpuTensor, roundedFactors) {
  for (bool isBF16 : {true, false})
    for (bool isByColumns : {false, true}) {
      Product product{"M", "40", "K", isByColumns, false};
      product.attributes =
          isBF16 ? "attributes {tenon.compute = bf16}" : "attributes {tenon.compute = tf32}";
      GpuKernel kernel(product.getText());
      EXPECT_EQ(count(kernel.ptx, isBF16 ? ".m16n8k16.row.col.f32.bf16.bf16.f32"
                                         : ".m16n8k8.row.col.f32.tf32.tf32.f32"),
                isBF16 ? 4u * 2 : 4u * 4);
      for (Sizes sizes : {Sizes{17, 40, 129}, Sizes{3, 40, 31}, Sizes{5, 40, 0}}) {
        Problem problem(product, sizes);
        // As exact as in f32, when the factors are rounded before; TF32 has its own bar.
        if (isBF16)
          problem.check(kernel, roundTo<16>);
        else
          problem.check(kernel, nullptr, 1e-3);
      }
      // What is not finite stays so.
      Problem problem(product, {2, 40, 20});
      uint32_t bits = 0x7f800001;
      std::memcpy(&problem.x[3], &bits, sizeof bits);
      problem.x[25] = INFINITY;
      std::vector<float> y = problem.run(kernel);
      for (int64_t n = 0; n < 40; ++n) {
        EXPECT_TRUE(std::isnan(y[size_t(n)]));
        EXPECT_TRUE(std::isinf(y[size_t(40 + n)]));
      }
    }
}

TEST(GpuTensor, windows) {
  // Channels last: pieces of 16 bytes; then channels first, with an edge.
  GpuKernel kernel(R"(
    tenon.size @B from 0 to *
    func.func private @window_0(%x: !tenon.tensor<[B, 5, 6, 8] f32>, %w: !tenon.tensor<[12, 2, 3, 8] f32>, %o: !tenon.tensor<[B, 5, 6, 12] f32>) -> !tenon.tensor<[B, 5, 6, 12] f32> {
      %y = kernel.window [batch b: B, rows p: 5, rows q: 6, cols f: 12, sum t: 2, sum u: 3, sum c: 8] (%x[240*b + 48*p + 8*q + 48*t + 8*u + c - 56], %w[48*f + 24*t + 8*u + c]) -> %o[360*b + 72*p + 12*q + f]
          {bounds = array<i64: 1, 4, 1, 1, 1, 5, 2, 5, 1, 1, 1, 6>} : (!tenon.tensor<[B, 5, 6, 8] f32>, !tenon.tensor<[12, 2, 3, 8] f32>) -> !tenon.tensor<[B, 5, 6, 12] f32> {
      ^bb0(%a: f32):
        tenon.yield %a : f32
      }
      return %y : !tenon.tensor<[B, 5, 6, 12] f32>
    }
  )");
  GpuKernel kernelByChannels(R"(
    tenon.size @B from 0 to *
    func.func private @window_0(%x: !tenon.tensor<[B, 8, 5, 6] f32>, %w: !tenon.tensor<[12, 2, 3, 8] f32>, %o: !tenon.tensor<[B, 5, 6, 12] f32>) -> !tenon.tensor<[B, 5, 6, 12] f32> {
      %y = kernel.window [batch b: B, rows p: 5, rows q: 6, cols f: 12, sum t: 2, sum c: 8, sum u: 3] (%x[240*b + 30*c + 6*p + q + 6*t + u - 7], %w[48*f + 24*t + 8*u + c]) -> %o[360*b + 72*p + 12*q + f]
          {bounds = array<i64: 1, 4, 1, 1, 1, 5, 2, 6, 1, 1, 1, 6>} : (!tenon.tensor<[B, 8, 5, 6] f32>, !tenon.tensor<[12, 2, 3, 8] f32>) -> !tenon.tensor<[B, 5, 6, 12] f32> {
      ^bb0(%a: f32):
        tenon.yield %a : f32
      }
      return %y : !tenon.tensor<[B, 5, 6, 12] f32>
    }
  )");
  EXPECT_EQ(count(kernel.ptx, "cp.async.cg.shared.global"), 4u * 2);
  for (bool isByChannels : {false, true}) {
    int64_t batch = 3;
    std::vector<float> x = makeValues(size_t(batch * 240), 1), w = makeValues(12 * 48, 2);
    GpuKernel &used = isByChannels ? kernelByChannels : kernel;
    used.add(x).add(w).addResult<float>(size_t(batch * 360));
    std::vector<float> y = used.run<float>({batch});
    EXPECT_GT(used.statistics.mma, 0u);
    for (int64_t i = 0; i < batch * 360; ++i) {
      int64_t b = i / 360, p = i / 72 % 5, q = i / 12 % 6, f = i % 12;
      double sum = 0, magnitude = 0;
      for (int64_t t = 0; t < 2; ++t)
        for (int64_t u = 0; u < 3; ++u)
          for (int64_t c = 0; c < 8; ++c) {
            int64_t h = p + t - 1, v = q + u - 1;
            if (h < 0 || h >= 5 || v < 0 || v >= 6)
              continue;
            int64_t place =
                isByChannels ? ((b * 8 + c) * 5 + h) * 6 + v : ((b * 5 + h) * 6 + v) * 8 + c;
            double term = double(x[size_t(place)]) * w[size_t(f * 48 + t * 24 + u * 8 + c)];
            sum += term;
            magnitude += std::fabs(term);
          }
      ASSERT_LE(std::fabs(y[size_t(i)] - sum), 0x1p-21 * magnitude) << isByChannels << " " << i;
    }
  }
}

/// Parts of 32 terms at least, by tensor cores and, of few columns, by threads.
TEST(GpuTensor, partsOfSums) {
  for (int64_t n : {40, 5}) {
    std::string columns = std::to_string(n), result = "!tenon.tensor<[3, M, " + columns + "] f32>";
    std::string lhs = "!tenon.tensor<[M, K] f32>", rhs = "!tenon.tensor<[K, " + columns + "] f32>";
    GpuKernel kernel(
        "tenon.size @M from 0 to *\ntenon.size @K from 0 to *\nfunc.func private @contract_0(%x: " +
        lhs + ", %w: " + rhs + ", %o: " + result + ") -> " + result +
        " {\n%y = kernel.contract [batch p: 3, rows m: M, cols n: " + columns +
        ", sum k: K] (%x[K*m + k], %w[" + columns + "*k + n]) -> %o[" + columns + "*M*p + " +
        columns + "*m + n] {parts} : (" + lhs + ", " + rhs + ") -> " + result +
        " {\n^bb0(%a: f32):\ntenon.yield %a : f32\n}\nreturn %y : " + result + "\n}\n");
    EXPECT_EQ(count(kernel.ptx, "mma.sync") > 0, n == 40);
    for (auto [m, k] : std::vector<std::pair<int64_t, int64_t>>{
             {3, 0}, {1, 1}, {17, 31}, {3, 33}, {3, 65}, {17, 96}, {2, 197}, {65, 200}, {0, 3}}) {
      std::vector<float> x = makeValues(size_t(m * k), 1), w = makeValues(size_t(n * k), 2);
      kernel.add(x).add(w).addResult<float>(size_t(3 * m * n));
      std::vector<float> y = kernel.run<float>({m, k});
      int64_t size = ((k + 2) / 3 + 31) / 32 * 32;
      for (int64_t p = 0; p < 3; ++p)
        for (int64_t i = 0; i < m; ++i)
          for (int64_t j = 0; j < n; ++j) {
            double sum = 0, magnitude = 0;
            for (int64_t t = p * size; t < std::min(k, (p + 1) * size); ++t) {
              double term = double(x[size_t(i * k + t)]) * w[size_t(t * n + j)];
              sum += term;
              magnitude += std::fabs(term);
            }
            ASSERT_LE(std::fabs(y[size_t((p * m + i) * n + j)] - sum), 8 * 0x1p-24 * magnitude)
                << "part " << p << " of " << k << " terms: " << i << " " << j;
          }
    }
  }
}

TEST(GpuTensor, F31_factorsAreRoundedOnlyWhenAsked) {
  Product product{"M", "40", "K"}, rounding = product;
  rounding.attributes = "attributes {tenon.compute = tf32}";
  Sizes sizes{17, 40, 129};
  GpuKernel kernel(product.getText()), roundingKernel(rounding.getText());
  Problem problem(product, sizes);
  // Within the bars of f32, which numbers of TF32 miss by far.
  problem.check(kernel);
  std::vector<float> exact = problem.run(kernel), rounded = problem.run(roundingKernel);
  double difference = 0, norm = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    difference += (double(exact[i]) - rounded[i]) * (double(exact[i]) - rounded[i]);
    norm += double(exact[i]) * exact[i];
  }
  EXPECT_GT(std::sqrt(difference / norm), 1e-5);
}
