//===- RegionEmitter.cpp - A scalar region at a point ---------------------===//

#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {

Value RegionEmitter::lookup(Value value) const {
  if (Value known = values.lookup(value))
    return known;
  return outer ? outer->lookup(value) : Value();
}

Value RegionEmitter::get(Value value) {
  if (Value known = lookup(value))
    return known;
  auto argument = dyn_cast<BlockArgument>(value);
  Value emitted = argument ? emitArgument(argument) : emitOp(value.getDefiningOp());
  return values[value] = emitted;
}

Value RegionEmitter::emitArgument(BlockArgument argument) {
  return loadElement(context, firstInput + argument.getArgNumber() - numOwnArguments, point);
}

Value RegionEmitter::emitOp(Operation *op) {
  if (auto position = dyn_cast<PositionOp>(op))
    return emitPosition(position);
  if (auto extent = dyn_cast<ExtentOp>(op))
    return emitExtent(extent);
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return context.getConstant(constant.getValue());
  return emitElementwise(op);
}

static bool dividesIntegers(Operation *op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::FloorDivSIOp,
             arith::CeilDivSIOp, arith::CeilDivUIOp>(op);
}

Value RegionEmitter::emitLike(Operation *op, ValueRange operands, unsigned lanes) {
  OperationState state(op->getLoc(), op->getName());
  state.addOperands(operands);
  state.addTypes(getLaneType(op->getResult(0).getType(), lanes));
  state.addAttributes(op->getAttrs());
  return context.create(state)->getResult(0);
}

/// The processor traps on a division by 0 and on the smallest integer by -1.
/// Both are divided by 1 instead; then x / -1 is -x, which wraps, x rem -1 is 0,
/// and anything by 0 is 0.
Value RegionEmitter::emitDivision(Operation *op, ValueRange operands, unsigned lanes) {
  Value dividend = operands[0], divisor = operands[1];
  Type type = divisor.getType();
  Value zero = context.getInteger(type, 0), one = context.getInteger(type, 1);
  auto equals = [&](int64_t value) -> Value {
    return arith::CmpIOp::create(context, arith::CmpIPredicate::eq, divisor,
                                 context.getInteger(type, value));
  };
  bool isSigned = isa<arith::DivSIOp, arith::RemSIOp, arith::FloorDivSIOp, arith::CeilDivSIOp>(op);
  Value isZero = equals(0), isMinusOne = isSigned ? equals(-1) : Value();
  Value isUnsafe =
      isSigned ? arith::OrIOp::create(context, isZero, isMinusOne).getResult() : isZero;
  Value safe = arith::SelectOp::create(context, isUnsafe, one, divisor);
  Value result = emitLike(op, {dividend, safe}, lanes);
  if (isSigned && !isa<arith::RemSIOp>(op))
    result = arith::SelectOp::create(context, isMinusOne,
                                     arith::SubIOp::create(context, zero, dividend), result);
  return arith::SelectOp::create(context, isZero, zero, result);
}

Value RegionEmitter::emitElementwise(Operation *op) {
  SmallVector<Value> operands =
      llvm::map_to_vector(op->getOperands(), [&](Value operand) { return get(operand); });
  bool isVector =
      llvm::any_of(operands, [](Value value) { return isa<VectorType>(value.getType()); });
  unsigned lanes = isVector ? point.lanes : 0;
  for (Value &operand : operands)
    operand = broadcastLanes(context, operand, lanes);
  return dividesIntegers(op) ? emitDivision(op, operands, lanes) : emitLike(op, operands, lanes);
}

Value RegionEmitter::emitPosition(PositionOp op) {
  auto dim = static_cast<unsigned>(op.getDim());
  Value first = point.indices[dim] ? point.indices[dim] : context.getIndex(0);
  if (point.lanes == 0 || dim != point.vectorDim)
    return first;
  auto type = VectorType::get({int64_t(point.lanes)}, context.getIndexType());
  Value step = vector::StepOp::create(context, type);
  return arith::AddIOp::create(context, vector::BroadcastOp::create(context, type, first), step);
}

Value RegionEmitter::emitExtent(ExtentOp op) {
  Value size = context.getSize(op.getSize());
  Type type = op.getResult().getType();
  if (type.isIndex())
    return size;
  if (isa<IntegerType>(type))
    return arith::IndexCastOp::create(context, type, size);
  Value integer = arith::IndexCastOp::create(context, context.getI64Type(), size);
  return arith::SIToFPOp::create(context, type, integer);
}

} // namespace mlir::tenon::kernel
