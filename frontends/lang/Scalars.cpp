//===- Scalars.cpp - Scalar operations inside maps ------------------------===//

#include "frontends/lang/Scalars.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

namespace tenon::lang {

namespace arith = mlir::arith;
namespace math = mlir::math;

bool isComparison(TokenKind op) {
  switch (op) {
  case TokenKind::EqualEqual:
  case TokenKind::NotEqual:
  case TokenKind::Less:
  case TokenKind::LessEqual:
  case TokenKind::Greater:
  case TokenKind::GreaterEqual:
    return true;
  default:
    return false;
  }
}

static bool isFloat(mlir::Value x) { return mlir::isa<mlir::FloatType>(x.getType()); }

mlir::Value ScalarBuilder::constant(double value, mlir::Type type) {
  if (mlir::isa<mlir::FloatType>(type))
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, value));
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, int64_t(value)));
}

mlir::Value ScalarBuilder::compare(TokenKind op, mlir::Value left, mlir::Value right) {
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  std::pair<F, I> predicate;
  switch (op) {
  case TokenKind::EqualEqual:
    predicate = {F::OEQ, I::eq};
    break;
  case TokenKind::NotEqual:
    predicate = {F::UNE, I::ne};
    break;
  case TokenKind::Less:
    predicate = {F::OLT, I::slt};
    break;
  case TokenKind::LessEqual:
    predicate = {F::OLE, I::sle};
    break;
  case TokenKind::Greater:
    predicate = {F::OGT, I::sgt};
    break;
  default:
    predicate = {F::OGE, I::sge};
    break;
  }
  if (isFloat(left))
    return arith::CmpFOp::create(b, loc, predicate.first, left, right);
  return arith::CmpIOp::create(b, loc, predicate.second, left, right);
}

mlir::Value ScalarBuilder::binary(TokenKind op, mlir::Value left, mlir::Value right) {
  if (isComparison(op))
    return compare(op, left, right);
  bool floats = isFloat(left);
  switch (op) {
  case TokenKind::kw_And:
    return arith::AndIOp::create(b, loc, left, right);
  case TokenKind::kw_Or:
    return arith::OrIOp::create(b, loc, left, right);
  case TokenKind::Plus:
    return floats ? mlir::Value(arith::AddFOp::create(b, loc, left, right))
                  : arith::AddIOp::create(b, loc, left, right);
  case TokenKind::Minus:
    return floats ? mlir::Value(arith::SubFOp::create(b, loc, left, right))
                  : arith::SubIOp::create(b, loc, left, right);
  case TokenKind::Star:
    return floats ? mlir::Value(arith::MulFOp::create(b, loc, left, right))
                  : arith::MulIOp::create(b, loc, left, right);
  case TokenKind::Slash:
    return arith::DivFOp::create(b, loc, left, right);
  case TokenKind::SlashSlash:
    return arith::FloorDivSIOp::create(b, loc, left, right);
  case TokenKind::Percent: {
    mlir::Value quotient = arith::FloorDivSIOp::create(b, loc, left, right);
    mlir::Value product = arith::MulIOp::create(b, loc, quotient, right);
    return arith::SubIOp::create(b, loc, left, product);
  }
  default:
    return {};
  }
}

mlir::Value ScalarBuilder::negate(mlir::Value x) {
  if (isFloat(x))
    return arith::NegFOp::create(b, loc, x);
  return arith::SubIOp::create(b, loc, constant(0, x.getType()), x);
}

mlir::Value ScalarBuilder::logicalNot(mlir::Value x) {
  mlir::Value yes = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
  return arith::XOrIOp::create(b, loc, x, yes);
}

bool ScalarBuilder::hasPower(double exponent) {
  double whole = std::fabs(exponent);
  return whole == 0.5 || (whole == std::floor(whole) && whole <= 16);
}

mlir::Value ScalarBuilder::powerOf(mlir::Value x, double exponent) {
  if (exponent == 0.5)
    return math::SqrtOp::create(b, loc, x);
  if (exponent == -0.5)
    return math::RsqrtOp::create(b, loc, x);
  double whole = std::fabs(exponent);
  mlir::Value one = constant(1, x.getType());
  mlir::Value product;
  // The reciprocal first: its powers may be denormal where 1 / x^n is 1 / inf.
  mlir::Value square = exponent < 0 ? binary(TokenKind::Slash, one, x) : x;
  for (unsigned bits = unsigned(whole); bits; bits >>= 1) {
    if (bits & 1)
      product = product ? binary(TokenKind::Star, product, square) : square;
    if (bits > 1)
      square = binary(TokenKind::Star, square, square);
  }
  return product ? product : one;
}

mlir::Value ScalarBuilder::widen(mlir::Value x, mlir::Type type) {
  if (x.getType() == type || isFloat(x))
    return x;
  return arith::ExtSIOp::create(b, loc, type, x);
}

mlir::Value ScalarBuilder::convert(mlir::Value x, mlir::Type type) {
  mlir::Type from = x.getType();
  if (from == type)
    return x;
  bool toFloat = mlir::isa<mlir::FloatType>(type);
  if (type.isSignlessInteger(1))
    return compare(TokenKind::NotEqual, x, constant(0, from));
  if (from.isSignlessInteger(1))
    return toFloat ? mlir::Value(arith::UIToFPOp::create(b, loc, type, x))
                   : arith::ExtUIOp::create(b, loc, type, x);
  if (isFloat(x))
    return toFloat ? (type.getIntOrFloatBitWidth() > from.getIntOrFloatBitWidth()
                          ? mlir::Value(arith::ExtFOp::create(b, loc, type, x))
                          : arith::TruncFOp::create(b, loc, type, x))
                   : arith::FPToSIOp::create(b, loc, type, x);
  if (toFloat)
    return arith::SIToFPOp::create(b, loc, type, x);
  if (type.getIntOrFloatBitWidth() > from.getIntOrFloatBitWidth())
    return arith::ExtSIOp::create(b, loc, type, x);
  return arith::TruncIOp::create(b, loc, type, x);
}

mlir::Value ScalarBuilder::maximum(mlir::Value x, mlir::Value y) {
  if (isFloat(x))
    return arith::MaximumFOp::create(b, loc, x, y);
  return arith::MaxSIOp::create(b, loc, x, y);
}

mlir::Value ScalarBuilder::minimum(mlir::Value x, mlir::Value y) {
  if (isFloat(x))
    return arith::MinimumFOp::create(b, loc, x, y);
  return arith::MinSIOp::create(b, loc, x, y);
}

mlir::Value ScalarBuilder::select(mlir::Value condition, mlir::Value x, mlir::Value y) {
  return arith::SelectOp::create(b, loc, condition, x, y);
}

mlir::Value ScalarBuilder::sigmoid(mlir::Value x) {
  mlir::Value decay = math::ExpOp::create(b, loc, negate(x));
  mlir::Value one = constant(1, x.getType());
  return binary(TokenKind::Slash, one, binary(TokenKind::Plus, one, decay));
}

mlir::Value ScalarBuilder::hardSigmoid(mlir::Value x) {
  mlir::Type type = x.getType();
  mlir::Value line = math::FmaOp::create(b, loc, x, constant(1.0 / 6, type), constant(0.5, type));
  return minimum(maximum(line, constant(0, type)), constant(1, type));
}

// exp(x log(base)), where the product keeps what its rounding, and that of the
// logarithm, would lose: p + e with a small e, and exp(p + e) = exp(p) (1 + e).
mlir::Value ScalarBuilder::exponential(double base, mlir::Value x) {
  mlir::Type type = x.getType();
  if (base == 1)
    return constant(1, type);
  double logarithm = std::log(base);
  double high = static_cast<float>(logarithm);
  mlir::Value highPart = constant(high, type), lowPart = constant(logarithm - high, type);
  mlir::Value product = binary(TokenKind::Star, x, highPart);
  mlir::Value rest = math::FmaOp::create(b, loc, x, highPart, negate(product));
  rest = math::FmaOp::create(b, loc, x, lowPart, rest);
  mlir::Value power = math::ExpOp::create(b, loc, product);
  mlir::Value corrected = math::FmaOp::create(b, loc, power, rest, power);
  // Infinite products leave no rest, and infinite powers need none.
  mlir::Value isFinite = arith::CmpFOp::create(
      b, loc, arith::CmpFPredicate::OLT, math::AbsFOp::create(b, loc, corrected),
      constant(std::numeric_limits<double>::infinity(), type));
  return arith::SelectOp::create(b, loc, isFinite, corrected, power);
}

mlir::Value buildMap(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value input,
                     mlir::Type element,
                     llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::ValueRange)> body) {
  auto type = mlir::cast<mlir::tenon::TenonTensorType>(input.getType()).withElementType(element);
  return mlir::tenon::MapOp::create(
      builder, loc, type, input,
      [&](mlir::OpBuilder &b, mlir::Location inner, mlir::ValueRange args) {
        ScalarBuilder scalars(b, inner);
        return body(scalars, args);
      });
}

} // namespace tenon::lang
