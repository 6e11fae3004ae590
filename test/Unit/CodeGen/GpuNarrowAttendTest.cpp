//===- GpuNarrowAttendTest.cpp - Attention of bf16 ------------------------===//

#include "AttendForm.h"

#include <limits>

using namespace tenon_test;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity(),
                kNaN = std::numeric_limits<float>::quiet_NaN();
/// Weights are rounded to bf16 before they meet values.
constexpr double kBar = 4e-3;

class GpuNarrowAttend : public testing::TestWithParam<const char *> {
protected:
  Form makeForm(int64_t depth, int64_t width) {
    Form form{depth, width};
    form.isNarrow = true;
    form.target = GetParam();
    return form;
  }
};

} // namespace

INSTANTIATE_TEST_SUITE_P(Targets, GpuNarrowAttend, testing::Values("sm_80", "sm_90a"),
                         [](const auto &info) { return std::string(info.param); });

TEST_P(GpuNarrowAttend, widths) {
  check(makeForm(8, 8), {{1, 1}, {17, 3}, {3, 17}, {0, 3}, {3, 0}}, kBar);
  check(makeForm(64, 24), {{65, 197}}, kBar);
  check(makeForm(80, 64), {{17, 129}}, kBar);
  check(makeForm(128, 128), {{129, 257}}, kBar);
}

TEST_P(GpuNarrowAttend, causal) {
  Form form = makeForm(16, 40);
  form.causal = form.residual = true;
  check(form, {{1, 1}, {3, 17}, {17, 3}, {197, 197}, {70, 300}}, kBar);
}

TEST_P(GpuNarrowAttend, headsThatShareKeysWithABias) {
  Form form = makeForm(32, 16);
  form.sharesKeys = form.biased = true;
  check(form, {{17, 65}, {65, 260}}, kBar);
}

TEST_P(GpuNarrowAttend, scalesThatAreNotPositive) {
  for (double scale : {0.0, -0.25}) {
    Form form = makeForm(8, 16);
    form.scale = scale;
    form.causal = true;
    check(form, {{17, 65}}, kBar);
  }
}

TEST_P(GpuNarrowAttend, keyMask) {
  Form form = makeForm(8, 16);
  form.keyMask = true;
  GpuKernel kernel(form.getText(), form.target);
  Inputs in(form, 17, 197);
  for (int64_t h = 0; h < 2; ++h) {
    in.k[size_t((2 * 1 + h) * 8 + 3)] = kNaN;
    in.v[size_t((2 * 4 + h) * 16 + 2)] = kInfinity;
  }
  check(form, kernel, in, kBar);
  in.mask.assign(197, 0);
  check(form, kernel, in, kBar);
  form.skipsHidden = true;
  form.queries = "M";
  check(form, {{215, 215}}, kBar);
}

TEST_P(GpuNarrowAttend, strict) {
  Form form = makeForm(8, 8);
  form.strict = form.biased = true;
  GpuKernel kernel(form.getText(), form.target);
  Inputs in(form, 3, 33);
  // All scores of a row are -inf, and some of another.
  for (int64_t j = 0; j < 33; ++j)
    in.bias[size_t(33 + j)] = -kInfinity;
  for (int64_t j = 0; j < 20; ++j)
    in.bias[size_t(66 + j)] = -kInfinity;
  check(form, kernel, in, kBar);
  check(form, kernel, Inputs(form, 3, 0), kBar);
}

TEST_P(GpuNarrowAttend, infinitiesAndNaN) {
  Form form = makeForm(8, 24);
  form.causal = true;
  GpuKernel kernel(form.getText(), form.target);
  for (auto [query, key] : {std::pair(kInfinity, 1.0f), std::pair(-kInfinity, 1.0f),
                            std::pair(kNaN, 1.0f), std::pair(0.0f, kInfinity)}) {
    Inputs in(form, 35, 35);
    in.q[size_t((2 * 20 + 0) * 8 + 3)] = query;
    in.k[size_t((2 * 10 + 0) * 8 + 3)] = key;
    check(form, kernel, in, kBar);
  }
  for (float value : {kInfinity, -kInfinity, kNaN}) {
    // Hidden from queries before 20: a weight of 0 takes no part.
    Inputs in(form, 35, 35);
    in.v[size_t((2 * 20 + 1) * 24 + 17)] = value;
    check(form, kernel, in, kBar);
  }
}

TEST_P(GpuNarrowAttend, fewQueriesTakeThreads) {
  Form few = makeForm(8, 8);
  few.queries = "3";
  check(few, {{3, 150}}, kBar);
}

TEST_P(GpuNarrowAttend, instructions) {
  Form form = makeForm(64, 64);
  GpuKernel kernel(form.getText(), form.target);
  // A run is there three times: the first one, and further ones of keys that all see, or some.
  if (form.target == "sm_80") {
    // 8 blocks of 8 keys in 4 steps, and 8 of columns in 4 steps of keys.
    EXPECT_EQ(countInPtx(kernel, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32"),
              size_t(3 * (8 * 4 + 8 * 4)));
  } else {
    EXPECT_EQ(countInPtx(kernel, "wgmma.mma_async.sync.aligned.m64n128k16"), size_t(3 * 4));
    EXPECT_EQ(countInPtx(kernel, "wgmma.mma_async.sync.aligned.m64n64k16"), size_t(3 * 8));
  }
  // An exponential is one instruction: of a row's maximum before, and of each key.
  size_t keys = form.target == "sm_80" ? 64 : 128;
  EXPECT_EQ(countInPtx(kernel, "ex2.approx.ftz.f32"), 3 * (2 + keys / 2));
  check(form, kernel, Inputs(form, 128, 256), kBar);
}
