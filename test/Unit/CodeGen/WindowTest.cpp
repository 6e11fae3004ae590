//===- WindowTest.cpp - Code for kernel.window ----------------------------===//

#include "KernelRunner.h"

using namespace tenon_test;

namespace {

// x [B, C, H, W] with weights [F, C, T, U], result [B, P, Q, F].
const char *const kConvolution = R"(
tenon.size @B from 0 to *
func.func private @window_0(%x: !tenon.tensor<[B, $C, $H, $W] f32>, %w: !tenon.tensor<[$Z] f32>,
    %b: !tenon.tensor<[$F] f32>, %o: !tenon.tensor<[B, $P, $Q, $F] f32>)
    -> !tenon.tensor<[B, $P, $Q, $F] f32> {
  %y = kernel.window [batch b: B, rows p: $P, rows q: $Q, cols f: $F,
                      sum c: $C, sum t: $T, sum u: $U]
      (%x[$HW*$C*b + $HW*c + $SW*p + $S*q + $DW*t + $D*u - $PAD], %w[0], %b[f])
      -> %o[$PQ*$F*b + $Q*$F*p + $F*q + f]
      {bounds = array<i64$BOUNDS>, panel = $NP : i64}
      : (!tenon.tensor<[B, $C, $H, $W] f32>, !tenon.tensor<[$Z] f32>, !tenon.tensor<[$F] f32>)
      -> !tenon.tensor<[B, $P, $Q, $F] f32> {
  ^bb0(%acc: f32, %bias: f32):
    %s = arith.addf %acc, %bias : f32
    tenon.yield %s : f32
  }
  return %y : !tenon.tensor<[B, $P, $Q, $F] f32>
}
)";

struct Convolution {
  int64_t channels, height, width, filters, window, stride, dilation, pad;

  int64_t outHeight() const {
    return (height + 2 * pad - dilation * (window - 1) - 1) / stride + 1;
  }
  int64_t outWidth() const { return (width + 2 * pad - dilation * (window - 1) - 1) / stride + 1; }

  std::string getText(int64_t panel) const {
    auto str = [](int64_t value) { return std::to_string(value); };
    auto axis = [&](int row, int sum, int64_t extent) {
      return str(row) + ", " + str(sum) + ", " + str(stride) + ", " + str(dilation) + ", " +
             str(pad) + ", " + str(extent);
    };
    int64_t sums = channels * window * window;
    std::string bounds = pad == 0 ? "" : ": " + axis(1, 5, height) + ", " + axis(2, 6, width);
    return fill(kConvolution, {{"BOUNDS", bounds},
                               {"PAD", str(pad * width + pad)},
                               {"HW", str(height * width)},
                               {"SW", str(stride * width)},
                               {"DW", str(dilation * width)},
                               {"PQ", str(outHeight() * outWidth())},
                               {"NP", str(panel)},
                               {"Z", str((filters + panel - 1) / panel * panel * sums)},
                               {"C", str(channels)},
                               {"H", str(height)},
                               {"W", str(width)},
                               {"F", str(filters)},
                               {"P", str(outHeight())},
                               {"Q", str(outWidth())},
                               {"T", str(window)},
                               {"U", str(window)},
                               {"S", str(stride)},
                               {"D", str(dilation)}});
  }

  std::vector<double> compute(int64_t batch, const std::vector<float> &x,
                              const std::vector<float> &w, const std::vector<float> &b) const {
    std::vector<double> o;
    for (int64_t n = 0; n < batch; ++n)
      for (int64_t p = 0; p < outHeight(); ++p)
        for (int64_t q = 0; q < outWidth(); ++q)
          for (int64_t f = 0; f < filters; ++f) {
            double sum = b[f];
            for (int64_t c = 0; c < channels; ++c)
              for (int64_t t = 0; t < window; ++t)
                for (int64_t u = 0; u < window; ++u) {
                  int64_t y = p * stride + t * dilation - pad, z = q * stride + u * dilation - pad;
                  if (y >= 0 && y < height && z >= 0 && z < width)
                    sum += double(x[((n * channels + c) * height + y) * width + z]) *
                           w[((f * channels + c) * window + t) * window + u];
                }
            o.push_back(sum);
          }
    return o;
  }
};

std::vector<float> getAbsolute(std::vector<float> values) {
  for (float &value : values)
    value = std::fabs(value);
  return values;
}

TEST(Window, AgreesWithLoops) {
  const Convolution cases[] = {
      {3, 8, 8, 10, 4, 4, 1, 0},                               // patches
      {1, 7, 9, 5, 3, 1, 1, 1},                                // same size
      {2, 11, 6, 70, 3, 2, 2, 2},                              // stride and dilation
      {3, 40, 40, 64, 20, 20, 1, 0},                           // windows wider than a vector
      {1, 1, 1, 1, 1, 1, 1, 0},      {1, 2, 2, 3, 3, 1, 1, 3}, // windows that lie outside
  };
  for (const std::string &level : getRunnableLevels())
    for (const Convolution &test : cases) {
      Kernel kernel(test.getText(getPanel(level)), level);
      ASSERT_TRUE(kernel);
      for (int64_t batch : {0, 1, 3}) {
        int64_t sums = test.channels * test.window * test.window;
        std::vector<float> x = makeNumbers(batch * test.channels * test.height * test.width, 1);
        std::vector<float> w = makeNumbers(test.filters * sums, 2);
        std::vector<float> b = makeNumbers(test.filters, 3);
        std::vector<float> packed = packPanels(w, test.filters, sums, getPanel(level));
        std::vector<double> want = test.compute(batch, x, w, b);
        std::vector<double> magnitudes =
            test.compute(batch, getAbsolute(x), getAbsolute(w), getAbsolute(b));
        std::vector<float> o(want.size()), split(want.size());
        EXPECT_EQ(kernel.run({x.data(), packed.data(), b.data(), o.data()}, {batch}), TN_OK);
        expectClose(o, want, [&](size_t i) { return std::ldexp(magnitudes[i], 3 - 24); }, level);
        kernel.run({x.data(), packed.data(), b.data(), split.data()}, {batch}, 1);
        EXPECT_TRUE(areBitsEqual(o, split));
      }
    }
}

} // namespace
