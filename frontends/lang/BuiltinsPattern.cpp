//===- BuiltinsPattern.cpp - Functions that take patterns -----------------===//

#include "frontends/lang/PatternBinding.h"
#include "frontends/lang/Scalars.h"

#include "mlir/Dialect/Math/IR/Math.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

static TensorType typeOf(mlir::Value value) { return llvm::cast<TensorType>(value.getType()); }

Value buildRearrange(BuiltinCall &call) {
  PatternBinding binding(call);
  mlir::Value x = call.tensor("x");
  if (!x || !binding.read(1))
    return {};
  auto from = binding.bindInput(0, typeOf(x));
  auto to = from ? binding.bindOutput(/*mayAppear=*/false) : std::nullopt;
  if (!to)
    return {};
  if (const Factor *missing = firstMissing(*from, *to)) {
    binding.refuseVanished(missing->key);
    return {};
  }
  return moveFactors(call, x, *from, *to);
}

Value buildRepeat(BuiltinCall &call) {
  PatternBinding binding(call);
  mlir::Value x = call.tensor("x");
  if (!x || !binding.read(1))
    return {};
  auto from = binding.bindInput(0, typeOf(x));
  auto to = from ? binding.bindOutput(/*mayAppear=*/true) : std::nullopt;
  if (!to)
    return {};
  if (const Factor *missing = firstMissing(*from, *to)) {
    binding.refuseVanished(missing->key);
    return {};
  }
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  auto widen = [&](mlir::Value value, const BoundSide &side,
                   llvm::ArrayRef<int64_t> axes) -> mlir::Value {
    return dialect::BroadcastOp::create(
        builder, call.location(), typeOf(value).withShape(shapeOf(side, builder.getContext())),
        value, axes);
  };
  // Axis by axis where only axes written 1 grow.
  bool inPlace = from->size() == to->size();
  for (size_t i = 0; inPlace && i < from->size(); ++i) {
    llvm::ArrayRef<Factor> a = (*from)[i].factors, b = (*to)[i].factors;
    inPlace =
        a.size() <= 1 && b.size() <= 1 &&
        (a.empty() ? b.empty() || !hasKey(*from, b[0].key) : !b.empty() && a[0].key == b[0].key);
  }
  llvm::SmallVector<int64_t> axes;
  if (inPlace) {
    for (size_t i = 0; i < from->size(); ++i)
      axes.push_back(i);
    return widen(x, *to, axes);
  }
  // One axis per factor, in the order of the result; then grouped.
  BoundSide kept, flat;
  for (const BoundAxis &axis : *to)
    for (const Factor &factor : axis.factors) {
      if (hasKey(*from, factor.key)) {
        axes.push_back(flat.size());
        kept.push_back({{factor}, false});
      }
      flat.push_back({{factor}, false});
    }
  x = moveFactors(call, x, *from, kept);
  if (kept.size() != flat.size())
    x = widen(x, flat, axes);
  return moveFactors(call, x, flat, *to);
}

/// Reduces what the right side lacks.
static Value reduce(BuiltinCall &call, dialect::ReduceKind kind) {
  PatternBinding binding(call);
  mlir::Value x = kind == dialect::ReduceKind::Mean ? call.floatTensor("x") : call.tensor("x");
  if (!x)
    return {};
  if (typeOf(x).getElementType().isSignlessInteger(1)) {
    call.error("'" + call.row.name + "' of " + formatType(typeOf(x)) +
               " does not work on bools; cast them first");
    return {};
  }
  std::optional<Lines> lines = readLines(call, binding, x);
  if (!lines)
    return {};
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  x = lines->x;
  if (!lines->axes.empty())
    x = dialect::ReduceOp::create(builder, call.location(),
                                  typeOf(x).withShape(shapeOf(lines->rest, builder.getContext())),
                                  kind, x, lines->axes);
  return moveFactors(call, x, lines->rest, lines->to);
}

/// max and min also choose among numbers known when compiling.
static Value reduceOrChoose(BuiltinCall &call, dialect::ReduceKind kind, TokenKind wins) {
  const CallArgument *first = call.get("x"), *second = call.get("pattern");
  if (first->value.isNumber() && second && second->value.isNumber()) {
    llvm::SmallVector<CallArgument, 4> all{*first, *second};
    all.append(call.rest().begin(), call.rest().end());
    Value best = first->value;
    for (const CallArgument &argument : all) {
      Value better =
          call.elaborator.staticBinary(wins, call.range, argument.value, best, call.frame);
      if (!better.is<bool>())
        return {};
      if (better.get<bool>())
        best = argument.value;
    }
    return best;
  }
  if (!second) {
    call.error("'" + call.row.name + "' needs its argument 'pattern'");
    return {};
  }
  return reduce(call, kind);
}

Value buildSum(BuiltinCall &call) { return reduce(call, dialect::ReduceKind::Sum); }
Value buildMean(BuiltinCall &call) { return reduce(call, dialect::ReduceKind::Mean); }
Value buildProd(BuiltinCall &call) { return reduce(call, dialect::ReduceKind::Prod); }
Value buildMax(BuiltinCall &call) {
  return reduceOrChoose(call, dialect::ReduceKind::Max, TokenKind::Greater);
}
Value buildMin(BuiltinCall &call) {
  return reduceOrChoose(call, dialect::ReduceKind::Min, TokenKind::Less);
}

/// x with its lines along the removed axes handed to `f`, which gets x and the
/// value of `first` spread over those lines, then reduced with `kind`.
static Value
centeredReduce(BuiltinCall &call, dialect::ReduceKind first, dialect::ReduceKind kind,
               llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::Value, mlir::Value)> f,
               bool addBack) {
  PatternBinding binding(call);
  mlir::Value x = call.floatTensor("x");
  std::optional<Lines> lines = x ? readLines(call, binding, x) : std::nullopt;
  if (!lines)
    return {};
  x = lines->x;
  if (lines->axes.empty()) {
    binding.error("the pattern of '" + call.row.name + "' removes no axis");
    return {};
  }
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  mlir::Location loc = call.location();
  TensorType type = typeOf(x),
             restType = type.withShape(shapeOf(lines->rest, builder.getContext()));
  auto map = [&](TensorType result, mlir::ValueRange inputs, auto body) -> mlir::Value {
    return dialect::MapOp::create(builder, loc, result, inputs,
                                  [&](mlir::OpBuilder &b, mlir::Location l, mlir::ValueRange args) {
                                    ScalarBuilder s(b, l);
                                    return body(s, args);
                                  });
  };
  mlir::Value center = dialect::ReduceOp::create(builder, loc, restType, first, x, lines->axes);
  mlir::Value spread = moveFactors(call, center, lines->rest, lines->kept);
  mlir::Value inner = map(type, {x, spread}, [&](ScalarBuilder &s, mlir::ValueRange args) {
    return f(s, args[0], args[1]);
  });
  mlir::Value result = dialect::ReduceOp::create(builder, loc, restType, kind, inner, lines->axes);
  if (addBack)
    result = map(restType, {result, center}, [](ScalarBuilder &s, mlir::ValueRange args) {
      return s.binary(TokenKind::Plus, mlir::math::LogOp::create(s.b, s.loc, args[0]), args[1]);
    });
  return moveFactors(call, result, lines->rest, lines->to);
}

/// The biased variance, in two passes.
Value buildVar(BuiltinCall &call) {
  return centeredReduce(
      call, dialect::ReduceKind::Mean, dialect::ReduceKind::Mean,
      [](ScalarBuilder &s, mlir::Value x, mlir::Value mean) {
        mlir::Value centered = s.binary(TokenKind::Minus, x, mean);
        return s.binary(TokenKind::Star, centered, centered);
      },
      /*addBack=*/false);
}

/// log(sum(exp(x - max))) + max.
Value buildLogSumExp(BuiltinCall &call) {
  return centeredReduce(
      call, dialect::ReduceKind::Max, dialect::ReduceKind::Sum,
      [](ScalarBuilder &s, mlir::Value x, mlir::Value max) -> mlir::Value {
        // An infinite maximum is its own logarithm: inf - inf must not arise.
        mlir::Value isFinite = mlir::arith::CmpFOp::create(
            s.b, s.loc, mlir::arith::CmpFPredicate::OLT,
            mlir::math::AbsFOp::create(s.b, s.loc, max),
            s.constant(std::numeric_limits<double>::infinity(), max.getType()));
        mlir::Value shift = s.select(isFinite, max, s.constant(0, max.getType()));
        return mlir::math::ExpOp::create(s.b, s.loc, s.binary(TokenKind::Minus, x, shift));
      },
      /*addBack=*/true);
}

Value buildNormalize(BuiltinCall &call) {
  PatternBinding binding(call);
  mlir::Value x = call.floatTensor("x");
  std::optional<double> eps = call.number("eps", 1e-5);
  if (!x || !eps)
    return {};
  if (*eps < 0) {
    call.elaborator.error(call.frame, call.get("eps")->range, "argument 'eps' of 'normalize'")
        .expected("at least 0", call.get("eps")->value.describe());
    return {};
  }
  std::optional<Lines> lines = readLines(call, binding, x);
  if (!lines)
    return {};
  if (lines->axes.empty()) {
    binding.error("the pattern of 'normalize' removes no axis").hint("write \".. D -> .. 1\"");
    return {};
  }
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  x = dialect::NormalizeOp::create(builder, call.location(), lines->x.getType(), lines->x,
                                   builder.getDenseI64ArrayAttr(lines->axes),
                                   builder.getF64FloatAttr(*eps));
  return moveFactors(call, x, lines->side, lines->from);
}

/// Moves the factors that a table has outside of its marked axis and that ids have,
/// too, to the front of both; returns them. Without any, nothing moves.
static BoundSide moveSharedToFront(BuiltinCall &call, mlir::Value &table, BoundSide &tableSide,
                                   mlir::Value &ids, BoundSide &idSide) {
  BoundSide shared;
  for (const BoundAxis &axis : tableSide)
    for (const Factor &factor : axis.factors)
      if (!axis.marked && hasKey(idSide, factor.key))
        shared.push_back({{factor}, false});
  if (shared.empty())
    return shared;
  auto move = [&](mlir::Value &tensor, BoundSide &side) {
    BoundSide moved = shared;
    for (const BoundAxis &axis : side) {
      if (axis.marked)
        moved.push_back(axis);
      for (const Factor &factor : axis.factors)
        if (!axis.marked && !hasKey(shared, factor.key))
          moved.push_back({{factor}, false});
    }
    tensor = moveFactors(call, tensor, side, moved);
    side = moved;
  };
  move(table, tableSide);
  move(ids, idSide);
  return shared;
}

Value buildGather(BuiltinCall &call) {
  PatternBinding binding(call);
  mlir::Value table = call.tensor("table"), ids = call.tensor("ids");
  if (!table || !ids || !binding.read(2))
    return {};
  mlir::Type idType = typeOf(ids).getElementType();
  if (!idType.isSignlessInteger() || idType.isSignlessInteger(1)) {
    call.elaborator.error(call.frame, call.get("ids")->range, "argument 'ids' of 'gather'")
        .expected("a tensor of integers", formatType(typeOf(ids)));
    return {};
  }
  auto tableSide = binding.bindInput(0, typeOf(table));
  auto idSide = tableSide ? binding.bindInput(1, typeOf(ids)) : std::nullopt;
  auto to = idSide ? binding.bindOutput(/*mayAppear=*/false) : std::nullopt;
  if (!to)
    return {};
  auto isMarked = [](const BoundAxis &axis) { return axis.marked; };
  size_t marked = llvm::count_if(*tableSide, isMarked), others = llvm::count_if(*idSide, isMarked);
  if (marked != 1 || others != 0) {
    binding.error("the pattern of 'gather'")
        .expected("one axis in '[ ]', the table's", llvm::Twine(marked + others));
    return {};
  }
  BoundSide shared = moveSharedToFront(call, table, *tableSide, ids, *idSide);
  auto axis = llvm::find_if(*tableSide, isMarked) - tableSide->begin();
  // Natural order: table axes before the marked one, other ids, table axes after it.
  BoundSide natural(tableSide->begin(), tableSide->begin() + axis);
  natural.append(idSide->begin() + shared.size(), idSide->end());
  natural.append(tableSide->begin() + axis + 1, tableSide->end());
  if (const Factor *missing = firstMissing(natural, *to)) {
    binding.refuseVanished(missing->key);
    return {};
  }
  if (firstMissing(*to, natural)) {
    binding.error("the axis in '[ ]' is on the right of this pattern, but the ids take its place");
    return {};
  }
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  mlir::Value result = dialect::GatherOp::create(
      builder, call.location(), typeOf(table).withShape(shapeOf(natural, builder.getContext())),
      table, ids, axis, shared.size());
  return moveFactors(call, result, natural, *to);
}

} // namespace tenon::lang
