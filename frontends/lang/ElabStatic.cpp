//===- ElabStatic.cpp - Operators on static values ------------------------===//

#include "frontends/lang/Elaborator.h"
#include "frontends/lang/Scalars.h"

#include <cmath>

namespace tenon::lang {

template <typename T> static bool compare(TokenKind op, const T &a, const T &b) {
  switch (op) {
  case TokenKind::EqualEqual:
    return a == b;
  case TokenKind::NotEqual:
    return !(a == b);
  case TokenKind::Less:
    return a < b;
  case TokenKind::LessEqual:
    return !(b < a);
  case TokenKind::Greater:
    return b < a;
  default:
    return !(a < b);
  }
}

/// floor(a / b) for b != 0.
static int64_t floorDivide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

namespace {

/// One operation on sizes or floats, with what its messages need.
class StaticArithmetic {
public:
  StaticArithmetic(Elaborator &elaborator, TokenKind op, SourceRange range, Frame &frame)
      : elaborator(elaborator), op(op), range(range), frame(frame) {}

  Value sizes(Size a, Size b);
  Value floats(double a, double b);

private:
  Value refuse(const llvm::Twine &why) {
    elaborator.error(frame, range, why);
    return {};
  }
  Value compareSizes(Size a, Size b);
  Value divide(Size a, Size b);
  Value power(Size a, Size b);

  Elaborator &elaborator;
  TokenKind op;
  SourceRange range;
  Frame &frame;
};

Value StaticArithmetic::compareSizes(Size a, Size b) {
  Size difference = a.sub(b);
  if (!difference)
    return refuse("this comparison overflows 64 bits");
  if (std::optional<int64_t> known = difference.getConstant())
    return compare<int64_t>(op, *known, 0);
  bool below = elaborator.provenAtMost(a, b), above = elaborator.provenAtMost(b, a);
  if ((op == TokenKind::LessEqual && below) || (op == TokenKind::GreaterEqual && above))
    return true;
  return refuse("whether " + a.toString() + " " + spelling(op) + " " + b.toString() +
                " depends on the dynamic sizes; it is not known when compiling");
}

Value StaticArithmetic::divide(Size a, Size b) {
  if (b.isZero())
    return refuse("division of " + a.toString() + " by zero");
  if (Size quotient = a.divideExactly(b))
    return quotient;
  return refuse("'/' of " + a.toString() + " and " + b.toString() +
                " is not exact; expected a multiple of " + b.toString() + " ('//' rounds down)");
}

Value StaticArithmetic::power(Size a, Size b) {
  std::optional<int64_t> exponent = b.getConstant();
  if (!exponent || *exponent < 0)
    return refuse("'^' of integers; expected an exponent of at least 0, got " + b.toString());
  if (*exponent > 64 && !(a.isZero() || a.isOne()))
    return refuse("'^' of " + a.toString() + " and " + b.toString() + " overflows 64 bits");
  Size product = elaborator.size(1);
  for (int64_t i = 0; i < *exponent && product; ++i)
    product = product.mul(a);
  if (!product)
    return refuse("'^' of " + a.toString() + " and " + b.toString() + " overflows 64 bits");
  return product;
}

Value StaticArithmetic::sizes(Size a, Size b) {
  if (isComparison(op))
    return compareSizes(a, b);
  Size result;
  switch (op) {
  case TokenKind::Plus:
    result = a.add(b);
    break;
  case TokenKind::Minus:
    result = a.sub(b);
    break;
  case TokenKind::Star:
    result = a.mul(b);
    break;
  case TokenKind::Slash:
    return divide(a, b);
  case TokenKind::Caret:
    return power(a, b);
  case TokenKind::SlashSlash:
  case TokenKind::Percent: {
    if (b.isZero())
      return refuse("division of " + a.toString() + " by zero");
    std::optional<int64_t> left = a.getConstant(), right = b.getConstant();
    if (Size exact = a.divideExactly(b))
      return op == TokenKind::SlashSlash ? exact : elaborator.size(0);
    if (!left || !right)
      return refuse("'" + spelling(op) + "' of " + a.toString() + " and " + b.toString() +
                    ": an inexact division of a dynamic size is not supported yet");
    int64_t quotient = floorDivide(*left, *right);
    return elaborator.size(op == TokenKind::SlashSlash ? quotient : *left - quotient * *right);
  }
  default:
    return refuse("'" + spelling(op) + "' of numbers; expected tensors");
  }
  if (!result)
    return refuse("'" + spelling(op) + "' of " + a.toString() + " and " + b.toString() +
                  " overflows 64 bits");
  return result;
}

Value StaticArithmetic::floats(double a, double b) {
  if (isComparison(op))
    return compare(op, a, b);
  double result = 0;
  switch (op) {
  case TokenKind::Plus:
    result = a + b;
    break;
  case TokenKind::Minus:
    result = a - b;
    break;
  case TokenKind::Star:
    result = a * b;
    break;
  case TokenKind::Slash:
    if (b == 0)
      return refuse("division by zero");
    result = a / b;
    break;
  case TokenKind::Caret:
    result = std::pow(a, b);
    break;
  default:
    return refuse("'" + spelling(op) + "' of fractions; expected integers");
  }
  if (std::isnan(result))
    return refuse("the result of '" + spelling(op) + "' is not a number");
  return result;
}

} // namespace

Value Elaborator::staticBinary(TokenKind op, SourceRange opRange, const Value &left,
                               const Value &right, Frame &frame) {
  StaticArithmetic arithmetic(*this, op, opRange, frame);
  if (left.is<Size>() && right.is<Size>())
    return arithmetic.sizes(left.get<Size>(), right.get<Size>());
  if (left.isNumber() && right.isNumber()) {
    std::optional<double> a = left.number(), b = right.number();
    if (a && b)
      return arithmetic.floats(*a, *b);
    error(frame, opRange,
          "'" + spelling(op) + "' of " + left.describe() + " and " + right.describe() +
              ": a fraction of a dynamic size is not known when compiling");
    return {};
  }
  if (left.is<bool>() && right.is<bool>()) {
    bool a = left.get<bool>(), b = right.get<bool>();
    if (op == TokenKind::kw_And || op == TokenKind::kw_Or)
      return op == TokenKind::kw_And ? a && b : a || b;
    if (op == TokenKind::EqualEqual || op == TokenKind::NotEqual)
      return (a == b) == (op == TokenKind::EqualEqual);
  }
  if (left.is<llvm::StringRef>() && right.is<llvm::StringRef>() &&
      (op == TokenKind::EqualEqual || op == TokenKind::NotEqual))
    return (left.get<llvm::StringRef>() == right.get<llvm::StringRef>()) ==
           (op == TokenKind::EqualEqual);
  if (left.is<const ListValue *>() && right.is<const ListValue *>() && op == TokenKind::Plus) {
    std::vector<Value> items = left.get<const ListValue *>()->items;
    const std::vector<Value> &more = right.get<const ListValue *>()->items;
    if (items.size() + more.size() > kMaxExpansion) {
      error(frame, opRange,
            "a list of " + llvm::Twine(items.size() + more.size()) + " elements; the limit is " +
                llvm::Twine(kMaxExpansion));
      return {};
    }
    items.insert(items.end(), more.begin(), more.end());
    return *list(std::move(items));
  }
  // none is equal to itself alone.
  if ((left.is<NoneValue>() || right.is<NoneValue>()) &&
      (op == TokenKind::EqualEqual || op == TokenKind::NotEqual))
    return (left.is<NoneValue>() && right.is<NoneValue>()) == (op == TokenKind::EqualEqual);
  error(frame, opRange,
        "'" + spelling(op) + "' of " + left.describe() + " and " + right.describe());
  return {};
}

Value Elaborator::binary(TokenKind op, SourceRange opRange, const Value &left, const Value &right,
                         const Expr *leftExpr, const Expr *rightExpr, Frame &frame) {
  if (left.isPoison() || right.isPoison())
    return {};
  // Known in training only, with what is computed from it.
  for (const Value &side : {left, right})
    if (side.is<const Schedule *>() && (left.isSchedule() && right.isSchedule()))
      return side;
  // Whether a value is given at all is known, whatever it is.
  bool isQuestion = (left.is<NoneValue>() || right.is<NoneValue>()) &&
                    (op == TokenKind::EqualEqual || op == TokenKind::NotEqual);
  if (isQuestion)
    return staticBinary(op, opRange, left, right, frame);
  bool tensors = left.isTensor() || right.isTensor() || left.is<const Parameter *>() ||
                 right.is<const Parameter *>();
  return tensors ? tensorBinary(op, opRange, left, right, leftExpr, rightExpr, frame)
                 : staticBinary(op, opRange, left, right, frame);
}

std::optional<bool> Elaborator::truth(const Value &value, SourceRange range, Frame &frame) {
  if (value.is<bool>())
    return value.get<bool>();
  if (value.isPoison())
    return std::nullopt;
  Diagnostic &diagnostic =
      error(frame, range, "a condition").expected("a bool known when compiling", value.describe());
  if (value.isTensor())
    diagnostic.hint("choose between tensors with where(condition, a, b)");
  return std::nullopt;
}

} // namespace tenon::lang
