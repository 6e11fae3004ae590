//===- FindBatch.cpp - Samples that do not depend on one another ----------===//

#include "tenon/Dialect/Tenon/Transforms/Passes.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_TENONFINDBATCH
#include "tenon/Dialect/Tenon/Transforms/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

namespace {
struct FindBatch : public tenon::impl::TenonFindBatchBase<FindBatch> {
  void runOnOperation() override;
};
} // namespace

static bool holds(SizeAttr size, SizeAttr symbol) {
  return llvm::is_contained(size.getSymbols(), symbol.getSymbols().front());
}

/// Where a tensor has the samples: along its first axis, nowhere, or in a way of its own.
enum class Place { First, Nowhere, Elsewhere };

static Place findSamples(Type type, SizeAttr symbol) {
  ArrayRef<SizeAttr> shape = cast<TenonTensorType>(type).getShape();
  bool isFirst = !shape.empty() && shape.front() == symbol;
  for (SizeAttr size : shape.drop_front(isFirst ? 1 : 0))
    if (holds(size, symbol))
      return Place::Elsewhere;
  return isFirst ? Place::First : Place::Nowhere;
}

/// True when the op's scalar regions or attributes ask for the number of samples. The
/// factors of a rearrangement are its operand's sizes.
static bool asksForNumber(Operation *op, SizeAttr symbol) {
  return op
      ->walk([&](Operation *inner) {
        if (isa<RearrangeOp>(inner))
          return WalkResult::advance();
        WalkResult result = WalkResult::advance();
        inner->getAttrDictionary().walk([&](SizeAttr size) {
          if (holds(size, symbol))
            result = WalkResult::interrupt();
        });
        return result;
      })
      .wasInterrupted();
}

/// True when sample number s of the op's result depends on sample s of its operands alone.
static bool isSampleBySample(Operation *op, SizeAttr symbol) {
  auto tokenwise = dyn_cast<TokenwiseOpInterface>(op);
  bool hasSamples = false;
  for (Type type : llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes())) {
    Place place = findSamples(type, symbol);
    if (place == Place::Elsewhere)
      return false;
    hasSamples |= place == Place::First;
  }
  if (!hasSamples)
    return !asksForNumber(op, symbol);
  if (isa<ConstantOp>(op))
    return true;
  if (!tokenwise || asksForNumber(op, symbol) || llvm::any_of(op->getResultTypes(), [&](Type type) {
        return findSamples(type, symbol) != Place::First;
      }))
    return false;
  std::optional<SmallVector<TokenOperand>> kinds = tokenwise.getTokenOperands(1);
  if (!kinds)
    return false;
  for (auto [operand, kind] : llvm::zip(op->getOperandTypes(), *kinds))
    if (findSamples(operand, symbol) == Place::First && kind != TokenOperand::Own)
      return false;
  return true;
}

static bool isBatch(func::FuncOp function, SizeAttr symbol) {
  for (Type type : function.getArgumentTypes())
    if (findSamples(type, symbol) == Place::Elsewhere)
      return false;
  for (Type type : function.getResultTypes())
    if (findSamples(type, symbol) != Place::First)
      return false;
  return llvm::all_of(function.getBody().front().without_terminator(),
                      [&](Operation &op) { return isSampleBySample(&op, symbol); });
}

void FindBatch::runOnOperation() {
  func::FuncOp function = getOperation();
  if (function.isExternal())
    return;
  for (Type type : function.getArgumentTypes()) {
    ArrayRef<SizeAttr> shape = cast<TenonTensorType>(type).getShape();
    if (shape.empty() || shape.front().getSymbols().size() != 1)
      continue;
    StringAttr name = shape.front().getSymbols().front();
    if (shape.front() == SizeAttr::getSymbol(&getContext(), name) &&
        isBatch(function, shape.front())) {
      function->setAttr(kBatchAttr, name);
      return;
    }
  }
}
