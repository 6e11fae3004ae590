//===- BuiltinsOrder.cpp - cumsum, sort, argsort --------------------------===//

#include "frontends/lang/PatternBinding.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

static TensorType typeOf(mlir::Value value) { return llvm::cast<TensorType>(value.getType()); }

/// The argument `x`, numbers with at least one axis.
static mlir::Value numbers(BuiltinCall &call) {
  mlir::Value x = call.tensor("x");
  if (!x || !typeOf(x).getElementType().isSignlessInteger(1))
    return x;
  call.elaborator.error(call.frame, call.get("x")->range, "argument 'x' of '" + call.row.name + "'")
      .expected("a tensor of numbers", formatType(typeOf(x)));
  return {};
}

static mlir::Value argsort(BuiltinCall &call, mlir::Value x, int64_t axis, bool descending) {
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  return dialect::ArgsortOp::create(builder, call.location(),
                                    typeOf(x).withElementType(builder.getI64Type()), x, axis,
                                    descending);
}

Value buildCumsum(BuiltinCall &call) {
  mlir::Value x = numbers(call);
  std::optional<int64_t> axis = x ? call.axis(-1, typeOf(x).getRank()) : std::nullopt;
  if (!axis)
    return {};
  return mlir::Value(dialect::CumsumOp::create(call.elaborator.getBuilder(), call.location(),
                                               x.getType(), x, *axis));
}

Value buildArgsort(BuiltinCall &call) {
  mlir::Value x = numbers(call);
  std::optional<int64_t> axis = x ? call.axis(-1, typeOf(x).getRank()) : std::nullopt;
  std::optional<bool> descending = call.truth("descending", false);
  return axis && descending ? argsort(call, x, *axis, *descending) : Value();
}

/// Takes the elements in their order, with `axis` as the last one.
Value buildSort(BuiltinCall &call) {
  mlir::Value x = numbers(call);
  std::optional<int64_t> axis = x ? call.axis(-1, typeOf(x).getRank()) : std::nullopt;
  std::optional<bool> descending = call.truth("descending", false);
  if (!axis || !descending)
    return {};
  BoundSide side, moved;
  for (auto [i, size] : llvm::enumerate(typeOf(x).getShape()))
    side.push_back({{{std::to_string(i), size}}, false});
  for (auto [i, item] : llvm::enumerate(side))
    if (int64_t(i) != *axis)
      moved.push_back(item);
  int64_t last = moved.size();
  moved.push_back(side[*axis]);
  x = moveFactors(call, x, side, moved);
  mlir::Value order = argsort(call, x, last, *descending);
  mlir::Value sorted = dialect::GatherOp::create(call.elaborator.getBuilder(), call.location(),
                                                 x.getType(), x, order, last, /*shared=*/last);
  return moveFactors(call, sorted, moved, side);
}

} // namespace tenon::lang
