//===- RegionEmitter.cpp - A scalar region at a point ---------------------===//

#include "RegionEmitter.h"

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

/// Dividing by a lane that is not there must not trap.
static bool dividesIntegers(Operation *op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::FloorDivSIOp,
             arith::CeilDivSIOp, arith::CeilDivUIOp>(op);
}

Value RegionEmitter::emitElementwise(Operation *op) {
  SmallVector<Value> operands =
      llvm::map_to_vector(op->getOperands(), [&](Value operand) { return get(operand); });
  bool isVector =
      llvm::any_of(operands, [](Value value) { return isa<VectorType>(value.getType()); });
  unsigned lanes = isVector ? point.lanes : 0;
  for (Value &operand : operands)
    operand = broadcastLanes(context, operand, lanes);
  if (isVector && point.mask && dividesIntegers(op))
    operands[1] = arith::SelectOp::create(context, point.mask, operands[1],
                                          context.getInteger(operands[1].getType(), 1));
  OperationState state(op->getLoc(), op->getName());
  state.addOperands(operands);
  state.addTypes(getLaneType(op->getResult(0).getType(), lanes));
  state.addAttributes(op->getAttrs());
  return context.create(state)->getResult(0);
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
