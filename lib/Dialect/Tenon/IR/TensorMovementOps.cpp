//===- TensorMovementOps.cpp - Rearrange, slice, concat, gather -----------===//

#include "OpSupport.h"

#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace mlir::tenon;

//===----------------------------------------------------------------------===//
// RearrangeOp
//===----------------------------------------------------------------------===//

/// Compares each axis of `type` with the product of its factors.
static LogicalResult verifyGroups(RearrangeOp op, StringRef constraint, StringRef name,
                                  TenonTensorType type, ArrayRef<int64_t> groups,
                                  function_ref<SizeAttr(int64_t)> factor) {
  if (int64_t(groups.size()) != type.getRank())
    return emitMismatch(op, constraint, "groups of " + name, Twine(type.getRank()),
                        Twine(groups.size()));
  int64_t next = 0;
  for (auto [axis, count] : llvm::enumerate(groups)) {
    SizeAttr product = SizeAttr::get(op.getContext(), 1);
    for (int64_t i = 0; i < count && product; ++i)
      product = product.mul(factor(next++));
    if (product != type.getDim(axis))
      return emitMismatch(op, constraint, "axis " + Twine(axis) + " of " + name,
                          type.getDim(axis).toString(),
                          product ? product.toString() : "more than 64 bits hold");
  }
  return success();
}

LogicalResult RearrangeOp::verify() {
  int64_t numFactors = getFactors().size();
  auto total = [](ArrayRef<int64_t> groups) {
    return std::accumulate(groups.begin(), groups.end(), int64_t(0));
  };
  auto isNegative = [](int64_t count) { return count < 0; };
  if (llvm::any_of(getInputGroups(), isNegative) || llvm::any_of(getResultGroups(), isNegative) ||
      total(getInputGroups()) != numFactors || total(getResultGroups()) != numFactors)
    return emitOpError() << "C4: the groups of each side must hold " << numFactors << " factors";
  SmallVector<bool> seen(numFactors, false);
  for (int64_t index : getPermutation()) {
    if (index < 0 || index >= numFactors || seen[index])
      return emitOpError() << "C2: factor " << index << " is out of range or occurs twice";
    seen[index] = true;
  }
  if (getPermutation().size() != size_t(numFactors))
    return emitMismatch(*this, "C2", "permuted factors", Twine(numFactors),
                        Twine(getPermutation().size()));
  if (failed(verifyGroups(*this, "C1", "the input", getInput().getType(), getInputGroups(),
                          [&](int64_t i) { return sizeAt(getFactors(), i); })) ||
      failed(verifyGroups(*this, "C3", "the result", getResult().getType(), getResultGroups(),
                          [&](int64_t i) { return sizeAt(getFactors(), getPermutation()[i]); })))
    return failure();
  if (getInput().getType().getElementType() != getResult().getType().getElementType())
    return emitOpError() << "C3: element types differ";
  return success();
}

OpFoldResult RearrangeOp::fold(FoldAdaptor) {
  // Factors that keep their order keep every element's place.
  if (getInput().getType() == getResult().getType() && llvm::is_sorted(getPermutation()))
    return getInput();
  return {};
}

namespace {

/// Tensors that are put together and then rearranged are rearranged first, which costs
/// nothing, and put together in their last places:
///
///   rearrange (concat %q, %k axis 0)[a: 2, b: B, c: 4, d: 32] -> [b, (a, c, d)]
///   concat (rearrange %q[a: 1, ...]), (rearrange %k[a: 1, ...]) axis 1
///
/// The axis must be whole, and the first of its group in the result; the elements that lie
/// side by side stay so.
struct RearrangeBeforeConcat : OpRewritePattern<RearrangeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RearrangeOp op, PatternRewriter &rewriter) const override {
    auto concat = op.getInput().getDefiningOp<ConcatOp>();
    ArrayRef<int64_t> permutation = op.getPermutation();
    if (!concat || !concat->hasOneUse() || permutation.empty() ||
        permutation.back() + 1 != int64_t(permutation.size()) || llvm::is_sorted(permutation) ||
        op.getInputGroups()[concat.getAxis()] != 1)
      return failure();
    ArrayRef<int64_t> before = op.getInputGroups().take_front(concat.getAxis());
    int64_t factor = std::accumulate(before.begin(), before.end(), int64_t(0));
    int64_t place = llvm::find(permutation, factor) - permutation.begin(), first = 0, axis = 0;
    while (first + op.getResultGroups()[axis] <= place)
      first += op.getResultGroups()[axis++];
    if (first != place)
      return failure();
    TenonTensorType type = op.getResult().getType();
    SmallVector<Value> parts;
    for (Value input : concat.getInputs()) {
      SizeAttr size = cast<TenonTensorType>(input.getType()).getDim(concat.getAxis());
      SmallVector<Attribute> factors(op.getFactors().getValue());
      factors[factor] = size;
      SizeAttr merged = rewriter.getAttr<SizeAttr>(1);
      for (int64_t i = first; i < first + op.getResultGroups()[axis] && merged; ++i)
        merged = merged.mul(cast<SizeAttr>(factors[permutation[i]]));
      if (!merged)
        return failure();
      SmallVector<SizeAttr> shape(type.getShape());
      shape[axis] = merged;
      parts.push_back(RearrangeOp::create(rewriter, op.getLoc(), type.withShape(shape), input,
                                          rewriter.getArrayAttr(factors), op.getInputGroups(),
                                          permutation, op.getResultGroups()));
    }
    rewriter.replaceOpWithNewOp<ConcatOp>(op, type, parts, axis);
    return success();
  }
};

} // namespace

void RearrangeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<RearrangeBeforeConcat>(context);
}

//===----------------------------------------------------------------------===//
// BroadcastOp, SliceOp, ConcatOp, GatherOp
//===----------------------------------------------------------------------===//

LogicalResult BroadcastOp::verify() {
  TenonTensorType input = getInput().getType(), result = getResult().getType();
  if (int64_t(getAxes().size()) != input.getRank() ||
      !areAscendingAxes(getAxes(), result.getRank()))
    return emitOpError() << "C1: expected " << input.getRank()
                         << " ascending axes of a result of rank " << result.getRank();
  for (auto [axis, target] : llvm::enumerate(getAxes()))
    if (!input.getDim(axis).isOne() && input.getDim(axis) != result.getDim(target))
      return emitMismatch(*this, "C2", "operand axis " + Twine(axis),
                          result.getDim(target).toString() + " or 1",
                          input.getDim(axis).toString());
  if (input.getElementType() != result.getElementType())
    return emitOpError() << "C2: element types differ";
  return success();
}

LogicalResult SliceOp::verify() {
  TenonTensorType input = getInput().getType(), result = getResult().getType();
  if (input.getRank() != result.getRank() || int64_t(getStarts().size()) != input.getRank() ||
      int64_t(getSteps().size()) != input.getRank() ||
      input.getElementType() != result.getElementType())
    return emitOpError() << "C1: expected one start and step per axis of a result of rank "
                         << input.getRank();
  for (auto [axis, step] : llvm::enumerate(getSteps())) {
    if (step <= 0)
      return emitMismatch(*this, "C1", "step of axis " + Twine(axis), "1 or more", Twine(step));
    std::optional<int64_t> start = sizeAt(getStarts(), axis).getConstant();
    std::optional<int64_t> count = result.getDim(axis).getConstant();
    std::optional<int64_t> size = input.getDim(axis).getConstant();
    if (start && *start < 0)
      return emitMismatch(*this, "C2", "start of axis " + Twine(axis), "0 or more", Twine(*start));
    if (!start || !count || !size || *count <= 0)
      continue;
    std::optional<int64_t> last = llvm::checkedMulAdd(*count - 1, step, *start);
    if (!last || *last >= *size)
      return emitMismatch(*this, "C2", "last element of axis " + Twine(axis),
                          "below " + Twine(*size),
                          last ? std::to_string(*last) : "more than 64 bits hold");
  }
  return success();
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  // The whole tensor: equal types and starts of 0 imply steps that change nothing.
  if (getInput().getType() == getResult().getType() &&
      llvm::all_of(getStarts(), [](Attribute start) { return cast<SizeAttr>(start).isZero(); }) &&
      llvm::all_of(getSteps(), [](int64_t step) { return step == 1; }))
    return getInput();
  return {};
}

LogicalResult ConcatOp::verify() {
  TenonTensorType result = getResult().getType();
  int64_t axis = getAxis();
  if (getInputs().empty() || axis < 0 || axis >= result.getRank())
    return emitOpError() << "C1: expected operands and an axis within rank " << result.getRank();
  SizeAttr sum = SizeAttr::get(getContext(), 0);
  for (auto [index, input] : llvm::enumerate(getInputs())) {
    auto type = cast<TenonTensorType>(input.getType());
    SmallVector<SizeAttr> shape(type.getShape());
    if (type.getRank() == result.getRank()) {
      sum = sum ? sum.add(shape[axis]) : sum;
      shape[axis] = result.getDim(axis);
    }
    if (result.withShape(shape) != result || type.getElementType() != result.getElementType())
      return emitOpError() << "C2: operand " << index << " of type " << type
                           << " does not match the result " << result << " beside axis " << axis;
  }
  if (sum != result.getDim(axis))
    return emitMismatch(*this, "C3", "axis " + Twine(axis), result.getDim(axis).toString(),
                        sum ? sum.toString() : "more than 64 bits hold");
  return success();
}

/// What `gather` and its way back check alike: `part` is what is read of `table`.
template <class Op>
static LogicalResult verifyIndexed(Op op, TenonTensorType table, TenonTensorType part,
                                   StringRef partName) {
  auto ids = cast<TenonTensorType>(op.getIds().getType());
  int64_t axis = op.getAxis(), shared = op.getShared();
  if (axis < 0 || axis >= table.getRank())
    return emitMismatch(op, "C1", "axis", "0.." + Twine(table.getRank() - 1), Twine(axis));
  if (ids.getElementType().isInteger(1))
    return op.emitOpError() << "C1: indices of type i1; expected i32 or i64";
  if (shared < 0 || shared > std::min(axis, ids.getRank()))
    return emitMismatch(op, "C3", "shared axes", "0.." + Twine(std::min(axis, ids.getRank())),
                        Twine(shared));
  if (table.getShape().take_front(shared) != ids.getShape().take_front(shared))
    return emitMismatch(op, "C3", "shared axes of the ids",
                        shapeToString(table.getShape().take_front(shared)),
                        shapeToString(ids.getShape().take_front(shared)));
  SmallVector<SizeAttr> shape(table.getShape().take_front(axis));
  llvm::append_range(shape, ids.getShape().drop_front(shared));
  llvm::append_range(shape, table.getShape().drop_front(axis + 1));
  if (part != table.withShape(shape))
    return op.emitOpError() << "C2: " << partName << "; expected " << table.withShape(shape)
                            << ", got " << part;
  return success();
}

LogicalResult GatherOp::verify() {
  return verifyIndexed(*this, getTable().getType(), getResult().getType(), "result");
}

LogicalResult PutOp::verify() {
  return verifyIndexed(*this, getTable().getType(), getUpdates().getType(), "updates");
}

LogicalResult ScatterAddOp::verify() {
  return verifyIndexed(*this, getResult().getType(), getUpdates().getType(), "updates");
}
