//===- BuiltinsMove.cpp - pad, roll, flip ---------------------------------===//

#include "frontends/lang/Scalars.h"
#include "frontends/lang/TensorMoves.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

static TensorType typeOf(mlir::Value value) { return llvm::cast<TensorType>(value.getType()); }

Size divideDown(Size size, int64_t divisor) {
  mlir::MLIRContext *context = size.getContext();
  llvm::ArrayRef<int64_t> terms = size.getTerms();
  size_t count = size.getSymbols().size();
  int64_t constant = 0;
  for (size_t i = 0; i < terms.size(); i += 1 + count)
    if (llvm::all_of(terms.slice(i + 1, count), [](int64_t power) { return power == 0; }))
      constant = terms[i];
  Size rest = size.sub(Size::get(context, constant));
  Size quotient = rest ? rest.divideExactly(Size::get(context, divisor)) : Size();
  int64_t down = constant / divisor - (constant % divisor < 0);
  return quotient ? quotient.add(down) : Size();
}

TensorType resized(TensorType type, int64_t axis, Size size) {
  llvm::SmallVector<Size> shape(type.getShape());
  shape[axis] = size;
  return type.withShape(shape);
}

mlir::Value sliceTensor(BuiltinCall &call, mlir::Value x, int64_t axis, Size first, Size length,
                        int64_t step) {
  Elaborator &elaborator = call.elaborator;
  mlir::OpBuilder &builder = elaborator.getBuilder();
  llvm::SmallVector<mlir::Attribute> starts(typeOf(x).getRank(), elaborator.size(0));
  llvm::SmallVector<int64_t> steps(starts.size(), 1);
  starts[axis] = first;
  steps[axis] = step;
  return dialect::SliceOp::create(builder, call.location(), resized(typeOf(x), axis, length), x,
                                  builder.getArrayAttr(starts), steps);
}

Value padTensor(BuiltinCall &call, mlir::Value x, int64_t axis, Size before, Size after,
                const Value &value) {
  llvm::SmallVector<mlir::Value, 3> parts;
  auto fill = [&](Size size) {
    if (size.isZero())
      return true;
    parts.push_back(
        call.elaborator.splat(value, resized(typeOf(x), axis, size), call.frame, call.range));
    return bool(parts.back());
  };
  if (!fill(before))
    return {};
  parts.push_back(x);
  return fill(after) ? concatTensors(call, parts, axis) : Value();
}

/// The sizes of the argument `sizes`, [before, after], none of them negative.
static std::optional<std::pair<Size, Size>> readPadding(BuiltinCall &call) {
  const CallArgument *argument = call.get("sizes");
  Elaborator &elaborator = call.elaborator;
  const ListValue *list = argument->value.getIf<const ListValue *>();
  Size both = argument->value.getIf<Size>();
  Size before = both, after = both;
  if (list && list->items.size() == 2) {
    before = list->items[0].getIf<Size>();
    after = list->items[1].getIf<Size>();
  }
  Size zero = elaborator.size(0);
  if (before && after && elaborator.provenAtMost(zero, before) &&
      elaborator.provenAtMost(zero, after))
    return std::pair(before, after);
  if (!argument->value.isPoison())
    elaborator.error(call.frame, argument->range, "argument 'sizes' of 'pad'")
        .expected("a size of at least 0, or two as [before, after]",
                  before && after ? "[" + before.toString() + ", " + after.toString() + "]"
                                  : argument->value.describe());
  return std::nullopt;
}

/// Elements of one value before and after x.
Value buildPad(BuiltinCall &call) {
  mlir::Value x = call.tensor("x");
  std::optional<int64_t> axis = x ? call.axis(-1, typeOf(x).getRank()) : std::nullopt;
  auto sizes = axis ? readPadding(call) : std::nullopt;
  if (!sizes)
    return {};
  Value value = call.elaborator.size(0);
  if (const CallArgument *given = call.get("value"))
    value = given->value;
  else if (typeOf(x).getElementType().isSignlessInteger(1))
    value = false;
  return padTensor(call, x, *axis, sizes->first, sizes->second, value);
}

/// x[i - shift] at place i; what leaves at one end comes in at the other.
Value buildRoll(BuiltinCall &call) {
  mlir::Value x = call.tensor("x");
  std::optional<int64_t> axis = x ? call.axis(-1, typeOf(x).getRank()) : std::nullopt;
  std::optional<int64_t> shift = axis ? call.integer("shift", 0) : std::nullopt;
  if (!shift)
    return {};
  Elaborator &elaborator = call.elaborator;
  Size size = typeOf(x).getDim(*axis), zero = elaborator.size(0);
  int64_t turned = *shift;
  if (std::optional<int64_t> known = size.getConstant())
    turned = *known == 0 ? 0 : turned % *known;
  if (turned == 0)
    return x;
  // The element of x that the result begins with.
  Size start = (turned > 0 ? size : zero).sub(elaborator.size(turned));
  if (!start || !elaborator.provenAtMost(start, size) || !elaborator.provenAtMost(zero, start)) {
    call.error("'roll' of " + formatType(typeOf(x)) + " by " + llvm::Twine(*shift) +
               " along axis " + llvm::Twine(*axis))
        .expected("a size that is known to be as much", size.toString())
        .hint("'require " + size.toString() + " >= ...' after 'dim' sets a smallest size");
    return {};
  }
  return concatTensors(call,
                       {sliceTensor(call, x, *axis, start, size.sub(start)),
                        sliceTensor(call, x, *axis, zero, start)},
                       *axis);
}

/// The last element first.
Value buildFlip(BuiltinCall &call) {
  mlir::Value x = call.tensor("x");
  std::optional<int64_t> axis = x ? call.axis(-1, typeOf(x).getRank()) : std::nullopt;
  if (!axis)
    return {};
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  mlir::Type i64 = builder.getI64Type();
  Size size = typeOf(x).getDim(*axis);
  mlir::Value places =
      dialect::IotaOp::create(builder, call.location(), TensorType::get({size}, i64));
  mlir::Value turned =
      buildMap(builder, call.location(), places, i64, [&](ScalarBuilder &s, mlir::ValueRange args) {
        mlir::Value count = dialect::ExtentOp::create(s.b, s.loc, i64, size);
        mlir::Value last = s.binary(TokenKind::Minus, count, s.constant(1, i64));
        return s.binary(TokenKind::Minus, last, args[0]);
      });
  return mlir::Value(
      dialect::GatherOp::create(builder, call.location(), x.getType(), x, turned, *axis));
}

} // namespace tenon::lang
