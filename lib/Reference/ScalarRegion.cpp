//===- ScalarRegion.cpp - Runs regions of scalar ops ----------------------===//

#include "tenon/Reference/ScalarRegion.h"

#include "ScalarRuleSets.h"

using namespace mlir;
using namespace mlir::tenon;

const ScalarRules &ScalarRules::get() {
  static const ScalarRules all = [] {
    ScalarRules rules;
    addArithFloatRules(rules);
    addArithIntegerRules(rules);
    addMathRules(rules);
    addTenonScalarRules(rules);
    return rules;
  }();
  return all;
}

const ScalarRule *ScalarRules::find(StringRef opName) const {
  auto found = rules.find(opName);
  return found == rules.end() ? nullptr : &found->second;
}

FailureOr<ScalarRegion> ScalarRegion::build(Region &region, const EvalContext &context) {
  ScalarRegion result;
  llvm::DenseMap<Value, unsigned> slotOf;
  for (BlockArgument argument : region.getArguments())
    slotOf[argument] = slotOf.size();
  for (Operation &op : region.front().without_terminator()) {
    const ScalarRule *rule = ScalarRules::get().find(op.getName().getStringRef());
    if (!rule)
      return op.emitError() << "'" << op.getName() << "' has no reference meaning as a scalar op";
    FailureOr<ScalarStep> compute = (*rule)(&op, context);
    if (failed(compute))
      return failure();
    Step step{*compute, {}, 0};
    for (Value operand : op.getOperands())
      step.operands.push_back(slotOf.lookup(operand));
    step.result = slotOf.size();
    slotOf[op.getResult(0)] = step.result;
    result.steps.push_back(std::move(step));
  }
  for (Value value : region.front().getTerminator()->getOperands())
    result.yielded.push_back(slotOf.lookup(value));
  result.slots.assign(slotOf.size(), integerScalar(0));
  return result;
}

FailureOr<Scalar> ScalarRegion::evaluate(ArrayRef<Scalar> arguments) {
  Scalar result;
  if (failed(evaluate(arguments, result)))
    return failure();
  return result;
}

LogicalResult ScalarRegion::evaluate(ArrayRef<Scalar> arguments, MutableArrayRef<Scalar> results) {
  llvm::copy(arguments, slots.begin());
  SmallVector<Scalar, 4> operands;
  for (const Step &step : steps) {
    operands.clear();
    for (unsigned operand : step.operands)
      operands.push_back(slots[operand]);
    if (failed(step.compute(operands, slots[step.result])))
      return failure();
  }
  for (auto [slot, result] : llvm::zip(yielded, results))
    result = slots[slot];
  return success();
}

int64_t mlir::tenon::wrapInteger(int64_t value, Type type) {
  if (type.isIndex())
    return value;
  unsigned width = type.getIntOrFloatBitWidth();
  if (width == 1)
    return value & 1;
  if (width >= 64)
    return value;
  return llvm::SignExtend64(static_cast<uint64_t>(value), width);
}

Scalar mlir::tenon::attributeScalar(TypedAttr value) {
  if (auto real = dyn_cast<FloatAttr>(value)) {
    bool losesInfo;
    llvm::APFloat wide = real.getValue();
    wide.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &losesInfo);
    return realScalar(wide.convertToDouble());
  }
  auto integer = cast<IntegerAttr>(value);
  return integerScalar(wrapInteger(integer.getValue().getSExtValue(), integer.getType()));
}
