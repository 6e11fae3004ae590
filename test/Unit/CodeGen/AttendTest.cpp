//===- AttendTest.cpp - Code for kernel.attend ----------------------------===//

#include "KernelRunner.h"

#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

using namespace tenon_test;

namespace {

// q [B, N, H, D], k [B, M, H, D], v [B, M, H, E], bias [H, N, M], o [B, N, H,
// E].
const char *const kAttend = R"(
tenon.size @B from 0 to *
tenon.size @N from 0 to *
tenon.size @M from 0 to *
func.func private @attend_0(%q: !tenon.tensor<[B, N, 3, $D] f32>,
    %k: !tenon.tensor<[B, M, 3, $D] f32>, %v: !tenon.tensor<[B, M, 3, $E] f32>,
    %s: !tenon.tensor<[3, N, M] f32>, %r: !tenon.tensor<[3, $E] f32>,
    %o: !tenon.tensor<[B, N, 3, $E] f32>) -> !tenon.tensor<[B, N, 3, $E] f32> {
  %y = kernel.attend [batch b: B, batch h: 3, queries i: N, keys j: M, depth d: $D, values e: $E]
      (%q[3*$D*N*b + 3*$D*i + $D*h + d], %k[3*$D*M*b + 3*$D*j + $D*h + d],
       %v[3*$E*M*b + 3*$E*j + $E*h + e], %s[N*M*h + M*i + j], %r[$E*h + e])
      -> %o[3*$E*N*b + 3*$E*i + $E*h + e] {scale = 0.5 : f64, scoreInputs = 1 : i64$CAUSAL}
      : (!tenon.tensor<[B, N, 3, $D] f32>, !tenon.tensor<[B, M, 3, $D] f32>,
         !tenon.tensor<[B, M, 3, $E] f32>, !tenon.tensor<[3, N, M] f32>,
         !tenon.tensor<[3, $E] f32>) -> !tenon.tensor<[B, N, 3, $E] f32>
  score {
  ^bb0(%x: f32, %bias: f32):
    %t = arith.addf %x, %bias : f32
    tenon.yield %t : f32
  } {
  ^bb0(%x: f32, %more: f32):
    %t = arith.addf %x, %more : f32
    tenon.yield %t : f32
  }
  return %y : !tenon.tensor<[B, N, 3, $E] f32>
}
)";

struct Problem {
  int64_t batch, queries, keys, depth, width;
  bool causal;
  std::vector<float> q, k, v, s, r;
  /// [batch, keys]; empty: every key is visible.
  std::vector<char> mask;

  Problem(int64_t batch, int64_t queries, int64_t keys, int64_t depth, int64_t width, bool causal)
      : batch(batch), queries(queries), keys(keys), depth(depth), width(width), causal(causal),
        q(makeNumbers(batch * queries * 3 * depth, 1)), k(makeNumbers(batch * keys * 3 * depth, 2)),
        v(makeNumbers(batch * keys * 3 * width, 3)), s(makeNumbers(3 * queries * keys, 4)),
        r(makeNumbers(3 * width, 5)) {}

  std::vector<float> run(Kernel &kernel, int64_t step = INT64_MAX) {
    std::vector<float> o(batch * queries * 3 * width, 9.0f);
    EXPECT_EQ(kernel.run({q.data(), k.data(), v.data(), s.data(), r.data(), o.data()},
                         {batch, queries, keys}, step),
              TN_OK);
    return o;
  }

  std::vector<double> compute() const {
    std::vector<double> o(batch * queries * 3 * width);
    for (int64_t b = 0; b < batch; ++b)
      for (int64_t h = 0; h < 3; ++h)
        for (int64_t i = 0; i < queries; ++i) {
          int64_t visible =
              causal ? std::min(keys, std::max<int64_t>(0, i + keys - queries + 1)) : keys;
          std::vector<double> p(visible);
          auto isHidden = [&](int64_t j) { return !mask.empty() && !mask[b * keys + j]; };
          double max = -INFINITY, sum = 0;
          for (int64_t j = 0; j < visible; ++j) {
            if (isHidden(j)) {
              p[j] = -INFINITY;
              continue;
            }
            for (int64_t d = 0; d < depth; ++d)
              p[j] += double(q[((b * queries + i) * 3 + h) * depth + d]) *
                      k[((b * keys + j) * 3 + h) * depth + d];
            p[j] = 0.5 * p[j] + s[(h * queries + i) * keys + j];
            max = std::max(max, p[j]);
          }
          for (double &x : p)
            sum += x = max == -INFINITY && !std::isnan(x) ? 0 : std::exp(x - max);
          for (int64_t e = 0; e < width; ++e) {
            double total = 0;
            for (int64_t j = 0; j < visible; ++j)
              total += isHidden(j) ? 0 : p[j] * v[((b * keys + j) * 3 + h) * width + e];
            o[((b * queries + i) * 3 + h) * width + e] =
                (sum == 0 ? 0 : total / sum) + r[h * width + e];
          }
        }
    return o;
  }
};

Kernel compile(const std::string &level, int64_t depth, int64_t width, bool causal) {
  return Kernel(fill(kAttend, {{"CAUSAL", causal ? ", causal" : ""},
                               {"D", std::to_string(depth)},
                               {"E", std::to_string(width)}}),
                level);
}

void checkClose(Problem &problem, Kernel &kernel, const std::string &what) {
  std::vector<float> o = problem.run(kernel);
  // The scale is 1/2 at every depth: scores, and their rounding, grow with it.
  double bound = 2e-6 * std::max(1.0, double(problem.depth) / 64);
  expectClose(
      o, problem.compute(), [=](size_t) { return bound; },
      what + " N=" + std::to_string(problem.queries) + " M=" + std::to_string(problem.keys));
  EXPECT_TRUE(areBitsEqual(o, problem.run(kernel, 1)));
}

TEST(Attend, AgreesWithLoopsAtOddSizes) {
  const int64_t widths[][2] = {{64, 64}, {5, 7}, {33, 17}, {1, 80}, {256, 200}};
  for (const std::string &level : getRunnableLevels())
    for (auto [depth, width] : widths)
      for (bool causal : {false, true}) {
        Kernel kernel = compile(level, depth, width, causal);
        ASSERT_TRUE(kernel);
        for (int64_t queries : {1, 5, 7, 100})
          for (int64_t keys : {0, 1, 16, 17, 100, 197}) {
            Problem problem(2, queries, keys, depth, width, causal);
            checkClose(problem, kernel, level + (causal ? " causal" : ""));
          }
      }
}

TEST(Attend, FullyMaskedRowsAreZero) {
  for (const std::string &level : getRunnableLevels()) {
    Kernel kernel = compile(level, 8, 8, false);
    ASSERT_TRUE(kernel);
    Problem problem(1, 9, 20, 8, 8, false);
    for (int64_t j = 0; j < 20; ++j)
      problem.s[(1 * 9 + 4) * 20 + j] = -INFINITY;
    problem.s[3] = -INFINITY;
    checkClose(problem, kernel, level);
  }
}

TEST(Attend, NanStaysInItsRow) {
  for (const std::string &level : getRunnableLevels()) {
    Kernel kernel = compile(level, 8, 8, false);
    ASSERT_TRUE(kernel);
    for (int64_t place : {0, 17, 19}) {
      Problem problem(1, 9, 20, 8, 8, false);
      problem.s[(2 * 9 + 3) * 20 + place] = NAN;
      checkClose(problem, kernel, level);
    }
  }
}

TEST(Attend, CausalRowsDoNotSeeLaterValues) {
  for (const std::string &level : getRunnableLevels()) {
    Kernel kernel = compile(level, 8, 8, true);
    ASSERT_TRUE(kernel);
    Problem problem(1, 20, 20, 8, 8, true);
    for (int64_t i = 0; i < 3 * 8; ++i) {
      problem.v[15 * 3 * 8 + i] = NAN;
      problem.k[16 * 3 * 8 + i] = NAN;
    }
    checkClose(problem, kernel, level);
  }
}

// q [B, N, 3, 8], k [B, M, 3, 8], v [B, M, 3, 8], mask [B, M]; with $SCORE a bias
// [3, N, M], too.
const char *const kMasked = R"(
tenon.size @B from 0 to *
tenon.size @N from 0 to *
tenon.size @M from 0 to *
func.func private @attend_0(%q: !tenon.tensor<[B, N, 3, 8] f32>, %k: !tenon.tensor<[B, M, 3, 8] f32>,
    %v: !tenon.tensor<[B, M, 3, 8] f32>, %s: !tenon.tensor<[3, N, M] f32>,
    %m: !tenon.tensor<[B, M] i1>, %o: !tenon.tensor<[B, N, 3, 8] f32>)
    -> !tenon.tensor<[B, N, 3, 8] f32> {
  %y = kernel.attend [batch b: B, batch h: 3, queries i: N, keys j: M, depth d: 8, values e: 8]
      (%q[24*N*b + 24*i + 8*h + d], %k[24*M*b + 24*j + 8*h + d], %v[24*M*b + 24*j + 8*h + e],
       %s[N*M*h + M*i + j], %m[M*b + j])
      -> %o[24*N*b + 24*i + 8*h + e] {scale = 0.5 : f64, scoreInputs = 2 : i64, keyMask$CAUSAL}
      : (!tenon.tensor<[B, N, 3, 8] f32>, !tenon.tensor<[B, M, 3, 8] f32>,
         !tenon.tensor<[B, M, 3, 8] f32>, !tenon.tensor<[3, N, M] f32>, !tenon.tensor<[B, M] i1>)
      -> !tenon.tensor<[B, N, 3, 8] f32> $SCORE {
  ^bb0(%x: f32):
    tenon.yield %x : f32
  }
  return %y : !tenon.tensor<[B, N, 3, 8] f32>
}
)";
const char *const kBias = R"(score {
  ^bb0(%x: f32, %bias: f32):
    %t = arith.addf %x, %bias : f32
    tenon.yield %t : f32
  })";

TEST(Attend, HiddenKeysDoNotMatter) {
  for (const std::string &level : getRunnableLevels())
    for (bool causal : {false, true})
      for (bool hasBias : {false, true}) {
        Kernel kernel(
            fill(kMasked, {{"CAUSAL", causal ? ", causal" : ""}, {"SCORE", hasBias ? kBias : ""}}),
            level);
        ASSERT_TRUE(kernel);
        for (int64_t queries : {1, 17})
          for (int64_t keys : {0, 1, 3, 16, 40, 197}) {
            Problem problem(3, queries, keys, 8, 8, causal);
            problem.r.assign(problem.r.size(), 0.0f);
            if (!hasBias)
              problem.s.assign(problem.s.size(), 0.0f);
            problem.mask.resize(3 * keys);
            // Some keys of the first sample, all of the second, none of the third.
            for (int64_t j = 0; j < keys; ++j) {
              problem.mask[j] = j % 3 == 1 || j % 5 == 0;
              problem.mask[keys + j] = 1;
            }
            for (int64_t j = 0; j < 3 * keys; ++j)
              for (int64_t i = 0; i < 3 * 8 && !problem.mask[j]; ++i)
                problem.k[j * 24 + i] = problem.v[j * 24 + i] = i % 2 ? NAN : INFINITY;
            std::vector<float> o(3 * queries * 24, 9.0f);
            EXPECT_EQ(kernel.run({problem.q.data(), problem.k.data(), problem.v.data(),
                                  problem.s.data(), problem.mask.data(), o.data()},
                                 {3, queries, keys}),
                      TN_OK);
            expectClose(
                o, problem.compute(), [](size_t) { return 2e-6; },
                level + (causal ? " causal" : "") + (hasBias ? " bias" : "") +
                    " N=" + std::to_string(queries) + " M=" + std::to_string(keys));
          }
      }
}

TEST(Attend, SamplesDoNotDependOnTheBatch) {
  for (const std::string &level : getRunnableLevels()) {
    Kernel kernel = compile(level, 33, 17, false);
    ASSERT_TRUE(kernel);
    Problem problem(3, 11, 37, 33, 17, false);
    std::vector<float> all = problem.run(kernel);
    Problem first(1, 11, 37, 33, 17, false);
    std::copy_n(problem.q.begin(), first.q.size(), first.q.begin());
    std::copy_n(problem.k.begin(), first.k.size(), first.k.begin());
    std::copy_n(problem.v.begin(), first.v.size(), first.v.begin());
    std::vector<float> one = first.run(kernel);
    all.resize(one.size());
    EXPECT_TRUE(areBitsEqual(one, all));
  }
}

const char *const kScaledOnly = R"(
func.func private @attend_0(%q: !tenon.tensor<[$N, 16] f32>, %k: !tenon.tensor<[9, 16] f32>,
    %v: !tenon.tensor<[9, 16] f32>, %o: !tenon.tensor<[$N, 16] f32>) -> !tenon.tensor<[$N, 16] f32> {
  %y = kernel.attend [queries i: $N, keys j: 9, depth d: 16, values e: 16]
      (%q[16*i + d], %k[16*j + d], %v[16*j + e]) -> %o[16*i + e] {scale = 0.3 : f64,
       scoreInputs = 0 : i64}
      : (!tenon.tensor<[$N, 16] f32>, !tenon.tensor<[9, 16] f32>, !tenon.tensor<[9, 16] f32>)
      -> !tenon.tensor<[$N, 16] f32> {
  ^bb0(%x: f32):
    tenon.yield %x : f32
  }
  return %y : !tenon.tensor<[$N, 16] f32>
}
)";

/// Numbers that end where memory ends: a read beyond them is a crash.
class GuardedNumbers {
public:
  explicit GuardedNumbers(const std::vector<float> &numbers) {
    size_t page = sysconf(_SC_PAGESIZE), size = numbers.size() * sizeof(float);
    size_t pages = (size + page - 1) / page;
    mappedBytes = (pages + 1) * page;
    mapped = static_cast<char *>(
        mmap(nullptr, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(mapped + pages * page, page, PROT_NONE);
    start = mapped + pages * page - size;
    std::memcpy(start, numbers.data(), size);
  }
  GuardedNumbers(const GuardedNumbers &) = delete;
  ~GuardedNumbers() { munmap(mapped, mappedBytes); }
  void *data() { return start; }

private:
  size_t mappedBytes;
  char *mapped, *start;
};

/// softmax(0.3 q k^T) v of 9 keys.
std::vector<double> attend(const std::vector<float> &q, const std::vector<float> &k,
                           const std::vector<float> &v) {
  std::vector<double> o(q.size());
  for (size_t i = 0; i < q.size() / 16; ++i) {
    double p[9] = {}, max = -INFINITY, sum = 0;
    for (size_t j = 0; j < 9; ++j) {
      for (size_t d = 0; d < 16; ++d)
        p[j] += 0.3 * q[16 * i + d] * k[16 * j + d];
      max = std::max(max, p[j]);
    }
    for (double &x : p)
      sum += x = std::exp(x - max);
    for (size_t j = 0; j < 9; ++j)
      for (size_t e = 0; e < 16; ++e)
        o[16 * i + e] += p[j] / sum * v[16 * j + e];
  }
  return o;
}

TEST(Attend, ConstantNumbersOfQueriesStayInsideTheirMemory) {
  for (const std::string &level : getRunnableLevels())
    for (size_t n : {1, 7, 31, 36, 37, 72, 73, 74, 109, 145, 199}) {
      Kernel kernel(fill(kScaledOnly, {{"N", std::to_string(n)}}), level);
      ASSERT_TRUE(kernel);
      std::vector<float> q = makeNumbers(16 * n, 1), k = makeNumbers(16 * 9, 2),
                         v = makeNumbers(16 * 9, 3), o(16 * n);
      GuardedNumbers guardedQ(q), guardedK(k), guardedV(v);
      EXPECT_EQ(kernel.run({guardedQ.data(), guardedK.data(), guardedV.data(), o.data()}, {}),
                TN_OK);
      expectClose(
          o, attend(q, k, v), [](size_t) { return 1e-6; }, level + " N=" + std::to_string(n));
    }
}

TEST(Attend, LargeScoresKeepTheirDifferences) {
  for (const std::string &level : getRunnableLevels()) {
    size_t n = 40;
    Kernel kernel(fill(kScaledOnly, {{"N", std::to_string(n)}}), level);
    ASSERT_TRUE(kernel);
    std::vector<float> q = makeNumbers(16 * n, 1), k = makeNumbers(16 * 9, 2),
                       v = makeNumbers(16 * 9, 3), o(16 * n);
    for (float &x : q)
      x *= 1e10f;
    EXPECT_EQ(kernel.run({q.data(), k.data(), v.data(), o.data()}, {}), TN_OK);
    expectClose(o, attend(q, k, v), [](size_t) { return 1e-6; }, level);
  }
}

} // namespace
