//===- Differentiate.cpp - Gradients become graphs ------------------------===//

#include "TensorBuilder.h"

#include "tenon/Autodiff/DifferentiableOpInterface.h"
#include "tenon/Autodiff/Passes.h"
#include "tenon/Dialect/Tenon/IR/Decomposition.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_TENONDIFFERENTIATE
#include "tenon/Autodiff/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// One `tenon.gradient` on its way to a graph.
class Differentiation {
public:
  explicit Differentiation(GradientOp op) : op(op), builder(op) {}

  LogicalResult run();

private:
  /// Finds the ops between the inputs and the loss, in order. Blocks without a
  /// derivative of their own are decomposed.
  LogicalResult findPath();
  /// The operands of a step that the loss is differentiated through.
  SmallVector<bool> getWanted(Operation *step);
  LogicalResult differentiate(Operation *step);
  void addShare(Value value, Value share) { shares[value].push_back(share); }
  /// The derivative by `value`, null for 0.
  Value total(Value value, Location loc);

  GradientOp op;
  OpBuilder builder;
  SmallVector<Operation *> path;
  /// What depends on an input through floats.
  llvm::DenseSet<Value> carrying;
  llvm::DenseMap<Value, SmallVector<Value>> shares;
};

struct Differentiate : public tenon::impl::TenonDifferentiateBase<Differentiate> {
  void runOnOperation() override;
};

} // namespace

static bool isFloat(Value value) {
  auto type = dyn_cast<TenonTensorType>(value.getType());
  return type && isa<FloatType>(type.getElementType());
}

SmallVector<bool> Differentiation::getWanted(Operation *step) {
  return llvm::map_to_vector(step->getOperands(), [&](Value operand) {
    return carrying.contains(operand) && isFloat(operand);
  });
}

LogicalResult Differentiation::findPath() {
  // What the loss is computed from; decomposing changes it, so from the start again.
  while (true) {
    path.clear();
    carrying.clear();
    llvm::DenseSet<Operation *> needed;
    SmallVector<Operation *> worklist = {op.getLoss().getDefiningOp()};
    while (!worklist.empty()) {
      Operation *next = worklist.pop_back_val();
      if (next && needed.insert(next).second)
        for (Value operand : next->getOperands())
          worklist.push_back(operand.getDefiningOp());
    }
    llvm::DenseSet<Attribute> parameters;
    for (Value input : op.getInputs()) {
      carrying.insert(input);
      if (auto read = input.getDefiningOp<ReadOp>())
        parameters.insert(read.getParamAttr());
    }
    DecomposableOpInterface block;
    for (Operation &step : *op->getBlock()) {
      if (&step == op.getOperation())
        break;
      if (!needed.contains(&step))
        continue;
      if (auto read = dyn_cast<ReadOp>(step)) {
        if (parameters.contains(read.getParamAttr()))
          carrying.insert(read);
        continue;
      }
      SmallVector<bool> wanted = getWanted(&step);
      if (isa<StopGradientOp>(step) || llvm::none_of(step.getResults(), isFloat) ||
          !llvm::is_contained(wanted, true))
        continue;
      auto own = dyn_cast<DifferentiableOpInterface>(step);
      if (!own || !own.hasGradients(wanted)) {
        block = dyn_cast<DecomposableOpInterface>(step);
        if (!block)
          return step.emitOpError() << "has no derivative";
        break;
      }
      path.push_back(&step);
      carrying.insert(step.getResult(0));
    }
    if (!block)
      return success();
    if (failed(replaceByDecomposition(block)))
      return failure();
  }
}

Value Differentiation::total(Value value, Location loc) {
  auto found = shares.find(value);
  if (found == shares.end())
    return {};
  Value sum = TensorBuilder(builder, loc).add(found->second);
  found->second = {sum};
  return sum;
}

LogicalResult Differentiation::differentiate(Operation *step) {
  Value gradient = total(step->getResult(0), step->getLoc());
  if (!gradient)
    return success();
  SmallVector<bool> wanted = getWanted(step);
  FailureOr<SmallVector<Value>> gradients =
      cast<DifferentiableOpInterface>(step).buildGradients(builder, gradient, wanted);
  if (failed(gradients))
    return failure();
  for (auto [operand, isWanted, share] : llvm::zip(step->getOperands(), wanted, *gradients))
    if (isWanted && share)
      addShare(operand, share);
  return success();
}

LogicalResult Differentiation::run() {
  if (failed(findPath()))
    return failure();
  TensorBuilder tensors(builder, op.getLoc());
  addShare(op.getLoss(), tensors.fill(op.getLoss().getType(), 1));
  for (Operation *step : llvm::reverse(path))
    if (failed(differentiate(step)))
      return failure();

  // All reads of a parameter are one input.
  llvm::DenseMap<Attribute, SmallVector<Value>> reads;
  for (Operation &other : *op->getBlock())
    if (auto read = dyn_cast<ReadOp>(other))
      if (Value share = total(read, op.getLoc()))
        reads[read.getParamAttr()].push_back(share);
  for (auto [input, result] : llvm::zip(op.getInputs(), op.getGradients())) {
    Value gradient;
    auto read = input.getDefiningOp<ReadOp>();
    if (!read)
      gradient = total(input, op.getLoc());
    else if (auto found = reads.find(read.getParamAttr()); found != reads.end())
      gradient = tensors.add(found->second);
    result.replaceAllUsesWith(gradient ? gradient : tensors.fill(typeOf(input), 0));
  }
  op.erase();
  return success();
}

void Differentiate::runOnOperation() {
  SmallVector<GradientOp> gradients;
  getOperation().walk([&](GradientOp op) { gradients.push_back(op); });
  for (GradientOp op : gradients) {
    if (failed(Differentiation(op).run()))
      return signalPassFailure();
    ++numGradients;
  }
  getOperation().walk([](StopGradientOp op) {
    op.replaceAllUsesWith(op.getInput());
    op.erase();
  });
}
