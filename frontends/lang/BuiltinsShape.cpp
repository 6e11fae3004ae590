//===- BuiltinsShape.cpp - concat, split, filled tensors, static functions ===//

#include "frontends/lang/TensorMoves.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

namespace tenon::lang {

namespace dialect = mlir::tenon;

static TensorType typeOf(mlir::Value value) { return llvm::cast<TensorType>(value.getType()); }

/// The argument `list` as tensors, which there must be at least one of.
static std::optional<llvm::SmallVector<mlir::Value>> tensors(BuiltinCall &call) {
  const CallArgument *argument = call.get("list");
  llvm::SmallVector<mlir::Value> out;
  const ListValue *list = argument->value.getIf<const ListValue *>();
  for (const Value &item : list ? list->items : std::vector<Value>()) {
    mlir::Value tensor = call.elaborator.asTensor(item, call.frame, argument->range);
    if (!tensor) {
      call.elaborator
          .error(call.frame, argument->range, "an element of the list of '" + call.row.name + "'")
          .expected("a tensor", item.describe());
      return std::nullopt;
    }
    out.push_back(tensor);
  }
  if (!out.empty())
    return out;
  call.elaborator.error(call.frame, argument->range, "argument 'list' of '" + call.row.name + "'")
      .expected("a list of tensors", list ? "an empty list" : argument->value.describe());
  return std::nullopt;
}

Value concatTensors(BuiltinCall &call, llvm::ArrayRef<mlir::Value> parts, int64_t axis) {
  llvm::SmallVector<Size> shape(typeOf(parts[0]).getShape());
  for (mlir::Value part : parts.drop_front()) {
    llvm::ArrayRef<Size> other = typeOf(part).getShape();
    bool fits = other.size() == shape.size() &&
                typeOf(part).getElementType() == typeOf(parts[0]).getElementType();
    for (size_t i = 0; fits && i < shape.size(); ++i)
      fits = int64_t(i) == axis || other[i] == shape[i];
    if (!fits) {
      call.error("'" + call.row.name + "' of " + formatType(typeOf(parts[0])) + " and " +
                 formatType(typeOf(part)) + " along axis " + llvm::Twine(axis) +
                 "; expected equal dtypes and other axes");
      return {};
    }
    shape[axis] = shape[axis].add(other[axis]);
    if (!shape[axis]) {
      call.error("the sum of the sizes of '" + call.row.name + "' overflows 64 bits");
      return {};
    }
  }
  if (parts.size() == 1)
    return parts[0];
  return mlir::Value(dialect::ConcatOp::create(call.elaborator.getBuilder(), call.location(),
                                               typeOf(parts[0]).withShape(shape), parts, axis));
}

Value buildConcat(BuiltinCall &call) {
  auto parts = tensors(call);
  std::optional<int64_t> axis =
      parts ? call.axis(0, typeOf(parts->front()).getRank()) : std::nullopt;
  return axis ? concatTensors(call, *parts, *axis) : Value();
}

/// Tensors of one shape along a new axis.
static Value stack(BuiltinCall &call, llvm::SmallVector<mlir::Value> parts, int64_t axis) {
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  for (mlir::Value &part : parts) {
    llvm::SmallVector<Size> shape(typeOf(part).getShape());
    llvm::SmallVector<mlir::Attribute> factors(shape.begin(), shape.end());
    llvm::SmallVector<int64_t> groups(shape.size(), 1), order, wider;
    for (size_t i = 0; i < shape.size(); ++i)
      order.push_back(i);
    wider = groups;
    wider.insert(wider.begin() + axis, 0);
    shape.insert(shape.begin() + axis, call.elaborator.size(1));
    part = dialect::RearrangeOp::create(builder, call.location(), typeOf(part).withShape(shape),
                                        part, builder.getArrayAttr(factors), groups, order, wider);
  }
  return concatTensors(call, parts, axis);
}

Value buildStack(BuiltinCall &call) {
  auto parts = tensors(call);
  std::optional<int64_t> axis =
      parts ? call.axis(0, typeOf(parts->front()).getRank() + 1) : std::nullopt;
  return axis ? stack(call, *parts, *axis) : Value();
}

/// Most numbers of a list that becomes a tensor: each is an operation.
static constexpr size_t kMaxNumbers = 4096;

static size_t countNumbers(const Value &value) {
  const ListValue *list = value.getIf<const ListValue *>();
  size_t count = list ? 0 : 1;
  for (const Value &item : list ? list->items : std::vector<Value>())
    if (count <= kMaxNumbers)
      count += countNumbers(item);
  return count;
}

mlir::Value tensorOfNumbers(BuiltinCall &call, const Value &value, mlir::Type element,
                            SourceRange range) {
  const ListValue *list = value.getIf<const ListValue *>();
  if (size_t count = countNumbers(value); count > kMaxNumbers) {
    call.elaborator.error(call.frame, range, "'" + call.row.name + "' of a list")
        .expected("at most " + llvm::Twine(kMaxNumbers) + " numbers", "more");
    return {};
  }
  if (!list)
    return call.elaborator.splat(value, TensorType::get(llvm::ArrayRef<Size>(), element),
                                 call.frame, range);
  llvm::SmallVector<mlir::Value> parts;
  for (const Value &item : list->items) {
    mlir::Value part = tensorOfNumbers(call, item, element, range);
    if (!part)
      return {};
    if (!parts.empty() && part.getType() != parts.front().getType()) {
      call.elaborator.error(call.frame, range, "the lists in '" + call.row.name + "'")
          .expected("one shape", formatShape(typeOf(parts.front()).getShape()) + " and " +
                                     formatShape(typeOf(part).getShape()));
      return {};
    }
    parts.push_back(part);
  }
  if (!parts.empty())
    return stack(call, parts, 0).getIf<mlir::Value>();
  call.elaborator.error(call.frame, range, "'" + call.row.name + "' of an empty list");
  return {};
}

/// `parts` equal stretches, or stretches of the listed sizes.
Value buildSplit(BuiltinCall &call) {
  mlir::Value x = call.tensor("x");
  std::optional<int64_t> axis = x ? call.axis(-1, typeOf(x).getRank()) : std::nullopt;
  if (!axis)
    return {};
  Elaborator &elaborator = call.elaborator;
  Size whole = typeOf(x).getDim(*axis);
  llvm::SmallVector<Size> sizes;
  const CallArgument *parts = call.get("parts");
  if (const ListValue *list = parts->value.getIf<const ListValue *>()) {
    Size sum = elaborator.size(0);
    std::string shown;
    for (const Value &item : list->items) {
      Size size = item.getIf<Size>();
      if (!size) {
        elaborator.error(call.frame, parts->range, "argument 'parts' of 'split'")
            .expected("sizes", item.describe());
        return {};
      }
      sizes.push_back(size);
      sum = sum ? sum.add(size) : sum;
      shown += (shown.empty() ? "" : " + ") + size.toString();
    }
    if (sum != whole) {
      elaborator
          .error(call.frame, parts->range,
                 "the parts of 'split' of " + formatType(typeOf(x)) + " along axis " +
                     llvm::Twine(*axis))
          .expected("a sum of " + whole.toString(),
                    shown + " = " + (sum ? sum.toString() : "more than 64 bits"));
      return {};
    }
  } else {
    std::optional<int64_t> count = call.integer("parts", 1);
    if (!count)
      return {};
    Size each = *count > 0 ? whole.divideExactly(elaborator.size(*count)) : Size();
    if (!each || *count > int64_t(kMaxExpansion)) {
      elaborator
          .error(call.frame, parts->range,
                 "'split' of " + formatType(typeOf(x)) + " along axis " + llvm::Twine(*axis))
          .expected("a number of parts that divides " + whole.toString(), llvm::Twine(*count));
      return {};
    }
    sizes.assign(*count, each);
  }
  mlir::OpBuilder &builder = elaborator.getBuilder();
  std::vector<Value> out;
  Size start = elaborator.size(0);
  llvm::SmallVector<int64_t> steps(typeOf(x).getRank(), 1);
  for (Size size : sizes) {
    llvm::SmallVector<Size> shape(typeOf(x).getShape());
    shape[*axis] = size;
    llvm::SmallVector<mlir::Attribute> starts(shape.size(), elaborator.size(0));
    starts[*axis] = start;
    start = start.add(size);
    out.push_back(
        mlir::Value(dialect::SliceOp::create(builder, call.location(), typeOf(x).withShape(shape),
                                             x, builder.getArrayAttr(starts), steps)));
  }
  return *elaborator.list(std::move(out));
}

/// Whether tensors can be made here; an error when not.
static bool checkInsideEntry(BuiltinCall &call) {
  if (call.elaborator.insideEntry())
    return true;
  call.error("a tensor is computed outside of an entry, which is not supported yet");
  return false;
}

/// A tensor filled with `value`, or with `truth` if it is one of bools; its dtype is f32
/// unless it is given.
static Value filled(BuiltinCall &call, const Value &value, const Value &truth) {
  Elaborator &elaborator = call.elaborator;
  const CallArgument *argument = call.get("shape"), *dtype = call.get("dtype");
  const ListValue *list = argument->value.getIf<const ListValue *>();
  mlir::Type element =
      dtype ? dtype->value.getIf<mlir::Type>() : elaborator.getBuilder().getF32Type();
  llvm::SmallVector<Size> shape;
  for (const Value &item : list ? list->items : std::vector<Value>())
    shape.push_back(item.getIf<Size>());
  if (!list || !element || llvm::is_contained(shape, Size()) || shape.size() > 16) {
    call.error("'" + call.row.name + "' takes a list of at most 16 sizes, and a dtype");
    return {};
  }
  if (!checkInsideEntry(call))
    return {};
  mlir::Value tensor = elaborator.splat(element.isSignlessInteger(1) ? truth : value,
                                        TensorType::get(shape, element), call.frame, call.range);
  return tensor ? Value(tensor) : Value();
}

/// 0, 1, ..., n - 1.
Value buildIota(BuiltinCall &call) {
  const CallArgument *argument = call.get("n");
  Size size = argument->value.getIf<Size>();
  if (!size || (size.isConstant() && *size.getConstant() < 0)) {
    if (!argument->value.isPoison())
      call.elaborator.error(call.frame, argument->range, "argument 'n' of 'iota'")
          .expected("a size", argument->value.describe());
    return {};
  }
  if (!checkInsideEntry(call))
    return {};
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  return mlir::Value(dialect::IotaOp::create(builder, call.location(),
                                             TensorType::get({size}, builder.getI64Type())));
}

Value buildZeros(BuiltinCall &call) { return filled(call, call.elaborator.size(0), false); }
Value buildOnes(BuiltinCall &call) { return filled(call, call.elaborator.size(1), true); }
Value buildFull(BuiltinCall &call) {
  Value value = call.get("value")->value;
  return filled(call, value, value);
}

//===----------------------------------------------------------------------===//
// Static functions
//===----------------------------------------------------------------------===//

Value buildCeilDiv(BuiltinCall &call) {
  std::optional<int64_t> a = call.integer("a", 0), b = call.integer("b", 1);
  if (!a || !b)
    return {};
  if (*b <= 0 || *a < 0) {
    call.error("'ceil_div'")
        .expected("a >= 0 and b > 0", llvm::Twine(*a) + " and " + llvm::Twine(*b));
    return {};
  }
  return call.elaborator.size(*a / *b + (*a % *b != 0));
}

/// The integer whose `power` is the argument exactly.
static Value exactRoot(BuiltinCall &call, llvm::StringRef what,
                       llvm::function_ref<std::optional<int64_t>(int64_t)> root) {
  std::optional<int64_t> a = call.integer("a", 0);
  if (!a)
    return {};
  if (std::optional<int64_t> result = *a >= 0 ? root(*a) : std::nullopt)
    return call.elaborator.size(*result);
  call.error("'" + call.row.name + "'").expected(what, llvm::Twine(*a));
  return {};
}

Value buildLog2(BuiltinCall &call) {
  return exactRoot(call, "a power of 2", [](int64_t a) -> std::optional<int64_t> {
    return llvm::isPowerOf2_64(a) ? std::optional<int64_t>(llvm::Log2_64(a)) : std::nullopt;
  });
}

/// The integer square root, rounded down.
Value buildIsqrt(BuiltinCall &call) {
  return exactRoot(call, "at least 0", [](int64_t a) -> std::optional<int64_t> {
    int64_t root = int64_t(std::sqrt(double(a)));
    while (root > a / std::max<int64_t>(root, 1))
      --root;
    while ((root + 1) <= a / (root + 1))
      ++root;
    return root;
  });
}

static const ListValue *listArgument(BuiltinCall &call) {
  const CallArgument *argument = call.get("list");
  const ListValue *list = argument->value.getIf<const ListValue *>();
  if (!list)
    call.elaborator.error(call.frame, argument->range, "argument 'list' of '" + call.row.name + "'")
        .expected("a list", argument->value.describe());
  return list;
}

Value buildLen(BuiltinCall &call) {
  const ListValue *list = listArgument(call);
  return list ? Value(call.elaborator.size(list->items.size())) : Value();
}

Value buildReverse(BuiltinCall &call) {
  const ListValue *list = listArgument(call);
  return list ? *call.elaborator.list({list->items.rbegin(), list->items.rend()}) : Value();
}

Value buildCompact(BuiltinCall &call) {
  const ListValue *list = listArgument(call);
  if (!list)
    return {};
  std::vector<Value> kept;
  for (const Value &item : list->items)
    if (!item.is<NoneValue>())
      kept.push_back(item);
  return *call.elaborator.list(std::move(kept));
}

} // namespace tenon::lang
