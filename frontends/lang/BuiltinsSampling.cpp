//===- BuiltinsSampling.cpp - resize, sample ------------------------------===//
//
// The patterns are resolved here: what is left is one form of tensor, for which
// functions of the standard library say what is computed.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/PatternBinding.h"

namespace tenon::lang {

static TensorType typeOf(mlir::Value value) { return llvm::cast<TensorType>(value.getType()); }

/// The axes, each with its factors, as one.
static BoundAxis join(llvm::ArrayRef<BoundAxis> axes) {
  BoundAxis joined;
  for (const BoundAxis &axis : axes)
    joined.factors.append(axis.factors.begin(), axis.factors.end());
  return joined;
}

static bool isMarked(const BoundAxis &axis) { return axis.marked; }

/// The argument `sizes` of a resize of `count` axes; nothing after an error.
static std::optional<llvm::SmallVector<Size>> readSizes(BuiltinCall &call, size_t count) {
  const CallArgument *argument = call.get("sizes");
  Elaborator &elaborator = call.elaborator;
  std::vector<Value> given{argument->value};
  if (const ListValue *list = argument->value.getIf<const ListValue *>())
    given = list->items;
  llvm::SmallVector<Size> sizes;
  for (const Value &value : given) {
    Size size = value.getIf<Size>();
    if (!size || !elaborator.provenAtMost(elaborator.size(0), size)) {
      elaborator.error(call.frame, argument->range, "argument 'sizes' of 'resize'")
          .expected("sizes of at least 0", value.describe());
      return std::nullopt;
    }
    sizes.push_back(size);
  }
  if (sizes.size() == count)
    return sizes;
  elaborator.error(call.frame, argument->range, "argument 'sizes' of 'resize'")
      .expected("one per axis in '[ ]', " + llvm::Twine(count), llvm::Twine(sizes.size()));
  return std::nullopt;
}

/// Axis `axis` of x, whose axes are `side`, with `size` elements.
static mlir::Value resizeAxis(BuiltinCall &call, mlir::Value x, BoundSide &side, size_t axis,
                              Size size, llvm::StringRef method, bool antialias) {
  llvm::ArrayRef<BoundAxis> axes = side;
  BoundSide lines{join(axes.take_front(axis)), axes[axis], join(axes.drop_front(axis + 1))};
  x = moveFactors(call, x, side, lines);
  Value resized = call.elaborator.applyLibrary(
      "resize_lines", {x, typeOf(x).getDim(1), size, method, antialias}, call.range, call.frame);
  side[axis].factors = {{"resized." + std::to_string(axis), size}};
  lines[1] = side[axis];
  return resized.isTensor() ? moveFactors(call, resized.get<mlir::Value>(), lines, side)
                            : mlir::Value();
}

/// Other sizes along the marked axes.
Value buildResize(BuiltinCall &call) {
  PatternBinding binding(call);
  mlir::Value x = call.tensor("x");
  std::optional<bool> antialias = call.truth("antialias", false);
  if (!x || !antialias || !binding.read(1, /*hasOutput=*/false))
    return {};
  auto side = binding.bindInput(0, typeOf(x));
  auto sizes = side ? readSizes(call, llvm::count_if(*side, isMarked)) : std::nullopt;
  if (!sizes)
    return {};
  llvm::StringRef method = "linear";
  if (const CallArgument *given = call.get("method")) {
    method = given->value.getIf<llvm::StringRef>();
    if (method != "linear" && method != "nearest") {
      call.elaborator.error(call.frame, given->range, "argument 'method' of 'resize'")
          .expected("\"linear\" or \"nearest\"", given->value.describe());
      return {};
    }
  }
  if (method == "linear" && !call.floatTensor("x"))
    return {};
  auto next = sizes->begin();
  for (size_t axis = 0; axis < side->size() && x; ++axis) {
    if (!(*side)[axis].marked)
      continue;
    Size size = *next++, from = shapeOf(*side, call.elaborator.getContext())[axis];
    if (from.isZero() && !size.isZero()) {
      call.error("'resize' of " + formatType(typeOf(x)))
          .expected("at least 1 element along an axis in '[ ]'", "0");
      return {};
    }
    if (from != size)
      x = resizeAxis(call, x, *side, axis, size, method, *antialias);
  }
  return x ? Value(x) : Value();
}

/// The maps' values between their elements, at the coordinates in the marked axis of `at`.
Value buildSample(BuiltinCall &call) {
  PatternBinding binding(call);
  mlir::Value maps = call.floatTensor("maps"), at = call.floatTensor("at");
  if (!maps || !at || !binding.read(2))
    return {};
  auto mapSide = binding.bindInput(0, typeOf(maps));
  auto atSide = mapSide ? binding.bindInput(1, typeOf(at)) : std::nullopt;
  auto to = atSide ? binding.bindOutput(/*mayAppear=*/false) : std::nullopt;
  if (!to)
    return {};
  size_t marked = llvm::count_if(*mapSide, isMarked);
  auto coordinates = llvm::find_if(*atSide, isMarked);
  if (marked < 1 || marked > 3 || llvm::count_if(*atSide, isMarked) != 1) {
    binding.error("the pattern of 'sample'")
        .expected("1 to 3 axes of the maps and one of the coordinates in '[ ]'",
                  llvm::Twine(marked) + " and " + llvm::Twine(llvm::count_if(*atSide, isMarked)));
    return {};
  }
  Elaborator &elaborator = call.elaborator;
  Size count = shapeOf({*coordinates}, elaborator.getContext())[0];
  if (count != elaborator.size(marked)) {
    binding.error("the coordinates in '[ ]' of 'sample'")
        .expected("one for each of the maps' axes in '[ ]', " + llvm::Twine(marked),
                  count.toString());
    return {};
  }
  // Axes that both name, those of the maps in '[ ]', others of the maps, others of `at`.
  BoundSide shared, sampled, rest, points;
  std::vector<Value> extents;
  for (const BoundAxis &axis : *mapSide) {
    if (axis.marked) {
      sampled.push_back(axis);
      extents.push_back(shapeOf({axis}, elaborator.getContext())[0]);
      continue;
    }
    for (const Factor &factor : axis.factors)
      (hasKey(*atSide, factor.key) ? shared : rest).push_back({{factor}, false});
  }
  for (const BoundAxis &axis : *atSide)
    for (const Factor &factor : axis.factors)
      if (!axis.marked && !hasKey(shared, factor.key))
        points.push_back({{factor}, false});
  BoundSide result{join(shared), join(points), join(rest)};
  if (const Factor *missing = firstMissing(result, *to)) {
    binding.refuseVanished(missing->key);
    return {};
  }
  if (firstMissing(*to, result)) {
    binding.error("an axis in '[ ]' is on the right of this pattern, but samples take its place");
    return {};
  }
  maps = moveFactors(call, maps, *mapSide, {join(shared), join(sampled), join(rest)});
  at = moveFactors(call, at, *atSide, {join(shared), join(points), *coordinates});
  Value values = elaborator.applyLibrary("sample_points", {maps, at, *elaborator.list(extents)},
                                         call.range, call.frame);
  return values.isTensor() ? moveFactors(call, values.get<mlir::Value>(), result, *to) : Value();
}

} // namespace tenon::lang
