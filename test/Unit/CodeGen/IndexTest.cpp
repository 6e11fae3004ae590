//===- IndexTest.cpp - Code for kernel.index ------------------------------===//

#include "KernelRunner.h"

using namespace tenon_test;

namespace {

const char *const kGather = R"(
tenon.size @B from 0 to *
tenon.size @N from 0 to *
func.func private @index_0(%t: !tenon.tensor<[11, $C] f32>, %i: !tenon.tensor<[B, N] i64>,
    %p: !tenon.tensor<[N, $C] f32>, %o: !tenon.tensor<[B, N, $C] f32>)
    -> !tenon.tensor<[B, N, $C] f32> {
  %y = kernel.index [rows b: B, rows n: N, cols c: $C]
      (%t[c], %i[N*b + n], %p[$C*n + c]) -> %o[$C*N*b + $C*n + c]
      {bound = #tenon.size<11>, stride = #tenon.size<$C>}
      : (!tenon.tensor<[11, $C] f32>, !tenon.tensor<[B, N] i64>, !tenon.tensor<[N, $C] f32>)
      -> !tenon.tensor<[B, N, $C] f32> {
  ^bb0(%e: f32, %position: f32):
    %s = arith.addf %e, %position : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[B, N, $C] f32>
}
)";

TEST(Index, GathersRowsAndAdds) {
  for (const std::string &level : getRunnableLevels())
    for (int64_t c : {1, 3, 16, 17, 65}) {
      Kernel kernel(fill(kGather, {{"C", std::to_string(c)}}), level);
      ASSERT_TRUE(kernel);
      for (int64_t b : {0, 1, 3})
        for (int64_t n : {0, 1, 7}) {
          std::vector<float> table = makeNumbers(11 * c, 1), p = makeNumbers(n * c, 2);
          std::vector<int64_t> ids(b * n);
          for (size_t i = 0; i < ids.size(); ++i)
            ids[i] = i * 7 % 11;
          std::vector<float> o(b * n * c), want(b * n * c);
          for (int64_t i = 0; i < b * n; ++i)
            for (int64_t j = 0; j < c; ++j)
              want[i * c + j] = table[ids[i] * c + j] + p[i % n * c + j];
          EXPECT_EQ(kernel.run({table.data(), ids.data(), p.data(), o.data()}, {b, n}), TN_OK);
          EXPECT_TRUE(areBitsEqual(o, want)) << level;
        }
    }
}

TEST(Index, ReportsTheFirstBadId) {
  for (const std::string &level : getRunnableLevels()) {
    Kernel kernel(fill(kGather, {{"C", "5"}}), level);
    ASSERT_TRUE(kernel);
    for (int64_t bad : {int64_t(11), int64_t(-1), INT64_MAX, INT64_MIN}) {
      std::vector<float> table = makeNumbers(55, 1), p(35), o(2 * 35);
      std::vector<int64_t> ids(14, 3);
      ids[6] = ids[9] = bad;
      EXPECT_EQ(kernel.run({table.data(), ids.data(), p.data(), o.data()}, {2, 7}),
                TN_INDEX_OUT_OF_RANGE);
      EXPECT_EQ(kernel.error.position, 6);
      EXPECT_EQ(kernel.error.value, bad);
      EXPECT_EQ(kernel.error.bound, 11);
      EXPECT_EQ(kernel.error.buffer, 1);
    }
  }
}

TEST(Index, WithoutColumnsAndWithI32Ids) {
  const char *const text = R"(
tenon.size @N from 0 to *
func.func private @index_0(%t: !tenon.tensor<[9] i1>, %i: !tenon.tensor<[N] i32>,
    %o: !tenon.tensor<[N] i1>) -> !tenon.tensor<[N] i1> {
  %y = kernel.index [rows n: N] (%t[0], %i[n]) -> %o[n]
      {bound = #tenon.size<9>, stride = #tenon.size<1>}
      : (!tenon.tensor<[9] i1>, !tenon.tensor<[N] i32>) -> !tenon.tensor<[N] i1> {
  ^bb0(%e: i1):
    tenon.yield %e : i1
  }
  return %y : !tenon.tensor<[N] i1>
}
)";
  for (const std::string &level : getRunnableLevels()) {
    Kernel kernel(text, level);
    ASSERT_TRUE(kernel);
    std::vector<uint8_t> table = {1, 0, 0, 1, 1, 0, 1, 0, 0}, o(5), want = {0, 1, 0, 1, 1};
    std::vector<int32_t> ids = {8, 0, 5, 6, 3};
    EXPECT_EQ(kernel.run({table.data(), ids.data(), o.data()}, {5}), TN_OK);
    EXPECT_EQ(o, want);
    ids[1] = -2;
    EXPECT_EQ(kernel.run({table.data(), ids.data(), o.data()}, {5}), TN_INDEX_OUT_OF_RANGE);
    EXPECT_EQ(kernel.error.value, -2);
  }
}

} // namespace
