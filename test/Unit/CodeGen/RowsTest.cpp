//===- RowsTest.cpp - Code for kernel.rows --------------------------------===//

#include "KernelRunner.h"

#include <algorithm>

using namespace tenon_test;

namespace {

constexpr double kUnit = 1.0 / (1 << 24);
const int64_t kSizes[] = {0, 1, 2, 3, 5, 6, 7, 13, 17, 31, 64, 65, 197};

const char *const kSoftmax = R"(
tenon.size @M from 0 to *
tenon.size @N from 0 to *
func.func private @rows_0(%x: !tenon.tensor<[M, N] f32>, %o: !tenon.tensor<[M, N] f32>)
    -> !tenon.tensor<[M, N] f32> {
  %y = kernel.rows [rows m: M, sum k: N] (%x[$A]) -> %o[$A]
      : (!tenon.tensor<[M, N] f32>) -> !tenon.tensor<[M, N] f32> {
  ^bb0(%e: f32):
    %max = kernel.reduce max %e : f32
    %d = arith.subf %e, %max : f32
    %p = math.exp %d : f32
    %sum = kernel.reduce sum %p : f32
    %r = arith.divf %p, %sum : f32
    tenon.yield %r : f32
  }
  return %y : !tenon.tensor<[M, N] f32>
}
)";

/// Softmax along rows (elements of a row adjacent) or columns.
void checkSoftmax(bool columns) {
  for (const std::string &level : getRunnableLevels()) {
    Kernel kernel(fill(kSoftmax, {{"A", columns ? "M*k + m" : "N*m + k"}}), level);
    ASSERT_TRUE(kernel);
    for (int64_t m : {0, 1, 3, 17, 70})
      for (int64_t n : kSizes) {
        auto at = [&](int64_t i, int64_t j) { return columns ? j * m + i : i * n + j; };
        std::vector<float> x = makeNumbers(m * n, 1), o(m * n), split(m * n);
        for (float &value : x)
          value *= 20.0f;
        if (m > 2 && n > 4)
          x[at(2, 3)] = std::numeric_limits<float>::quiet_NaN();
        if (m > 16 && n > 4)
          x[at(1, 2)] = -std::numeric_limits<float>::infinity();
        std::vector<double> want(m * n);
        for (int64_t i = 0; i < m; ++i) {
          double max = -INFINITY, sum = 0;
          for (int64_t j = 0; j < n; ++j)
            max = std::isnan(x[at(i, j)]) || x[at(i, j)] > max ? x[at(i, j)] : max;
          for (int64_t j = 0; j < n; ++j)
            sum += want[at(i, j)] = std::exp(x[at(i, j)] - max);
          for (int64_t j = 0; j < n; ++j)
            want[at(i, j)] /= sum;
        }
        EXPECT_EQ(kernel.run({x.data(), o.data()}, {m, n}), TN_OK);
        expectClose(
            o, want, [&](size_t i) { return 60 * kUnit * want[i] + 1e-37; },
            level + " " + std::to_string(m) + "x" + std::to_string(n));
        kernel.run({x.data(), split.data()}, {m, n}, 1);
        EXPECT_TRUE(areBitsEqual(o, split));
      }
  }
}

TEST(Rows, SoftmaxAlongRows) { checkSoftmax(false); }
TEST(Rows, SoftmaxAlongColumns) { checkSoftmax(true); }

TEST(Rows, LayerNormWithTwoSumDimensions) {
  const char *const text = R"(
func.func private @rows_0(%x: !tenon.tensor<[5, 3, 37] f32>, %g: !tenon.tensor<[3, 37] f32>,
    %o: !tenon.tensor<[5, 3, 37] f32>) -> !tenon.tensor<[5, 3, 37] f32> {
  %y = kernel.rows [rows m: 5, sum a: 3, sum k: 37] (%x[111*m + 37*a + k], %g[37*a + k])
      -> %o[111*m + 37*a + k]
      : (!tenon.tensor<[5, 3, 37] f32>, !tenon.tensor<[3, 37] f32>) -> !tenon.tensor<[5, 3, 37] f32> {
  ^bb0(%e: f32, %scale: f32):
    %n = tenon.extent <111> : f32
    %sum = kernel.reduce sum %e : f32
    %mean = arith.divf %sum, %n : f32
    %d = arith.subf %e, %mean : f32
    %q = arith.mulf %d, %d : f32
    %qs = kernel.reduce sum %q : f32
    %var = arith.divf %qs, %n : f32
    %eps = arith.constant 1.0e-5 : f32
    %v = arith.addf %var, %eps : f32
    %rs = math.rsqrt %v : f32
    %r = arith.mulf %d, %rs : f32
    %t = arith.mulf %r, %scale : f32
    tenon.yield %t : f32
  }
  return %y : !tenon.tensor<[5, 3, 37] f32>
}
)";
  for (const std::string &level : getRunnableLevels()) {
    Kernel kernel(text, level);
    ASSERT_TRUE(kernel);
    std::vector<float> x = makeNumbers(555, 1), g = makeNumbers(111, 2), o(555);
    EXPECT_EQ(kernel.run({x.data(), g.data(), o.data()}, {}), TN_OK);
    std::vector<double> want(o.size());
    for (int64_t i = 0; i < 5; ++i) {
      double mean = 0, variance = 0;
      for (int64_t j = 0; j < 111; ++j)
        mean += x[i * 111 + j] / 111.0;
      for (int64_t j = 0; j < 111; ++j)
        variance += (x[i * 111 + j] - mean) * (x[i * 111 + j] - mean) / 111.0;
      for (int64_t j = 0; j < 111; ++j)
        want[i * 111 + j] = (x[i * 111 + j] - mean) / std::sqrt(variance + 1e-5) * g[j];
    }
    expectClose(o, want, [](size_t) { return 1e-6; }, level);
  }
}

TEST(Rows, MapWithRowAndScalarOperandsAndTranspose) {
  // o[n][m] = x[m][n] * r[m] + s + index of n, with x transposed on the way.
  const char *const text = R"(
tenon.size @M from 0 to *
tenon.size @N from 0 to *
func.func private @rows_0(%x: !tenon.tensor<[M, N] f32>, %r: !tenon.tensor<[M] f32>,
    %s: !tenon.tensor<[] f32>, %o: !tenon.tensor<[N, M] f32>) -> !tenon.tensor<[N, M] f32> {
  %y = kernel.rows [rows m: M, rows n: N] (%x[N*m + n], %r[m], %s[0]) -> %o[M*n + m]
      : (!tenon.tensor<[M, N] f32>, !tenon.tensor<[M] f32>, !tenon.tensor<[] f32>)
      -> !tenon.tensor<[N, M] f32> {
  ^bb0(%e: f32, %f: f32, %g: f32):
    %p = arith.mulf %e, %f : f32
    %q = arith.addf %p, %g : f32
    %i = kernel.position 1
    %j = arith.index_cast %i : index to i64
    %k = arith.sitofp %j : i64 to f32
    %t = arith.addf %q, %k : f32
    tenon.yield %t : f32
  }
  return %y : !tenon.tensor<[N, M] f32>
}
)";
  for (const std::string &level : getRunnableLevels()) {
    Kernel kernel(text, level);
    ASSERT_TRUE(kernel);
    for (int64_t m : kSizes)
      for (int64_t n : {1, 5, 33}) {
        std::vector<float> x = makeNumbers(m * n, 1), r = makeNumbers(m, 2), s = {0.25f};
        std::vector<float> o(m * n), want(m * n);
        EXPECT_EQ(kernel.run({x.data(), r.data(), s.data(), o.data()}, {m, n}), TN_OK);
        for (int64_t i = 0; i < m; ++i)
          for (int64_t j = 0; j < n; ++j) {
            volatile float product = x[i * n + j] * r[i];
            volatile float sum = product + s[0];
            want[j * m + i] = sum + float(j);
          }
        EXPECT_TRUE(areBitsEqual(o, want)) << level << " " << m << "x" << n;
      }
  }
}

TEST(Rows, BooleansAndIntegers) {
  // Counts true elements of a row, as i64; o = count of (x > 2 and mask).
  const char *const text = R"(
tenon.size @M from 0 to *
func.func private @rows_0(%x: !tenon.tensor<[M, 21] i32>, %k: !tenon.tensor<[M, 21] i1>,
    %o: !tenon.tensor<[M] i64>) -> !tenon.tensor<[M] i64> {
  %y = kernel.rows [rows m: M, sum k: 21] (%x[21*m + k], %k[21*m + k]) -> %o[m]
      : (!tenon.tensor<[M, 21] i32>, !tenon.tensor<[M, 21] i1>) -> !tenon.tensor<[M] i64> {
  ^bb0(%e: i32, %mask: i1):
    %two = arith.constant 2 : i32
    %above = arith.cmpi sgt, %e, %two : i32
    %both = arith.andi %above, %mask : i1
    %n = arith.extui %both : i1 to i64
    %sum = kernel.reduce sum %n : i64
    %any = kernel.reduce max %both : i1
    %none = arith.constant -1 : i64
    %r = arith.select %any, %sum, %none : i64
    tenon.yield %r : i64
  }
  return %y : !tenon.tensor<[M] i64>
}
)";
  for (const std::string &level : getRunnableLevels()) {
    Kernel kernel(text, level);
    ASSERT_TRUE(kernel);
    int64_t m = 37;
    std::vector<int32_t> x(m * 21);
    std::vector<uint8_t> mask(m * 21);
    std::vector<int64_t> o(m), want(m);
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < 21; ++j) {
        x[i * 21 + j] = i == 5 ? 0 : (i * 7 + j * 5) % 11 - 3;
        mask[i * 21 + j] = (i + j) % 3 != 0;
        want[i] += x[i * 21 + j] > 2 && mask[i * 21 + j];
      }
      want[i] = want[i] ? want[i] : -1;
    }
    EXPECT_EQ(kernel.run({x.data(), mask.data(), o.data()}, {m}), TN_OK);
    EXPECT_EQ(o, want) << level;
  }
}

TEST(Rows, BooleanResultOfAMap) {
  const char *const text = R"(
tenon.size @M from 0 to *
func.func private @rows_0(%x: !tenon.tensor<[M] i64>, %o: !tenon.tensor<[M] i1>)
    -> !tenon.tensor<[M] i1> {
  %y = kernel.rows [rows m: M] (%x[m]) -> %o[m] : (!tenon.tensor<[M] i64>) -> !tenon.tensor<[M] i1> {
  ^bb0(%e: i64):
    %zero = arith.constant 0 : i64
    %r = arith.cmpi ne, %e, %zero : i64
    tenon.yield %r : i1
  }
  return %y : !tenon.tensor<[M] i1>
}
)";
  for (const std::string &level : getRunnableLevels()) {
    Kernel kernel(text, level);
    ASSERT_TRUE(kernel);
    for (int64_t m : kSizes) {
      std::vector<int64_t> x(m);
      std::vector<uint8_t> o(m + 1, 9), want(m + 1, 9);
      for (int64_t i = 0; i < m; ++i) {
        x[i] = i % 3;
        want[i] = x[i] != 0;
      }
      EXPECT_EQ(kernel.run({x.data(), o.data()}, {m}), TN_OK);
      EXPECT_EQ(o, want) << level << " " << m;
    }
  }
}

TEST(Rows, EmptyReductions) {
  const char *const text = R"(
tenon.size @N from 0 to *
func.func private @rows_0(%x: !tenon.tensor<[3, N] f32>, %o: !tenon.tensor<[3] f32>)
    -> !tenon.tensor<[3] f32> {
  %y = kernel.rows [rows m: 3, sum k: N] (%x[N*m + k]) -> %o[m]
      : (!tenon.tensor<[3, N] f32>) -> !tenon.tensor<[3] f32> {
  ^bb0(%e: f32):
    %r = kernel.reduce $KIND %e : f32
    tenon.yield %r : f32
  }
  return %y : !tenon.tensor<[3] f32>
}
)";
  const std::pair<const char *, float> cases[] = {
      {"sum", 0.0f}, {"prod", 1.0f}, {"max", -INFINITY}, {"min", INFINITY}};
  for (const std::string &level : getRunnableLevels())
    for (auto [kind, empty] : cases) {
      Kernel kernel(fill(text, {{"KIND", kind}}), level);
      ASSERT_TRUE(kernel);
      std::vector<float> o(3, 5.0f);
      EXPECT_EQ(kernel.run({nullptr, o.data()}, {0}), TN_OK);
      EXPECT_EQ(o, std::vector<float>(3, empty)) << level << " " << kind;
    }
}

TEST(Rows, ActivationsMeetTheirBars) {
  const char *const text = R"(
tenon.size @M from 0 to *
func.func private @rows_0(%x: !tenon.tensor<[M] f32>, %o: !tenon.tensor<[M] f32>)
    -> !tenon.tensor<[M] f32> {
  %y = kernel.rows [rows m: M] (%x[m]) -> %o[m] : (!tenon.tensor<[M] f32>) -> !tenon.tensor<[M] f32> {
  ^bb0(%e: f32):
    %half = arith.constant 0.5 : f32
    %one = arith.constant 1.0 : f32
    %c = arith.constant 0.707106769 : f32
    $BODY
    tenon.yield %r : f32
  }
  return %y : !tenon.tensor<[M] f32>
}
)";
  struct Case {
    const char *body;
    double (*function)(double);
    double ulps, absoluteBelow;
  };
  const Case cases[] = {
      {"%r = math.exp %e : f32", [](double v) { return std::exp(v); }, 4, 0},
      {"%r = math.tanh %e : f32", [](double v) { return std::tanh(v); }, 4, 0},
      {"%r = math.erf %e : f32", [](double v) { return std::erf(v); }, 4, 0},
      {"%a = math.absf %e : f32\n %r = math.log %a : f32",
       [](double v) { return std::log(std::fabs(v)); }, 4, 0},
      {"%n = arith.negf %e : f32\n %p = math.exp %n : f32\n %q = arith.addf "
       "%p, %one : f32\n"
       "%r = arith.divf %one, %q : f32",
       [](double v) { return 1 / (1 + std::exp(-v)); }, 4, 0},
      {"%n = arith.negf %e : f32\n %p = math.exp %n : f32\n %q = arith.addf "
       "%one, %p : f32\n"
       "%r = arith.divf %e, %q : f32",
       [](double v) { return v / (1 + std::exp(-v)); }, 4, 0},
      {"%s = arith.mulf %e, %c : f32\n %t = math.erf %s : f32\n %u = "
       "arith.addf %one, %t : f32\n"
       "%h = arith.mulf %half, %e : f32\n %r = arith.mulf %h, %u : f32",
       [](double v) { return 0.5 * v * std::erfc(-v * std::sqrt(0.5)); }, 8, 1e-2},
  };
  for (const std::string &level : getRunnableLevels())
    for (const Case &test : cases) {
      Kernel kernel(fill(text, {{"BODY", test.body}}), level);
      ASSERT_TRUE(kernel);
      std::vector<float> x = makeNumbers(20001, 7), o(x.size());
      for (size_t i = 0; i < x.size(); ++i)
        x[i] *= i % 2 ? 12.0f : 1.5f;
      x[0] = std::numeric_limits<float>::quiet_NaN();
      x[1] = -88.5f;
      EXPECT_EQ(kernel.run({x.data(), o.data()}, {int64_t(x.size())}), TN_OK);
      std::vector<double> want(x.size());
      std::transform(x.begin(), x.end(), want.begin(), test.function);
      expectClose(
          o, want,
          [&](size_t i) {
            double size = std::fabs(want[i]);
            if (size < test.absoluteBelow)
              return 1e-6;
            return test.ulps * std::ldexp(1.0, std::max(std::ilogb(size), -126) - 23);
          },
          level + " " + test.body);
    }
}

TEST(Rows, MissingLanesDoNotDivide) {
  const char *const text = R"(
tenon.size @M from 0 to *
func.func private @rows_0(%x: !tenon.tensor<[M] i64>, %d: !tenon.tensor<[M] i64>,
    %o: !tenon.tensor<[M] i64>) -> !tenon.tensor<[M] i64> {
  %y = kernel.rows [rows m: M] (%x[m], %d[m]) -> %o[m]
      : (!tenon.tensor<[M] i64>, !tenon.tensor<[M] i64>) -> !tenon.tensor<[M] i64> {
  ^bb0(%e: i64, %f: i64):
    %q = arith.divsi %e, %f : i64
    %r = arith.remsi %e, %f : i64
    %s = arith.addi %q, %r : i64
    tenon.yield %s : i64
  }
  return %y : !tenon.tensor<[M] i64>
}
)";
  for (const std::string &level : getRunnableLevels()) {
    Kernel kernel(text, level);
    ASSERT_TRUE(kernel);
    for (int64_t m : kSizes) {
      std::vector<int64_t> x(m), d(m), o(m), want(m);
      for (int64_t i = 0; i < m; ++i) {
        x[i] = i * 37 - 50;
        d[i] = i % 5 - 7;
        want[i] = x[i] / d[i] + x[i] % d[i];
      }
      EXPECT_EQ(kernel.run({x.data(), d.data(), o.data()}, {m}), TN_OK);
      EXPECT_EQ(o, want) << level << " " << m;
    }
  }
}

} // namespace
