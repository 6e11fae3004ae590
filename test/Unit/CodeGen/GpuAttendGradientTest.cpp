//===- GpuAttendGradientTest.cpp - Derivatives of attention on GPUs -------===//

#include "GpuKernel.h"

#include <cmath>

using namespace tenon_test;

namespace {

constexpr int64_t kGroups = 2, kMembers = 2;
constexpr double kScale = 0.5;

/// What differs from test to test; parts of the ops' text.
struct Variant {
  int64_t depth = 5, width = 3;
  std::string flags = "scoreInputs = 0 : i64";
  std::string inputs, types, arguments, score;
};

struct Sizes {
  int64_t queries, keys;
};

/// Groups of two query heads share keys and values.
struct Operands {
  std::vector<float> q, k, v, dy;

  Operands(const Variant &variant, Sizes sizes)
      : q(makeValues(size_t(kGroups * kMembers * sizes.queries * variant.depth), 1)),
        k(makeValues(size_t(kGroups * sizes.keys * variant.depth), 2)),
        v(makeValues(size_t(kGroups * sizes.keys * variant.width), 3)),
        dy(makeValues(size_t(kGroups * kMembers * sizes.queries * variant.width), 4)) {}
};

struct Results {
  std::vector<double> statistics, dq, dk, dv;
};

} // namespace

/// Replaces each $NAME in `text`.
static std::string replace(std::string text,
                           const std::vector<std::pair<std::string, std::string>> &parts) {
  for (const auto &[name, value] : parts)
    for (size_t at; (at = text.find("$" + name)) != std::string::npos;)
      text.replace(at, name.size() + 1, value);
  return text;
}

/// A kernel of attention's derivatives: `op` with `flags`, a last input, a destination.
static std::string getKernel(const Variant &variant, const std::string &op, const std::string &last,
                             const std::string &place, const std::string &result) {
  return replace(R"(
    tenon.size @N from 0 to *
    tenon.size @M from 0 to *
    func.func private @$OP_0(%q: $Q, %k: $K, %v: $V, %dy: $Y$ARGUMENTS$LAST_ARGUMENT, %o: $RESULT) -> $RESULT {
      %r = kernel.$OP [batch g: 2, batch h: 2, queries i: N, keys j: M, depth d: $D, values e: $E]
          (%q[2*$D*N*g + $D*N*h + $D*i + d], %k[$D*M*g + $D*j + d], %v[$E*M*g + $E*j + e], %dy[2*$E*N*g + $E*N*h + $E*i + e]$INPUTS$LAST_INPUT) -> %o[$PLACE] {scale = 0.5 : f64, $FLAGS}
          : ($Q, $K, $V, $Y$TYPES$LAST_TYPE) -> $RESULT $SCORE {
      ^bb0(%a: f32):
        tenon.yield %a : f32
      }
      return %r : $RESULT
    }
  )",
                 {{"OP", op},
                  {"LAST_ARGUMENT", last.empty() ? "" : ", %statistics: " + last},
                  {"LAST_INPUT", last.empty() ? "" : ", %statistics[6*N*g + 3*N*h + 3*i]"},
                  {"LAST_TYPE", last.empty() ? "" : ", " + last},
                  {"PLACE", place},
                  {"RESULT", result},
                  {"FLAGS", variant.flags + (last.empty() ? "" : ", statistics")},
                  {"ARGUMENTS", variant.arguments},
                  {"INPUTS", variant.inputs},
                  {"TYPES", variant.types},
                  {"SCORE", variant.score},
                  {"Q", "!tenon.tensor<[2, 2, N, $D] f32>"},
                  {"K", "!tenon.tensor<[2, M, $D] f32>"},
                  {"V", "!tenon.tensor<[2, M, $E] f32>"},
                  {"Y", "!tenon.tensor<[2, 2, N, $E] f32>"},
                  {"D", std::to_string(variant.depth)},
                  {"E", std::to_string(variant.width)}});
}

/// The derivatives in f64. `getScore(group, query, key, score)` is minus infinity for a key
/// that gets no weight; one that `hides` names counts for nothing, whatever it is.
template <class Score, class Hides>
static Results compute(const Variant &variant, Sizes sizes, const Operands &operands,
                       Score getScore, Hides hides, bool isStrict = false) {
  const auto [n, m] = sizes;
  const int64_t depth = variant.depth, width = variant.width;
  Results results;
  results.dq.resize(operands.q.size());
  results.dk.resize(operands.k.size());
  results.dv.resize(operands.v.size());
  for (int64_t g = 0; g < kGroups; ++g)
    for (int64_t row = g * kMembers * n; row < (g + 1) * kMembers * n; ++row) {
      const int64_t i = row % n;
      std::vector<double> weights, slopes;
      double largest = -INFINITY, sum = 0, mean = 0;
      for (int64_t j = 0; j < m; ++j) {
        double product = 0, slope = 0;
        for (int64_t d = 0; d < depth; ++d)
          product += double(operands.q[size_t(row * depth + d)]) *
                     operands.k[size_t((g * m + j) * depth + d)];
        for (int64_t e = 0; e < width; ++e)
          slope += double(operands.dy[size_t(row * width + e)]) *
                   operands.v[size_t((g * m + j) * width + e)];
        weights.push_back(hides(g, i, j) ? -INFINITY : getScore(g, i, j, kScale * product));
        slopes.push_back(hides(g, i, j) ? 0 : slope);
        largest = std::max(largest, weights.back());
      }
      double base = largest == -INFINITY ? 0 : largest;
      for (double &weight : weights)
        sum += weight = std::exp(weight - base);
      double factor = (isStrict ? m == 0 : sum == 0) ? 0 : 1 / sum;
      for (int64_t j = 0; j < m; ++j)
        mean += (weights[size_t(j)] *= factor) * slopes[size_t(j)];
      for (double statistic : {base, factor, mean})
        results.statistics.push_back(statistic);
      for (int64_t j = 0; j < m; ++j) {
        if (hides(g, i, j))
          continue;
        double weight = weights[size_t(j)], slope = kScale * weight * (slopes[size_t(j)] - mean);
        for (int64_t d = 0; d < depth; ++d) {
          size_t query = size_t(row * depth + d), key = size_t((g * m + j) * depth + d);
          results.dq[query] += slope * operands.k[key];
          results.dk[key] += slope * operands.q[query];
        }
        for (int64_t e = 0; e < width; ++e)
          results.dv[size_t((g * m + j) * width + e)] +=
              weight * operands.dy[size_t(row * width + e)];
      }
    }
  return results;
}

/// |found - expected| <= bound * |expected|, with NaN and infinities at the same places.
static void expectNear(const float *found, const std::vector<double> &expected, double bound,
                       const std::string &what) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(std::isnan(found[i]), std::isnan(expected[i])) << what << ", element " << i;
    if (std::isnan(expected[i]))
      continue;
    if (std::isinf(expected[i])) {
      ASSERT_EQ(found[i], expected[i]) << what << ", element " << i;
      continue;
    }
    difference += std::pow(found[i] - expected[i], 2);
    norm += std::pow(expected[i], 2);
  }
  EXPECT_LE(std::sqrt(difference), bound * std::sqrt(norm)) << what;
}

namespace {

/// The two kernels of a variant.
class Gradient {
public:
  explicit Gradient(const Variant &variant)
      : variant(variant),
        statistics(getKernel(variant, "attend_statistics", "", "6*N*g + 3*N*h + 3*i", kStatistics)),
        gradient(getKernel(variant, "attend_gradient", kStatistics, "0",
                           "!tenon.tensor<[" + std::to_string(4 * variant.depth) + "*N + " +
                               std::to_string(2 * (variant.depth + variant.width)) + "*M] f32>")) {}

  /// Compares both kernels with `expected`; `addMore` adds the score inputs to a kernel.
  void check(Sizes sizes, const Operands &operands, const Results &expected,
             const std::function<void(GpuKernel &)> &addMore, double bound = 1e-6) {
    std::string what = std::to_string(sizes.queries) + " x " + std::to_string(sizes.keys);
    add(statistics, operands, addMore);
    statistics.addResult<float>(expected.statistics.size());
    std::vector<float> found = statistics.run<float>({sizes.queries, sizes.keys});
    ASSERT_EQ(found.size(), expected.statistics.size());
    expectNear(found.data(), expected.statistics, bound, what + ", statistics");
    add(gradient, operands, addMore);
    gradient.add(found).addResult<float>(expected.dq.size() + expected.dk.size() +
                                         expected.dv.size());
    found = gradient.run<float>({sizes.queries, sizes.keys});
    expectNear(found.data(), expected.dq, bound, what + ", dq");
    expectNear(found.data() + expected.dq.size(), expected.dk, bound, what + ", dk");
    expectNear(found.data() + expected.dq.size() + expected.dk.size(), expected.dv, bound,
               what + ", dv");
  }

  const Variant variant;

private:
  static constexpr const char *kStatistics = "!tenon.tensor<[2, 2, N, 3] f32>";
  static void add(GpuKernel &kernel, const Operands &operands,
                  const std::function<void(GpuKernel &)> &addMore) {
    kernel.add(operands.q).add(operands.k).add(operands.v).add(operands.dy);
    addMore(kernel);
  }

  GpuKernel statistics, gradient;
};

} // namespace

static void addNothing(GpuKernel &) {}
static double asIs(int64_t, int64_t, int64_t, double score) { return score; }
static bool hidesNothing(int64_t, int64_t, int64_t) { return false; }

TEST(GpuAttendGradient, sharedKeys) {
  Gradient gradient({});
  for (Sizes sizes : {Sizes{1, 1}, {3, 17}, {65, 70}, {70, 5}, {2, 0}, {0, 3}}) {
    Operands operands(gradient.variant, sizes);
    gradient.check(sizes, operands, compute(gradient.variant, sizes, operands, asIs, hidesNothing),
                   addNothing);
  }
}

TEST(GpuAttendGradient, causalWithPositions) {
  Variant variant;
  variant.flags = "scoreInputs = 0 : i64, causal";
  variant.score = R"(score {
      ^bb0(%s: f32):
        %i = kernel.position 2
        %j = kernel.position 3
        %d = arith.subi %i, %j : index
        %n = arith.index_cast %d : index to i64
        %f = arith.sitofp %n : i64 to f32
        %c = arith.constant 0.125 : f32
        %b = arith.mulf %f, %c : f32
        %r = arith.addf %s, %b : f32
        tenon.yield %r : f32
      })";
  Gradient gradient(variant);
  // With fewer keys than queries the first queries see none.
  for (Sizes sizes : {Sizes{1, 1}, {3, 17}, {66, 70}, {131, 66}, {5, 2}}) {
    Operands operands(variant, sizes);
    auto getScore = [](int64_t, int64_t i, int64_t j, double score) {
      return score + 0.125 * double(i - j);
    };
    auto hides = [&](int64_t, int64_t i, int64_t j) { return j > i + sizes.keys - sizes.queries; };
    gradient.check(sizes, operands, compute(variant, sizes, operands, getScore, hides), addNothing);
  }
}

TEST(GpuAttendGradient, keyMaskHidesNaN) {
  Variant variant;
  variant.flags = "scoreInputs = 1 : i64, keyMask";
  variant.inputs = ", %m[M*g + j]";
  variant.types = ", !tenon.tensor<[2, M] i1>";
  variant.arguments = ", %m: !tenon.tensor<[2, M] i1>";
  Gradient gradient(variant);
  for (Sizes sizes : {Sizes{1, 1}, {3, 17}, {2, 130}}) {
    Operands operands(variant, sizes), hidden = operands;
    // The second group sees nothing.
    std::vector<uint8_t> mask(size_t(kGroups * sizes.keys));
    for (int64_t j = 0; j < sizes.keys; ++j)
      mask[size_t(j)] = j % 3 == 1 || sizes.keys == 1;
    for (size_t j = 0; j < mask.size(); ++j)
      if (!mask[j])
        hidden.k[j * size_t(variant.depth)] = hidden.v[j * size_t(variant.width) + 1] = NAN;
    auto hides = [&](int64_t g, int64_t, int64_t j) { return !mask[size_t(g * sizes.keys + j)]; };
    gradient.check(sizes, hidden, compute(variant, sizes, operands, asIs, hides),
                   [&](GpuKernel &kernel) { kernel.add(mask); });
  }
}

static Variant getVariantWithBias(const std::string &flags) {
  Variant variant;
  variant.flags = "scoreInputs = 2 : i64" + flags;
  variant.inputs = ", %b[M*i + j], %m[N*M*g + M*i + j]";
  variant.types = ", !tenon.tensor<[N, M] f32>, !tenon.tensor<[2, N, M] i1>";
  variant.arguments = ", %b: !tenon.tensor<[N, M] f32>, %m: !tenon.tensor<[2, N, M] i1>";
  variant.score = R"(score {
      ^bb0(%s: f32, %bias: f32, %shown: i1):
        %low = arith.constant 0xFF800000 : f32
        %t = arith.addf %s, %bias : f32
        %r = arith.select %shown, %t, %low : f32
        tenon.yield %r : f32
      })";
  return variant;
}

TEST(GpuAttendGradient, regionHidesScores) {
  for (bool isStrict : {false, true}) {
    Gradient gradient(getVariantWithBias(isStrict ? ", strict" : ""));
    for (Sizes sizes : {Sizes{1, 1}, {3, 17}, {67, 3}, {2, 0}}) {
      Operands operands(gradient.variant, sizes);
      std::vector<float> bias = makeValues(size_t(sizes.queries * sizes.keys), 5);
      std::vector<uint8_t> mask(size_t(kGroups) * bias.size());
      // The last query of the first group sees nothing: zeros or, strictly, NaN.
      for (size_t at = 0; at < mask.size(); ++at)
        mask[at] = (at * 7 % 5 < 3) && int64_t(at) / sizes.keys != sizes.queries - 1;
      auto getScore = [&](int64_t g, int64_t i, int64_t j, double score) -> double {
        int64_t at = i * sizes.keys + j;
        bool isShown = mask[size_t(g * sizes.queries * sizes.keys + at)];
        return isShown ? score + bias[size_t(at)] : -INFINITY;
      };
      gradient.check(sizes, operands,
                     compute(gradient.variant, sizes, operands, getScore, hidesNothing, isStrict),
                     [&](GpuKernel &kernel) { kernel.add(bias).add(mask); });
    }
  }
}

TEST(GpuAttendGradient, wideHeads) {
  // More columns than a block has room for: two blocks have some of either, one of v alone.
  Variant variant;
  variant.depth = 130;
  variant.width = 257;
  Gradient gradient(variant);
  Sizes sizes = {3, 66};
  Operands operands(variant, sizes);
  // Long products make large scores, whose exponentials are less exact.
  gradient.check(sizes, operands, compute(variant, sizes, operands, asIs, hidesNothing), addNothing,
                 3e-6);
}

TEST(GpuAttendGradient, longSums) {
  Gradient gradient({});
  for (Sizes sizes : {Sizes{700, 2}, {2, 900}}) {
    Operands operands(gradient.variant, sizes);
    // Equal terms show the rounding of one long chain.
    operands.dy.assign(operands.dy.size(), 0.1f);
    gradient.check(sizes, operands, compute(gradient.variant, sizes, operands, asIs, hidesNothing),
                   addNothing);
  }
}
