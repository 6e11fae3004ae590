//===- AttentionDecomposition.cpp - Attention as a graph of tensor ops ----===//

#include "OpSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// Builds the scores, the weights and the result of one attention.
class AttentionGraph {
public:
  AttentionGraph(AttentionOp op, OpBuilder &builder)
      : op(op), builder(builder), loc(op.getLoc()), query(op.getQuery().getType()),
        key(op.getKey().getType()), rank(query.getRank()), heads(query.getDim(rank - 3)),
        sharing(heads.divideExactly(key.getDim(rank - 3))),
        queryIndex(sharing.isOne() ? rank - 2 : rank - 1) {
    SmallVector<SizeAttr> shape(query.getShape());
    shape.back() = key.getDim(rank - 2);
    scores = query.withShape(shape);
  }

  Value build();
  /// The derivatives by queries, keys and values, where the score region has the
  /// derivative 1.
  SmallVector<Value> buildGradients(Value gradient);

private:
  /// Heads that share a key have an axis of their own, after the key's.
  SmallVector<int64_t> queryIndices(int64_t column);
  SmallVector<int64_t> keyIndices(int64_t row, int64_t column);
  TenonTensorType withSplitHeads(TenonTensorType type);
  Value splitHeads(Value value);
  Value mergeHeads(Value value);
  Value rearrange(Value value, ArrayRef<SizeAttr> factors, ArrayRef<int64_t> inputGroups,
                  ArrayRef<int64_t> groups);

  /// 0, 1, ... for the axes [from, from + count) as one, of size 1 in all others.
  Value getPositions(int64_t from, int64_t count);
  Value getKeyMask();
  Value getMaskedScores();
  /// 0 for the scores of rows that are -inf everywhere, so that all weights are
  /// numbers; and whether a row is one.
  Value getWeights(Value masked);

  Value constant(OpBuilder &inner, float number) {
    return arith::ConstantOp::create(inner, loc, inner.getF32FloatAttr(number));
  }
  Value isLowest(OpBuilder &inner, Value number) {
    Value lowest = constant(inner, -std::numeric_limits<float>::infinity());
    return arith::CmpFOp::create(inner, loc, arith::CmpFPredicate::OEQ, number, lowest);
  }

  AttentionOp op;
  OpBuilder &builder;
  Location loc;
  TenonTensorType query, key, scores;
  int64_t rank;
  SizeAttr heads, sharing;
  /// The number of i in contractions; j, d and e come after it.
  int64_t queryIndex;
};

} // namespace

// Indices: leading axes, then the head of the key, the one among those that share it (if
// any do), i, j, d, e.

SmallVector<int64_t> AttentionGraph::queryIndices(int64_t column) {
  SmallVector<int64_t> list = llvm::to_vector(llvm::seq<int64_t>(0, queryIndex + 1));
  list.push_back(column);
  return list;
}

SmallVector<int64_t> AttentionGraph::keyIndices(int64_t row, int64_t column) {
  SmallVector<int64_t> list = llvm::to_vector(llvm::seq<int64_t>(0, rank - 2));
  list.append({row, column});
  return list;
}

Value AttentionGraph::rearrange(Value value, ArrayRef<SizeAttr> factors,
                                ArrayRef<int64_t> inputGroups, ArrayRef<int64_t> groups) {
  SmallVector<SizeAttr> shape;
  const SizeAttr *next = factors.begin();
  for (int64_t count : groups) {
    SizeAttr size = SizeAttr::get(builder.getContext(), 1);
    for (int64_t k = 0; k < count; ++k)
      size = size.mul(*next++);
    shape.push_back(size);
  }
  SmallVector<Attribute> attributes(factors.begin(), factors.end());
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, factors.size()));
  auto type = cast<TenonTensorType>(value.getType()).withShape(shape);
  return RearrangeOp::create(builder, loc, type, value, builder.getArrayAttr(attributes),
                             inputGroups, order, groups);
}

TenonTensorType AttentionGraph::withSplitHeads(TenonTensorType type) {
  if (sharing.isOne())
    return type;
  SmallVector<SizeAttr> shape(type.getShape());
  shape[rank - 3] = key.getDim(rank - 3);
  shape.insert(shape.begin() + rank - 2, sharing);
  return type.withShape(shape);
}

Value AttentionGraph::splitHeads(Value value) {
  if (sharing.isOne())
    return value;
  SmallVector<SizeAttr> factors(withSplitHeads(cast<TenonTensorType>(value.getType())).getShape());
  SmallVector<int64_t> split(rank, 1), one(rank + 1, 1);
  split[rank - 3] = 2;
  return rearrange(value, factors, split, one);
}

Value AttentionGraph::mergeHeads(Value value) {
  if (sharing.isOne())
    return value;
  SmallVector<SizeAttr> factors(cast<TenonTensorType>(value.getType()).getShape());
  SmallVector<int64_t> merged(rank, 1), one(rank + 1, 1);
  merged[rank - 3] = 2;
  return rearrange(value, factors, one, merged);
}

Value AttentionGraph::getPositions(int64_t from, int64_t count) {
  SizeAttr one = SizeAttr::get(builder.getContext(), 1), all = one;
  SmallVector<SizeAttr> factors;
  SmallVector<int64_t> groups(rank, 0);
  for (int64_t axis = from; axis < from + count; ++axis) {
    factors.push_back(scores.getDim(axis));
    all = all.mul(factors.back());
    groups[axis] = 1;
  }
  auto type = TenonTensorType::get(ArrayRef<SizeAttr>{all}, builder.getI64Type());
  return rearrange(IotaOp::create(builder, loc, type), factors, count, groups);
}

Value AttentionGraph::getKeyMask() {
  TenonTensorType mask = op.getKeyMask().getType();
  SmallVector<SizeAttr> shape(mask.getShape().drop_back());
  SizeAttr one = SizeAttr::get(builder.getContext(), 1);
  shape.append({one, one, mask.getShape().back()});
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank - 3));
  axes.push_back(rank - 1);
  return BroadcastOp::create(builder, loc, mask.withShape(shape), op.getKeyMask(), axes);
}

Value AttentionGraph::getMaskedScores() {
  int64_t j = queryIndex + 1, d = queryIndex + 2;
  Value product = mergeHeads(
      ContractOp::create(builder, loc, withSplitHeads(scores), splitHeads(op.getQuery()),
                         op.getKey(), queryIndices(d), keyIndices(j, d), queryIndices(j)));

  // Inputs: the product, captures, the positions that are read, the mask.
  Region &score = op.getScore();
  SmallVector<Value> inputs = {product};
  llvm::append_range(inputs, op.getCaptures());
  SmallVector<unsigned> positions(4, 0);
  auto readPositions = [&](unsigned which, int64_t from, int64_t count) {
    bool isCausal = op.getCausal() && which >= 2;
    if (!isCausal && (score.empty() || score.getArgument(which + 1).use_empty()))
      return;
    positions[which] = inputs.size();
    inputs.push_back(getPositions(from, count));
  };
  readPositions(0, 0, rank - 3);
  for (unsigned which = 1; which < 4; ++which)
    readPositions(which, rank - 4 + which, 1);
  if (op.getKeyMask())
    inputs.push_back(getKeyMask());

  return MapOp::create(
      builder, loc, scores, inputs, [&](OpBuilder &inner, Location, ValueRange args) -> Value {
        Value result = arith::MulFOp::create(inner, loc, args[0],
                                             constant(inner, op.getScale().convertToDouble()));
        if (!score.empty()) {
          IRMapping mapping;
          mapping.map(score.getArgument(0), result);
          for (unsigned which = 0; which < 4; ++which)
            if (positions[which] && !score.getArgument(which + 1).use_empty())
              mapping.map(score.getArgument(which + 1),
                          arith::IndexCastOp::create(inner, loc, inner.getIndexType(),
                                                     args[positions[which]]));
          for (auto [index, capture] : llvm::enumerate(score.getArguments().drop_front(5)))
            mapping.map(capture, args[index + 1]);
          for (Operation &step : score.front().without_terminator())
            inner.clone(step, mapping);
          result = mapping.lookupOrDefault(score.front().getTerminator()->getOperand(0));
        }
        Value lowest = constant(inner, -std::numeric_limits<float>::infinity());
        if (op.getCausal()) {
          // j + N <= i + M.
          auto moved = [&](Value index, SizeAttr by) -> Value {
            Value extent = ExtentOp::create(inner, loc, inner.getI64Type(), by);
            return arith::AddIOp::create(inner, loc, index, extent);
          };
          Value isSeen = arith::CmpIOp::create(inner, loc, arith::CmpIPredicate::sle,
                                               moved(args[positions[3]], query.getDim(rank - 2)),
                                               moved(args[positions[2]], key.getDim(rank - 2)));
          result = arith::SelectOp::create(inner, loc, isSeen, result, lowest);
        }
        if (op.getKeyMask())
          result = arith::SelectOp::create(inner, loc, args.back(), result, lowest);
        return result;
      });
}

Value AttentionGraph::getWeights(Value masked) {
  if (op.getStrict())
    return SoftmaxOp::create(builder, loc, scores, masked, rank - 1);
  SmallVector<SizeAttr> rows(scores.getShape().drop_back());
  Value maximum = ReduceOp::create(builder, loc, scores.withShape(rows), ReduceKind::Max, masked,
                                   ArrayRef<int64_t>{rank - 1});
  rows.push_back(SizeAttr::get(builder.getContext(), 1));
  Value column = BroadcastOp::create(builder, loc, scores.withShape(rows), maximum,
                                     llvm::to_vector(llvm::seq<int64_t>(0, rank - 1)));
  auto zeroWhereHidden = [&](Value value) -> Value {
    return MapOp::create(builder, loc, scores, ValueRange{value, column},
                         [&](OpBuilder &inner, Location, ValueRange args) -> Value {
                           return arith::SelectOp::create(inner, loc, isLowest(inner, args[1]),
                                                          constant(inner, 0), args[0]);
                         });
  };
  return zeroWhereHidden(
      SoftmaxOp::create(builder, loc, scores, zeroWhereHidden(masked), rank - 1));
}

Value AttentionGraph::build() {
  Value weights = splitHeads(getWeights(getMaskedScores()));
  int64_t j = queryIndex + 1, e = queryIndex + 3;
  return mergeHeads(ContractOp::create(builder, loc, withSplitHeads(op.getResult().getType()),
                                       weights, op.getValue(), queryIndices(j), keyIndices(j, e),
                                       queryIndices(e)));
}

SmallVector<Value> AttentionGraph::buildGradients(Value gradient) {
  int64_t j = queryIndex + 1, d = queryIndex + 2, e = queryIndex + 3;
  TenonTensorType pairs = withSplitHeads(scores);
  Value weights = splitHeads(getWeights(getMaskedScores())), dy = splitHeads(gradient);
  Value product = ContractOp::create(builder, loc, pairs, dy, op.getValue(), queryIndices(e),
                                     keyIndices(j, e), queryIndices(j));
  Value weighted = MapOp::create(builder, loc, pairs, ValueRange{weights, product},
                                 [&](OpBuilder &inner, Location, ValueRange args) -> Value {
                                   return arith::MulFOp::create(inner, loc, args[0], args[1]);
                                 });
  SmallVector<SizeAttr> rows(pairs.getShape().drop_back());
  Value mean = ReduceOp::create(builder, loc, pairs.withShape(rows), ReduceKind::Sum, weighted,
                                ArrayRef<int64_t>{queryIndex + 1});
  rows.push_back(SizeAttr::get(builder.getContext(), 1));
  mean = BroadcastOp::create(builder, loc, pairs.withShape(rows), mean,
                             llvm::to_vector(llvm::seq<int64_t>(0, queryIndex + 1)));
  Value slopes = MapOp::create(builder, loc, pairs, ValueRange{weights, product, mean},
                               [&](OpBuilder &inner, Location, ValueRange args) -> Value {
                                 Value rest = arith::SubFOp::create(inner, loc, args[1], args[2]);
                                 rest = arith::MulFOp::create(inner, loc, args[0], rest);
                                 Value scale = constant(inner, op.getScale().convertToDouble());
                                 return arith::MulFOp::create(inner, loc, rest, scale);
                               });
  return {mergeHeads(ContractOp::create(builder, loc, withSplitHeads(query), slopes, op.getKey(),
                                        queryIndices(j), keyIndices(j, d), queryIndices(d))),
          ContractOp::create(builder, loc, key, slopes, splitHeads(op.getQuery()), queryIndices(j),
                             queryIndices(d), keyIndices(j, d)),
          ContractOp::create(builder, loc, op.getValue().getType(), weights, dy, queryIndices(j),
                             queryIndices(e), keyIndices(j, e))};
}

FailureOr<SmallVector<Value>> AttentionGradientOp::decompose(OpBuilder &builder) {
  // The attention whose derivatives these are, for as long as its parts are built.
  auto forward = AttentionOp::create(builder, getLoc(), getGradient().getType(), getQuery(),
                                     getKey(), getValue(), getKeyMask(), getCaptures(),
                                     getScaleAttr(), getCausalAttr(), getStrictAttr());
  IRMapping mapping;
  getScore().cloneInto(&forward.getScore(), mapping);
  SmallVector<Value> gradients = AttentionGraph(forward, builder).buildGradients(getGradient());
  forward.erase();
  return gradients;
}

FailureOr<SmallVector<Value>> AttentionOp::decompose(OpBuilder &builder) {
  return SmallVector<Value>{AttentionGraph(*this, builder).build()};
}
