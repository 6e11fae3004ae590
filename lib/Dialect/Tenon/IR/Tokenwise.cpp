//===- Tokenwise.cpp - Tensor ops that compute tokens one by one ----------===//

#include "OpSupport.h"

using namespace mlir;
using namespace mlir::tenon;

using TokenOperands = std::optional<SmallVector<TokenOperand>>;

static TenonTensorType typeOf(Value value) { return cast<TenonTensorType>(value.getType()); }

/// True when both begin with the same `numAxes` sizes.
static bool sharesLeadingAxes(TenonTensorType a, TenonTensorType b, unsigned numAxes) {
  return a.getRank() >= numAxes && b.getRank() >= numAxes &&
         a.getShape().take_front(numAxes) == b.getShape().take_front(numAxes);
}

/// How tokens read an operand that is repeated to `result`, aligned at the last axes.
static TokenOperand getRepeatedKind(TenonTensorType type, TenonTensorType result,
                                    unsigned numAxes) {
  if (type.getRank() == result.getRank() && sharesLeadingAxes(type, result, numAxes))
    return TokenOperand::Own;
  return type.getRank() + numAxes <= result.getRank() ? TokenOperand::Whole : TokenOperand::Other;
}

/// 0, 1, ... `count` - 1, then `rest`.
static SmallVector<int64_t> countThen(unsigned count, ArrayRef<int64_t> rest) {
  SmallVector<int64_t> numbers = llvm::to_vector(llvm::seq<int64_t>(0, count));
  llvm::append_range(numbers, rest);
  return numbers;
}

//===----------------------------------------------------------------------===//
// MapOp
//===----------------------------------------------------------------------===//

TokenOperands MapOp::getTokenOperands(unsigned numAxes) {
  TenonTensorType result = getResult().getType();
  SmallVector<TokenOperand> kinds;
  for (Value input : getInputs()) {
    TenonTensorType type = typeOf(input);
    kinds.push_back(getRepeatedKind(type, result, numAxes));
  }
  return kinds;
}

/// Axes of size 1 between those of tokens and the operand's keep it aligned.
FailureOr<Value> MapOp::rebuildForTokens(OpBuilder &builder, ValueRange operands,
                                         ArrayRef<unsigned> widened, unsigned numAxes) {
  SmallVector<Value> aligned(operands);
  int64_t rank = getResult().getType().getRank();
  for (unsigned index : widened) {
    TenonTensorType type = typeOf(aligned[index]);
    SmallVector<Attribute> factors(type.getShape().begin(), type.getShape().end());
    SmallVector<int64_t> one(factors.size(), 1), groups = one;
    SmallVector<SizeAttr> shape(type.getShape());
    groups.insert(groups.begin() + numAxes, rank - type.getRank(), 0);
    shape.insert(shape.begin() + numAxes, rank - type.getRank(), SizeAttr::get(getContext(), 1));
    aligned[index] = RearrangeOp::create(builder, getLoc(), type.withShape(shape), aligned[index],
                                         builder.getArrayAttr(factors), one,
                                         countThen(factors.size(), {}), groups);
  }
  Operation *clone = builder.clone(*getOperation());
  clone->setOperands(aligned);
  return clone->getResult(0);
}

//===----------------------------------------------------------------------===//
// ReduceOp, ContractOp
//===----------------------------------------------------------------------===//

TokenOperands ReduceOp::getTokenOperands(unsigned numAxes) {
  if (llvm::any_of(getAxes(), [=](int64_t axis) { return axis < int64_t(numAxes); }))
    return std::nullopt;
  return SmallVector<TokenOperand>{TokenOperand::Own};
}

TokenOperands ContractOp::getTokenOperands(unsigned numAxes) {
  ArrayRef<int64_t> tokens = getResultIndices().take_front(numAxes);
  auto getKind = [&](ArrayRef<int64_t> indices) {
    if (indices.take_front(numAxes) == tokens)
      return TokenOperand::Own;
    bool isWhole =
        llvm::none_of(indices, [&](int64_t index) { return llvm::is_contained(tokens, index); });
    return isWhole ? TokenOperand::Whole : TokenOperand::Other;
  };
  return SmallVector<TokenOperand>{getKind(getLhsIndices()), getKind(getRhsIndices())};
}

FailureOr<Value> ContractOp::rebuildForTokens(OpBuilder &builder, ValueRange operands,
                                              ArrayRef<unsigned> widened, unsigned numAxes) {
  SmallVector<int64_t> lists[] = {SmallVector<int64_t>(getLhsIndices()),
                                  SmallVector<int64_t>(getRhsIndices())};
  ArrayRef<int64_t> tokens = getResultIndices().take_front(numAxes);
  for (unsigned index : widened)
    lists[index].insert(lists[index].begin(), tokens.begin(), tokens.end());
  return ContractOp::create(builder, getLoc(), getResult().getType(), operands[0], operands[1],
                            lists[0], lists[1], getResultIndices())
      .getResult();
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

TokenOperands RearrangeOp::getTokenOperands(unsigned numAxes) {
  ArrayRef<int64_t> before = getInputGroups().take_front(numAxes),
                    after = getResultGroups().take_front(numAxes);
  int64_t numFactors = std::accumulate(before.begin(), before.end(), int64_t(0));
  if (before != after ||
      getPermutation().take_front(numFactors) != ArrayRef(countThen(numFactors, {})))
    return std::nullopt;
  return SmallVector<TokenOperand>{TokenOperand::Own};
}

TokenOperands BroadcastOp::getTokenOperands(unsigned numAxes) {
  TenonTensorType input = getInput().getType(), result = getResult().getType();
  if (getAxes().take_front(numAxes) == ArrayRef(countThen(numAxes, {})) &&
      sharesLeadingAxes(input, result, numAxes))
    return SmallVector<TokenOperand>{TokenOperand::Own};
  bool isWhole = llvm::all_of(getAxes(), [=](int64_t axis) { return axis >= int64_t(numAxes); });
  return SmallVector<TokenOperand>{isWhole ? TokenOperand::Whole : TokenOperand::Other};
}

FailureOr<Value> BroadcastOp::rebuildForTokens(OpBuilder &builder, ValueRange operands,
                                               ArrayRef<unsigned> widened, unsigned numAxes) {
  SmallVector<int64_t> axes =
      widened.empty() ? SmallVector<int64_t>(getAxes()) : countThen(numAxes, getAxes());
  return BroadcastOp::create(builder, getLoc(), getResult().getType(), operands[0], axes)
      .getResult();
}

TokenOperands SliceOp::getTokenOperands(unsigned numAxes) {
  if (!sharesLeadingAxes(getInput().getType(), getResult().getType(), numAxes))
    return std::nullopt;
  for (unsigned axis = 0; axis < numAxes; ++axis)
    if (!sizeAt(getStarts(), axis).isZero() || getSteps()[axis] != 1)
      return std::nullopt;
  return SmallVector<TokenOperand>{TokenOperand::Own};
}

TokenOperands ConcatOp::getTokenOperands(unsigned numAxes) {
  if (getAxis() < numAxes)
    return std::nullopt;
  return SmallVector<TokenOperand>(getInputs().size(), TokenOperand::Own);
}

/// Tokens along the shared axes have rows of their own; others are those of the ids,
/// or of the table.
TokenOperands GatherOp::getTokenOperands(unsigned numAxes) {
  if (getShared() >= numAxes)
    return SmallVector<TokenOperand>{TokenOperand::Own, TokenOperand::Own};
  TokenOperand partly = getShared() == 0 ? TokenOperand::Whole : TokenOperand::Other;
  if (getAxis() == getShared() && getIds().getType().getRank() >= int64_t(numAxes))
    return SmallVector<TokenOperand>{partly, TokenOperand::Own};
  if (getAxis() >= numAxes)
    return SmallVector<TokenOperand>{TokenOperand::Own, partly};
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Order along an axis
//===----------------------------------------------------------------------===//

static TokenOperands ownBefore(uint64_t axis, unsigned numAxes) {
  if (axis < numAxes)
    return std::nullopt;
  return SmallVector<TokenOperand>{TokenOperand::Own};
}

TokenOperands CumsumOp::getTokenOperands(unsigned numAxes) { return ownBefore(getAxis(), numAxes); }

TokenOperands ArgsortOp::getTokenOperands(unsigned numAxes) {
  return ownBefore(getAxis(), numAxes);
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// Samples along the axes before the heads; captures have these or none of them.
TokenOperands AttentionOp::getTokenOperands(unsigned numAxes) {
  TenonTensorType query = getQuery().getType();
  if (query.getRank() < int64_t(numAxes) + 3)
    return std::nullopt;
  SmallVector<TokenOperand> kinds(3, TokenOperand::Own);
  if (getKeyMask())
    kinds.push_back(TokenOperand::Own);
  for (Value capture : getCaptures()) {
    TenonTensorType type = typeOf(capture);
    kinds.push_back(getRepeatedKind(type, query, numAxes));
  }
  return kinds;
}

/// The first operand's rows are tokens, all read the `others` whole.
static TokenOperands rowsAndWhole(int64_t rowAxes, unsigned numAxes, unsigned others) {
  if (rowAxes < int64_t(numAxes))
    return std::nullopt;
  SmallVector<TokenOperand> kinds = {TokenOperand::Own};
  kinds.append(others, TokenOperand::Whole);
  return kinds;
}

TokenOperands FfnOp::getTokenOperands(unsigned numAxes) {
  return rowsAndWhole(getInput().getType().getRank() - 1, numAxes, getNumOperands() - 1);
}

TokenOperands RationalOp::getTokenOperands(unsigned numAxes) {
  return rowsAndWhole(getInput().getType().getRank() - 2, numAxes, 2);
}

TokenOperands KanOp::getTokenOperands(unsigned numAxes) {
  TenonTensorType result = getResult().getType();
  if (result.getRank() - 1 < int64_t(numAxes))
    return std::nullopt;
  SmallVector<TokenOperand> kinds = {TokenOperand::Whole};
  for (Value input : getInputs()) {
    TenonTensorType type = typeOf(input);
    kinds.push_back(getRepeatedKind(type, result, numAxes));
  }
  return kinds;
}
