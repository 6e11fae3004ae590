//===- ElabTensor.cpp - Operators on tensors ------------------------------===//
//
// Checks dtypes and the three cases of broadcasting, then builds one map per
// operator.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/Elaborator.h"
#include "frontends/lang/Scalars.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

std::optional<llvm::SmallVector<Size>> broadcastShapes(llvm::ArrayRef<Size> a,
                                                       llvm::ArrayRef<Size> b) {
  if (a.size() < b.size())
    return b.take_back(a.size()) == a ? std::optional(llvm::SmallVector<Size>(b)) : std::nullopt;
  if (a.size() > b.size())
    return a.take_back(b.size()) == b ? std::optional(llvm::SmallVector<Size>(a)) : std::nullopt;
  llvm::SmallVector<Size> shape;
  for (auto [left, right] : llvm::zip(a, b)) {
    if (left != right && !left.isOne() && !right.isOne())
      return std::nullopt;
    shape.push_back(left.isOne() ? right : left);
  }
  return shape;
}

/// The expression as text that brackets can follow, or empty.
static std::string asPrefix(const Expr *expr) {
  if (!expr)
    return "";
  llvm::StringRef text = expr->range.text();
  bool simple = expr->kind == ExprKind::Name || expr->kind == ExprKind::Call ||
                expr->kind == ExprKind::Bracket || expr->kind == ExprKind::Member;
  return simple ? text.str() : "(" + text.str() + ")";
}

/// How one operand could be written to fit the other, for hints.
static std::string fitting(llvm::ArrayRef<Size> small, llvm::ArrayRef<Size> large,
                           const Expr *smallExpr, const Expr *largeExpr) {
  std::string hint;
  std::string prefix = asPrefix(smallExpr);
  if (small.size() + 1 == large.size() && !prefix.empty())
    for (size_t at = small.size() + 1; at-- > 0;) {
      llvm::SmallVector<Size> shape(small);
      shape.insert(shape.begin() + at, Size::get(large[0].getContext(), 1));
      if (!broadcastShapes(shape, large))
        continue;
      std::string brackets;
      for (size_t i = 0; i < shape.size(); ++i)
        brackets.append(i ? ", " : "").append(i == at ? "none" : ":");
      hint = prefix + "[" + brackets + "] has shape " + formatShape(shape);
      break;
    }
  prefix = asPrefix(largeExpr);
  if (small.size() + 1 == large.size() && !prefix.empty() && large.back().isOne() &&
      large.drop_back() == small) {
    std::string brackets;
    for (size_t i = 0; i + 1 < large.size(); ++i)
      brackets += ":, ";
    hint += (hint.empty() ? "" : "; ") + prefix + "[" + brackets + "0] has shape " +
            formatShape(large.drop_back());
  }
  return hint;
}

static bool isFloat(mlir::Type type) { return mlir::isa<mlir::FloatType>(type); }
static bool isBool(mlir::Type type) { return type.isSignlessInteger(1); }

static llvm::StringRef classOf(mlir::Type type) {
  return isFloat(type) ? "floats" : isBool(type) ? "bools" : "integers";
}

/// The classes of two dtypes, in one order whatever theirs is.
static std::string describeMix(mlir::Type a, mlir::Type b) {
  if (isFloat(a) || isBool(b))
    std::swap(a, b);
  return (classOf(a) + " and " + classOf(b)).str();
}

/// What is wrong with applying `op` to elements of `type`, or nothing.
static std::string refusal(TokenKind op, mlir::Type type) {
  switch (op) {
  case TokenKind::kw_And:
  case TokenKind::kw_Or:
    return isBool(type) ? "" : "works on bools";
  case TokenKind::EqualEqual:
  case TokenKind::NotEqual:
    return "";
  case TokenKind::Slash:
    return isFloat(type) ? "" : "is for floats; integers have '//' and '%'";
  case TokenKind::SlashSlash:
  case TokenKind::Percent:
    return isBool(type) || isFloat(type) ? "is for integers" : "";
  default:
    return isBool(type) ? "does not work on bools; cast them first" : "";
  }
}

Value Elaborator::tensorBinary(TokenKind op, SourceRange opRange, const Value &leftValue,
                               const Value &rightValue, const Expr *leftExpr, const Expr *rightExpr,
                               Frame &frame) {
  mlir::Value left = asTensor(leftValue, frame, opRange),
              right = asTensor(rightValue, frame, opRange);
  if (op == TokenKind::At) {
    if (left && right)
      return matmul(opRange, left, right, frame);
    error(frame, opRange, "'@' of " + leftValue.describe() + " and " + rightValue.describe())
        .expected("two tensors", "others");
    return {};
  }
  std::optional<double> base =
      op == TokenKind::Caret && right && !left ? leftValue.number() : std::nullopt;
  if (base && *base > 0 && std::isfinite(*base) &&
      isFloat(llvm::cast<TensorType>(right.getType()).getElementType()))
    return Value(buildMap(
        builder, location(frame, opRange, spelling(op)), right,
        llvm::cast<TensorType>(right.getType()).getElementType(),
        [&](ScalarBuilder &s, mlir::ValueRange args) { return s.exponential(*base, args[0]); }));
  bool isFloatPower = op == TokenKind::Caret && left && !right &&
                      isFloat(llvm::cast<TensorType>(left.getType()).getElementType());
  std::optional<double> exponent = isFloatPower ? rightValue.number() : std::nullopt;
  if (op == TokenKind::Caret && (!exponent || !ScalarBuilder::hasPower(*exponent))) {
    error(frame, opRange, "this power of a tensor is not supported yet")
        .expected("an exponent that is a whole number up to 16, 0.5 or -0.5, or a positive number "
                  "to the power of a tensor of floats",
                  rightValue.describe());
    return {};
  }
  if (exponent)
    return Value(buildMap(
        builder, location(frame, opRange, spelling(op)), left,
        llvm::cast<TensorType>(left.getType()).getElementType(),
        [&](ScalarBuilder &s, mlir::ValueRange args) { return s.powerOf(args[0], *exponent); }));
  return pairwise(
      op, ("'" + spelling(op) + "'").str(), opRange, leftValue, rightValue, leftExpr, rightExpr,
      frame, [&](ScalarBuilder &s, mlir::Value a, mlir::Value b) { return s.binary(op, a, b); });
}

Value Elaborator::pairwise(
    TokenKind op, llvm::StringRef signText, SourceRange opRange, const Value &leftValue,
    const Value &rightValue, const Expr *leftExpr, const Expr *rightExpr, Frame &frame,
    llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::Value, mlir::Value)> scalar) {
  std::string sign = signText.str();
  mlir::Value left = asTensor(leftValue, frame, opRange),
              right = asTensor(rightValue, frame, opRange);
  if (!left && !right) {
    error(frame, opRange, "a tensor is computed outside of an entry, which is not supported yet");
    return {};
  }
  TensorType leftType = left ? llvm::cast<TensorType>(left.getType()) : TensorType();
  TensorType rightType = right ? llvm::cast<TensorType>(right.getType()) : TensorType();

  mlir::Type element = (left ? leftType : rightType).getElementType();
  if (left && right && element != rightType.getElementType()) {
    mlir::Type other = rightType.getElementType();
    bool bothIntegers = classOf(element) == "integers" && classOf(other) == "integers";
    if (!bothIntegers) {
      Diagnostic &diagnostic =
          error(frame, opRange,
                sign + " of " + formatType(leftType) + " and " + formatType(rightType) + "; " +
                    describeMix(element, other) + " do not mix");
      const Expr *narrow = isFloat(element) ? rightExpr : leftExpr;
      const Expr *wide = isFloat(element) ? leftExpr : rightExpr;
      if (narrow && wide && op != TokenKind::kw_And && op != TokenKind::kw_Or)
        diagnostic.hint("cast(" + narrow->range.text() + ", like = " + wide->range.text() + ")");
      return {};
    }
    if (other.getIntOrFloatBitWidth() > element.getIntOrFloatBitWidth())
      element = other;
  }
  if (std::string why = refusal(op, element); !why.empty()) {
    auto show = [](mlir::Value tensor, const Value &value) {
      return tensor ? formatType(llvm::cast<TensorType>(tensor.getType())) : value.describe();
    };
    error(frame, opRange,
          sign + " of " + show(left, leftValue) + " and " + show(right, rightValue) + " " + why);
    return {};
  }

  llvm::SmallVector<Size> shape((left ? leftType : rightType).getShape());
  if (left && right) {
    auto common = broadcastShapes(leftType.getShape(), rightType.getShape());
    if (!common) {
      llvm::ArrayRef<Size> a = leftType.getShape(), b = rightType.getShape();
      std::string text = sign + " of " + formatShape(a) + " and " + formatShape(b);
      if (a.size() == b.size()) {
        size_t axis = 0;
        while (a[axis] == b[axis] || a[axis].isOne() || b[axis].isOne())
          ++axis;
        error(frame, opRange, text)
            .expected("equal sizes, or 1, at axis " + llvm::Twine(axis),
                      a[axis].toString() + " and " + b[axis].toString());
      } else {
        llvm::ArrayRef<Size> small = a.size() < b.size() ? a : b,
                             large = a.size() < b.size() ? b : a;
        Diagnostic &diagnostic = error(frame, opRange,
                                       text + "; expected equal ranks, or " + formatShape(small) +
                                           " to be the end of " + formatShape(large));
        const Expr *smallExpr = a.size() < b.size() ? leftExpr : rightExpr;
        const Expr *largeExpr = a.size() < b.size() ? rightExpr : leftExpr;
        if (std::string hint = fitting(small, large, smallExpr, largeExpr); !hint.empty())
          diagnostic.hint(hint);
      }
      return {};
    }
    shape = *common;
  }

  // The static side becomes a constant of the region; a dynamic size, an
  // extent.
  const Value &fixed = left ? rightValue : leftValue;
  mlir::TypedAttr constant;
  bool isExtent = !(left && right) && fixed.is<Size>() && !fixed.get<Size>().isConstant();
  if (!(left && right) && !isExtent) {
    constant = literal(fixed, element, frame, opRange);
    if (!constant)
      return {};
  }
  llvm::SmallVector<mlir::Value, 2> inputs;
  for (mlir::Value operand : {left, right})
    if (operand)
      inputs.push_back(operand);
  bool compares = isComparison(op);
  TensorType resultType = TensorType::get(shape, compares ? builder.getI1Type() : element);
  auto body = [&](mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange args) -> mlir::Value {
    ScalarBuilder scalars(b, loc);
    auto operand = [&](bool present, size_t index) -> mlir::Value {
      if (present)
        return scalars.widen(args[index], element);
      if (isExtent)
        return dialect::ExtentOp::create(b, loc, element, fixed.get<Size>());
      return mlir::arith::ConstantOp::create(b, loc, constant);
    };
    mlir::Value a = operand(bool(left), 0);
    mlir::Value c = operand(bool(right), left ? 1 : 0);
    return scalar(scalars, a, c);
  };
  mlir::Location loc = location(frame, opRange, llvm::StringRef(sign).trim('\''));
  return Value(mlir::Value(dialect::MapOp::create(builder, loc, resultType, inputs, body)));
}

Value Elaborator::matmul(SourceRange opRange, mlir::Value left, mlir::Value right, Frame &frame) {
  TensorType leftType = llvm::cast<TensorType>(left.getType()),
             rightType = llvm::cast<TensorType>(right.getType());
  llvm::ArrayRef<Size> a = leftType.getShape(), b = rightType.getShape();
  std::string text = "'@' of " + formatShape(a) + " and " + formatShape(b);
  if (a.size() < 2 || b.size() < 2) {
    error(frame, opRange, text).expected("at least 2 axes on both sides", "fewer");
    return {};
  }
  if (!isFloat(leftType.getElementType()) ||
      leftType.getElementType() != rightType.getElementType()) {
    error(frame, opRange, "'@' of " + formatType(leftType) + " and " + formatType(rightType))
        .expected("floats of one dtype", "others");
    return {};
  }
  if (a.back() != b[b.size() - 2]) {
    error(frame, opRange, text)
        .expected("equal inner sizes", a.back().toString() + " and " + b[b.size() - 2].toString());
    return {};
  }
  llvm::ArrayRef<Size> outerA = a.drop_back(2), outerB = b.drop_back(2);
  llvm::ArrayRef<Size> outer = outerA.size() >= outerB.size() ? outerA : outerB;
  if (outer.take_back(outerA.size()) != outerA || outer.take_back(outerB.size()) != outerB) {
    error(frame, opRange, text)
        .expected("equal leading axes", formatShape(outerA) + " and " + formatShape(outerB));
    return {};
  }
  // Indices: leading axes first, then rows, inner, columns.
  int64_t rows = outer.size(), inner = rows + 1, columns = rows + 2;
  llvm::SmallVector<int64_t> leftIndices, rightIndices, resultIndices;
  for (int64_t i = 0; i < rows; ++i) {
    if (i >= rows - int64_t(outerA.size()))
      leftIndices.push_back(i);
    if (i >= rows - int64_t(outerB.size()))
      rightIndices.push_back(i);
    resultIndices.push_back(i);
  }
  leftIndices.append({rows, inner});
  rightIndices.append({inner, columns});
  resultIndices.append({rows, columns});
  llvm::SmallVector<Size> shape(outer);
  shape.append({a[a.size() - 2], b.back()});
  return Value(mlir::Value(dialect::ContractOp::create(builder, location(frame, opRange, "@"),
                                                       leftType.withShape(shape), left, right,
                                                       leftIndices, rightIndices, resultIndices)));
}

Value Elaborator::negate(const Value &operand, SourceRange range, Frame &frame) {
  if (operand.isPoison() || operand.is<const Schedule *>())
    return operand;
  if (operand.is<double>())
    return -operand.get<double>();
  if (operand.is<Size>()) {
    if (Size negated = operand.get<Size>().mul(size(-1)))
      return negated;
    error(frame, range, "'-' of " + operand.describe() + " overflows 64 bits");
    return {};
  }
  mlir::Value tensor = asTensor(operand, frame, range);
  if (!tensor || isBool(llvm::cast<TensorType>(tensor.getType()).getElementType())) {
    error(frame, range, "'-' of " + operand.describe())
        .expected("a number or a tensor of numbers", operand.describe());
    return {};
  }
  mlir::Type element = llvm::cast<TensorType>(tensor.getType()).getElementType();
  return Value(buildMap(builder, location(frame, range, "-"), tensor, element,
                        [](ScalarBuilder &s, mlir::ValueRange args) { return s.negate(args[0]); }));
}

Value Elaborator::logicalNot(const Value &operand, SourceRange range, Frame &frame) {
  if (operand.isPoison())
    return {};
  if (operand.is<bool>())
    return !operand.get<bool>();
  mlir::Value tensor = asTensor(operand, frame, range);
  if (!tensor || !isBool(llvm::cast<TensorType>(tensor.getType()).getElementType())) {
    error(frame, range, "'not'").expected("a bool or a tensor of bools", operand.describe());
    return {};
  }
  return Value(
      buildMap(builder, location(frame, range, "not"), tensor, builder.getI1Type(),
               [](ScalarBuilder &s, mlir::ValueRange args) { return s.logicalNot(args[0]); }));
}

} // namespace tenon::lang
