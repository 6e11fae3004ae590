//===- AttentionOps.cpp - Attention and softmax ---------------------------===//

#include "OpSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::tenon;

//===----------------------------------------------------------------------===//
// AttentionOp
//===----------------------------------------------------------------------===//

LogicalResult AttentionOp::verify() {
  if (getStrict() && (getKeyMask() || getCausal()))
    return emitOpError("C8: strict together with hidden keys");
  TenonTensorType query = getQuery().getType(), key = getKey().getType(),
                  value = getValue().getType(), result = getResult().getType();
  int64_t rank = query.getRank();
  if (rank < 3 || key.getRank() != rank || value.getRank() != rank)
    return emitOpError() << "C1: ranks " << rank << ", " << key.getRank() << " and "
                         << value.getRank() << "; expected one rank of at least 3";
  ArrayRef<SizeAttr> batch = query.getShape().drop_back(3);
  if (key.getShape().drop_back(3) != batch || value.getShape().drop_back(3) != batch)
    return emitMismatch(*this, "C1", "leading axes", shapeToString(batch),
                        shapeToString(key.getShape().drop_back(3)) + " and " +
                            shapeToString(value.getShape().drop_back(3)));
  SizeAttr heads = query.getDim(rank - 3), groups = key.getDim(rank - 3);
  if (value.getDim(rank - 3) != groups || value.getDim(rank - 2) != key.getDim(rank - 2))
    return emitMismatch(*this, "C2", "groups and keys of v",
                        shapeToString(key.getShape().slice(rank - 3, 2)),
                        shapeToString(value.getShape().slice(rank - 3, 2)));
  if (query.getDim(rank - 1) != key.getDim(rank - 1))
    return emitMismatch(*this, "C2", "head size of k", query.getDim(rank - 1).toString(),
                        key.getDim(rank - 1).toString());
  if (heads != groups && !heads.divideExactly(groups))
    return emitMismatch(*this, "C2", "groups", "a divisor of " + heads.toString(),
                        groups.toString());
  SmallVector<SizeAttr> shape(query.getShape());
  shape.back() = value.getDim(rank - 1);
  if (result != query.withShape(shape))
    return emitOpError() << "C3: result; expected " << query.withShape(shape) << ", got " << result;
  if (TypedValue<TenonTensorType> mask = getKeyMask()) {
    SmallVector<SizeAttr> maskShape(batch);
    maskShape.push_back(key.getDim(rank - 2));
    if (mask.getType().getShape() != ArrayRef(maskShape))
      return emitMismatch(*this, "C4", "key_mask", shapeToString(maskShape),
                          shapeToString(mask.getType().getShape()));
  }
  SmallVector<SizeAttr> scores(query.getShape());
  scores.back() = key.getDim(rank - 2);
  for (auto [index, capture] : llvm::enumerate(getCaptures()))
    if (!broadcastsTo(cast<TenonTensorType>(capture.getType()).getShape(), scores))
      return emitMismatch(*this, "C5", "capture " + Twine(index),
                          "a shape that repeats to " + shapeToString(scores),
                          shapeToString(cast<TenonTensorType>(capture.getType()).getShape()));
  if (getScore().empty())
    return getCaptures().empty()
               ? success()
               : LogicalResult(emitOpError() << "C7: captures without a score region");
  Builder builder(getContext());
  SmallVector<Type> expected = {builder.getF32Type(), builder.getIndexType(),
                                builder.getIndexType(), builder.getIndexType(),
                                builder.getIndexType()};
  for (Value capture : getCaptures())
    expected.push_back(cast<TenonTensorType>(capture.getType()).getElementType());
  auto yield = dyn_cast<YieldOp>(getScore().front().getTerminator());
  if (!llvm::equal(getScore().getArgumentTypes(), expected) || !yield ||
      yield.getValues().size() != 1 || !yield.getValues()[0].getType().isF32())
    return emitOpError() << "C6: the score region must take (f32, 4 x index, captures) and "
                            "yield one f32";
  return verifyScalarRegion(*this, getScore(), "C6");
}

/// Flat position of the leading axes, a head, a query or a key, as a tensor that
/// repeats to [.., H, N, M], is not expressible by tensor ops of this dialect; so
/// only regions that ignore their positions decompose.
static bool usesPositions(Region &score) {
  return llvm::any_of(score.getArguments().slice(1, 4),
                      [](BlockArgument position) { return !position.use_empty(); });
}

FailureOr<SmallVector<Value>> AttentionOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  TenonTensorType query = getQuery().getType(), key = getKey().getType();
  int64_t rank = query.getRank();
  if (query.getDim(rank - 3) != key.getDim(rank - 3))
    return emitOpError() << "does not decompose: heads share keys";
  if (getCausal() || (!getScore().empty() && usesPositions(getScore())))
    return emitOpError() << "does not decompose: scores depend on positions";

  // Indices: 0..rank-3 leading axes and head, then i, j, d, e.
  auto indices = [&](int64_t row, int64_t column) {
    SmallVector<int64_t> list = llvm::to_vector(llvm::seq<int64_t>(0, rank - 2));
    list.append({row, column});
    return list;
  };
  int64_t i = rank - 2, j = rank - 1, d = rank, e = rank + 1;
  SmallVector<SizeAttr> scoreShape(query.getShape());
  scoreShape.back() = key.getDim(rank - 2);
  TenonTensorType scores = query.withShape(scoreShape);
  Value product = ContractOp::create(builder, loc, scores, getQuery(), getKey(), indices(i, d),
                                     indices(j, d), indices(i, j));

  // Score region and mask; a masked score is -inf.
  SmallVector<Value> inputs = {product};
  llvm::append_range(inputs, getCaptures());
  if (getKeyMask()) {
    TenonTensorType mask = getKeyMask().getType();
    SmallVector<SizeAttr> shape(mask.getShape().drop_back());
    SizeAttr one = SizeAttr::get(getContext(), 1);
    shape.append({one, one, mask.getShape().back()});
    SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank - 3));
    axes.push_back(rank - 1);
    inputs.push_back(BroadcastOp::create(builder, loc, mask.withShape(shape), getKeyMask(), axes));
  }
  Value masked = MapOp::create(
      builder, loc, scores, inputs, [&](OpBuilder &inner, Location, ValueRange args) -> Value {
        Value scale = arith::ConstantOp::create(
            inner, loc, inner.getF32FloatAttr(getScale().convertToDouble()));
        Value score = arith::MulFOp::create(inner, loc, args[0], scale);
        if (!getScore().empty()) {
          IRMapping mapping;
          mapping.map(getScore().getArgument(0), score);
          for (auto [argument, value] :
               llvm::zip(getScore().getArguments().drop_front(5),
                         args.drop_front().take_front(getCaptures().size())))
            mapping.map(argument, value);
          for (Operation &op : getScore().front().without_terminator())
            inner.clone(op, mapping);
          score = mapping.lookupOrDefault(getScore().front().getTerminator()->getOperand(0));
        }
        if (!getKeyMask())
          return score;
        Value hidden = arith::ConstantOp::create(
            inner, loc, inner.getF32FloatAttr(-std::numeric_limits<float>::infinity()));
        return arith::SelectOp::create(inner, loc, args.back(), score, hidden);
      });

  if (getStrict()) {
    Value strictWeights = SoftmaxOp::create(builder, loc, scores, masked, rank - 1);
    return SmallVector<Value>{ContractOp::create(builder, loc, getResult().getType(), strictWeights,
                                                 getValue(), indices(i, j), indices(j, e),
                                                 indices(i, e))};
  }
  // Rows that are -inf everywhere have the maximum -inf: their weights are 0.
  Value weights = SoftmaxOp::create(builder, loc, scores, masked, rank - 1);
  SmallVector<SizeAttr> rowShape(ArrayRef(scoreShape).drop_back());
  Value maximum = ReduceOp::create(builder, loc, scores.withShape(rowShape), ReduceKind::Max,
                                   masked, ArrayRef<int64_t>{rank - 1});
  rowShape.push_back(SizeAttr::get(getContext(), 1));
  Value column = BroadcastOp::create(builder, loc, scores.withShape(rowShape), maximum,
                                     llvm::to_vector(llvm::seq<int64_t>(0, rank - 1)));
  Value visible = MapOp::create(
      builder, loc, scores, ValueRange{weights, column},
      [&](OpBuilder &inner, Location, ValueRange args) -> Value {
        Value hidden = arith::ConstantOp::create(
            inner, loc, inner.getF32FloatAttr(-std::numeric_limits<float>::infinity()));
        Value zero = arith::ConstantOp::create(inner, loc, inner.getF32FloatAttr(0.0f));
        Value isHidden =
            arith::CmpFOp::create(inner, loc, arith::CmpFPredicate::OEQ, args[1], hidden);
        return arith::SelectOp::create(inner, loc, isHidden, zero, args[0]);
      });
  Value result = ContractOp::create(builder, loc, getResult().getType(), visible, getValue(),
                                    indices(i, j), indices(j, e), indices(i, e));
  return SmallVector<Value>{result};
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
