//===- BuiltinsAttention.cpp - attention ----------------------------------===//
//
// With softmax one op; with another score function the same as a graph: products, the
// function, and a product with the values.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/Builtins.h"
#include "frontends/lang/Scalars.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

namespace tenon::lang {

namespace dialect = mlir::tenon;

static TensorType typeOf(mlir::Value value) { return llvm::cast<TensorType>(value.getType()); }

/// True for an argument that is the constant `true` everywhere: the default of
/// a mask, which masks nothing.
static bool masksNothing(const CallArgument *argument) {
  if (!argument)
    return true;
  if (argument->value.is<bool>())
    return argument->value.get<bool>();
  if (!argument->value.isTensor())
    return false;
  auto constant = argument->value.get<mlir::Value>().getDefiningOp<dialect::ConstantOp>();
  auto truth = constant ? mlir::dyn_cast<mlir::BoolAttr>(constant.getValue()) : mlir::BoolAttr();
  return truth && truth.getValue();
}

namespace {

/// The arguments of one call, checked.
struct Attention {
  explicit Attention(BuiltinCall &call) : call(call) {}

  bool read();
  Value buildOp();
  Value buildGraph(const CallArgument &score);

private:
  bool readShapes();
  bool readMasks();
  bool fitsScores(mlir::Value capture, llvm::StringRef name);
  mlir::Value keep(mlir::Value x, double otherwise);
  mlir::Value hideValues();
  mlir::Value isInWindow(ScalarBuilder &s, mlir::Value distance);

  BuiltinCall &call;
  mlir::Value q, k, v, bias, mask, keyMask;
  bool causal = false;
  int64_t window = 0; // 0: none
  double scale = 0;
  /// Sizes [.., h, n, m].
  llvm::SmallVector<Size> scores;
};

} // namespace

bool Attention::read() {
  q = call.floatTensor("q");
  k = call.floatTensor("k");
  v = call.floatTensor("v");
  std::optional<bool> isCausal = call.truth("causal", false);
  std::optional<int64_t> width = call.integer("window", 0);
  if (!q || !k || !v || !isCausal || !width)
    return false;
  causal = *isCausal;
  window = *width;
  if (window < 0) {
    call.error("argument 'window' of 'attention'")
        .expected("0 for none, or more", llvm::Twine(window));
    return false;
  }
  // No tensor has as many keys: nothing is hidden, and no number is rounded.
  if (window > int64_t(1) << 53)
    window = 0;
  return readShapes() && readMasks();
}

bool Attention::readShapes() {
  llvm::ArrayRef<Size> a = typeOf(q).getShape(), b = typeOf(k).getShape(), c = typeOf(v).getShape();
  std::string shapes =
      "'attention' of q " + formatShape(a) + ", k " + formatShape(b) + ", v " + formatShape(c);
  size_t rank = a.size();
  if (rank < 3 || b.size() != rank || c.size() != rank || a.drop_back(3) != b.drop_back(3) ||
      a.drop_back(3) != c.drop_back(3)) {
    call.error(shapes).expected("[.., h, n, d], [.., g, m, d] and [.., g, m, "
                                "e] with equal leading axes",
                                "others");
    return false;
  }
  Size heads = a[rank - 3], groups = b[rank - 3];
  bool divides = heads == groups || (!groups.isZero() && heads.divideExactly(groups));
  if (!divides || groups != c[rank - 3] || b[rank - 2] != c[rank - 2] ||
      a[rank - 1] != b[rank - 1]) {
    std::string why = a[rank - 1] != b[rank - 1]   ? "equal last axes of q and k"
                      : b[rank - 2] != c[rank - 2] ? "as many keys as values"
                                                   : "heads of k and v that divide those of q";
    call.error(shapes + "; expected " + why);
    return false;
  }
  scores.assign(a.begin(), a.end());
  scores.back() = b[rank - 2];
  if (call.get("scale")) {
    std::optional<double> given = call.number("scale", 0);
    scale = given.value_or(0);
    return given.has_value();
  }
  std::optional<int64_t> width = a[rank - 1].getConstant();
  if (width && *width > 0) {
    scale = 1 / std::sqrt(double(*width));
    return true;
  }
  call.error("'attention' with heads of size " + a[rank - 1].toString() +
             " needs its argument 'scale'");
  return false;
}

bool Attention::fitsScores(mlir::Value capture, llvm::StringRef name) {
  llvm::ArrayRef<Size> shape = typeOf(capture).getShape();
  bool fits = shape.size() <= scores.size();
  for (size_t i = 0; fits && i < shape.size(); ++i)
    fits = shape[shape.size() - 1 - i].isOne() ||
           shape[shape.size() - 1 - i] == scores[scores.size() - 1 - i];
  if (!fits)
    call.error(name + " of 'attention'")
        .expected("axes equal to those of the scores " + formatShape(scores) + ", or 1",
                  formatShape(shape));
  return fits;
}

bool Attention::readMasks() {
  auto readBools = [&](llvm::StringRef name, mlir::Value &tensor) {
    if (masksNothing(call.get(name)))
      return true;
    tensor = call.tensor(name);
    return bool(tensor);
  };
  if (call.get("bias") && !(bias = call.floatTensor("bias")))
    return false;
  if (!readBools("mask", mask) || !readBools("key_mask", keyMask))
    return false;
  auto refuse = [&](llvm::StringRef name, const llvm::Twine &wanted, mlir::Value given) {
    call.elaborator
        .error(call.frame, call.get(name)->range, "argument '" + name + "' of 'attention'")
        .expected(wanted, formatType(typeOf(given)));
    return false;
  };
  if (mask && !typeOf(mask).getElementType().isSignlessInteger(1))
    return refuse("mask", "a tensor of bools", mask);
  if ((bias && !fitsScores(bias, "bias")) || (mask && !fitsScores(mask, "mask")))
    return false;
  if (!keyMask)
    return true;
  llvm::SmallVector<Size> wanted(typeOf(q).getShape().drop_back(3));
  wanted.push_back(scores.back());
  if (typeOf(keyMask).getShape() != llvm::ArrayRef<Size>(wanted) ||
      !typeOf(keyMask).getElementType().isSignlessInteger(1))
    return refuse("key_mask", "bool" + formatShape(wanted), keyMask);
  return true;
}

/// For key j and query i, `distance` is i + m - n - j: how far the key lies behind.
mlir::Value Attention::isInWindow(ScalarBuilder &s, mlir::Value distance) {
  mlir::Value near =
      s.binary(TokenKind::Less, distance, s.constant(double(window), distance.getType()));
  if (causal)
    return near;
  mlir::Value after =
      s.binary(TokenKind::Greater, distance, s.constant(double(-window), distance.getType()));
  return mlir::arith::AndIOp::create(s.b, s.loc, near, after);
}

/// Bias, mask and window become the score region.
Value Attention::buildOp() {
  mlir::OpBuilder &outer = call.elaborator.getBuilder();
  llvm::SmallVector<Size> shape(typeOf(q).getShape());
  shape.back() = typeOf(v).getShape().back();
  auto attention = dialect::AttentionOp::create(
      outer, call.location(), typeOf(q).withShape(shape), q, k, v, keyMask, mlir::ValueRange(),
      outer.getF64FloatAttr(scale), causal ? outer.getUnitAttr() : mlir::UnitAttr(),
      mlir::UnitAttr());
  if (!bias && !mask && !window)
    return mlir::Value(attention.getResult());
  for (mlir::Value capture : {bias, mask})
    if (capture)
      attention.getCapturesMutable().append(capture);
  mlir::OpBuilder builder(call.elaborator.getContext());
  mlir::Location loc = attention.getLoc();
  mlir::Block *block = builder.createBlock(&attention.getScore());
  mlir::Value score = block->addArgument(builder.getF32Type(), loc);
  llvm::SmallVector<mlir::Value> places; // batch, head, query, key
  for (int i = 0; i < 4; ++i)
    places.push_back(block->addArgument(builder.getIndexType(), loc));
  ScalarBuilder s(builder, loc);
  mlir::Value hidden;
  auto hide = [&](mlir::Value isVisible) {
    if (!hidden)
      hidden = mlir::arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(-INFINITY));
    score = s.select(isVisible, score, hidden);
  };
  if (bias)
    score = s.binary(TokenKind::Plus, score, block->addArgument(builder.getF32Type(), loc));
  if (mask)
    hide(block->addArgument(builder.getI1Type(), loc));
  if (window) {
    auto toInteger = [&](mlir::Value index) -> mlir::Value {
      return mlir::arith::IndexCastOp::create(builder, loc, builder.getI64Type(), index);
    };
    auto extent = [&](Size size) -> mlir::Value {
      return dialect::ExtentOp::create(builder, loc, builder.getI64Type(), size);
    };
    mlir::Value last = s.binary(TokenKind::Plus, toInteger(places[2]), extent(scores.back()));
    mlir::Value first =
        s.binary(TokenKind::Plus, toInteger(places[3]), extent(*(scores.end() - 2)));
    hide(isInWindow(s, s.binary(TokenKind::Minus, last, first)));
  }
  dialect::YieldOp::create(builder, loc, score);
  return mlir::Value(attention.getResult());
}

/// `value` with its axes regrouped: `inputGroups` of `factors` become `resultGroups`.
static mlir::Value regroup(BuiltinCall &call, mlir::Value value, llvm::ArrayRef<Size> factors,
                           llvm::ArrayRef<int64_t> inputGroups,
                           llvm::ArrayRef<int64_t> resultGroups) {
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  llvm::SmallVector<mlir::Attribute> attributes(factors.begin(), factors.end());
  llvm::SmallVector<int64_t> order;
  llvm::SmallVector<Size> shape;
  for (size_t i = 0; i < factors.size(); ++i)
    order.push_back(i);
  const Size *next = factors.begin();
  for (int64_t count : resultGroups) {
    shape.push_back(Size::get(builder.getContext(), 1));
    for (int64_t i = 0; i < count; ++i)
      shape.back() = shape.back().mul(*next++);
  }
  return dialect::RearrangeOp::create(builder, call.location(), typeOf(value).withShape(shape),
                                      value, builder.getArrayAttr(attributes), inputGroups, order,
                                      resultGroups);
}

/// x [.., h, n, m] where query and key see each other, elsewhere `otherwise`.
mlir::Value Attention::keep(mlir::Value x, double otherwise) {
  if (!mask && !keyMask && !causal && !window)
    return x;
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  mlir::Location loc = call.location();
  llvm::SmallVector<mlir::Value> inputs = {x};
  if (mask)
    inputs.push_back(mask);
  if (keyMask) {
    llvm::ArrayRef<Size> shape = typeOf(keyMask).getShape();
    llvm::SmallVector<int64_t> ones(shape.size(), 1), groups = ones;
    groups.insert(groups.end() - 1, {0, 0});
    inputs.push_back(regroup(call, keyMask, shape, ones, groups));
  }
  Size n = *(scores.end() - 2), m = scores.back();
  if (causal || window) {
    mlir::Type integer = builder.getI64Type();
    mlir::Value rows = dialect::IotaOp::create(builder, loc, TensorType::get({n}, integer));
    inputs.push_back(regroup(call, rows, {n}, {1}, {1, 0}));
    inputs.push_back(dialect::IotaOp::create(builder, loc, TensorType::get({m}, integer)));
  }
  return dialect::MapOp::create(
      builder, loc, typeOf(x), inputs,
      [&](mlir::OpBuilder &inner, mlir::Location at, mlir::ValueRange arguments) -> mlir::Value {
        ScalarBuilder s(inner, at);
        mlir::Value visible;
        auto require = [&](mlir::Value condition) {
          visible = visible ? mlir::arith::AndIOp::create(inner, at, visible, condition).getResult()
                            : condition;
        };
        size_t next = 1;
        if (mask)
          require(arguments[next++]);
        if (keyMask)
          require(arguments[next++]);
        if (causal || window) {
          auto extent = [&](Size size) -> mlir::Value {
            return dialect::ExtentOp::create(inner, at, inner.getI64Type(), size);
          };
          mlir::Value last = s.binary(TokenKind::Plus, arguments[next], extent(m));
          mlir::Value first = s.binary(TokenKind::Plus, arguments[next + 1], extent(n));
          mlir::Value distance = s.binary(TokenKind::Minus, last, first);
          if (causal)
            require(s.binary(TokenKind::GreaterEqual, distance, s.constant(0, distance.getType())));
          if (window)
            require(isInWindow(s, distance));
        }
        return s.select(visible, arguments[0], s.constant(otherwise, arguments[0].getType()));
      });
}

/// v with zeros where the key mask hides: a weight of 0 does not hide NaN.
mlir::Value Attention::hideValues() {
  llvm::ArrayRef<Size> shape = typeOf(keyMask).getShape();
  llvm::SmallVector<int64_t> ones(shape.size(), 1), groups = ones;
  groups.insert(groups.end() - 1, 0);
  groups.push_back(0);
  mlir::Value mask = regroup(call, keyMask, shape, ones, groups);
  return dialect::MapOp::create(
      call.elaborator.getBuilder(), call.location(), typeOf(v), {v, mask},
      [](mlir::OpBuilder &inner, mlir::Location at, mlir::ValueRange arguments) -> mlir::Value {
        ScalarBuilder s(inner, at);
        return s.select(arguments[1], arguments[0], s.constant(0, arguments[0].getType()));
      });
}

/// score(scale q k^T + bias, -inf where masked), 0 where masked, times v.
Value Attention::buildGraph(const CallArgument &score) {
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  mlir::Location loc = call.location();
  llvm::ArrayRef<Size> a = typeOf(q).getShape();
  size_t rank = a.size();
  Size groups = typeOf(k).getShape()[rank - 3];
  // Heads as (group, member): [.., g, r, n, d].
  llvm::SmallVector<Size> factors(a.drop_back(3));
  factors.append({groups, a[rank - 3].divideExactly(groups), a[rank - 2], a[rank - 1]});
  llvm::SmallVector<int64_t> split(rank + 1, 1), merged(rank, 1), indices;
  merged[rank - 3] = 2;
  for (size_t i = 0; i < rank + 1; ++i)
    indices.push_back(i);
  // [.., g] as in q, then number `row` and number `column`.
  auto keyIndices = [&](int64_t row, int64_t column) {
    llvm::SmallVector<int64_t> list(llvm::ArrayRef(indices).take_front(rank - 2));
    list.append({row, column});
    return list;
  };
  int64_t n = rank - 1, d = rank, m = rank + 1, e = rank + 2;
  auto queryIndices = [&](int64_t column) {
    llvm::SmallVector<int64_t> list(indices);
    list[n + 1] = column;
    return list;
  };
  mlir::Value queries = regroup(call, q, factors, merged, split);
  factors.back() = scores.back();
  mlir::Value product =
      dialect::ContractOp::create(builder, loc, typeOf(q).withShape(factors), queries, k,
                                  queryIndices(d), keyIndices(m, d), queryIndices(m));
  product = regroup(call, product, factors, split, merged);
  llvm::SmallVector<mlir::Value> inputs = {product};
  if (bias)
    inputs.push_back(bias);
  mlir::Value raw = dialect::MapOp::create(
      builder, loc, typeOf(product), inputs,
      [&](mlir::OpBuilder &inner, mlir::Location at, mlir::ValueRange arguments) -> mlir::Value {
        ScalarBuilder s(inner, at);
        mlir::Value scaled =
            s.binary(TokenKind::Star, arguments[0], s.constant(scale, arguments[0].getType()));
        return bias ? s.binary(TokenKind::Plus, scaled, arguments[1]) : scaled;
      });
  CallArgument argument{"", keep(raw, -INFINITY), score.range, score.expr};
  Value weights = call.elaborator.call(score.value, argument, call.range, score.range, call.frame);
  if (weights.isPoison())
    return {};
  if (!weights.isTensor() || weights.get<mlir::Value>().getType() != product.getType()) {
    call.elaborator.error(call.frame, score.range, "what the score function of 'attention' gives")
        .expected(formatType(typeOf(product)), weights.isTensor()
                                                   ? formatType(typeOf(weights.get<mlir::Value>()))
                                                   : weights.describe());
    return {};
  }
  mlir::Value values = keyMask ? hideValues() : v;
  mlir::Value kept = keep(weights.get<mlir::Value>(), 0);
  kept = regroup(call, kept, factors, merged, split);
  factors.back() = typeOf(v).getShape().back();
  mlir::Value mixed =
      dialect::ContractOp::create(builder, loc, typeOf(q).withShape(factors), kept, values,
                                  queryIndices(m), keyIndices(m, e), queryIndices(e));
  return regroup(call, mixed, factors, split, merged);
}

Value buildAttention(BuiltinCall &call) {
  Attention attention(call);
  if (!attention.read())
    return {};
  const CallArgument *score = call.get("score");
  const BuiltinValue *named = score ? score->value.getIf<const BuiltinValue *>() : nullptr;
  bool isSoftmax = !score || (named && named->row->name == "softmax");
  return isSoftmax ? attention.buildOp() : attention.buildGraph(*score);
}

} // namespace tenon::lang
