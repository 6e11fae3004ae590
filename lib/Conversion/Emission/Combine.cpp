//===- Combine.cpp - What reductions combine ------------------------------===//

#include "tenon/Conversion/Emission/Combine.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::tenon::kernel {

Value getIdentity(EmitContext &context, ReduceKind kind, Type type) {
  Type element = getElementTypeOrSelf(type);
  bool isFloat = isa<FloatType>(element);
  auto constant = [&](double real, int64_t integer) {
    return isFloat ? context.getFloat(type, real) : context.getInteger(type, integer);
  };
  if (kind == ReduceKind::Sum)
    return constant(0.0, 0);
  if (kind == ReduceKind::Prod)
    return constant(1.0, 1);
  double infinity = std::numeric_limits<double>::infinity();
  unsigned width = element.getIntOrFloatBitWidth();
  bool isBool = element.isInteger(1);
  if (kind == ReduceKind::Max)
    return constant(-infinity, isBool || isFloat ? 0 : llvm::minIntN(width));
  return constant(infinity, isBool || isFloat ? 1 : llvm::maxIntN(width));
}

/// The product that `value` is when it may be added with one rounding.
static arith::MulFOp getContracted(Value value) {
  auto product = value.getDefiningOp<arith::MulFOp>();
  bool mayContract =
      product && arith::bitEnumContainsAll(product.getFastmath(), arith::FastMathFlags::contract);
  return mayContract ? product : arith::MulFOp();
}

Value combine(EmitContext &context, ReduceKind kind, Value lhs, Value rhs) {
  if (arith::MulFOp product = kind == ReduceKind::Sum ? getContracted(rhs) : arith::MulFOp())
    return math::FmaOp::create(context, product.getLhs(), product.getRhs(), lhs);
  Type element = getElementTypeOrSelf(lhs);
  bool isFloat = isa<FloatType>(element);
  bool isBool = element.isInteger(1);
  switch (kind) {
  case ReduceKind::Sum:
    return isFloat ? Value(arith::AddFOp::create(context, lhs, rhs))
                   : Value(arith::AddIOp::create(context, lhs, rhs));
  case ReduceKind::Prod:
    return isFloat ? Value(arith::MulFOp::create(context, lhs, rhs))
                   : Value(arith::MulIOp::create(context, lhs, rhs));
  case ReduceKind::Max:
    if (isFloat)
      return arith::MaximumFOp::create(context, lhs, rhs);
    return isBool ? Value(arith::OrIOp::create(context, lhs, rhs))
                  : Value(arith::MaxSIOp::create(context, lhs, rhs));
  case ReduceKind::Min:
    if (isFloat)
      return arith::MinimumFOp::create(context, lhs, rhs);
    return isBool ? Value(arith::AndIOp::create(context, lhs, rhs))
                  : Value(arith::MinSIOp::create(context, lhs, rhs));
  }
  llvm_unreachable("unknown kind");
}

} // namespace mlir::tenon::kernel
