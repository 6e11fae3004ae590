//===- GpuContractTest.cpp - kernel.contract on GPUs ----------------------===//

#include "GpuKernel.h"

#include <cmath>

using namespace tenon_test;

/// |found - expected| / |expected|.
static double getError(const std::vector<float> &found, const std::vector<double> &expected) {
  EXPECT_EQ(found.size(), expected.size());
  double difference = 0, norm = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(found[i] - expected[i], 2);
    norm += std::pow(expected[i], 2);
  }
  return difference == 0 ? 0 : std::sqrt(difference / norm);
}

TEST(GpuContract, batchesWithEpilogue) {
  // One factor transposed, a bias in the epilogue.
  GpuKernel kernel(R"(
    tenon.size @M from 0 to *
    tenon.size @K from 0 to *
    func.func private @contract_0(%x: !tenon.tensor<[2, M, K] f32>, %w: !tenon.tensor<[2, K, 70] f32>, %v: !tenon.tensor<[70] f32>, %o: !tenon.tensor<[2, M, 70] f32>) -> !tenon.tensor<[2, M, 70] f32> {
      %y = kernel.contract [batch b: 2, rows m: M, cols n: 70, sum k: K] (%x[K*M*b + K*m + k], %w[70*K*b + 70*k + n], %v[n]) -> %o[70*M*b + 70*m + n] : (!tenon.tensor<[2, M, K] f32>, !tenon.tensor<[2, K, 70] f32>, !tenon.tensor<[70] f32>) -> !tenon.tensor<[2, M, 70] f32> {
      ^bb0(%a: f32, %c: f32):
        %s = arith.addf %a, %c : f32
        tenon.yield %s : f32
      }
      return %y : !tenon.tensor<[2, M, 70] f32>
    }
  )");
  for (auto [m, k] : std::vector<std::pair<int64_t, int64_t>>{
           {1, 1}, {3, 17}, {65, 16}, {5, 0}, {0, 4}, {1, 4100}}) {
    std::vector<float> x = makeValues(size_t(2 * m * k), 1), w = makeValues(size_t(140 * k), 2),
                       v = makeValues(70, 3);
    std::vector<double> expected;
    for (int64_t b = 0; b < 2; ++b)
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < 70; ++j) {
          double sum = v[size_t(j)];
          for (int64_t t = 0; t < k; ++t)
            sum += double(x[size_t((b * m + i) * k + t)]) * w[size_t((b * k + t) * 70 + j)];
          expected.push_back(sum);
        }
    kernel.add(x).add(w).add(v).addResult<float>(expected.size());
    EXPECT_LT(getError(kernel.run<float>({m, k}), expected), k > 1000 ? 3e-6 : 1e-6)
        << m << " x " << k;
  }
}

/// Rows 0, 1, ... in the order of their groups, behind where each group begins.
static std::vector<int32_t> partition(const std::vector<int32_t> &groups, int32_t count) {
  std::vector<int32_t> list;
  for (int32_t g = 0; g <= count; ++g)
    list.push_back(int32_t(
        std::count_if(groups.begin(), groups.end(), [&](int32_t group) { return group < g; })));
  for (int32_t g = 0; g < count; ++g)
    for (size_t i = 0; i < groups.size(); ++i)
      if (groups[i] == g)
        list.push_back(int32_t(i));
  return list;
}

/// `text` with numbers for $K, $N, ...
static std::string fill(std::string text,
                        const std::vector<std::pair<std::string, int64_t>> &names) {
  for (auto &[name, value] : names)
    for (size_t at = text.find("$" + name); at != std::string::npos; at = text.find("$" + name))
      text.replace(at, name.size() + 1, std::to_string(value));
  return text;
}

/// By threads, then on tensor cores.
struct Extent {
  int64_t columns, terms;
};
static constexpr Extent kExtents[] = {{8, 4}, {12, 36}};

TEST(GpuContract, rowsOfGroups) {
  for (auto [columns, terms] : kExtents) {
    GpuKernel kernel(fill(R"(
    tenon.size @B from 0 to *
    func.func private @contract_0(%x: !tenon.tensor<[B, $K] f32>, %w: !tenon.tensor<[3, $N, $K] f32>, %t: !tenon.tensor<[B + 4] i32>, %o: !tenon.tensor<[B, $N] f32>) -> !tenon.tensor<[B, $N] f32> {
      %y = kernel.contract [groups g: 3, rows m: B, cols n: $N, sum k: $K] (%x[$K*m + k], %w[$M*g + $K*n + k], %t[m + 4]) -> %o[$N*m + n] : (!tenon.tensor<[B, $K] f32>, !tenon.tensor<[3, $N, $K] f32>, !tenon.tensor<[B + 4] i32>) -> !tenon.tensor<[B, $N] f32> {
      ^bb0(%a: f32):
        tenon.yield %a : f32
      }
      return %y : !tenon.tensor<[B, $N] f32>
    }
  )",
                          {{"K", terms}, {"N", columns}, {"M", columns * terms}}));
    for (int64_t rows : {1, 3, 150}) {
      // The second group is empty; some rows have none.
      std::vector<int32_t> groups;
      for (int64_t i = 0; i < rows; ++i)
        groups.push_back(i % 11 == 10 ? 3 : i * 5 % 7 < 4 ? 0 : 2);
      std::vector<float> x = makeValues(size_t(rows * terms), 1),
                         w = makeValues(size_t(3 * columns * terms), 2);
      std::vector<double> expected;
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < columns; ++j) {
          double sum = 0;
          for (int64_t t = 0; t < terms && groups[size_t(i)] < 3; ++t)
            sum += double(x[size_t(i * terms + t)]) *
                   w[size_t((groups[size_t(i)] * columns + j) * terms + t)];
          expected.push_back(sum);
        }
      std::vector<int32_t> list = partition(groups, 4);
      // Where the fourth group ends says nobody.
      list.erase(list.begin() + 4);
      kernel.add(x).add(w).add(list).addResult<float>(expected.size());
      EXPECT_LT(getError(kernel.run<float>({rows}), expected), 1e-6) << rows;
      EXPECT_EQ(kernel.statistics.mma != 0, terms == 36);
    }
  }
}

TEST(GpuContract, sumsOfGroups) {
  for (bool isLarge : {false, true}) {
    int64_t columns = isLarge ? 12 : 4;
    GpuKernel kernel(fill(R"(
    tenon.size @B from 0 to *
    func.func private @contract_0(%x: !tenon.tensor<[8, B] f32>, %w: !tenon.tensor<[B, $N] f32>, %t: !tenon.tensor<[B + 4] i32>, %o: !tenon.tensor<[3, 8, $N] f32>) -> !tenon.tensor<[3, 8, $N] f32> {
      %y = kernel.contract [groups g: 3, rows m: 8, cols n: $N, sum k: B] (%x[B*m + k], %w[$N*k + n], %t[0]) -> %o[$M*g + $N*m + n] : (!tenon.tensor<[8, B] f32>, !tenon.tensor<[B, $N] f32>, !tenon.tensor<[B + 4] i32>) -> !tenon.tensor<[3, 8, $N] f32> {
      ^bb0(%a: f32):
        tenon.yield %a : f32
      }
      return %y : !tenon.tensor<[3, 8, $N] f32>
    }
  )",
                          {{"N", columns}, {"M", 8 * columns}}));
    for (int64_t terms : {0, 1, 33, 5000}) {
      std::vector<int32_t> groups;
      for (int64_t i = 0; i < terms; ++i)
        groups.push_back(i < terms * 2 / 3 ? 0 : 2);
      std::vector<float> x = makeValues(size_t(8 * terms), 1),
                         w = makeValues(size_t(columns * terms), 2);
      std::vector<double> expected;
      for (int32_t g = 0; g < 3; ++g)
        for (int64_t i = 0; i < 8; ++i)
          for (int64_t j = 0; j < columns; ++j) {
            double sum = 0;
            for (int64_t t = 0; t < terms; ++t)
              if (groups[size_t(t)] == g)
                sum += double(x[size_t(i * terms + t)]) * w[size_t(t * columns + j)];
            expected.push_back(sum);
          }
      kernel.add(x).add(w).add(partition(groups, 3)).addResult<float>(expected.size());
      EXPECT_LT(getError(kernel.run<float>({terms}), expected), terms > 1000 ? 3e-6 : 1e-6)
          << terms;
      EXPECT_EQ(kernel.statistics.mma != 0, isLarge && terms != 0);
    }
  }
}

TEST(GpuContract, prologueMakesTheLhs) {
  // 18 functions of each element, more than are made at a time; 5 elements of 3 chunks.
  std::string terms, yielded, types;
  for (int t = 0; t < 18; ++t) {
    std::string name = std::to_string(t);
    terms += "%c" + name + " = arith.constant " + name + ".0 : f32\n%a" + name +
             " = arith.mulf %e, %c" + name + " : f32\n%t" + name + " = arith.addf %a" + name +
             ", %s : f32\n";
    yielded += (t ? ", %t" : "%t") + name;
    types += t ? ", f32" : "f32";
  }
  GpuKernel kernel(R"(
    tenon.size @B from 0 to *
    func.func private @contract_0(%x: !tenon.tensor<[B, 15] f32>, %w: !tenon.tensor<[7, 270] f32>, %v: !tenon.tensor<[15] f32>, %o: !tenon.tensor<[B, 7] f32>) -> !tenon.tensor<[B, 7] f32> {
      %y = kernel.contract [rows m: B, cols n: 7, sum c: 3, sum k: 18, sum i: 5] (%x[15*m + 5*c + i], %w[270*n + 90*c + 5*k + i], %v[5*c + i]) -> %o[7*m + n] : (!tenon.tensor<[B, 15] f32>, !tenon.tensor<[7, 270] f32>, !tenon.tensor<[15] f32>) -> !tenon.tensor<[B, 7] f32> prologue {
      ^bb0(%e: f32, %s: f32):
)" + terms + "        tenon.yield " +
                   yielded + " : " + types + R"(
      } {
      ^bb0(%a: f32):
        tenon.yield %a : f32
      }
      return %y : !tenon.tensor<[B, 7] f32>
    }
  )");
  for (int64_t rows : {0, 1, 65}) {
    std::vector<float> x = makeValues(size_t(rows * 15), 1), w = makeValues(7 * 270, 2),
                       v = makeValues(15, 3);
    std::vector<double> expected;
    for (int64_t m = 0; m < rows; ++m)
      for (int64_t n = 0; n < 7; ++n) {
        double sum = 0;
        for (int64_t element = 0; element < 15; ++element)
          for (int64_t t = 0; t < 18; ++t)
            sum += (double(t) * x[size_t(m * 15 + element)] + v[size_t(element)]) *
                   w[size_t(n * 270 + element / 5 * 90 + t * 5 + element % 5)];
        expected.push_back(sum);
      }
    kernel.add(x).add(w).add(v).addResult<float>(expected.size());
    EXPECT_LT(getError(kernel.run<float>({rows}), expected), 1e-6) << rows;
  }
}
