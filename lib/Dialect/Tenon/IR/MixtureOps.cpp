//===- MixtureOps.cpp - Parts chosen token by token -----------------------===//

#include "OpSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::tenon;

LogicalResult RouteOp::verify() {
  TenonTensorType ids = getIds().getType(), result = getResult().getType();
  if (ids.getElementType().isInteger(1))
    return emitOpError() << "C1: ids of type i1; expected i32 or i64";
  if (getBranches().empty())
    return emitOpError() << "C2: expected at least one branch";
  for (auto [index, branch] : llvm::enumerate(getBranches()))
    if (branch.getType() != result)
      return emitOpError() << "C2: branch " << index << "; expected " << result << ", got "
                           << branch.getType();
  if (ids.getRank() > result.getRank() ||
      result.getShape().take_front(ids.getRank()) != ids.getShape())
    return emitMismatch(*this, "C3", "leading axes of the result", shapeToString(ids.getShape()),
                        shapeToString(result.getShape()));
  return success();
}

FailureOr<SmallVector<Value>> RouteOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  TenonTensorType type = getResult().getType(), idType = getIds().getType();
  SizeAttr count = SizeAttr::get(getContext(), getBranches().size());
  if (count.isOne())
    return SmallVector<Value>{getBranches().front()};
  // Reading 0, 1, ... at the ids says which is out of range.
  auto numbers = TenonTensorType::get(count, builder.getI64Type());
  Value chosen = GatherOp::create(builder, loc, idType.withElementType(builder.getI64Type()),
                                  IotaOp::create(builder, loc, numbers), getIds(), 0);
  SmallVector<Attribute> factors(idType.getShape().begin(), idType.getShape().end());
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, factors.size()));
  SmallVector<int64_t> one(factors.size(), 1), groups = one;
  SmallVector<SizeAttr> shape(idType.getShape());
  groups.resize(type.getRank(), 0);
  shape.resize(type.getRank(), SizeAttr::get(getContext(), 1));
  auto aligned = TenonTensorType::get(shape, builder.getI64Type());
  chosen = RearrangeOp::create(builder, loc, aligned, chosen, builder.getArrayAttr(factors), one,
                               order, groups);
  SmallVector<Value> inputs = {chosen};
  llvm::append_range(inputs, getBranches());
  Value taken = MapOp::create(
      builder, loc, type, inputs, [&](OpBuilder &inner, Location at, ValueRange arguments) {
        Value value = arguments.back();
        for (int64_t branch = int64_t(arguments.size()) - 3; branch >= 0; --branch) {
          Value number = arith::ConstantOp::create(inner, at, inner.getI64IntegerAttr(branch));
          Value isChosen =
              arith::CmpIOp::create(inner, at, arith::CmpIPredicate::eq, arguments.front(), number);
          value = arith::SelectOp::create(inner, at, isChosen, arguments[branch + 1], value);
        }
        return value;
      });
  return SmallVector<Value>{taken};
}
