//===- NormOps.cpp - Normalization blocks ---------------------------------===//

#include "OpSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::tenon;

LogicalResult NormalizeOp::verify() {
  TenonTensorType input = getInput().getType();
  if (getAxes().empty() || !areAscendingAxes(getAxes(), input.getRank()))
    return emitOpError() << "C1: axes must ascend within rank " << input.getRank()
                         << " and not be empty";
  if (!getEps().isFinite() || getEps().isNegative())
    return emitOpError() << "C2: eps must be finite and not negative";
  if (getResult().getType() != input)
    return emitOpError() << "C3: result; expected " << input << ", got " << getResult().getType();
  return success();
}

std::optional<SmallVector<TokenOperand>> NormalizeOp::getTokenOperands(unsigned numAxes) {
  if (getAxes().front() < int64_t(numAxes))
    return std::nullopt;
  return SmallVector<TokenOperand>{TokenOperand::Own};
}

FailureOr<SmallVector<Value>> NormalizeOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  TenonTensorType type = getInput().getType();
  SmallVector<SizeAttr> kept, unit;
  SmallVector<int64_t> others;
  for (auto [axis, size] : llvm::enumerate(type.getShape())) {
    bool isReduced = llvm::is_contained(getAxes(), int64_t(axis));
    unit.push_back(isReduced ? SizeAttr::get(getContext(), 1) : size);
    if (isReduced)
      continue;
    kept.push_back(size);
    others.push_back(axis);
  }
  auto mean = [&](Value value) -> Value {
    Value line =
        ReduceOp::create(builder, loc, type.withShape(kept), ReduceKind::Mean, value, getAxes());
    return BroadcastOp::create(builder, loc, type.withShape(unit), line, others);
  };
  using Body = function_ref<Value(OpBuilder &, Location, ValueRange)>;
  auto map = [&](ValueRange inputs, Body body) -> Value {
    return MapOp::create(builder, loc, type, inputs, body);
  };
  Value centered = map({getInput(), mean(getInput())},
                       [](OpBuilder &inner, Location loc, ValueRange args) -> Value {
                         return arith::SubFOp::create(inner, loc, args[0], args[1]);
                       });
  Value squared = map(centered, [](OpBuilder &inner, Location loc, ValueRange args) -> Value {
    return arith::MulFOp::create(inner, loc, args[0], args[0]);
  });
  Value result =
      map({centered, mean(squared)}, [&](OpBuilder &inner, Location loc, ValueRange args) -> Value {
        Value eps = arith::ConstantOp::create(inner, loc,
                                              inner.getF32FloatAttr(getEps().convertToDouble()));
        Value variance = arith::AddFOp::create(inner, loc, args[1], eps);
        Value deviation = math::SqrtOp::create(inner, loc, variance);
        return arith::DivFOp::create(inner, loc, args[0], deviation);
      });
  return SmallVector<Value>{result};
}
