//===- AttendForm.cpp - Forms of attention on GPUs, and what they give ----===//

#include "AttendForm.h"

#include <cmath>

using namespace tenon_test;

std::string Form::getText() const {
  auto number = [](int64_t value) { return std::to_string(value); };
  std::string n = queries, d = number(depth), e = number(width), heads = sharesKeys ? "" : "2, ";
  std::string factor = isNarrow ? "] bf16>" : "] f32>";
  std::string q = "!tenon.tensor<[" + n + ", 2, " + d + factor;
  std::string k = "!tenon.tensor<[M, " + heads + d + factor;
  std::string v = "!tenon.tensor<[M, " + heads + e + factor;
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
  std::string flags = "scale = " + std::to_string(scale) +
                      " : f64, scoreInputs = " + number(biased + keyMask) + " : i64";
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
  if (form.isNarrow)
    for (std::vector<float> *factor : {&q, &k, &v})
      cutToBF16(*factor);
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
        score *= form.scale;
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

size_t tenon_test::countInPtx(const GpuKernel &kernel, const std::string &text) {
  size_t count = 0;
  for (size_t at = 0; (at = kernel.ptx.find(text, at)) != std::string::npos; ++at)
    ++count;
  return count;
}

void tenon_test::check(const Form &form, GpuKernel &kernel, const Inputs &in, double bar) {
  for (std::vector<float> factor : {in.q, in.k, in.v})
    if (form.isNarrow)
      kernel.add(cutToBF16(factor));
    else
      kernel.add(factor);
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

void tenon_test::check(const Form &form, const Sizes &sizes, double bar) {
  GpuKernel kernel(form.getText(), form.target);
  for (auto [queries, keys] : sizes)
    check(form, kernel, Inputs(form, queries, keys), bar);
}
