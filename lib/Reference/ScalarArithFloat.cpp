//===- ScalarArithFloat.cpp - Floating ops of arith -----------------------===//

#include "ScalarRuleSets.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// The larger value; NaN when either is, and 0.0 is larger than -0.0.
double maximum(double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return std::numeric_limits<double>::quiet_NaN();
  if (a == b)
    return std::signbit(a) ? b : a;
  return a > b ? a : b;
}
double minimum(double a, double b) { return -maximum(-a, -b); }

using Compare = bool (*)(double, double);

/// The predicate on two ordered values, and its value when either is NaN.
std::pair<Compare, bool> comparison(arith::CmpFPredicate predicate) {
  Compare eq = [](double a, double b) { return a == b; };
  Compare ne = [](double a, double b) { return a != b; };
  Compare lt = [](double a, double b) { return a < b; };
  Compare le = [](double a, double b) { return a <= b; };
  Compare gt = [](double a, double b) { return a > b; };
  Compare ge = [](double a, double b) { return a >= b; };
  Compare always = [](double, double) { return true; };
  Compare never = [](double, double) { return false; };
  // In the order of the enum: false, ordered ones, ord, unordered ones, uno,
  // true.
  const std::pair<Compare, bool> table[] = {
      {never, false}, {eq, false},     {gt, false},   {ge, false},   {lt, false}, {le, false},
      {ne, false},    {always, false}, {eq, true},    {gt, true},    {ge, true},  {lt, true},
      {le, true},     {ne, true},      {never, true}, {always, true}};
  return table[static_cast<unsigned>(predicate)];
}

/// `value` toward zero, saturated at [low, high]; NaN gives 0.
int64_t saturate(double value, double low, double high, int64_t lowest, int64_t highest) {
  if (std::isnan(value))
    return 0;
  value = std::trunc(value);
  if (value <= low)
    return lowest;
  return value >= high ? highest : static_cast<int64_t>(value);
}

FailureOr<ScalarStep> floatToSigned(Operation *op, const EvalContext &) {
  Type type = op->getResult(0).getType();
  unsigned width = type.getIntOrFloatBitWidth();
  double high = std::ldexp(1.0, width - 1);
  int64_t highest = llvm::maxIntN(width), lowest = llvm::minIntN(width);
  return ScalarStep([=](ArrayRef<Scalar> x, Scalar &result) {
    int64_t value = saturate(x[0].real, -high, high, lowest, highest);
    result = integerScalar(wrapInteger(value, type));
    return success();
  });
}

FailureOr<ScalarStep> floatToUnsigned(Operation *op, const EvalContext &) {
  Type type = op->getResult(0).getType();
  unsigned width = type.getIntOrFloatBitWidth();
  double half = std::ldexp(1.0, 63);
  double high = std::ldexp(1.0, width);
  return ScalarStep([=](ArrayRef<Scalar> x, Scalar &result) {
    // The upper half of 64 unsigned bits does not fit a signed value.
    double value = std::isnan(x[0].real) ? 0 : std::trunc(x[0].real);
    uint64_t bits = value <= 0      ? 0
                    : value >= high ? llvm::maxUIntN(width)
                    : value >= half ? static_cast<uint64_t>(value - half) + (uint64_t(1) << 63)
                                    : static_cast<uint64_t>(value);
    result = integerScalar(wrapInteger(static_cast<int64_t>(bits), type));
    return success();
  });
}

FailureOr<ScalarStep> signedToFloat(Operation *op, const EvalContext &) {
  bool isBool = op->getOperand(0).getType().isInteger(1);
  return ScalarStep([=](ArrayRef<Scalar> x, Scalar &result) {
    // A signed bit is 0 or -1.
    result = realScalar(static_cast<double>(isBool ? -x[0].integer : x[0].integer));
    return success();
  });
}

FailureOr<ScalarStep> unsignedToFloat(Operation *op, const EvalContext &) {
  unsigned width = op->getOperand(0).getType().getIntOrFloatBitWidth();
  return ScalarStep([=](ArrayRef<Scalar> x, Scalar &result) {
    uint64_t bits = static_cast<uint64_t>(x[0].integer) & llvm::maskTrailingOnes<uint64_t>(width);
    result = realScalar(static_cast<double>(bits));
    return success();
  });
}

FailureOr<ScalarStep> compare(Operation *op, const EvalContext &) {
  auto [ordered, unordered] = comparison(cast<arith::CmpFOp>(op).getPredicate());
  Compare holds = ordered;
  bool forNaN = unordered;
  return ScalarStep([=](ArrayRef<Scalar> x, Scalar &result) {
    bool isNaN = std::isnan(x[0].real) || std::isnan(x[1].real);
    result = integerScalar(isNaN ? forNaN : holds(x[0].real, x[1].real));
    return success();
  });
}

FailureOr<ScalarStep> constant(Operation *op, const EvalContext &) {
  Scalar value = attributeScalar(cast<arith::ConstantOp>(op).getValue());
  return ScalarStep([=](ArrayRef<Scalar>, Scalar &result) {
    result = value;
    return success();
  });
}

/// f32 is what everything is computed in, which the reference does in f64. Narrower
/// types are asked for: the nearest of their values, of two the even one.
FailureOr<ScalarStep> roundToStorage(Operation *op, const EvalContext &) {
  auto type = cast<FloatType>(op->getResult(0).getType());
  if (type.getWidth() >= 32)
    return ScalarStep([](ArrayRef<Scalar> x, Scalar &result) {
      result = x[0];
      return success();
    });
  return ScalarStep([type](ArrayRef<Scalar> x, Scalar &result) {
    llvm::APFloat value(x[0].real);
    bool losesInfo;
    value.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
    value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
    result = realScalar(value.convertToDouble());
    return success();
  });
}

FailureOr<ScalarStep> choose(Operation *, const EvalContext &) {
  return ScalarStep([](ArrayRef<Scalar> x, Scalar &result) {
    result = x[0].integer ? x[1] : x[2];
    return success();
  });
}

} // namespace

void mlir::tenon::addArithFloatRules(ScalarRules &rules) {
  rules.add("arith.constant", constant);
  rules.add("arith.select", choose);
  rules.add("arith.addf", binaryReal([](double a, double b) { return a + b; }));
  rules.add("arith.subf", binaryReal([](double a, double b) { return a - b; }));
  rules.add("arith.mulf", binaryReal([](double a, double b) { return a * b; }));
  rules.add("arith.divf", binaryReal([](double a, double b) { return a / b; }));
  rules.add("arith.remf", binaryReal([](double a, double b) { return std::fmod(a, b); }));
  rules.add("arith.negf", unaryReal([](double a) { return -a; }));
  rules.add("arith.maximumf", binaryReal(maximum));
  rules.add("arith.minimumf", binaryReal(minimum));
  rules.add("arith.maxnumf", binaryReal([](double a, double b) { return std::fmax(a, b); }));
  rules.add("arith.minnumf", binaryReal([](double a, double b) { return std::fmin(a, b); }));
  rules.add("arith.cmpf", compare);
  rules.add("arith.extf", unaryReal([](double a) { return a; }));
  rules.add("arith.truncf", roundToStorage);
  rules.add("arith.sitofp", signedToFloat);
  rules.add("arith.uitofp", unsignedToFloat);
  rules.add("arith.fptosi", floatToSigned);
  rules.add("arith.fptoui", floatToUnsigned);
}
