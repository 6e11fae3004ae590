//===- GpuAttendTest.cpp - Attention, windows and partitions on GPUs ------===//

#include "GpuKernel.h"

#include <cmath>

using namespace tenon_test;

static void expectNear(const std::vector<float> &found, const std::vector<double> &expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(expected[i]))
      ASSERT_TRUE(std::isnan(found[i])) << "element " << i;
    else
      ASSERT_NEAR(found[i], expected[i], 2e-6 * (1 + std::abs(expected[i]))) << "element " << i;
  }
}

/// Attention of 2 heads, 5 channels deep and 3 wide; `hides(query, key)`.
template <class Hides>
static std::vector<double> attend(const std::vector<float> &q, const std::vector<float> &k,
                                  const std::vector<float> &v, int64_t queries, int64_t keys,
                                  double bias, Hides hides) {
  std::vector<double> result;
  for (int64_t h = 0; h < 2; ++h)
    for (int64_t i = 0; i < queries; ++i) {
      std::vector<double> weights(static_cast<size_t>(keys));
      double max = -INFINITY, sum = 0;
      for (int64_t j = 0; j < keys; ++j) {
        double score = 0;
        for (int64_t d = 0; d < 5; ++d)
          score += double(q[size_t((h * queries + i) * 5 + d)]) * k[size_t((h * keys + j) * 5 + d)];
        score = hides(i, j) ? -INFINITY : 0.5 * score + bias * double(i - j);
        weights[size_t(j)] = score;
        max = std::max(max, score);
      }
      for (double &weight : weights)
        sum += weight = max == -INFINITY ? 0 : std::exp(weight - max);
      for (int64_t e = 0; e < 3; ++e) {
        double value = 0;
        for (int64_t j = 0; j < keys; ++j)
          if (!hides(i, j))
            value += weights[size_t(j)] * v[size_t((h * keys + j) * 3 + e)];
        result.push_back(sum == 0 ? 0 : value / sum);
      }
    }
  return result;
}

/// A text with $INPUTS, $TYPES, $ARGUMENTS, $FLAGS and $SCORE replaced.
static std::string getAttend(std::vector<std::pair<std::string, std::string>> parts) {
  std::string text = R"(
    tenon.size @N from 0 to *
    tenon.size @M from 0 to *
    func.func private @attend_0(%q: !tenon.tensor<[2, N, 5] f32>, %k: !tenon.tensor<[2, M, 5] f32>, %v: !tenon.tensor<[2, M, 3] f32>$ARGUMENTS, %o: !tenon.tensor<[2, N, 3] f32>) -> !tenon.tensor<[2, N, 3] f32> {
      %y = kernel.attend [batch h: 2, queries i: N, keys j: M, depth d: 5, values e: 3]
          (%q[5*N*h + 5*i + d], %k[5*M*h + 5*j + d], %v[3*M*h + 3*j + e]$INPUTS) -> %o[3*N*h + 3*i + e] $FLAGS
          : (!tenon.tensor<[2, N, 5] f32>, !tenon.tensor<[2, M, 5] f32>, !tenon.tensor<[2, M, 3] f32>$TYPES) -> !tenon.tensor<[2, N, 3] f32> $SCORE {
      ^bb0(%a: f32):
        tenon.yield %a : f32
      }
      return %y : !tenon.tensor<[2, N, 3] f32>
    }
  )";
  for (const char *name : {"ARGUMENTS", "INPUTS", "FLAGS", "TYPES", "SCORE"}) {
    std::string value;
    for (const auto &[key, part] : parts)
      if (key == name)
        value = part;
    std::string mark = std::string("$") + name;
    text.replace(text.find(mark), mark.size(), value);
  }
  return text;
}

TEST(GpuAttend, causalWithScores) {
  GpuKernel kernel(getAttend(
      {{"FLAGS", "{scale = 0.5 : f64, causal, scoreInputs = 0 : i64}"}, {"SCORE", R"(score {
      ^bb0(%s: f32):
        %i = kernel.position 1
        %j = kernel.position 2
        %d = arith.subi %i, %j : index
        %n = arith.index_cast %d : index to i64
        %f = arith.sitofp %n : i64 to f32
        %c = arith.constant 0.25 : f32
        %b = arith.mulf %f, %c : f32
        %r = arith.addf %s, %b : f32
        tenon.yield %r : f32
      })"}}));
  for (auto [n, m] :
       std::vector<std::pair<int64_t, int64_t>>{{1, 1}, {3, 17}, {5, 197}, {4, 2}, {2, 0}}) {
    std::vector<float> q = makeValues(size_t(10 * n), 1), k = makeValues(size_t(10 * m), 2),
                       v = makeValues(size_t(6 * m), 3);
    kernel.add(q).add(k).add(v).addResult<float>(size_t(6 * n));
    expectNear(kernel.run<float>({n, m}),
               attend(q, k, v, n, m, 0.25,
                      [n = n, m = m](int64_t i, int64_t j) { return j > i + m - n; }));
  }
}

TEST(GpuAttend, keyMaskHidesNaN) {
  GpuKernel kernel(getAttend({{"INPUTS", ", %m[j]"},
                              {"TYPES", ", !tenon.tensor<[M] i1>"},
                              {"ARGUMENTS", ", %m: !tenon.tensor<[M] i1>"},
                              {"FLAGS", "{scale = 0.5 : f64, keyMask, scoreInputs = 1 : i64}"}}));
  for (int64_t m : {1, 3, 150}) {
    std::vector<float> q = makeValues(30, 1), k = makeValues(size_t(10 * m), 2),
                       v = makeValues(size_t(6 * m), 3);
    std::vector<uint8_t> mask(static_cast<size_t>(m));
    for (int64_t j = 0; j < m; ++j)
      mask[size_t(j)] = j % 3 == 1 || j == 140;
    std::vector<float> hidden = v;
    for (int64_t j = 0; j < m; ++j)
      if (!mask[size_t(j)])
        hidden[size_t(3 * j)] = NAN;
    kernel.add(q).add(k).add(hidden).add(mask).addResult<float>(18);
    expectNear(kernel.run<float>({3, m}),
               attend(q, k, v, 3, m, 0, [&](int64_t, int64_t j) { return !mask[size_t(j)]; }));
  }
}

TEST(GpuWindow, convolvesWithPadding) {
  // Stride 2, padding 1: y[b, o, c] = sum over t, i of x[b, i, 2 o + t - 1] w[c, i, t].
  GpuKernel kernel(R"(
    tenon.size @B from 0 to *
    func.func private @window_0(%x: !tenon.tensor<[B, 3, 9] f32>, %w: !tenon.tensor<[4, 3, 3] f32>, %o: !tenon.tensor<[B, 5, 4] f32>) -> !tenon.tensor<[B, 5, 4] f32> {
      %y = kernel.window [batch b: B, rows o: 5, cols c: 4, sum i: 3, sum t: 3] (%x[27*b + 9*i + 2*o + t - 1], %w[9*c + 3*i + t]) -> %o[20*b + 4*o + c] {bounds = array<i64: 1, 4, 2, 1, 1, 9>}
          : (!tenon.tensor<[B, 3, 9] f32>, !tenon.tensor<[4, 3, 3] f32>) -> !tenon.tensor<[B, 5, 4] f32> {
      ^bb0(%a: f32):
        tenon.yield %a : f32
      }
      return %y : !tenon.tensor<[B, 5, 4] f32>
    }
  )");
  for (int64_t batch : {1, 3}) {
    std::vector<float> x = makeValues(size_t(27 * batch), 1), w = makeValues(36, 2);
    std::vector<double> expected;
    for (int64_t b = 0; b < batch; ++b)
      for (int64_t o = 0; o < 5; ++o)
        for (int64_t c = 0; c < 4; ++c) {
          double sum = 0;
          for (int64_t i = 0; i < 3; ++i)
            for (int64_t t = 0; t < 3; ++t)
              if (int64_t place = 2 * o + t - 1; place >= 0 && place < 9)
                sum += double(x[size_t(27 * b + 9 * i + place)]) * w[size_t(9 * c + 3 * i + t)];
          expected.push_back(sum);
        }
    kernel.add(x).add(w).addResult<float>(expected.size());
    expectNear(kernel.run<float>({batch}), expected);
  }
}

/// Sorts rows by groups of this number.
static std::string partitionText(int64_t groups) {
  std::string g = std::to_string(groups), size = std::to_string(groups + 1);
  std::string o = "!tenon.tensor<[N + " + size + "] i32>";
  return "tenon.size @N from 0 to *\nfunc.func private @partition_0(%i: !tenon.tensor<[N] i32>, "
         "%o: " +
         o + ") -> " + o + " {\n%y = kernel.partition [rows m: N] (%i[m]) -> %o[0] {groups = " + g +
         " : i64} : (!tenon.tensor<[N] i32>) -> " + o +
         " {\n^bb0(%a: i32):\n  tenon.yield %a : i32\n}\nreturn %y : " + o + "\n}\n";
}

TEST(GpuPartition, sortsRowsAndReportsTheFirstBadId) {
  GpuKernel kernel(partitionText(3));
  kernel.add(std::vector<int32_t>{2, 0, 0, 2, 0}).addResult<int32_t>(9);
  EXPECT_EQ(kernel.run<int32_t>({5}), (std::vector<int32_t>{0, 3, 3, 5, 1, 2, 4, 0, 3}));
  kernel.add(std::vector<int32_t>()).addResult<int32_t>(4);
  EXPECT_EQ(kernel.run<int32_t>({0}), (std::vector<int32_t>{0, 0, 0, 0}));
  kernel.add(std::vector<int32_t>{1, 3, -1}).addResult<int32_t>(7);
  // Rows without a group stand behind all groups: later kernels find every row.
  EXPECT_EQ(kernel.run<int32_t>({3}), (std::vector<int32_t>{0, 0, 1, 1, 0, 1, 2}));
  EXPECT_EQ(kernel.error.code, TN_INDEX_OUT_OF_RANGE);
  EXPECT_EQ(kernel.error.error.position, 1);
  EXPECT_EQ(kernel.error.error.value, 3);
}

TEST(GpuPartition, manyRowsInTheirOrder) {
  // A block's threads together, fewer of them where groups are many, then one alone.
  for (int64_t groups : {3, 100, 1000})
    for (int64_t rows : {197, 1000}) {
      GpuKernel kernel(partitionText(groups));
      std::vector<int32_t> ids, expected;
      for (int64_t row = 0; row < rows; ++row)
        ids.push_back(int32_t(row * row * 7 % groups));
      std::vector<int32_t> sorted;
      for (int64_t group = 0; group < groups; ++group) {
        expected.push_back(int32_t(sorted.size()));
        for (int64_t row = 0; row < rows; ++row)
          if (ids[size_t(row)] == group)
            sorted.push_back(int32_t(row));
      }
      expected.push_back(int32_t(rows));
      expected.insert(expected.end(), sorted.begin(), sorted.end());
      kernel.add(ids).addResult<int32_t>(expected.size());
      EXPECT_EQ(kernel.run<int32_t>({rows}), expected) << groups << " " << rows;
      EXPECT_EQ(kernel.error.code, TN_OK);
    }
}
