//===- GpuOrderTest.cpp - kernel.scan and argsort on GPUs -----------------===//

#include "GpuKernel.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace tenon_test;

static std::string getScan(const std::string &type, const std::string &add) {
  std::string tensor = "!tenon.tensor<[2, N] " + type + ">";
  return "tenon.size @N from 0 to *\n"
         "func.func private @scan_0(%x: " +
         tensor + ", %b: " + tensor + ", %o: " + tensor + ") -> " + tensor +
         " {\n"
         "  %y = kernel.scan [batch m: 2, sum k: N] (%x[N*m + k], %b[N*m + k]) -> %o[N*m + k] : (" +
         tensor + ", " + tensor + ") -> " + tensor +
         " {\n"
         "  ^bb0(%s: " +
         type + ", %e: " + type +
         "):\n"
         "    %r = " +
         add + " %s, %e : " + type +
         "\n"
         "    tenon.yield %r : " +
         type +
         "\n"
         "  }\n"
         "  return %y : " +
         tensor +
         "\n"
         "}\n";
}

TEST(GpuScan, runningSumsOfFloats) {
  GpuKernel kernel(getScan("f32", "arith.addf"));
  for (int64_t n : {0, 1, 3, 255, 257, 5000}) {
    std::vector<float> x = makeValues(size_t(2 * n), 1), added = makeValues(size_t(2 * n), 2);
    kernel.add(x).add(added).addResult<float>(size_t(2 * n));
    std::vector<float> found = kernel.run<float>({n});
    for (int64_t m = 0; m < 2; ++m) {
      double sum = 0, absolute = 0;
      for (int64_t k = 0; k < n; ++k) {
        size_t at = size_t(m * n + k);
        sum += x[at];
        absolute += std::abs(x[at]);
        ASSERT_NEAR(found[at], sum + added[at], 3e-7 * (1 + absolute)) << n << ", " << at;
      }
    }
  }
}

TEST(GpuScan, whatIsNotANumberStays) {
  GpuKernel kernel(getScan("f32", "arith.addf"));
  constexpr int64_t n = 300;
  std::vector<float> x(2 * n, 1), none(2 * n);
  x[5] = INFINITY;
  x[260] = -INFINITY;
  x[n + 270] = NAN;
  kernel.add(x).add(none).addResult<float>(2 * n);
  std::vector<float> found = kernel.run<float>({n});
  for (int64_t k = 0; k < n; ++k) {
    EXPECT_EQ(std::isinf(found[size_t(k)]), k >= 5 && k < 260) << k;
    EXPECT_EQ(std::isnan(found[size_t(k)]), k >= 260) << k;
    EXPECT_EQ(std::isnan(found[size_t(n + k)]), k >= 270) << k;
  }
}

TEST(GpuScan, runningSumsOfIntegers) {
  GpuKernel kernel(getScan("i64", "arith.addi"));
  for (int64_t n : {1, 300}) {
    std::vector<int64_t> x, added(size_t(2 * n), 10), expected;
    for (int64_t at = 0; at < 2 * n; ++at) {
      x.push_back((at * 7919 % 101 - 50) << 40);
      expected.push_back((at % n == 0 ? 10 : expected.back()) + x.back());
    }
    kernel.add(x).add(added).addResult<int64_t>(x.size());
    EXPECT_EQ(kernel.run<int64_t>({n}), expected);
  }
}

TEST(GpuScan, linesAcrossMemory) {
  GpuKernel kernel(R"(
    tenon.size @N from 0 to *
    func.func private @scan_0(%x: !tenon.tensor<[N, 3] i32>, %o: !tenon.tensor<[N, 3] i32>) -> !tenon.tensor<[N, 3] i32> {
      %y = kernel.scan [sum k: N, batch m: 3] (%x[3*k + m]) -> %o[3*k + m] : (!tenon.tensor<[N, 3] i32>) -> !tenon.tensor<[N, 3] i32> {
      ^bb0(%s: i32):
        tenon.yield %s : i32
      }
      return %y : !tenon.tensor<[N, 3] i32>
    }
  )");
  std::vector<int32_t> x, expected;
  for (int32_t at = 0; at < 900; ++at) {
    x.push_back(at * 31 % 17 - 8);
    expected.push_back(x.back() + (at < 3 ? 0 : expected[size_t(at - 3)]));
  }
  kernel.add(x).addResult<int32_t>(x.size());
  EXPECT_EQ(kernel.run<int32_t>({300}), expected);
}

static std::string getArgsort(const std::string &type, bool isDescending) {
  std::string flags = isDescending ? "{descending} " : "";
  return "tenon.size @N from 0 to *\n"
         "func.func private @argsort_0(%x: !tenon.tensor<[2, N] " +
         type +
         ">, %o: !tenon.tensor<[2, N] i64>) -> !tenon.tensor<[2, N] i64> {\n"
         "  %y = kernel.argsort [batch m: 2, sum k: N] (%x[N*m + k]) -> %o[N*m + k] " +
         flags + ": (!tenon.tensor<[2, N] " + type +
         ">) -> !tenon.tensor<[2, N] i64> {\n"
         "  ^bb0(%e: i64):\n"
         "    tenon.yield %e : i64\n"
         "  }\n"
         "  return %y : !tenon.tensor<[2, N] i64>\n"
         "}\n";
}

/// The places of lines of `x` in order: NaN counts as the largest, equal ones keep theirs.
template <class T>
static std::vector<int64_t> sortPlaces(const std::vector<T> &x, int64_t n, bool isDescending) {
  auto isLess = [&](T lhs, T rhs) {
    if (std::isnan(double(lhs)) || std::isnan(double(rhs)))
      return std::isnan(double(rhs)) && !std::isnan(double(lhs));
    return lhs < rhs;
  };
  std::vector<int64_t> places(x.size());
  for (size_t at = 0; at < x.size(); ++at)
    places[at] = int64_t(at) % n;
  for (int64_t begin = 0; begin < int64_t(x.size()); begin += n)
    std::sort(places.begin() + begin, places.begin() + begin + n, [&](int64_t lhs, int64_t rhs) {
      T l = x[size_t(begin + lhs)], r = x[size_t(begin + rhs)];
      if (isDescending)
        std::swap(l, r);
      return isLess(l, r) || (!isLess(r, l) && lhs < rhs);
    });
  return places;
}

TEST(GpuArgsort, floatsWithEqualOnesAndNaN) {
  for (bool isDescending : {false, true}) {
    GpuKernel kernel(getArgsort("f32", isDescending));
    for (int64_t n : {0, 1, 3, 17, 600}) {
      std::vector<float> x = makeValues(size_t(2 * n), 1);
      for (size_t at = 0; at < x.size(); ++at)
        if (at % 3 == 0)
          x[at] = std::round(x[at]);
      for (auto [at, value] : std::vector<std::pair<size_t, float>>{
               {2, NAN}, {4, INFINITY}, {5, -INFINITY}, {7, -0.0f}, {8, 0.0f}, {11, -NAN}})
        if (at < x.size())
          x[at] = value;
      kernel.add(x).addResult<int64_t>(x.size());
      EXPECT_EQ(kernel.run<int64_t>({n}), sortPlaces(x, n, isDescending)) << n;
    }
  }
}

TEST(GpuArgsort, integersOfBothEnds) {
  GpuKernel kernel(getArgsort("i64", true));
  std::vector<int64_t> x = {3,
                            std::numeric_limits<int64_t>::min(),
                            -1,
                            3,
                            std::numeric_limits<int64_t>::max(),
                            0,
                            -1,
                            3,
                            0,
                            1};
  kernel.add(x).addResult<int64_t>(x.size());
  EXPECT_EQ(kernel.run<int64_t>({5}), sortPlaces(x, 5, true));
}

TEST(GpuArgsort, epilogueAtTheSortedPlace) {
  GpuKernel kernel(R"(
    tenon.size @N from 0 to *
    func.func private @argsort_0(%x: !tenon.tensor<[N] i32>, %b: !tenon.tensor<[N] i64>, %o: !tenon.tensor<[N] i64>) -> !tenon.tensor<[N] i64> {
      %y = kernel.argsort [sum k: N] (%x[k], %b[k]) -> %o[k] : (!tenon.tensor<[N] i32>, !tenon.tensor<[N] i64>) -> !tenon.tensor<[N] i64> {
      ^bb0(%e: i64, %c: i64):
        %r = arith.addi %e, %c : i64
        tenon.yield %r : i64
      }
      return %y : !tenon.tensor<[N] i64>
    }
  )");
  kernel.add(std::vector<int32_t>{5, -3, 5, 0})
      .add(std::vector<int64_t>{10, 20, 30, 40})
      .addResult<int64_t>(4);
  EXPECT_EQ(kernel.run<int64_t>({4}), (std::vector<int64_t>{11, 23, 30, 42}));
}
