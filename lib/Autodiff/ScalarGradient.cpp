//===- ScalarGradient.cpp - Derivatives of scalar regions -----------------===//

#include "ScalarGradient.h"

#include "ScalarRules.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::tenon;

static bool isFloat(Value value) { return isa<FloatType>(value.getType()); }

/// The z of 1 / (1 + exp(z)). Its derivative -y (1 - y) is finite where that of the
/// quotient times that of exp(z) would be 0 times infinity.
static Value matchLogistic(Operation &op) {
  auto quotient = dyn_cast<arith::DivFOp>(op);
  auto sum = quotient && matchPattern(quotient.getLhs(), m_OneFloat())
                 ? quotient.getRhs().getDefiningOp<arith::AddFOp>()
                 : nullptr;
  if (!sum)
    return {};
  bool isLeft = matchPattern(sum.getLhs(), m_OneFloat());
  if (!isLeft && !matchPattern(sum.getRhs(), m_OneFloat()))
    return {};
  auto exp = (isLeft ? sum.getRhs() : sum.getLhs()).getDefiningOp<math::ExpOp>();
  return exp ? exp.getOperand() : Value();
}

FailureOr<Value> mlir::tenon::buildScalarGradient(OpBuilder &builder, Location loc, Block &body,
                                                  ValueRange arguments, ValueRange seeds,
                                                  unsigned wanted) {
  IRMapping computed;
  computed.map(body.getArguments(), arguments);
  // What depends on the argument through floats.
  llvm::DenseSet<Value> depends = {body.getArgument(wanted)};
  for (Operation &op : body.without_terminator()) {
    builder.clone(op, computed);
    if (isFloat(op.getResult(0)) &&
        llvm::any_of(op.getOperands(), [&](Value x) { return depends.contains(x); }))
      depends.insert(op.getResult(0));
  }

  llvm::DenseMap<Value, Value> gradients;
  // Several results may be one value.
  for (auto [result, seed] : llvm::zip_equal(body.getTerminator()->getOperands(), seeds)) {
    Value &sum = gradients[result];
    if (seed)
      sum = sum ? arith::AddFOp::create(builder, loc, sum, seed).getResult() : seed;
  }
  for (Operation &op : llvm::reverse(body.without_terminator())) {
    Value gradient = gradients.lookup(op.getResult(0));
    if (!gradient || !depends.contains(op.getResult(0)))
      continue;
    ScalarRule rule = findScalarRule(op.getName().getStringRef());
    if (!rule)
      return op.emitOpError() << "has no derivative";
    SmallVector<Value> operands;
    for (Value operand : op.getOperands())
      operands.push_back(computed.lookup(operand));
    ScalarStep step{builder, loc, &op, operands, computed.lookup(op.getResult(0)), gradient};
    if (Value z = matchLogistic(op)) {
      Value slope = step.mul(step.y, step.sub(step.y, step.constant(1)));
      Value share = step.mul(gradient, slope);
      Value &sum = gradients[z];
      sum = sum ? step.add(sum, share) : share;
      continue;
    }
    for (auto [index, operand] : llvm::enumerate(op.getOperands())) {
      if (!depends.contains(operand))
        continue;
      Value share = rule(step, index);
      Value &sum = gradients[operand];
      if (share)
        sum = sum ? step.add(sum, share) : share;
    }
  }
  return gradients.lookup(body.getArgument(wanted));
}
