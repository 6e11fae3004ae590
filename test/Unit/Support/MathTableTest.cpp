//===- MathTableTest.cpp - Math programs against the C library in f64 -----===//

#include "tenon/Support/MathTable.h"
#include "tenon/Support/HostMath.h"
#include "tenon/Support/MathPrograms.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <map>
#include <ostream>
#include <string>

using namespace mlir::tenon;

namespace mlir::tenon {

/// How test names show a row.
void PrintTo(const MathFunction &function, std::ostream *os) { *os << function.name; }

} // namespace mlir::tenon

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

double sigmoid(double x) {
  return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}
double gelu(double x) { return x * (std::erfc(-x * std::sqrt(0.5)) / 2); }
double expFlushed(double x) { return x < -0x1.5d589ep+6 ? 0 : std::exp(x); }
double exp2Flushed(double x) { return x < -126 ? 0 : std::exp2(x); }

using Exact = double (*)(double);

/// An exact function, and between which arguments it is compared.
struct Row {
  Exact exact;
  float low = -kInf, high = kInf;
};

/// The exact functions by their name in the table.
const std::map<std::string, Row> &exactFunctions() {
  static const std::map<std::string, Row> functions = {
      {"exp", {std::exp}},
      {"exp_flushed", {expFlushed, -kInf, 88.0f}},
      {"exp2_flushed", {exp2Flushed, -kInf, 127.0f}},
      {"expm1", {std::expm1}},
      {"log", {std::log}},
      {"tanh", {std::tanh}},
      {"erf", {std::erf}},
      {"gelu", {gelu}},
      {"sigmoid", {sigmoid}},
      {"sin", {std::sin, -1e5f, 1e5f}},
      {"cos", {std::cos, -1e5f, 1e5f}},
  };
  return functions;
}

float evaluate(const char *name, float x) {
  HostMath builder;
  for (const auto &program : math_programs::kPrograms<HostMath>)
    if (std::string(program.name) == name)
      return program.emit(builder, x);
  ADD_FAILURE() << "no program " << name;
  return kNaN;
}

float fromBits(uint32_t pattern) { return HostMath().fromBits(pattern); }

/// The distance of f32 values next to `exact`.
double unitInLastPlace(double exact) {
  int exponent;
  std::frexp(exact, &exponent);
  return std::ldexp(1.0, std::max(exponent - 24, -149));
}

/// Compares one value and returns its error in ulp; infinities, NaN and the
/// sign of zeros must agree exactly.
double error(const MathFunction &function, float x, float y, double exact) {
  if (std::isnan(exact)) {
    EXPECT_TRUE(std::isnan(y)) << function.name << "(" << x << ") = " << y;
    return 0;
  }
  float rounded = static_cast<float>(exact);
  if (std::isinf(rounded) || std::isinf(y) || exact == 0) {
    EXPECT_EQ(y, rounded) << function.name << "(" << x << ")";
    EXPECT_EQ(std::signbit(y), std::signbit(rounded)) << function.name << "(" << x << ")";
    return 0;
  }
  double distance = std::abs(y - exact);
  if (std::abs(exact) < function.absoluteBelow) {
    EXPECT_LE(distance, 1e-7) << function.name << "(" << x << ")";
    return 0;
  }
  return distance / unitInLastPlace(exact);
}

class MathPrograms : public testing::TestWithParam<MathFunction> {};

std::string testName(const testing::TestParamInfo<MathFunction> &info) {
  return std::string(info.param.name);
}

} // namespace

TEST_P(MathPrograms, StayWithinRecordedError) {
  const MathFunction &function = GetParam();
  const auto &program =
      math_programs::kPrograms<HostMath>[findMathFunction(function.name) - kMathFunctions];
  ASSERT_EQ(program.name, function.name);
  const Row &row = exactFunctions().at(std::string(function.name));
  HostMath builder;
  double worst = 0;
  float where = 0;
  auto check = [&](float x) {
    if (x < row.low || x > row.high)
      return;
    double ulp = error(function, x, program.emit(builder, x), row.exact(x));
    if (ulp > worst) {
      worst = ulp;
      where = x;
    }
  };
  // Every 2039th of all f32 values, NaNs included, and the ends of every
  // binade.
  for (uint64_t pattern = 0; pattern < (uint64_t(1) << 32); pattern += 2039)
    check(fromBits(static_cast<uint32_t>(pattern)));
  for (uint32_t exponent = 0; exponent < 512; ++exponent)
    for (int offset = -2; offset <= 2; ++offset)
      check(fromBits((exponent << 23) + static_cast<uint32_t>(offset)));
  // Densely where networks live.
  for (int k = -(1 << 19); k <= 1 << 19; ++k)
    check(static_cast<float>(k) * 0x1p-15f);
  // Around the points where a result overflows, vanishes or saturates.
  for (float center :
       {88.7228f, -87.3365f, -103.9721f, 9.0109f,     -9.0109f,   3.8325f,   -3.8325f,
        3.95f,    5.6f,      -5.6f,      -17.3287f,   0.34657f,   -0.34657f, 0.70711f,
        1.41421f, 1.0f,      1.5707964f, -1.5707964f, 3.1415927f, 99999.0f,  -98960.17f})
    for (int offset = -5000; offset <= 5000; ++offset)
      check(fromBits(builder.bits(center) + static_cast<uint32_t>(offset)));
  EXPECT_LE(worst, function.measuredUlp) << "at " << where;
  RecordProperty("ulp", std::to_string(worst));
}

INSTANTIATE_TEST_SUITE_P(All, MathPrograms, testing::ValuesIn(kMathFunctions), testName);

TEST(MathProgramEdges, Exp) {
  EXPECT_EQ(evaluate("exp", -kInf), 0.0f);
  EXPECT_EQ(evaluate("exp", kInf), kInf);
  EXPECT_EQ(evaluate("exp", 0.0f), 1.0f);
  EXPECT_EQ(evaluate("exp", 88.73f), kInf);
  EXPECT_LT(evaluate("exp", 88.72f), kInf);
  EXPECT_EQ(evaluate("exp", -103.0f), 0x1p-149f);
  EXPECT_TRUE(std::isnan(evaluate("exp", kNaN)));
  EXPECT_EQ(evaluate("exp_flushed", -kInf), 0.0f);
  EXPECT_EQ(evaluate("exp_flushed", -88.0f), 0.0f);
  EXPECT_EQ(evaluate("exp_flushed", 0.0f), 1.0f);
  EXPECT_TRUE(std::isnan(evaluate("exp_flushed", fromBits(0x7fffffff))));
  EXPECT_EQ(evaluate("exp2_flushed", -kInf), 0.0f);
  EXPECT_EQ(evaluate("exp2_flushed", -126.0f), 0x1p-126f);
  EXPECT_EQ(evaluate("exp2_flushed", std::nextafter(-126.0f, -kInf)), 0.0f);
  EXPECT_EQ(evaluate("exp2_flushed", 0.0f), 1.0f);
  EXPECT_EQ(evaluate("exp2_flushed", 127.0f), 0x1p127f);
  EXPECT_TRUE(std::isnan(evaluate("exp2_flushed", kNaN)));
}

TEST(MathProgramEdges, Log) {
  EXPECT_EQ(evaluate("log", 0.0f), -kInf);
  EXPECT_EQ(evaluate("log", -0.0f), -kInf);
  EXPECT_EQ(evaluate("log", kInf), kInf);
  EXPECT_EQ(evaluate("log", 1.0f), 0.0f);
  EXPECT_TRUE(std::isnan(evaluate("log", -0x1p-149f)));
  EXPECT_TRUE(std::isnan(evaluate("log", -kInf)));
}

TEST(MathProgramEdges, OddFunctionsKeepTheSignOfZeroAndSaturate) {
  for (const char *name : {"tanh", "erf"}) {
    EXPECT_TRUE(std::signbit(evaluate(name, -0.0f))) << name;
    EXPECT_FALSE(std::signbit(evaluate(name, 0.0f))) << name;
    EXPECT_EQ(evaluate(name, kInf), 1.0f) << name;
    EXPECT_EQ(evaluate(name, -kInf), -1.0f) << name;
    EXPECT_EQ(evaluate(name, 9.5f), 1.0f) << name;
  }
  EXPECT_TRUE(std::signbit(evaluate("expm1", -0.0f)));
  EXPECT_EQ(evaluate("expm1", -kInf), -1.0f);
}

TEST(MathProgramEdges, NothingLeavesItsRange) {
  for (uint64_t pattern = 0; pattern < 0x7f800000; pattern += 509)
    for (const char *name : {"tanh", "erf", "sigmoid"})
      ASSERT_LE(evaluate(name, fromBits(static_cast<uint32_t>(pattern))), 1.0f) << name;
}

TEST(MathProgramEdges, SineAndCosine) {
  EXPECT_TRUE(std::signbit(evaluate("sin", -0.0f)));
  EXPECT_FALSE(std::signbit(evaluate("sin", 0.0f)));
  EXPECT_EQ(evaluate("cos", 0.0f), 1.0f);
  // Every multiple of pi / 2 that is near an f32 is hard on the reduction.
  for (int k = -63000; k <= 63000; ++k) {
    float x = static_cast<float>(k * M_PI_2);
    ASSERT_NEAR(evaluate("sin", x), std::sin(double(x)), 1e-7) << x;
    ASSERT_NEAR(evaluate("cos", x), std::cos(double(x)), 1e-7) << x;
  }
  for (float x = 1e5f; x <= 0x1p+22f; x *= 1.0001f) {
    ASSERT_NEAR(evaluate("sin", x), std::sin(double(x)), 3e-7) << x;
    ASSERT_NEAR(evaluate("cos", -x), std::cos(double(x)), 3e-7) << x;
  }
  for (float x : {0x1.1p+22f, -1e9f, kInf, kNaN})
    for (const char *name : {"sin", "cos"})
      EXPECT_TRUE(std::isnan(evaluate(name, x))) << name << " " << x;
}

TEST(MathTable, FindsRowsByName) {
  ASSERT_NE(findMathFunction("erf"), nullptr);
  EXPECT_EQ(findMathFunction("erf")->name, "erf");
  EXPECT_EQ(findMathFunction("bessel"), nullptr);
}

TEST(MathTable, ProgramsAreShort) {
  const std::map<std::string, int> limits = {
      {"exp", 16},     {"exp_flushed", 14}, {"exp2_flushed", 13}, {"expm1", 18},
      {"log", 30},     {"tanh", 19},        {"erf", 24},          {"gelu", 30},
      {"sigmoid", 15}, {"sin", 33},         {"cos", 32}};
  for (const MathFunction &function : kMathFunctions)
    EXPECT_LE(countOperations(function), limits.at(std::string(function.name))) << function.name;
}
