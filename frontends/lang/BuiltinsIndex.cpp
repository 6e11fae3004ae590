//===- BuiltinsIndex.cpp - argmax, argmin, count --------------------------===//

#include "frontends/lang/PatternBinding.h"
#include "frontends/lang/Scalars.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;
namespace arith = mlir::arith;

static TensorType typeOf(mlir::Value value) { return llvm::cast<TensorType>(value.getType()); }

static mlir::Value reduce(BuiltinCall &call, const Lines &lines, dialect::ReduceKind kind,
                          mlir::Value x) {
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  return dialect::ReduceOp::create(builder, call.location(),
                                   typeOf(x).withShape(shapeOf(lines.rest, builder.getContext())),
                                   kind, x, lines.axes);
}

/// The place of the first element that is the extreme one of its line: the
/// smallest of the places at which x equals it. A NaN is the extreme one.
static Value firstPlace(BuiltinCall &call, dialect::ReduceKind kind) {
  PatternBinding binding(call);
  mlir::Value x = call.tensor("x");
  std::optional<Lines> lines = x ? readLines(call, binding, x) : std::nullopt;
  if (!lines)
    return {};
  mlir::Type element = typeOf(lines->x).getElementType();
  if (element.isSignlessInteger(1)) {
    call.error("'" + call.row.name + "' of " + formatType(typeOf(lines->x)) +
               " does not work on bools; cast them first");
    return {};
  }
  if (lines->axes.size() != 1) {
    binding.error("the pattern of '" + call.row.name + "'")
        .expected("one axis that the right side lacks", llvm::Twine(lines->axes.size()));
    return {};
  }
  int64_t axis = lines->axes[0];
  Size size = lines->side[axis].factors[0].size;
  if (size.getConstant() == 0) {
    call.error("'" + call.row.name + "' of " + formatType(typeOf(lines->x)))
        .expected("an axis of at least 1 element", "0");
    return {};
  }
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  mlir::Type i64 = builder.getI64Type();
  BoundSide alone(lines->side.size());
  alone[axis] = lines->side[axis];
  mlir::Value extreme =
      moveFactors(call, reduce(call, *lines, kind, lines->x), lines->rest, lines->kept);
  mlir::Value places =
      dialect::IotaOp::create(builder, call.location(), TensorType::get({size}, i64));
  places = moveFactors(call, places, {lines->side[axis]}, alone);
  mlir::Value hits = dialect::MapOp::create(
      builder, call.location(), TensorType::get(typeOf(lines->x).getShape(), i64),
      mlir::ValueRange{lines->x, extreme, places},
      [&](mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange args) -> mlir::Value {
        mlir::Value none = arith::ConstantOp::create(
            b, loc, b.getI64IntegerAttr(std::numeric_limits<int64_t>::max()));
        mlir::Value isHit;
        if (mlir::isa<mlir::FloatType>(element)) {
          mlir::Value equal =
              arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, args[0], args[1]);
          mlir::Value isNan =
              arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, args[0], args[0]);
          isHit = arith::OrIOp::create(b, loc, equal, isNan);
        } else {
          isHit = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, args[0], args[1]);
        }
        return arith::SelectOp::create(b, loc, isHit, args[2], none);
      });
  mlir::Value first = reduce(call, *lines, dialect::ReduceKind::Min, hits);
  return moveFactors(call, first, lines->rest, lines->to);
}

Value buildArgmax(BuiltinCall &call) { return firstPlace(call, dialect::ReduceKind::Max); }
Value buildArgmin(BuiltinCall &call) { return firstPlace(call, dialect::ReduceKind::Min); }

/// How many bools are true, as i64; of other dtypes how many elements are
/// combined, in that dtype.
Value buildCount(BuiltinCall &call) {
  PatternBinding binding(call);
  mlir::Value x = call.tensor("x");
  std::optional<Lines> lines = x ? readLines(call, binding, x) : std::nullopt;
  if (!lines)
    return {};
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  mlir::Type element = typeOf(lines->x).getElementType();
  bool isBool = element.isSignlessInteger(1);
  mlir::Type counter = isBool ? mlir::Type(builder.getI64Type()) : element;
  mlir::Value ones = buildMap(
      builder, call.location(), lines->x, counter, [&](ScalarBuilder &s, mlir::ValueRange args) {
        return isBool ? s.convert(args[0], counter) : s.constant(1, counter);
      });
  if (!lines->axes.empty())
    ones = reduce(call, *lines, dialect::ReduceKind::Sum, ones);
  return moveFactors(call, ones, lines->rest, lines->to);
}

} // namespace tenon::lang
