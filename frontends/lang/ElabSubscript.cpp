//===- ElabSubscript.cpp - x[:, 0], list[i] -------------------------------===//

#include "frontends/lang/Elaborator.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

/// An element of a list, or a stretch of it.
Value Elaborator::evalListItem(const ListValue &items, const BracketExpr *expr, Frame &frame) {
  int64_t count = items.items.size(), begin = items.first, end = begin + count;
  if (expr->subscripts.size() != 1 || expr->subscripts[0].kind == SubscriptKind::Ellipsis ||
      expr->subscripts[0].value.isNamed()) {
    error(frame, expr->range, "a list takes one index or 'first:last'");
    return {};
  }
  const Subscript &subscript = expr->subscripts[0];
  auto position = [&](const Expr *index, int64_t otherwise) -> std::optional<int64_t> {
    if (!index)
      return otherwise;
    std::optional<int64_t> value = evalInteger(index, frame, "the index of a list");
    return value && *value < 0 ? *value + end : value;
  };
  if (subscript.kind == SubscriptKind::Value) {
    std::optional<int64_t> index = position(subscript.value.value, 0);
    if (!index)
      return {};
    if (*index < begin || *index >= end) {
      error(frame, subscript.range, "index of a list of " + llvm::Twine(count))
          .expected(count ? std::to_string(begin) + " to " + std::to_string(end - 1)
                          : "none: it is empty",
                    subscript.range.text() == std::to_string(*index)
                        ? std::to_string(*index)
                        : subscript.range.text().str() + " = " + std::to_string(*index));
      return {};
    }
    return items.items[*index - begin];
  }
  std::optional<int64_t> first = position(subscript.first, begin),
                         last = position(subscript.last, end);
  if (!first || !last)
    return {};
  if (subscript.step || *first < begin || *last > end || *first > *last) {
    error(frame, subscript.range,
          "stretch of a list of " + llvm::Twine(count) + "; expected " + llvm::Twine(begin) +
              " <= first <= last <= " + llvm::Twine(end) + " and no step");
    return {};
  }
  auto at = items.items.begin() - begin;
  return *list(std::vector<Value>(at + *first, at + *last));
}

namespace {

/// Collects what the items between the brackets do to the axes of a tensor.
class TensorSubscripts {
public:
  TensorSubscripts(Elaborator &elaborator, mlir::Value tensor, const BracketExpr *expr,
                   Frame &frame)
      : elaborator(elaborator), tensor(tensor), type(llvm::cast<TensorType>(tensor.getType())),
        expr(expr), frame(frame) {}

  Value build();

private:
  bool visit(const Subscript &subscript);
  bool takeIndex(const Expr *index);
  bool takeSlice(const Subscript &subscript);
  bool takeWhole(int64_t count);
  /// The position `index`, counted from the end when it is a negative number.
  std::optional<Size> position(const Expr *index, Size axisSize, Size otherwise);
  bool refuse(SourceRange range, const llvm::Twine &message) {
    elaborator.error(frame, range, message);
    return false;
  }
  /// Reports that `what` is not proved to be `limit` (less than, at most) `size`.
  bool refuseBound(SourceRange range, const llvm::Twine &what, llvm::StringRef limit, Size size);

  Elaborator &elaborator;
  mlir::Value tensor;
  TensorType type;
  const BracketExpr *expr;
  Frame &frame;
  int64_t axis = 0;
  /// Per axis of the tensor.
  llvm::SmallVector<Size> starts, sizes;
  llvm::SmallVector<int64_t> steps;
  /// Factors per axis of the result: 1 for a kept axis, 0 for a new one.
  llvm::SmallVector<int64_t> resultGroups;
  /// Factors per axis of the slice: 0 for one that an index removes.
  llvm::SmallVector<int64_t> sliceGroups;
};

bool TensorSubscripts::refuseBound(SourceRange range, const llvm::Twine &what,
                                   llvm::StringRef limit, Size size) {
  Diagnostic &diagnostic = elaborator.error(frame, range,
                                            what + " is not known to be in range; expected " +
                                                limit + " " + size.toString());
  if (size.getSymbols().size() == 1)
    diagnostic.hint("'require " + size.toString() + " >= ...' after 'dim' sets a smallest size");
  else if (size.isConstant())
    diagnostic.hint("'dim NAME <= " + size.toString() + "' sets a largest size");
  return false;
}

std::optional<Size> TensorSubscripts::position(const Expr *index, Size axisSize, Size otherwise) {
  if (!index)
    return otherwise;
  Value value = elaborator.eval(index, frame);
  if (value.isPoison())
    return std::nullopt;
  if (!value.is<Size>()) {
    Diagnostic &diagnostic = elaborator.error(frame, index->range, "an index")
                                 .expected("an integer known when compiling", value.describe());
    if (value.isTensor())
      diagnostic.hint("take elements by a tensor of indices with gather");
    return std::nullopt;
  }
  Size position = value.get<Size>();
  std::optional<int64_t> known = position.getConstant();
  if (known && *known < 0)
    position = axisSize.add(position);
  if (!position)
    refuse(index->range, "this index overflows 64 bits");
  return position ? std::optional(position) : std::nullopt;
}

bool TensorSubscripts::takeIndex(const Expr *index) {
  Size axisSize = type.getDim(axis);
  std::optional<Size> at = position(index, axisSize, {});
  if (!at)
    return false;
  Size next = at->add(1);
  // An element that is asked for exists: that is a requirement on the dims.
  auto holds = [&](Size size) {
    return size && (elaborator.provenAtMost(elaborator.size(0), size) ||
                    elaborator.requireNotNegative(size));
  };
  bool inRange = next && holds(axisSize.sub(next)) && holds(*at);
  if (!inRange) {
    std::optional<int64_t> known = axisSize.getConstant(), number = at->getConstant();
    if (known && number) {
      elaborator
          .error(frame, index->range,
                 "index of axis " + llvm::Twine(axis) + " of " + formatType(type))
          .expected("-" + llvm::Twine(*known) + " to " + llvm::Twine(*known - 1),
                    index->range.text());
      return false;
    }
    std::optional<int64_t> most = elaborator.upperBound(axisSize);
    if (most && number && *number >= *most) {
      elaborator
          .error(frame, index->range,
                 "index of axis " + llvm::Twine(axis) + " of " + formatType(type))
          .expected("less than " + axisSize.toString() + ", which is at most " + llvm::Twine(*most),
                    index->range.text());
      return false;
    }
    return refuseBound(index->range, "index " + index->range.text(), "less than", axisSize);
  }
  starts.push_back(*at);
  sizes.push_back(elaborator.size(1));
  steps.push_back(1);
  sliceGroups.push_back(0);
  ++axis;
  return true;
}

bool TensorSubscripts::takeSlice(const Subscript &subscript) {
  Size axisSize = type.getDim(axis), zero = elaborator.size(0);
  std::optional<Size> first = position(subscript.first, axisSize, zero);
  std::optional<Size> last = position(subscript.last, axisSize, axisSize);
  int64_t step = 1;
  if (subscript.step) {
    std::optional<int64_t> given =
        elaborator.evalInteger(subscript.step, frame, "the step of a slice");
    if (!given)
      return false;
    step = *given;
    if (step < 1)
      return refuse(subscript.step->range,
                    "the step of a slice; expected at least 1, got " + llvm::Twine(step));
  }
  if (!first || !last)
    return false;
  if (!elaborator.provenAtMost(zero, *first) || !elaborator.provenAtMost(*first, *last))
    return refuseBound(subscript.range, "'" + subscript.range.text() + "': the beginning",
                       "at most", *last);
  if (!elaborator.provenAtMost(*last, axisSize))
    return refuseBound(subscript.range,
                       "'" + subscript.range.text() + "': the end, " + last->toString() + ",",
                       "at most", axisSize);
  Size length = last->sub(*first);
  if (step > 1) {
    Size divisor = elaborator.size(step);
    std::optional<int64_t> known = length.getConstant();
    length = known ? elaborator.size(*known / step + (*known % step != 0))
                   : length.divideExactly(divisor);
    if (!length)
      return refuse(subscript.range,
                    "a step of " + llvm::Twine(step) +
                        " does not divide this dynamic size, which is not supported yet");
  }
  starts.push_back(*first);
  sizes.push_back(length);
  steps.push_back(step);
  sliceGroups.push_back(1);
  resultGroups.push_back(1);
  ++axis;
  return true;
}

bool TensorSubscripts::takeWhole(int64_t count) {
  for (int64_t i = 0; i < count; ++i, ++axis) {
    starts.push_back(elaborator.size(0));
    sizes.push_back(type.getDim(axis));
    steps.push_back(1);
    sliceGroups.push_back(1);
    resultGroups.push_back(1);
  }
  return true;
}

bool TensorSubscripts::visit(const Subscript &subscript) {
  switch (subscript.kind) {
  case SubscriptKind::Ellipsis:
    return true;
  case SubscriptKind::Slice:
    return takeSlice(subscript);
  case SubscriptKind::Value:
    if (subscript.value.isNamed())
      return refuse(subscript.range, "a tensor takes indices, not named values");
    if (llvm::isa<NoneExpr>(subscript.value.value)) {
      resultGroups.push_back(0);
      return true;
    }
    return takeIndex(subscript.value.value);
  }
  return false;
}

Value TensorSubscripts::build() {
  int64_t used = 0, ellipses = 0;
  for (const Subscript &subscript : expr->subscripts) {
    bool isNew =
        subscript.kind == SubscriptKind::Value && subscript.value.value->kind == ExprKind::None;
    ellipses += subscript.kind == SubscriptKind::Ellipsis;
    used += subscript.kind != SubscriptKind::Ellipsis && !isNew;
  }
  if (used > type.getRank() || ellipses > 1) {
    refuse(expr->range, llvm::Twine(used) + " indices for " + formatType(type) +
                            (ellipses > 1 ? " with '..' twice" : ""));
    return {};
  }
  int64_t rest = type.getRank() - used;
  for (const Subscript &subscript : expr->subscripts) {
    bool isEllipsis = subscript.kind == SubscriptKind::Ellipsis;
    if (isEllipsis ? !takeWhole(rest) : !visit(subscript))
      return {};
    if (isEllipsis)
      rest = 0;
  }
  takeWhole(rest);

  mlir::OpBuilder &builder = elaborator.getBuilder();
  mlir::Location loc = elaborator.location(frame, expr->range);
  TensorType sliceType = type.withShape(sizes);
  mlir::Value result = tensor;
  bool isWhole = sliceType == type && llvm::all_of(steps, [](int64_t step) { return step == 1; });
  if (!isWhole) {
    llvm::SmallVector<mlir::Attribute> startAttrs(starts.begin(), starts.end());
    result = dialect::SliceOp::create(builder, loc, sliceType, result,
                                      builder.getArrayAttr(startAttrs), steps);
  }
  // Removed axes are factors of size 1 of nothing; new ones are empty groups.
  llvm::SmallVector<mlir::Attribute> factors;
  llvm::SmallVector<Size> kept, shape;
  llvm::SmallVector<int64_t> order;
  for (auto [group, size] : llvm::zip(sliceGroups, sizes))
    if (group) {
      order.push_back(order.size());
      factors.push_back(size);
      kept.push_back(size);
    }
  size_t next = 0;
  for (int64_t group : resultGroups)
    shape.push_back(group ? kept[next++] : elaborator.size(1));
  bool moves = shape.size() != sizes.size() || llvm::is_contained(resultGroups, 0);
  if (shape.size() > 16) {
    refuse(expr->range, "a tensor of " + llvm::Twine(shape.size()) + " axes; the limit is 16");
    return {};
  }
  if (moves)
    result = dialect::RearrangeOp::create(builder, loc, type.withShape(shape), result,
                                          builder.getArrayAttr(factors), sliceGroups, order,
                                          resultGroups);
  return result;
}

} // namespace

Value Elaborator::evalSubscripts(mlir::Value tensor, const BracketExpr *expr, Frame &frame) {
  return TensorSubscripts(*this, tensor, expr, frame).build();
}

} // namespace tenon::lang
