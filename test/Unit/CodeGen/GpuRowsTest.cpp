//===- GpuRowsTest.cpp - Rows, sums, gathers and scatters on GPUs ---------===//

#include "GpuKernel.h"

#include <cmath>

using namespace tenon_test;

static void expectNear(const std::vector<float> &found, const std::vector<double> &expected,
                       double relative) {
  ASSERT_EQ(found.size(), expected.size());
  double scale = 0;
  for (double value : expected)
    scale = std::max(scale, std::abs(value));
  for (size_t i = 0; i < found.size(); ++i)
    ASSERT_NEAR(found[i], expected[i], relative * std::max(scale, 1e-30)) << "element " << i;
}

TEST(GpuRows, mapsElements) {
  // Transposed, with a mask, and what does not vary along the columns.
  GpuKernel kernel(R"(
    tenon.size @M from 0 to *
    tenon.size @N from 0 to *
    func.func private @rows_0(%x: !tenon.tensor<[N, M] f32>, %v: !tenon.tensor<[M] f32>, %c: !tenon.tensor<[M, N] i1>, %o: !tenon.tensor<[M, N] f32>) -> !tenon.tensor<[M, N] f32> {
      %y = kernel.rows [rows m: M, rows n: N] (%x[M*n + m], %v[m], %c[N*m + n]) -> %o[N*m + n] : (!tenon.tensor<[N, M] f32>, !tenon.tensor<[M] f32>, !tenon.tensor<[M, N] i1>) -> !tenon.tensor<[M, N] f32> {
      ^bb0(%e: f32, %f: f32, %g: i1):
        %h = math.exp %e : f32
        %i = arith.addf %h, %f : f32
        %s = arith.select %g, %i, %f : f32
        tenon.yield %s : f32
      }
      return %y : !tenon.tensor<[M, N] f32>
    }
  )");
  for (auto [m, n] : std::vector<std::pair<int64_t, int64_t>>{{1, 1}, {3, 17}, {197, 5}, {0, 3}}) {
    size_t count = size_t(m * n);
    std::vector<float> x = makeValues(count, 1), v = makeValues(size_t(m), 2);
    std::vector<uint8_t> c(count);
    std::vector<double> expected(count);
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        size_t at = size_t(i * n + j);
        c[at] = (i + j) % 3 != 0;
        expected[at] =
            c[at] ? std::exp(double(x[size_t(j * m + i)])) + v[size_t(i)] : double(v[size_t(i)]);
      }
    kernel.add(x).add(v).add(c).addResult<float>(count);
    expectNear(kernel.run<float>({m, n}), expected, 1e-6);
  }
}

TEST(GpuRows, softmaxOfRows) {
  GpuKernel kernel(R"(
    tenon.size @B from 0 to *
    tenon.size @N from 0 to *
    func.func private @rows_0(%x: !tenon.tensor<[B, N] f32>, %o: !tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32> {
      %y = kernel.rows [rows m: B, sum k: N] (%x[N*m + k]) -> %o[N*m + k] : (!tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32> {
      ^bb0(%e: f32):
        %max = kernel.reduce max %e : f32
        %d = arith.subf %e, %max : f32
        %p = math.exp %d : f32
        %sum = kernel.reduce sum %p : f32
        %r = arith.divf %p, %sum : f32
        tenon.yield %r : f32
      }
      return %y : !tenon.tensor<[B, N] f32>
    }
  )");
  for (int64_t n : {1, 3, 17, 197, 1000}) {
    constexpr int64_t rows = 3;
    std::vector<float> x = makeValues(size_t(rows * n), unsigned(n));
    std::vector<double> expected(x.size());
    for (int64_t i = 0; i < rows; ++i) {
      double max = -INFINITY, sum = 0;
      for (int64_t j = 0; j < n; ++j)
        max = std::max(max, double(x[size_t(i * n + j)]));
      for (int64_t j = 0; j < n; ++j)
        sum += expected[size_t(i * n + j)] = std::exp(x[size_t(i * n + j)] - max);
      for (int64_t j = 0; j < n; ++j)
        expected[size_t(i * n + j)] /= sum;
    }
    kernel.add(x).addResult<float>(x.size());
    expectNear(kernel.run<float>({rows, n}), expected, 1e-6);
  }
}

TEST(GpuRows, reducesOncePerRow) {
  // A number, an integer and a truth value; rows of no element give what combining
  // nothing gives.
  GpuKernel kernel(R"(
    tenon.size @B from 0 to *
    tenon.size @N from 0 to *
    func.func private @rows_0(%x: !tenon.tensor<[B, N] i64>, %o: !tenon.tensor<[B] i64>) -> !tenon.tensor<[B] i64> {
      %y = kernel.rows [rows m: B, sum k: N] (%x[N*m + k]) -> %o[m] : (!tenon.tensor<[B, N] i64>) -> !tenon.tensor<[B] i64> {
      ^bb0(%e: i64):
        %c = arith.constant 3 : i64
        %is = arith.cmpi sgt, %e, %c : i64
        %max = kernel.reduce max %e : i64
        %any = kernel.reduce max %is : i1
        %zero = arith.constant 0 : i64
        %r = arith.select %any, %max, %zero : i64
        tenon.yield %r : i64
      }
      return %y : !tenon.tensor<[B] i64>
    }
  )");
  std::vector<int64_t> x = {1, 2, 3, -1, 9, 4, 0, 0, 0};
  kernel.add(x).addResult<int64_t>(3);
  EXPECT_EQ(kernel.run<int64_t>({3, 3}), (std::vector<int64_t>{0, 9, 0}));
  kernel.add(std::vector<int64_t>()).addResult<int64_t>(2);
  EXPECT_EQ(kernel.run<int64_t>({2, 0}), (std::vector<int64_t>{0, 0}));
}

TEST(GpuRows, sumsColumnsAndLongRows) {
  GpuKernel columns(R"(
    tenon.size @N from 0 to *
    func.func private @rows_0(%x: !tenon.tensor<[N, 5] f32>, %o: !tenon.tensor<[5] f32>) -> !tenon.tensor<[5] f32> {
      %y = kernel.rows [sum k: N, rows m: 5] (%x[5*k + m]) -> %o[m] : (!tenon.tensor<[N, 5] f32>) -> !tenon.tensor<[5] f32> {
      ^bb0(%e: f32):
        %sum = kernel.reduce sum %e : f32
        tenon.yield %sum : f32
      }
      return %y : !tenon.tensor<[5] f32>
    }
  )");
  GpuKernel rows(R"(
    tenon.size @N from 0 to *
    func.func private @rows_0(%x: !tenon.tensor<[5, N] f32>, %o: !tenon.tensor<[5] f32>) -> !tenon.tensor<[5] f32> {
      %y = kernel.rows [rows m: 5, sum k: N] (%x[N*m + k]) -> %o[m] : (!tenon.tensor<[5, N] f32>) -> !tenon.tensor<[5] f32> {
      ^bb0(%e: f32):
        %sum = kernel.reduce sum %e : f32
        tenon.yield %sum : f32
      }
      return %y : !tenon.tensor<[5] f32>
    }
  )");
  for (int64_t n : {0, 1, 300, 70001}) {
    // Equal terms show the rounding of one long chain.
    std::vector<float> x(size_t(5 * n), 0.1f);
    std::vector<double> expected(5, double(0.1f) * double(n));
    columns.add(x).addResult<float>(5);
    expectNear(columns.run<float>({n}), expected, 3e-6);
    rows.add(x).addResult<float>(5);
    expectNear(rows.run<float>({n}), expected, 3e-6);
  }
}

TEST(GpuIndex, gathersRowsAndReportsTheFirstBadId) {
  GpuKernel kernel(R"(
    tenon.size @N from 0 to *
    func.func private @index_0(%t: !tenon.tensor<[10, 3] f32>, %i: !tenon.tensor<[N] i64>, %o: !tenon.tensor<[N, 3] f32>) -> !tenon.tensor<[N, 3] f32> {
      %y = kernel.index [rows m: N, cols n: 3] (%t[n], %i[m]) -> %o[3*m + n] {bound = #tenon.size<10>, stride = #tenon.size<3>} : (!tenon.tensor<[10, 3] f32>, !tenon.tensor<[N] i64>) -> !tenon.tensor<[N, 3] f32> {
      ^bb0(%e: f32):
        %d = arith.addf %e, %e : f32
        tenon.yield %d : f32
      }
      return %y : !tenon.tensor<[N, 3] f32>
    }
  )");
  std::vector<float> table = makeValues(30, 5);
  for (int64_t n : {1, 3, 197}) {
    std::vector<int64_t> ids(static_cast<size_t>(n));
    std::vector<double> expected;
    for (int64_t i = 0; i < n; ++i) {
      ids[size_t(i)] = i * 7 % 10;
      for (int64_t j = 0; j < 3; ++j)
        expected.push_back(2.0 * table[size_t(ids[size_t(i)] * 3 + j)]);
    }
    kernel.add(table).add(ids).addResult<float>(expected.size());
    expectNear(kernel.run<float>({n}), expected, 0);
    EXPECT_EQ(kernel.error.code, TN_OK);
  }
  std::vector<int64_t> ids(300, 1);
  ids[299] = -1;
  ids[131] = 10;
  kernel.add(table).add(ids).addResult<float>(900);
  kernel.run<float>({300});
  EXPECT_EQ(kernel.error.code, TN_INDEX_OUT_OF_RANGE);
  EXPECT_EQ(kernel.error.launch, 7);
  EXPECT_EQ(kernel.error.error.position, 131);
  EXPECT_EQ(kernel.error.error.value, 10);
  EXPECT_EQ(kernel.error.error.bound, 10);
  EXPECT_EQ(kernel.error.error.buffer, 1);
}

TEST(GpuScatter, addsInTheOrderOfIds) {
  GpuKernel kernel(R"(
    tenon.size @N from 0 to *
    func.func private @scatter_0(%x: !tenon.tensor<[N, 3] f32>, %i: !tenon.tensor<[N] i64>, %o: !tenon.tensor<[4, 3] f32>) -> !tenon.tensor<[4, 3] f32> {
      %y = kernel.scatter [sum k: N, cols n: 3] (%x[3*k + n], %i[k]) -> %o[n] {bound = #tenon.size<4>, stride = #tenon.size<3>} : (!tenon.tensor<[N, 3] f32>, !tenon.tensor<[N] i64>) -> !tenon.tensor<[4, 3] f32> {
      ^bb0(%e: f32):
        tenon.yield %e : f32
      }
      return %y : !tenon.tensor<[4, 3] f32>
    }
  )");
  for (int64_t n : {0, 1, 200}) {
    std::vector<float> x = makeValues(size_t(3 * n), 1), expected(12);
    std::vector<int64_t> ids(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) {
      ids[size_t(i)] = i * i % 3;
      for (int64_t j = 0; j < 3; ++j)
        expected[size_t(ids[size_t(i)] * 3 + j)] += x[size_t(3 * i + j)];
    }
    kernel.add(x).add(ids).addResult<float>(12);
    EXPECT_EQ(kernel.run<float>({n}), expected);
  }
  kernel.add(std::vector<float>(9)).add(std::vector<int64_t>{0, 4, -1}).addResult<float>(12);
  kernel.run<float>({3});
  EXPECT_EQ(kernel.error.code, TN_INDEX_OUT_OF_RANGE);
  EXPECT_EQ(kernel.error.error.position, 1);
}

TEST(GpuPut, replacesRowsThatIdsName) {
  GpuKernel kernel(R"(
    tenon.size @N from 0 to *
    func.func private @put_0(%i: !tenon.tensor<[N] i64>, %x: !tenon.tensor<[N, 3] f32>, %o: !tenon.tensor<[400, 3] f32>) -> !tenon.tensor<[400, 3] f32> {
      %y = kernel.put [rows m: N, cols n: 3] (%i[m], %x[3*m + n]) -> %o[n] {bound = #tenon.size<400>, stride = #tenon.size<3>} : (!tenon.tensor<[N] i64>, !tenon.tensor<[N, 3] f32>) -> !tenon.tensor<[400, 3] f32> {
      ^bb0(%e: f32):
        %s = arith.addf %e, %e : f32
        tenon.yield %s : f32
      }
      return %y : !tenon.tensor<[400, 3] f32>
    }
  )");
  for (int64_t n : {0, 1, 200}) {
    std::vector<float> x = makeValues(size_t(3 * n), 1), before = makeValues(1200, 2);
    std::vector<float> expected = before;
    std::vector<int64_t> ids(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) {
      // Every third one is out of range.
      ids[size_t(i)] = i % 3 == 0 ? (i % 2 == 0 ? -1 - i : 400 + i) : 399 - 2 * i;
      for (int64_t j = 0; j < 3 && i % 3 != 0; ++j)
        expected[size_t(ids[size_t(i)] * 3 + j)] = 2 * x[size_t(3 * i + j)];
    }
    kernel.add(ids).add(x).add(before);
    EXPECT_EQ(kernel.run<float>({n}), expected);
  }
}

TEST(GpuSums, sumsOfOnePass) {
  GpuKernel kernel(R"(
    tenon.size @N from 0 to *
    func.func private @sums_0(%x: !tenon.tensor<[N, 2, 3] f32>, %o: !tenon.tensor<[2, 2] f32>) -> !tenon.tensor<[2, 2] f32> {
      %y = kernel.sums [rows m: 2, sum k: N, sum l: 3] (%x[6*k + 3*m + l]) -> %o[2*m] : (!tenon.tensor<[N, 2, 3] f32>) -> !tenon.tensor<[2, 2] f32> {
      ^bb0(%e: f32):
        %s = arith.mulf %e, %e : f32
        tenon.yield %e, %s : f32, f32
      }
      return %y : !tenon.tensor<[2, 2] f32>
    }
  )");
  for (int64_t n : {0, 1, 17, 40000}) {
    // Equal terms show the rounding of one long chain.
    std::vector<float> x(size_t(6 * n), 0.1f);
    double square = double(0.1f * 0.1f);
    double sum = 3.0 * double(n) * double(0.1f), squares = 3.0 * double(n) * square;
    kernel.add(x).addResult<float>(4);
    expectNear(kernel.run<float>({n}), {sum, squares, sum, squares}, 1e-6);
  }
}

/// Parts of the sums of 300 columns, and of their squares, or, transposed, of 5 long rows.
static void checkParts(const std::string &accesses, int64_t rows, int64_t rowStride,
                       int64_t termStride) {
  constexpr int64_t parts = 4;
  std::string text = R"(
    tenon.size @N from 0 to *
    func.func private @part_sums_0(%x: !tenon.tensor<[N, ROWS] f32>, %o: !tenon.tensor<[ROWS, 2, 4] f32>) -> !tenon.tensor<[ROWS, 2, 4] f32> {
      %y = kernel.part_sums [rows m: ROWS, sum k: N] (ACCESS) -> %o[8*m] {parts = 4 : i64} : (!tenon.tensor<[N, ROWS] f32>) -> !tenon.tensor<[ROWS, 2, 4] f32> {
      ^bb0(%e: f32):
        %s = arith.mulf %e, %e : f32
        tenon.yield %e, %s : f32, f32
      }
      return %y : !tenon.tensor<[ROWS, 2, 4] f32>
    }
  )";
  auto replace = [&](const std::string &from, const std::string &to) {
    for (size_t at; (at = text.find(from)) != std::string::npos;)
      text.replace(at, from.size(), to);
  };
  replace("ROWS", std::to_string(rows));
  replace("ACCESS", accesses);
  GpuKernel kernel(text);
  for (int64_t n : {0, 1, 3, 17, 1000}) {
    std::vector<float> x = makeValues(size_t(n * rows), unsigned(n));
    std::vector<double> expected(size_t(rows * 2 * parts));
    int64_t size = (n + parts - 1) / parts;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < n; ++j) {
        double value = x[size_t(i * (rowStride ? rowStride : n) + j * termStride)];
        expected[size_t(i * 2 * parts + j / size)] += value;
        expected[size_t(i * 2 * parts + parts + j / size)] += value * value;
      }
    kernel.add(x).addResult<float>(expected.size());
    expectNear(kernel.run<float>({n}), expected, 1e-6);
  }
}

TEST(GpuPartSums, threadPerColumn) { checkParts("%x[300*k + m]", 300, 1, 300); }
TEST(GpuPartSums, blockPerRow) { checkParts("%x[N*m + k]", 5, 0, 1); }
