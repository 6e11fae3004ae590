//===- GpuTileAttendTest.cpp - Attention on tensor cores ------------------===//

#include "GpuKernel.h"

#include <cmath>
#include <limits>

using namespace tenon_test;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity(),
                kNaN = std::numeric_limits<float>::quiet_NaN();

/// Attention of two heads: queries [N, 2, depth], keys [M, 2, depth] or, if they share them,
/// [M, depth], values as keys, results [N, 2, width].
struct Form {
  int64_t depth, width;
  bool sharesKeys = false, causal = false, keyMask = false, skipsHidden = false, strict = false;
  /// A bias [2, N, M] is added to scores, a residual [N, 2, width] to results.
  bool biased = false, residual = false;
  /// A symbol or a number.
  std::string queries = "N";

  std::string getText() const;
};

struct Inputs {
  Inputs(const Form &form, int64_t queries, int64_t keys);

  int64_t queries, keys;
  std::vector<float> q, k, v, bias, residual;
  std::vector<uint8_t> mask;
};

} // namespace

std::string Form::getText() const {
  auto number = [](int64_t value) { return std::to_string(value); };
  std::string n = queries, d = number(depth), e = number(width), heads = sharesKeys ? "" : "2, ";
  std::string q = "!tenon.tensor<[" + n + ", 2, " + d + "] f32>";
  std::string k = "!tenon.tensor<[M, " + heads + d + "] f32>";
  std::string v = "!tenon.tensor<[M, " + heads + e + "] f32>";
  std::string o = "!tenon.tensor<[" + n + ", 2, " + e + "] f32>";
  auto ofKey = [&](const std::string &size, const std::string &index) {
    return sharesKeys ? "[" + size + "*j + " + index + "]"
                      : "[2*" + size + "*j + " + size + "*h + " + index + "]";
  };
  std::string arguments = "%q: " + q + ", %k: " + k + ", %v: " + v, types = q + ", " + k + ", " + v;
  std::string result = "[2*" + e + "*i + " + e + "*h + e]";
  std::string accesses =
      "%q[2*" + d + "*i + " + d + "*h + d], %k" + ofKey(d, "d") + ", %v" + ofKey(e, "e");
  auto addInput = [&](const std::string &name, const std::string &type, const std::string &access) {
    arguments += ", " + name + ": " + type;
    types += ", " + type;
    accesses += ", " + name + access;
  };
  if (biased)
    addInput("%s", "!tenon.tensor<[2, " + n + ", M] f32>", "[" + n + "*M*h + M*i + j]");
  if (keyMask)
    addInput("%m", "!tenon.tensor<[M] i1>", "[j]");
  if (residual)
    addInput("%r", o, result);
  std::string flags = "scale = 0.5 : f64, scoreInputs = " + number(biased + keyMask) + " : i64";
  for (auto [isSet, name] :
       {std::pair(causal, ", causal"), std::pair(keyMask, ", keyMask"),
        std::pair(skipsHidden, ", skipsHidden"), std::pair(strict, ", strict")})
    if (isSet)
      flags += name;
  std::string score = "score {\n^bb0(%x: f32, %b: f32):\n  %t = arith.addf %x, %b : f32\n"
                      "  tenon.yield %t : f32\n}";
  std::string plain = "{\n^bb0(%x: f32):\n  tenon.yield %x : f32\n}";
  std::string add = "{\n^bb0(%x: f32, %b: f32):\n  %t = arith.addf %x, %b : f32\n"
                    "  tenon.yield %t : f32\n}";
  return "tenon.size @N from 0 to *\ntenon.size @M from 0 to *\nfunc.func private @attend_0(" +
         arguments + ", %o: " + o + ") -> " + o +
         " {\n  %y = kernel.attend [batch h: 2, queries i: " + n + ", keys j: M, depth d: " + d +
         ", values e: " + e + "] (" + accesses + ") -> %o" + result + " {" + flags + "} : (" +
         types + ") -> " + o + " " + (biased ? score : "") + (residual ? add : plain) +
         "\n  return %y : " + o + "\n}\n";
}

Inputs::Inputs(const Form &form, int64_t queries, int64_t keys) : queries(queries), keys(keys) {
  int64_t heads = form.sharesKeys ? 1 : 2;
  q = makeValues(size_t(queries * 2 * form.depth), 1);
  k = makeValues(size_t(keys * heads * form.depth), 2);
  v = makeValues(size_t(keys * heads * form.width), 3);
  bias = makeValues(size_t(2 * queries * keys), 4);
  residual = makeValues(size_t(queries * 2 * form.width), 5);
  for (int64_t j = 0; j < keys; ++j)
    mask.push_back(j % 3 != 1 && j < 150);
}

/// What the form says in f64; infinities and NaN as f32 has them, key after key.
static std::vector<double> attend(const Form &form, const Inputs &in) {
  int64_t heads = form.sharesKeys ? 1 : 2;
  std::vector<double> result;
  for (int64_t i = 0; i < in.queries; ++i)
    for (int64_t h = 0; h < 2; ++h) {
      int64_t last = form.causal ? std::min(in.keys, i + 1 + in.keys - in.queries) : in.keys;
      if (form.skipsHidden && !in.mask[size_t(i)])
        last = 0;
      std::vector<int64_t> seen;
      std::vector<double> scores;
      double maximum = -INFINITY, sum = 0;
      bool hasNaN = false;
      for (int64_t j = 0; j < last; ++j) {
        if (form.keyMask && !in.mask[size_t(j)])
          continue;
        double score = 0;
        for (int64_t d = 0; d < form.depth; ++d)
          score += double(in.q[size_t((2 * i + h) * form.depth + d)]) *
                   in.k[size_t((heads * j + h % heads) * form.depth + d)];
        // A product that f32 cannot hold.
        if (std::isinf(float(score)))
          score = float(score);
        score *= 0.5;
        if (form.biased)
          score += in.bias[size_t((h * in.queries + i) * in.keys + j)];
        seen.push_back(j);
        scores.push_back(score);
        maximum = std::max(maximum, score);
        hasNaN |= std::isnan(score);
      }
      for (double &score : scores) {
        score = std::exp(score - (hasNaN ? NAN : maximum == -INFINITY ? 0 : maximum));
        sum += score;
      }
      for (int64_t e = 0; e < form.width; ++e) {
        double value = 0;
        for (size_t n = 0; n < seen.size(); ++n)
          value += scores[n] * in.v[size_t((heads * seen[n] + h % heads) * form.width + e)];
        bool isNothing = form.strict ? in.keys == 0 : sum == 0;
        value = isNothing ? 0 : value / sum;
        if (form.residual)
          value += in.residual[size_t((2 * i + h) * form.width + e)];
        result.push_back(value);
      }
    }
  return result;
}

/// How often `text` stands in a kernel's PTX.
static size_t countInPtx(const GpuKernel &kernel, const std::string &text) {
  size_t count = 0;
  for (size_t at = 0; (at = kernel.ptx.find(text, at)) != std::string::npos; ++at)
    ++count;
  return count;
}

static void check(const Form &form, GpuKernel &kernel, const Inputs &in, double bar = 1e-6) {
  kernel.add(in.q).add(in.k).add(in.v);
  if (form.biased)
    kernel.add(in.bias);
  if (form.keyMask)
    kernel.add(in.mask);
  if (form.residual)
    kernel.add(in.residual);
  kernel.addResult<float>(in.residual.size());
  std::vector<float> found = kernel.run<float>({in.queries, in.keys});
  std::vector<double> expected = attend(form, in);
  ASSERT_EQ(found.size(), expected.size());
  double error = 0, norm = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    std::string place = "element " + std::to_string(i) + " of " + std::to_string(in.queries) +
                        " queries, " + std::to_string(in.keys) + " keys";
    if (std::isfinite(expected[i])) {
      ASSERT_TRUE(std::isfinite(found[i])) << place;
      error += (found[i] - expected[i]) * (found[i] - expected[i]);
      norm += expected[i] * expected[i];
    } else if (std::isnan(expected[i])) {
      ASSERT_TRUE(std::isnan(found[i])) << place << ": " << found[i];
    } else {
      ASSERT_EQ(found[i], expected[i]) << place;
    }
  }
  EXPECT_LE(std::sqrt(error), bar * std::sqrt(norm));
}

using Sizes = std::vector<std::pair<int64_t, int64_t>>;

static void check(const Form &form, const Sizes &sizes) {
  GpuKernel kernel(form.getText());
  for (auto [queries, keys] : sizes)
    check(form, kernel, Inputs(form, queries, keys));
}

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
