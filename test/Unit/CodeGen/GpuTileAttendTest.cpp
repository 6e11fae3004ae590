//===- GpuTileAttendTest.cpp - Attention on tensor cores ------------------===//

#include "AttendForm.h"

#include <limits>

using namespace tenon_test;

constexpr float kInfinity = std::numeric_limits<float>::infinity(),
                kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(GpuTileAttend, smallWidths) {
  check({1, 3}, {{1, 1}, {3, 17}, {17, 3}, {65, 65}, {0, 3}, {3, 0}});
  check({3, 1}, {{17, 65}});
  check({17, 17}, {{1, 197}, {65, 17}});
}

TEST(GpuTileAttend, largeWidths) {
  check({32, 80}, {{17, 65}});
  check({80, 32}, {{65, 17}});
  check({128, 128}, {{3, 33}});
  check({64, 24}, {{197, 197}});
}

TEST(GpuTileAttend, causal) {
  Form form{8, 5};
  form.causal = true;
  check(form, {{1, 1}, {3, 17}, {65, 65}, {17, 3}, {70, 197}});
}

TEST(GpuTileAttend, headsThatShareKeys) {
  Form form{16, 12};
  form.sharesKeys = form.causal = form.residual = true;
  check(form, {{17, 17}, {65, 70}});
}

TEST(GpuTileAttend, biasAndKeyMask) {
  Form form{5, 8};
  form.biased = form.keyMask = true;
  check(form, {{3, 1}, {3, 17}, {17, 197}});
  form.causal = true;
  check(form, {{65, 65}, {1, 3}});
}

TEST(GpuTileAttend, hiddenQueriesGiveNothing) {
  Form form{8, 8};
  form.keyMask = form.skipsHidden = true;
  form.queries = "M";
  // The last block has no query that is not hidden.
  check(form, {{3, 3}, {215, 215}});
}

TEST(GpuTileAttend, keyMaskHidesNaN) {
  Form form{8, 17};
  form.keyMask = true;
  GpuKernel kernel(form.getText());
  Inputs in(form, 17, 65);
  for (int64_t h = 0; h < 2; ++h) {
    in.k[size_t((2 * 1 + h) * 8 + 3)] = kNaN;
    in.v[size_t((2 * 4 + h) * 17 + 2)] = kInfinity;
  }
  check(form, kernel, in);
  in.mask.assign(65, 0);
  check(form, kernel, in);
}

TEST(GpuTileAttend, strict) {
  Form form{4, 4};
  form.strict = form.biased = true;
  GpuKernel kernel(form.getText());
  Inputs in(form, 3, 33);
  // All scores of a row are -inf, and some of another.
  for (int64_t j = 0; j < 33; ++j)
    in.bias[size_t(33 + j)] = -kInfinity;
  for (int64_t j = 0; j < 20; ++j)
    in.bias[size_t(66 + j)] = -kInfinity;
  check(form, kernel, in);
  check(form, kernel, Inputs(form, 3, 0));
}

TEST(GpuTileAttend, infinitiesAndNaNOfScores) {
  Form form{8, 12};
  form.causal = true;
  GpuKernel kernel(form.getText());
  using Pair = std::pair<float, float>;
  for (auto [query, key] :
       {Pair(kInfinity, 1), Pair(-kInfinity, 1), Pair(kNaN, 1), Pair(1, kInfinity),
        Pair(0, kInfinity), Pair(1, kNaN), Pair(1e38f, 10), Pair(1e38f, -10)}) {
    Inputs in(form, 35, 35);
    in.q[size_t((2 * 20 + 0) * 8 + 3)] = query;
    in.k[size_t((2 * 10 + 0) * 8 + 3)] = key;
    check(form, kernel, in);
  }
}

TEST(GpuTileAttend, largestNumbers) {
  // Their upper parts are rounded to infinity; what they come to is not.
  Form form{8, 12};
  GpuKernel kernel(form.getText());
  Inputs in(form, 35, 35);
  in.q[size_t((2 * 20 + 0) * 8 + 3)] = std::numeric_limits<float>::max();
  for (size_t j = 0; j < 70; ++j)
    in.k[j * 8 + 3] = j % 3 == 0 ? 0 : 1e-38f;
  in.v[size_t((2 * 10 + 1) * 12 + 7)] = std::numeric_limits<float>::max();
  check(form, kernel, in);
}

TEST(GpuTileAttend, infinitiesAndNaNOfValues) {
  Form form{8, 24};
  form.causal = form.biased = true;
  GpuKernel kernel(form.getText());
  for (float value : {kInfinity, -kInfinity, kNaN}) {
    Inputs in(form, 35, 35);
    // Seen by queries from 20 on alone, of which one has no weight for it.
    in.v[size_t((2 * 20 + 1) * 24 + 17)] = value;
    in.bias[size_t((35 + 30) * 35 + 20)] = -kInfinity;
    check(form, kernel, in);
  }
}

TEST(GpuTileAttend, fewOrLongQueriesTakeThreads) {
  Form few{8, 8};
  few.queries = "3";
  few.causal = true;
  GpuKernel kernel(few.getText());
  EXPECT_EQ(countInPtx(kernel, "mma.sync"), 0u);
  check(few, kernel, Inputs(few, 3, 150));
  check({130, 4}, {{3, 17}});
  check({4, 130}, {{3, 17}});
}

TEST(GpuTileAttend, roundedFactors) {
  for (const char *compute : {"bf16", "tf32"}) {
    Form form{64, 24};
    GpuKernel kernel(std::string("module attributes {tenon.compute = ") + compute + "} {\n" +
                     form.getText() + "}\n");
    EXPECT_EQ(countInPtx(kernel, "mma.sync"), size_t(4 * 4 + 3 * 4)); // f32: three times as many
    EXPECT_EQ(countInPtx(kernel, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"),
              countInPtx(kernel, "mma.sync"));
    check(form, kernel, Inputs(form, 65, 197), 1e-3);
  }
}

TEST(GpuTileAttend, instructionsAndBanks) {
  Form form{64, 64};
  GpuKernel kernel(form.getText());
  // Per run three products of 16 rows by 8 columns by 8 terms: 4 blocks of keys in 4 steps of
  // depth, twice; 8 blocks of values in 4 steps of keys.
  EXPECT_EQ(countInPtx(kernel, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32"),
            size_t(3 * (4 * 4 + 8 * 4)));
  EXPECT_EQ(countInPtx(kernel, "ldmatrix.sync"), size_t(4 * 3));
  EXPECT_GE(countInPtx(kernel, "cp.async.cg.shared.global"), 4u);
  EXPECT_EQ(countInPtx(kernel, "cp.async.ca.shared.global"), 0u);
  check(form, kernel, Inputs(form, 64, 64));
  const auto &did = kernel.statistics;
  // Two heads, two runs, four warps.
  EXPECT_EQ(did.mma, uint64_t(2 * 2 * 4 * 3 * (4 * 8 + 8 * 4)));
  // PTX loads four words of a lane at once, without conflicts: values, and at the end sums.
  // In LLVM's module, of which passes are counted, these are four loads of four passes each.
  EXPECT_EQ(countInPtx(kernel, "ld.shared.v4"), size_t(4 * 2 * 2 + 2));
  uint64_t loads = uint64_t(2 * 4 * (2 * 16 + 4 * 2));
  EXPECT_EQ(did.sharedWavefronts, did.sharedWavefrontsIdeal + loads * (4 * 4 - 4));
  EXPECT_EQ(did.globalSectors, did.globalSectorsIdeal);
}
