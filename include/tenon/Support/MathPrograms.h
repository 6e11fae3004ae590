//===- MathPrograms.h - Elementwise functions as short programs -*- C++ -*-===//
//
// Every function here is written once, as straight-line code over a builder,
// and is used three ways: evaluated on the host (HostMath.h), costed
// (MathTable.cpp), and emitted as IR by the code generators. There are no
// branches, so any vector length works.
//
// A builder B provides
//
//   types    B::Value   an f32
//            B::Int     32 bits of an integer, wrapping in arithmetic
//            B::Cond    a truth value
//
//   Value constant(float)            Int intConstant(int32_t)
//   Value add(a, b), sub, mul, div   IEEE, round to nearest even
//   Value fma(a, b, c)               a * b + c, rounded once
//   Value min(a, b)                  a < b ? a : b, hence b when either is NaN
//   Value max(a, b)                  a > b ? a : b, hence b when either is NaN
//   Value abs(a)                     clears the sign bit
//   Value copysign(a, b)             magnitude of a, sign of b
//   Cond  less(a, b)                 a < b; false when either is NaN
//   Value select(Cond, a, b)         a where true
//   Int   bits(Value)                the bit pattern
//   Value fromBits(Int)              its inverse
//   Value toFloat(Int)               the signed integer's value, rounded
//   Int   addInt(a, b), subInt(a, b)
//   Int   shiftLeft(a, unsigned)     zeros enter
//   Int   shiftRight(a, unsigned)    the sign is repeated
//
// Contraction, reassociation and assumptions about NaN or infinity are not
// allowed in an implementation: the programs rely on each rounding. Clamps are
// written min(limit, x), which is one x86 instruction and lets NaN through.
// Coefficients come from scripts/fit_math.py, lowest order first.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_MATHPROGRAMS_H
#define TENON_SUPPORT_MATHPROGRAMS_H

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>

namespace mlir::tenon::math_programs {

namespace detail {

// exp(r) = 1 + r + r^2 P(r): degree 7 on |r| <= ln 2, 6 on |r| <= ln 2 / 2.
inline constexpr float kExp[] = {0x1.00000cp-1f, 0x1.555514p-3f,  0x1.5549fp-5f,
                                 0x1.1126eap-7f, 0x1.71beeap-10f, 0x1.9ba6ap-13f};
inline constexpr float kExpHalf[] = {0x1.fffffcp-2f, 0x1.555492p-3f, 0x1.5558acp-5f, 0x1.12397cp-7f,
                                     0x1.6a511ap-10f};
// 2^f = 1 + f P(f) on |f| <= 1/2.
inline constexpr float kExp2[] = {0x1.62e42ap-1f, 0x1.ebf9c2p-3f, 0x1.c6b6dcp-5f, 0x1.3ce8cp-7f,
                                  0x1.5bd898p-10f};
// expm1(r) = r + r^2 P(r) on |r| <= ln 2 / 2.
inline constexpr float kExpm1[] = {0x1.fffffep-2f, 0x1.5554b4p-3f, 0x1.5556f4p-5f, 0x1.12253ep-7f,
                                   0x1.6b9a24p-10f};
// log(1 + f) = f - f^2 / 2 + f^3 P(f) on sqrt(1/2) <= 1 + f <= sqrt(2).
inline constexpr float kLog[] = {0x1.555554p-2f, -0x1.000226p-2f, 0x1.99a01cp-3f, -0x1.54728ap-3f,
                                 0x1.22d92ep-3f, -0x1.0d8242p-3f, 0x1.055ec4p-3f, -0x1.38c9d4p-4f};
// erfc(a) = exp(a P(a)) on 0 <= a <= 3.95.
inline constexpr float kLogErfc[] = {-0x1.20dd76p+0f, -0x1.45f26ep-1f,  -0x1.a530f6p-4f,
                                     0x1.3db49ep-6f,  -0x1.72be1p-12f,  -0x1.1ce7cp-10f,
                                     0x1.282f52p-12f, -0x1.7184c2p-17f, -0x1.d97b94p-19f};
// erfc(a / sqrt(2)) = exp(a P(a)) on 0 <= a <= 5.6.
inline constexpr float kLogTail[] = {-0x1.98848cp-1f, -0x1.45ee48p-2f,  -0x1.2a3456p-5f,
                                     0x1.41186cp-8f,  -0x1.42454cp-14f, -0x1.3cdae8p-13f,
                                     0x1.3f54e2p-15f, -0x1.2727dp-18f,  0x1.c0bffcp-23f};

// sin(r) = r + r^3 P(r^2) and cos(r) = 1 - r^2 / 2 + r^4 P(r^2) on |r| <= pi / 4.
inline constexpr float kSin[] = {-0x1.555544p-3f, 0x1.1106aap-7f, -0x1.990d74p-13f};
inline constexpr float kCos[] = {0x1.555548p-5f, -0x1.6c0af4p-10f, 0x1.99911cp-16f};

// pi / 2 in three parts; each is the rounding error of those before.
inline constexpr float kHalfPi[] = {0x1.921fb6p+0f, -0x1.777a5cp-25f, -0x1.ee59dap-50f};
inline constexpr float kTwoOverPi = 0x1.45f306p-1f;
inline constexpr float kLog2E = 0x1.715476p+0f;
// ln 2, and in two parts: the second is the first's rounding error. The first
// is rounded down, so that both are positive.
inline constexpr float kLn2 = 0x1.62e43p-1f;
inline constexpr float kLn2High = 0x1.62e42ep-1f;
inline constexpr float kLn2Low = 0x1.efa39ep-25f;
// ln 2 with a first part of 11 bits.
inline constexpr float kLn2Top = 0x1.62ep-1f;
inline constexpr float kLn2Rest = 0x1.0bfbe8p-15f;
// Adding 1.5 * 2^23 + k rounds |x| < 2^21 to an integer n, and leaves n + k in
// the low bits of the pattern; k = 127 is the exponent's bias.
inline constexpr float kRound = 0x1.8p+23f;

/// c[0] + c[1] x + ... by Horner's rule.
template <class Builder, size_t N>
typename Builder::Value horner(Builder &b, const float (&c)[N], typename Builder::Value x) {
  auto value = b.constant(c[N - 1]);
  for (size_t k = N - 1; k-- > 0;)
    value = b.fma(value, x, b.constant(c[k]));
  return value;
}

/// x = n (step ln 2) + r with |r| <= |step| ln 2 / 2, and
/// power = 2^(n + bias - 127).
template <class Builder> struct ExpReduction {
  typename Builder::Value n, power;
  float step;

  ExpReduction(Builder &b, typename Builder::Value x, float step, int bias) : step(step) {
    auto round = b.constant(kRound + static_cast<float>(bias));
    auto t = b.fma(x, b.constant(kLog2E / step), round);
    n = b.sub(t, round);
    power = b.fromBits(b.shiftLeft(b.bits(t), 23));
  }

  /// r, right to its last bits for |n| < 2^9.
  typename Builder::Value remainder(Builder &b, typename Builder::Value x) {
    auto r = b.fma(n, b.constant(-step * kLn2High), x);
    return b.fma(n, b.constant(-step * kLn2Low), r);
  }
  /// r with an absolute error of up to 2e-9 * n.
  typename Builder::Value remainderFast(Builder &b, typename Builder::Value x) {
    return b.fma(n, b.constant(-step * kLn2), x);
  }
  /// r for x = y * z before the product is rounded; as exact as remainder().
  typename Builder::Value remainderOfProduct(Builder &b, typename Builder::Value y,
                                             typename Builder::Value z) {
    // n * kLn2Top is exact.
    auto r = b.fma(y, z, b.mul(n, b.constant(-step * kLn2Top)));
    return b.fma(n, b.constant(-step * kLn2Rest), r);
  }
};

/// expm1(r) on |r| <= ln 2 / 2.
template <class Builder>
typename Builder::Value expm1Reduced(Builder &b, typename Builder::Value r) {
  return b.fma(b.mul(r, r), horner(b, kExpm1, r), r);
}

/// expm1(x) for -80 <= x <= 80, with an absolute error of exp(x) * 2e-9 * |x|
/// beside the rounding errors.
template <class Builder> typename Builder::Value expm1Fast(Builder &b, typename Builder::Value x) {
  ExpReduction<Builder> reduced(b, x, 1.0f, 127);
  auto q = expm1Reduced(b, reduced.remainderFast(b, x));
  return b.fma(reduced.power, q, b.sub(reduced.power, b.constant(1.0f)));
}

/// sin(x + quarters * pi / 2) for |x| <= 2^22. Larger x determine their sine, but
/// this reduction does not find it: NaN.
template <class Builder>
typename Builder::Value sinShifted(Builder &b, typename Builder::Value x, int quarters) {
  auto round = b.constant(kRound);
  auto t = b.fma(x, b.constant(kTwoOverPi), round);
  auto n = b.sub(t, round);
  auto r = x;
  for (float part : kHalfPi)
    r = b.fma(n, b.constant(-part), r);
  auto z = b.mul(r, r);
  auto sine = b.fma(horner(b, kSin, z), b.mul(z, r), r);
  auto cosine =
      b.fma(horner(b, kCos, z), b.mul(z, z), b.fma(z, b.constant(-0.5f), b.constant(1.0f)));
  // The low bits of the quadrant, moved to where the sign is.
  auto quadrant = b.bits(t);
  if (quarters != 0)
    quadrant = b.addInt(quadrant, b.intConstant(quarters));
  auto zero = b.constant(0.0f), one = b.constant(1.0f);
  auto oddSign = b.copysign(one, b.fromBits(b.shiftLeft(quadrant, 31)));
  auto halfSign = b.copysign(one, b.fromBits(b.shiftLeft(quadrant, 30)));
  auto y = b.mul(b.select(b.less(oddSign, zero), cosine, sine), halfSign);
  auto size = b.abs(x);
  // Tiny angles are their own sine, -0.0 too.
  if (quarters == 0)
    y = b.select(b.less(size, b.constant(0x1p-12f)), x, y);
  return b.select(b.less(size, b.constant(0x1.000002p+22f)), y,
                  b.constant(std::numeric_limits<float>::quiet_NaN()));
}

} // namespace detail

/// exp(x), for every x. The power is applied in two equal steps, so that results may be
/// denormal or overflow, rounded once.
template <class Builder> typename Builder::Value exp(Builder &b, typename Builder::Value x) {
  x = b.min(b.constant(89.0f), b.max(b.constant(-105.0f), x));
  detail::ExpReduction<Builder> reduced(b, x, 2.0f, 127);
  auto r = reduced.remainder(b, x);
  auto one = b.constant(1.0f);
  auto p = detail::horner(b, detail::kExp, r);
  p = b.fma(b.fma(p, r, one), r, one);
  return b.mul(b.mul(p, reduced.power), reduced.power);
}

/// exp(x) for x <= 88, with results below 2^-126 replaced by 0: no denormal is
/// ever computed, which costs many cycles on some CPUs. For softmax, where x <=
/// 0 and masked scores are -inf.
template <class Builder> typename Builder::Value expFlushed(Builder &b, typename Builder::Value x) {
  detail::ExpReduction<Builder> reduced(b, x, 1.0f, 127);
  auto r = reduced.remainder(b, x);
  auto one = b.constant(1.0f);
  auto p = detail::horner(b, detail::kExpHalf, r);
  p = b.fma(b.fma(p, r, one), r, one);
  auto tiny = b.less(x, b.constant(-0x1.5d589ep+6f));
  return b.select(tiny, b.constant(0.0f), b.mul(p, reduced.power));
}

/// 2^x for x <= 127, with results below 2^-126 replaced by 0. For the weights of
/// attention, whose exponents have a factor anyway that can be in base 2: four
/// multiplications less per element than expFlushed.
template <class Builder>
typename Builder::Value exp2Flushed(Builder &b, typename Builder::Value x) {
  auto round = b.constant(detail::kRound + 127.0f);
  auto t = b.add(x, round);
  auto fraction = b.sub(x, b.sub(t, round));
  auto power = b.fromBits(b.shiftLeft(b.bits(t), 23));
  auto p = b.fma(detail::horner(b, detail::kExp2, fraction), fraction, b.constant(1.0f));
  auto tiny = b.less(x, b.constant(-126.0f));
  return b.select(tiny, b.constant(0.0f), b.mul(p, power));
}

/// exp(x) - 1, for every x.
template <class Builder> typename Builder::Value expm1(Builder &b, typename Builder::Value x) {
  auto clamped = b.min(b.constant(89.0f), b.max(b.constant(-20.0f), x));
  // power = 2^(n - 1), which is finite for n = 128; the sum doubles.
  detail::ExpReduction<Builder> reduced(b, clamped, 1.0f, 126);
  auto q = detail::expm1Reduced(b, reduced.remainder(b, clamped));
  auto half = b.fma(reduced.power, q, b.sub(reduced.power, b.constant(0.5f)));
  return b.copysign(b.add(half, half), x);
}

/// The natural logarithm: log(0) = -inf, NaN below 0.
template <class Builder> typename Builder::Value log(Builder &b, typename Builder::Value x) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  constexpr int32_t sqrtHalf = 0x3f3504f3;
  auto zero = b.constant(0.0f);
  // x = 2^e * (1 + f); denormals are scaled into the normal range first.
  auto small = b.less(x, b.constant(0x1p-126f));
  auto scaled = b.bits(b.mul(x, b.select(small, b.constant(0x1p+25f), b.constant(1.0f))));
  auto e = b.shiftRight(b.subInt(scaled, b.intConstant(sqrtHalf)), 23);
  auto f = b.sub(b.fromBits(b.subInt(scaled, b.shiftLeft(e, 23))), b.constant(1.0f));
  auto n = b.add(b.toFloat(e), b.select(small, b.constant(-25.0f), zero));

  auto q = b.fma(detail::horner(b, detail::kLog, f), f, b.constant(-0.5f));
  auto tail = b.fma(b.mul(f, f), q, b.mul(n, b.constant(detail::kLn2Low)));
  auto value = b.fma(n, b.constant(detail::kLn2High), b.add(f, tail));

  auto nan = b.constant(std::numeric_limits<float>::quiet_NaN());
  auto notPositive = b.select(b.less(x, zero), nan, b.constant(-inf));
  value = b.select(b.less(zero, x), value, notPositive);
  return b.select(b.less(x, b.constant(inf)), value, x);
}

/// The hyperbolic tangent, m / (m + 2) with m = expm1(2 |x|); keeps -0.0, and
/// is exactly 1 where 1 is the nearest f32.
template <class Builder> typename Builder::Value tanh(Builder &b, typename Builder::Value x) {
  auto a = b.abs(x);
  auto m = detail::expm1Fast(b, b.min(b.constant(20.0f), b.add(a, a)));
  return b.copysign(b.div(m, b.add(m, b.constant(2.0f))), x);
}

/// The error function, -expm1(log(erfc(|x|))); keeps -0.0, and is exactly 1
/// where 1 is the nearest f32.
template <class Builder> typename Builder::Value erf(Builder &b, typename Builder::Value x) {
  auto a = b.min(b.constant(3.95f), b.abs(x));
  auto m = detail::expm1Fast(b, b.mul(a, detail::horner(b, detail::kLogErfc, a)));
  return b.copysign(m, x);
}

/// x Phi(x) = x (1 + erf(x / sqrt(2))) / 2, the GELU activation. Unlike the
/// formula, it keeps its relative accuracy for negative x down to -2.7; from
/// there on the absolute error is below 1e-7.
template <class Builder> typename Builder::Value gelu(Builder &b, typename Builder::Value x) {
  auto a = b.abs(x);
  auto one = b.constant(1.0f);
  auto factor = detail::horner(b, detail::kLogTail, a);
  detail::ExpReduction<Builder> reduced(b, b.mul(a, factor), 1.0f, 126);
  auto r = reduced.remainderOfProduct(b, a, factor);
  auto p = b.add(one, detail::expm1Reduced(b, r));
  auto tail = b.select(b.less(a, b.constant(5.6f)), b.mul(p, reduced.power), b.constant(0.0f));
  return b.mul(x, b.select(b.less(x, b.constant(0.0f)), tail, b.sub(one, tail)));
}

/// The sine of x radians, |x| <= 2^22; keeps -0.0.
template <class Builder> typename Builder::Value sin(Builder &b, typename Builder::Value x) {
  return detail::sinShifted(b, x, 0);
}

/// The cosine of x radians, |x| <= 2^22.
template <class Builder> typename Builder::Value cos(Builder &b, typename Builder::Value x) {
  return detail::sinShifted(b, x, 1);
}

/// 1 / (1 + exp(-x)), computed as p / (2^-n + p) with exp(x) = 2^n p. Both parts have a factor
/// of 2^-24, so that 2^-n is finite down to where the result is denormal, and rounded once.
template <class Builder> typename Builder::Value sigmoid(Builder &b, typename Builder::Value x) {
  constexpr float scale = 0x1p-24f;
  float coefficients[std::size(detail::kExpHalf)];
  for (size_t k = 0; k < std::size(coefficients); ++k)
    coefficients[k] = scale * detail::kExpHalf[k];
  // Beyond these the result is 1 or 0.
  x = b.min(b.constant(60.0f), b.max(b.constant(-104.0f), x));
  detail::ExpReduction<Builder> reduced(b, x, -1.0f, 103);
  auto r = reduced.remainder(b, x);
  auto unit = b.constant(scale);
  auto p = detail::horner(b, coefficients, r);
  p = b.fma(b.fma(p, r, unit), r, unit);
  return b.div(p, b.add(reduced.power, p));
}

/// One row of the list below: a program under the name it has in MathTable.h.
template <class Builder> struct Program {
  const char *name;
  typename Builder::Value (*emit)(Builder &, typename Builder::Value);
};

/// All programs, in the order of mathFunctions().
template <class Builder>
inline constexpr Program<Builder> kPrograms[] = {
    {"exp", &exp<Builder>},
    {"exp_flushed", &expFlushed<Builder>},
    {"exp2_flushed", &exp2Flushed<Builder>},
    {"expm1", &expm1<Builder>},
    {"log", &log<Builder>},
    {"tanh", &tanh<Builder>},
    {"erf", &erf<Builder>},
    {"gelu", &gelu<Builder>},
    {"sigmoid", &sigmoid<Builder>},
    {"sin", &sin<Builder>},
    {"cos", &cos<Builder>},
};

} // namespace mlir::tenon::math_programs

#endif // TENON_SUPPORT_MATHPROGRAMS_H
