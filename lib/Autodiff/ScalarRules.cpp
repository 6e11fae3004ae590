//===- ScalarRules.cpp - Derivatives of scalar ops ------------------------===//
//
// One rule per op of arith and math that computes a float from floats. At kinks:
// |x| has the derivative 0 at 0; of a maximum or minimum of two equal values each
// gets half, but beside a constant max(x, c) has 0 and min(x, c) has 1 at c, so that
// they add up to that of x + c; steps (floor, round, comparisons) have the derivative 0.
//
//===----------------------------------------------------------------------===//

#include "ScalarRules.h"

#include "llvm/ADT/StringMap.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tenon;

Value ScalarStep::constant(double number) const {
  return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(y.getType(), number));
}
Value ScalarStep::add(Value a, Value b) const { return arith::AddFOp::create(builder, loc, a, b); }
Value ScalarStep::sub(Value a, Value b) const { return arith::SubFOp::create(builder, loc, a, b); }
Value ScalarStep::mul(Value a, Value b) const { return arith::MulFOp::create(builder, loc, a, b); }
Value ScalarStep::div(Value a, Value b) const { return arith::DivFOp::create(builder, loc, a, b); }
Value ScalarStep::neg(Value a) const { return arith::NegFOp::create(builder, loc, a); }

Value ScalarStep::where(arith::CmpFPredicate predicate, Value left, Value right, Value a,
                        Value b) const {
  Value holds = arith::CmpFOp::create(builder, loc, predicate, left, right);
  return arith::SelectOp::create(builder, loc, holds, a, b);
}

namespace {

using Predicate = arith::CmpFPredicate;

Value zero(const ScalarStep &, unsigned) { return {}; }

Value ofSum(const ScalarStep &s, unsigned) { return s.gradient; }

Value ofDifference(const ScalarStep &s, unsigned operand) {
  return operand == 0 ? s.gradient : s.neg(s.gradient);
}

Value ofProduct(const ScalarStep &s, unsigned operand) {
  return s.mul(s.gradient, s.x[1 - operand]);
}

Value ofQuotient(const ScalarStep &s, unsigned operand) {
  Value share = s.div(s.gradient, s.x[1]);
  return operand == 0 ? share : s.neg(s.mul(share, s.y));
}

/// x0 - trunc(x0 / x1) * x1.
Value ofRemainder(const ScalarStep &s, unsigned operand) {
  if (operand == 0)
    return s.gradient;
  Value times = s.call<math::TruncOp>(s.div(s.x[0], s.x[1]));
  return s.neg(s.mul(s.gradient, times));
}

Value ofFma(const ScalarStep &s, unsigned operand) {
  return operand == 2 ? s.gradient : s.mul(s.gradient, s.x[1 - operand]);
}

Value ofSelect(const ScalarStep &s, unsigned operand) {
  Value none = s.constant(0);
  return arith::SelectOp::create(s.builder, s.loc, s.x[0], operand == 1 ? s.gradient : none,
                                 operand == 1 ? none : s.gradient);
}

template <Predicate isChosen> Value ofExtreme(const ScalarStep &s, unsigned operand) {
  Value own = s.x[operand], other = s.x[1 - operand];
  Value none = s.constant(0);
  if (s.op->getOperand(1 - operand).getDefiningOp<arith::ConstantOp>())
    return s.where(isChosen == Predicate::OLT ? Predicate::OLE : isChosen, own, other, s.gradient,
                   none);
  Value tied = s.where(Predicate::OEQ, own, other, s.scale(s.gradient, 0.5), none);
  return s.where(isChosen, own, other, s.gradient, tied);
}

Value ofAbs(const ScalarStep &s, unsigned) {
  Value none = s.constant(0);
  Value negative = s.where(Predicate::OLT, s.x[0], none, s.neg(s.gradient), none);
  return s.where(Predicate::OGT, s.x[0], none, s.gradient, negative);
}

/// |x0| with the sign of x1.
Value ofCopysign(const ScalarStep &s, unsigned operand) {
  if (operand == 1)
    return {};
  Value isKept = s.where(Predicate::OEQ, s.x[0], s.y, s.gradient, s.neg(s.gradient));
  return s.where(Predicate::OEQ, s.x[0], s.constant(0), s.constant(0), isKept);
}

Value ofWidth(const ScalarStep &s, unsigned) {
  Type type = s.x[0].getType();
  if (type.getIntOrFloatBitWidth() > s.y.getType().getIntOrFloatBitWidth())
    return arith::ExtFOp::create(s.builder, s.loc, type, s.gradient);
  return arith::TruncFOp::create(s.builder, s.loc, type, s.gradient);
}

Value ofExp(const ScalarStep &s, unsigned) { return s.mul(s.gradient, s.y); }
Value ofExp2(const ScalarStep &s, unsigned) {
  return s.scale(s.mul(s.gradient, s.y), std::log(2.0));
}
Value ofExpm1(const ScalarStep &s, unsigned) {
  return s.mul(s.gradient, s.call<math::ExpOp>(s.x[0]));
}

Value ofLog(const ScalarStep &s, unsigned) { return s.div(s.gradient, s.x[0]); }
Value ofLog2(const ScalarStep &s, unsigned) {
  return s.div(s.gradient, s.scale(s.x[0], std::log(2.0)));
}
Value ofLog10(const ScalarStep &s, unsigned) {
  return s.div(s.gradient, s.scale(s.x[0], std::log(10.0)));
}
Value ofLog1p(const ScalarStep &s, unsigned) {
  return s.div(s.gradient, s.add(s.x[0], s.constant(1)));
}

Value ofSqrt(const ScalarStep &s, unsigned) { return s.div(s.scale(s.gradient, 0.5), s.y); }
Value ofRsqrt(const ScalarStep &s, unsigned) {
  return s.mul(s.scale(s.gradient, -0.5), s.mul(s.y, s.mul(s.y, s.y)));
}

/// x^n: n x^(n-1), and x^n log x, which is 0 where x is.
Value ofPower(const ScalarStep &s, unsigned operand) {
  if (operand == 0) {
    Value lower = math::PowFOp::create(s.builder, s.loc, s.x[0], s.sub(s.x[1], s.constant(1)));
    Value slope = s.mul(s.x[1], lower);
    // x^0 is 1 everywhere, also where its formula is 0 * infinity.
    slope = s.where(Predicate::OEQ, s.x[1], s.constant(0), s.constant(0), slope);
    return s.mul(s.gradient, slope);
  }
  Value slope = s.mul(s.y, s.call<math::LogOp>(s.x[0]));
  return s.mul(s.gradient, s.where(Predicate::OEQ, s.x[0], s.constant(0), s.constant(0), slope));
}

Value ofSin(const ScalarStep &s, unsigned) {
  return s.mul(s.gradient, s.call<math::CosOp>(s.x[0]));
}
Value ofCos(const ScalarStep &s, unsigned) {
  return s.neg(s.mul(s.gradient, s.call<math::SinOp>(s.x[0])));
}
Value ofTan(const ScalarStep &s, unsigned) {
  return s.mul(s.gradient, s.add(s.constant(1), s.mul(s.y, s.y)));
}
Value ofSinh(const ScalarStep &s, unsigned) {
  return s.mul(s.gradient, s.call<math::CoshOp>(s.x[0]));
}
Value ofCosh(const ScalarStep &s, unsigned) {
  return s.mul(s.gradient, s.call<math::SinhOp>(s.x[0]));
}
Value ofTanh(const ScalarStep &s, unsigned) {
  return s.mul(s.gradient, s.sub(s.constant(1), s.mul(s.y, s.y)));
}

/// 1 - x^2 as (1 - x) (1 + x), exact near 1.
Value cosineOf(const ScalarStep &s) {
  Value one = s.constant(1);
  return s.call<math::SqrtOp>(s.mul(s.sub(one, s.x[0]), s.add(one, s.x[0])));
}
Value ofAsin(const ScalarStep &s, unsigned) { return s.div(s.gradient, cosineOf(s)); }
Value ofAcos(const ScalarStep &s, unsigned) { return s.neg(s.div(s.gradient, cosineOf(s))); }
Value ofAtan(const ScalarStep &s, unsigned) {
  return s.div(s.gradient, s.add(s.constant(1), s.mul(s.x[0], s.x[0])));
}
Value ofAtan2(const ScalarStep &s, unsigned operand) {
  Value square = s.add(s.mul(s.x[0], s.x[0]), s.mul(s.x[1], s.x[1]));
  Value share = s.mul(s.gradient, s.div(s.x[1 - operand], square));
  return operand == 0 ? share : s.neg(share);
}

Value ofErf(const ScalarStep &s, unsigned) {
  Value bell = s.call<math::ExpOp>(s.neg(s.mul(s.x[0], s.x[0])));
  return s.scale(s.mul(s.gradient, bell), 2 / std::sqrt(3.14159265358979323846));
}
Value ofErfc(const ScalarStep &s, unsigned) { return s.neg(ofErf(s, 0)); }

} // namespace

ScalarRule mlir::tenon::findScalarRule(StringRef name) {
  static const llvm::StringMap<ScalarRule> rules = {
      {"arith.addf", ofSum},
      {"arith.divf", ofQuotient},
      {"arith.extf", ofWidth},
      {"arith.maximumf", ofExtreme<Predicate::OGT>},
      {"arith.maxnumf", ofExtreme<Predicate::OGT>},
      {"arith.minimumf", ofExtreme<Predicate::OLT>},
      {"arith.minnumf", ofExtreme<Predicate::OLT>},
      {"arith.mulf", ofProduct},
      {"arith.negf", [](const ScalarStep &s, unsigned) { return s.neg(s.gradient); }},
      {"arith.remf", ofRemainder},
      {"arith.select", ofSelect},
      {"arith.subf", ofDifference},
      {"arith.truncf", ofWidth},
      {"math.absf", ofAbs},
      {"math.acos", ofAcos},
      {"math.asin", ofAsin},
      {"math.atan", ofAtan},
      {"math.atan2", ofAtan2},
      {"math.ceil", zero},
      {"math.copysign", ofCopysign},
      {"math.cos", ofCos},
      {"math.cosh", ofCosh},
      {"math.erf", ofErf},
      {"math.erfc", ofErfc},
      {"math.exp", ofExp},
      {"math.exp2", ofExp2},
      {"math.expm1", ofExpm1},
      {"math.floor", zero},
      {"math.fma", ofFma},
      {"math.log", ofLog},
      {"math.log10", ofLog10},
      {"math.log1p", ofLog1p},
      {"math.log2", ofLog2},
      {"math.powf", ofPower},
      {"math.round", zero},
      {"math.roundeven", zero},
      {"math.rsqrt", ofRsqrt},
      {"math.sin", ofSin},
      {"math.sinh", ofSinh},
      {"math.sqrt", ofSqrt},
      {"math.tan", ofTan},
      {"math.tanh", ofTanh},
      {"math.trunc", zero},
  };
  auto found = rules.find(name);
  return found == rules.end() ? nullptr : found->second;
}
