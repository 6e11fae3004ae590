//===- AttentionOps.cpp - Attention and softmax ---------------------------===//

#include "OpSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::tenon;

//===----------------------------------------------------------------------===//
// AttentionOp
//===----------------------------------------------------------------------===//

/// What attention and its derivatives check alike: all but the results.
template <class Op> static LogicalResult verifyAttention(Op op) {
  if (op.getStrict() && (op.getKeyMask() || op.getCausal()))
    return op.emitOpError("C8: strict together with hidden keys");
  TenonTensorType query = op.getQuery().getType(), key = op.getKey().getType(),
                  value = op.getValue().getType();
  int64_t rank = query.getRank();
  if (rank < 3 || key.getRank() != rank || value.getRank() != rank)
    return op.emitOpError() << "C1: ranks " << rank << ", " << key.getRank() << " and "
                            << value.getRank() << "; expected one rank of at least 3";
  ArrayRef<SizeAttr> batch = query.getShape().drop_back(3);
  if (key.getShape().drop_back(3) != batch || value.getShape().drop_back(3) != batch)
    return emitMismatch(op, "C1", "leading axes", shapeToString(batch),
                        shapeToString(key.getShape().drop_back(3)) + " and " +
                            shapeToString(value.getShape().drop_back(3)));
  SizeAttr heads = query.getDim(rank - 3), groups = key.getDim(rank - 3);
  if (value.getDim(rank - 3) != groups || value.getDim(rank - 2) != key.getDim(rank - 2))
    return emitMismatch(op, "C2", "groups and keys of v",
                        shapeToString(key.getShape().slice(rank - 3, 2)),
                        shapeToString(value.getShape().slice(rank - 3, 2)));
  if (query.getDim(rank - 1) != key.getDim(rank - 1))
    return emitMismatch(op, "C2", "head size of k", query.getDim(rank - 1).toString(),
                        key.getDim(rank - 1).toString());
  if (heads != groups && !heads.divideExactly(groups))
    return emitMismatch(op, "C2", "groups", "a divisor of " + heads.toString(), groups.toString());
  if (TypedValue<TenonTensorType> mask = op.getKeyMask()) {
    SmallVector<SizeAttr> maskShape(batch);
    maskShape.push_back(key.getDim(rank - 2));
    if (mask.getType().getShape() != ArrayRef(maskShape))
      return emitMismatch(op, "C4", "key_mask", shapeToString(maskShape),
                          shapeToString(mask.getType().getShape()));
  }
  SmallVector<SizeAttr> scores(query.getShape());
  scores.back() = key.getDim(rank - 2);
  for (auto [index, capture] : llvm::enumerate(op.getCaptures()))
    if (!broadcastsTo(cast<TenonTensorType>(capture.getType()).getShape(), scores))
      return emitMismatch(op, "C5", "capture " + Twine(index),
                          "a shape that repeats to " + shapeToString(scores),
                          shapeToString(cast<TenonTensorType>(capture.getType()).getShape()));
  if (op.getScore().empty())
    return op.getCaptures().empty()
               ? success()
               : LogicalResult(op.emitOpError() << "C7: captures without a score region");
  Builder builder(op.getContext());
  SmallVector<Type> expected = {builder.getF32Type(), builder.getIndexType(),
                                builder.getIndexType(), builder.getIndexType(),
                                builder.getIndexType()};
  for (Value capture : op.getCaptures())
    expected.push_back(cast<TenonTensorType>(capture.getType()).getElementType());
  auto yield = dyn_cast<YieldOp>(op.getScore().front().getTerminator());
  if (!llvm::equal(op.getScore().getArgumentTypes(), expected) || !yield ||
      yield.getValues().size() != 1 || !yield.getValues()[0].getType().isF32())
    return op.emitOpError() << "C6: the score region must take (f32, 4 x index, captures) and "
                               "yield one f32";
  return verifyScalarRegion(op, op.getScore(), "C6");
}

/// The type [.., H, N, E] of what attention computes.
template <class Op> static TenonTensorType getResultType(Op op) {
  TenonTensorType query = op.getQuery().getType();
  SmallVector<SizeAttr> shape(query.getShape());
  shape.back() = op.getValue().getType().getShape().back();
  return query.withShape(shape);
}

LogicalResult AttentionOp::verify() {
  if (failed(verifyAttention(*this)))
    return failure();
  TenonTensorType expected = getResultType(*this), result = getResult().getType();
  if (result != expected)
    return emitOpError() << "C3: result; expected " << expected << ", got " << result;
  return success();
}

//===----------------------------------------------------------------------===//
// AttentionGradientOp
//===----------------------------------------------------------------------===//

LogicalResult AttentionGradientOp::verify() {
  if (failed(verifyAttention(*this)))
    return failure();
  TenonTensorType expected = getResultType(*this), gradient = getGradient().getType();
  if (gradient != expected)
    return emitOpError() << "C3: derivative by the result; expected " << expected << ", got "
                         << gradient;
  if (!isSumOrHidden(getScore()))
    return emitOpError("C9: the score region does more than add to the score or hide it");
  return success();
}

bool AttentionGradientOp::isSumOrHidden(Region &region) {
  if (region.empty())
    return true;
  Value score = region.getArgument(0), value = region.front().getTerminator()->getOperand(0);
  // What is computed from the score, in the order of the region.
  llvm::DenseSet<Value> dependent = {score};
  for (Operation &op : region.front().without_terminator())
    if (llvm::any_of(op.getOperands(), [&](Value x) { return dependent.contains(x); }))
      dependent.insert(op.getResult(0));
  auto isHidden = [](Value x) {
    FloatAttr constant;
    return matchPattern(x, m_Constant(&constant)) && constant.getValue().isInfinity() &&
           constant.getValue().isNegative();
  };
  while (value != score) {
    Operation *op = value.getDefiningOp();
    if (auto select = dyn_cast_or_null<arith::SelectOp>(op)) {
      bool shows = isHidden(select.getFalseValue());
      if ((!shows && !isHidden(select.getTrueValue())) || dependent.contains(select.getCondition()))
        return false;
      value = shows ? select.getTrueValue() : select.getFalseValue();
      continue;
    }
    if (!isa_and_nonnull<arith::AddFOp, arith::SubFOp>(op))
      return false;
    bool isLeft = dependent.contains(op->getOperand(0));
    if (isLeft == dependent.contains(op->getOperand(1)) || (!isLeft && isa<arith::SubFOp>(op)))
      return false;
    value = op->getOperand(isLeft ? 0 : 1);
  }
  return true;
}

//===----------------------------------------------------------------------===//
// SoftmaxOp
//===----------------------------------------------------------------------===//

LogicalResult SoftmaxOp::verify() {
  TenonTensorType input = getInput().getType();
  int64_t axis = getAxis();
  if (axis < 0 || axis >= input.getRank())
    return emitMismatch(*this, "C1", "axis", "0.." + Twine(input.getRank() - 1), Twine(axis));
  if (getResult().getType() != input)
    return emitOpError() << "C2: result; expected " << input << ", got " << getResult().getType();
  return success();
}

std::optional<SmallVector<TokenOperand>> SoftmaxOp::getTokenOperands(unsigned numAxes) {
  if (int64_t(getAxis()) < int64_t(numAxes))
    return std::nullopt;
  return SmallVector<TokenOperand>{TokenOperand::Own};
}

FailureOr<SmallVector<Value>> SoftmaxOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  TenonTensorType type = getInput().getType();
  int64_t axis = getAxis();
  SmallVector<SizeAttr> kept(type.getShape()), unit(type.getShape());
  kept.erase(kept.begin() + axis);
  unit[axis] = SizeAttr::get(getContext(), 1);
  SmallVector<int64_t> others;
  for (int64_t other : llvm::seq<int64_t>(0, type.getRank()))
    if (other != axis)
      others.push_back(other);
  auto reduce = [&](ReduceKind kind, Value value) -> Value {
    Value line =
        ReduceOp::create(builder, loc, type.withShape(kept), kind, value, ArrayRef<int64_t>{axis});
    return BroadcastOp::create(builder, loc, type.withShape(unit), line, others);
  };
  Value exponential = MapOp::create(
      builder, loc, type, ValueRange{getInput(), reduce(ReduceKind::Max, getInput())},
      [&](OpBuilder &inner, Location, ValueRange args) -> Value {
        return math::ExpOp::create(inner, loc, arith::SubFOp::create(inner, loc, args[0], args[1]));
      });
  Value result = MapOp::create(builder, loc, type,
                               ValueRange{exponential, reduce(ReduceKind::Sum, exponential)},
                               [&](OpBuilder &inner, Location, ValueRange args) -> Value {
                                 return arith::DivFOp::create(inner, loc, args[0], args[1]);
                               });
  return SmallVector<Value>{result};
}
