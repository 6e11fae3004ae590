//===- BuiltinsElementwise.cpp - Functions of one element -----------------===//
//
// Each function of one float is a row: its scalar operations, and its value for
// numbers known when compiling.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/Builtins.h"
#include "frontends/lang/Scalars.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

namespace tenon::lang {

namespace math = mlir::math;

/// Applies a function of one float to the argument `x`.
static Value unary(BuiltinCall &call, double (*number)(double),
                   llvm::function_ref<mlir::Value(ScalarBuilder &, mlir::Value)> scalar) {
  const CallArgument *x = call.get("x");
  if (x->value.isNumber() && number) {
    std::optional<double> known = x->value.number();
    double result = known ? number(*known) : NAN;
    if (std::isfinite(result))
      return result;
    call.error("'" + call.row.name + "' of " + x->value.describe() + " is not a finite number");
    return {};
  }
  mlir::Value input = call.floatTensor("x");
  if (!input)
    return {};
  mlir::Type element = llvm::cast<TensorType>(input.getType()).getElementType();
  return buildMap(call.elaborator.getBuilder(), call.location(), input, element,
                  [&](ScalarBuilder &s, mlir::ValueRange args) { return scalar(s, args[0]); });
}

#define UNARY(handler, number, expression)                                                         \
  Value handler(BuiltinCall &call) {                                                               \
    return unary(call, number,                                                                     \
                 [](ScalarBuilder &s, mlir::Value x) -> mlir::Value { return expression; });       \
  }

UNARY(buildExp, std::exp, math::ExpOp::create(s.b, s.loc, x))
UNARY(buildLog, std::log, math::LogOp::create(s.b, s.loc, x))
UNARY(buildSqrt, std::sqrt, math::SqrtOp::create(s.b, s.loc, x))
UNARY(buildRsqrt, [](double x) { return 1 / std::sqrt(x); }, math::RsqrtOp::create(s.b, s.loc, x))
UNARY(buildTanh, std::tanh, math::TanhOp::create(s.b, s.loc, x))
UNARY(buildErf, std::erf, math::ErfOp::create(s.b, s.loc, x))
UNARY(buildAbs, std::fabs, math::AbsFOp::create(s.b, s.loc, x))
UNARY(buildFloor, std::floor, math::FloorOp::create(s.b, s.loc, x))
UNARY(buildCeil, std::ceil, math::CeilOp::create(s.b, s.loc, x))
UNARY(buildSigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, s.sigmoid(x))
UNARY(buildRelu, nullptr, s.maximum(x, s.constant(0, x.getType())))
UNARY(buildSin, std::sin, math::SinOp::create(s.b, s.loc, x))
UNARY(buildCos, std::cos, math::CosOp::create(s.b, s.loc, x))
UNARY(buildRound, std::nearbyint, math::RoundEvenOp::create(s.b, s.loc, x))
UNARY(buildHardSigmoid, nullptr, s.hardSigmoid(x))
UNARY(buildHardSwish, nullptr, s.binary(TokenKind::Star, x, s.hardSigmoid(x)))
UNARY(buildSilu, nullptr, s.binary(TokenKind::Star, x, s.sigmoid(x)))

#undef UNARY

/// -1 below 0, 1 above; 0 and NaN stay.
Value buildSign(BuiltinCall &call) {
  auto number = [](double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : x; };
  return unary(call, number, [](ScalarBuilder &s, mlir::Value x) -> mlir::Value {
    mlir::Value zero = s.constant(0, x.getType()), one = s.constant(1, x.getType());
    mlir::Value sign = math::CopySignOp::create(s.b, s.loc, one, x);
    // Neither less nor greater: 0 or NaN.
    mlir::Value differs =
        mlir::arith::CmpFOp::create(s.b, s.loc, mlir::arith::CmpFPredicate::ONE, x, zero);
    return s.select(differs, sign, x);
  });
}

/// 0 for every element, NaN too: a branch that adds nothing.
Value buildZero(BuiltinCall &call) {
  if (call.get("x")->value.isNumber())
    return call.elaborator.size(0);
  mlir::Value x = call.floatTensor("x");
  if (!x)
    return {};
  mlir::OpBuilder &builder = call.elaborator.getBuilder();
  return mlir::Value(mlir::tenon::ConstantOp::create(builder, call.location(), x.getType(),
                                                     builder.getF32FloatAttr(0.0f)));
}

/// x * 0.5 * (1 + inner).
static mlir::Value gate(ScalarBuilder &s, mlir::Value x, mlir::Value inner) {
  mlir::Type type = x.getType();
  mlir::Value half = s.binary(TokenKind::Star, s.constant(0.5, type), x);
  return s.binary(TokenKind::Star, half, s.binary(TokenKind::Plus, s.constant(1, type), inner));
}

/// x Phi(x), with the distribution function of the normal distribution.
Value buildGelu(BuiltinCall &call) {
  return unary(call, nullptr, [](ScalarBuilder &s, mlir::Value x) {
    mlir::Value scaled = s.binary(TokenKind::Star, x, s.constant(M_SQRT1_2, x.getType()));
    return gate(s, x, math::ErfOp::create(s.b, s.loc, scaled));
  });
}

/// The tanh form: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
Value buildGeluTanh(BuiltinCall &call) {
  return unary(call, nullptr, [](ScalarBuilder &s, mlir::Value x) {
    mlir::Type type = x.getType();
    mlir::Value cubic = s.binary(TokenKind::Star, s.constant(0.044715, type), s.powerOf(x, 3));
    mlir::Value inner = s.binary(TokenKind::Star, s.constant(std::sqrt(2 / M_PI), type),
                                 s.binary(TokenKind::Plus, x, cubic));
    return gate(s, x, math::TanhOp::create(s.b, s.loc, inner));
  });
}

/// log(1 + exp(x)) = (x + |x|) / 2 + log1p(exp(-|x|)), which does not overflow; at 0 both
/// |x| have the derivative 0, so that the sum's is 1/2.
Value buildSoftplus(BuiltinCall &call) {
  return unary(call, nullptr, [](ScalarBuilder &s, mlir::Value x) {
    mlir::Value decay =
        math::ExpOp::create(s.b, s.loc, s.negate(math::AbsFOp::create(s.b, s.loc, x)));
    // max(x, 0) whose derivative at 0 is a half. Halves do not overflow; infinite ones would
    // not cancel.
    mlir::Value half = s.constant(0.5, x.getType());
    auto type = llvm::cast<mlir::FloatType>(x.getType());
    double least = llvm::APFloat::getLargest(type.getFloatSemantics(), true).convertToDouble();
    mlir::Value bounded = mlir::arith::MaximumFOp::create(s.b, s.loc, x, s.constant(least, type));
    mlir::Value line =
        s.binary(TokenKind::Plus, s.binary(TokenKind::Star, bounded, half),
                 s.binary(TokenKind::Star, math::AbsFOp::create(s.b, s.loc, bounded), half));
    return s.binary(TokenKind::Plus, line, math::Log1pOp::create(s.b, s.loc, decay));
  });
}

Value buildLeakyRelu(BuiltinCall &call) {
  std::optional<double> slope = call.number("slope", 0.01);
  if (!slope)
    return {};
  return unary(call, nullptr, [&](ScalarBuilder &s, mlir::Value x) {
    mlir::Value zero = s.constant(0, x.getType());
    mlir::Value low =
        s.binary(TokenKind::Star, s.constant(*slope, x.getType()), s.minimum(x, zero));
    return s.binary(TokenKind::Plus, s.maximum(x, zero), low);
  });
}

/// x above 0, alpha (exp(x) - 1) below.
Value buildElu(BuiltinCall &call) {
  std::optional<double> alpha = call.number("alpha", 1.0);
  if (!alpha)
    return {};
  return unary(call, nullptr, [&](ScalarBuilder &s, mlir::Value x) {
    mlir::Type type = x.getType();
    mlir::Value zero = s.constant(0, type);
    mlir::Value below = math::ExpM1Op::create(s.b, s.loc, s.minimum(x, zero));
    mlir::Value low = s.binary(TokenKind::Star, s.constant(*alpha, type), below);
    return s.binary(TokenKind::Plus, s.maximum(x, zero), low);
  });
}

Value buildIdentity(BuiltinCall &call) { return call.get("x")->value; }

/// The larger or smaller of two, one of which may be a number.
static Value extreme(BuiltinCall &call, bool larger) {
  const CallArgument *x = call.get("x"), *y = call.get("y");
  if (x->value.isNumber() && y->value.isNumber()) {
    Value below =
        call.elaborator.staticBinary(TokenKind::Less, call.range, x->value, y->value, call.frame);
    if (!below.is<bool>())
      return {};
    return below.get<bool>() == larger ? y->value : x->value;
  }
  if (x->value.isPoison() || y->value.isPoison())
    return {};
  return call.elaborator.pairwise(TokenKind::Plus, "'" + call.row.name.str() + "'", call.range,
                                  x->value, y->value, x->expr, y->expr, call.frame,
                                  [&](ScalarBuilder &s, mlir::Value a, mlir::Value b) {
                                    return larger ? s.maximum(a, b) : s.minimum(a, b);
                                  });
}

Value buildMaximum(BuiltinCall &call) { return extreme(call, /*larger=*/true); }
Value buildMinimum(BuiltinCall &call) { return extreme(call, /*larger=*/false); }

/// min(max(x, low), high) for static bounds.
Value buildClamp(BuiltinCall &call) {
  std::optional<double> low = call.number("low", 0), high = call.number("high", 0);
  if (!low || !high)
    return {};
  const CallArgument *x = call.get("x");
  if (std::optional<double> known = x->value.number())
    return std::min(std::max(*known, *low), *high);
  return unary(call, nullptr, [&](ScalarBuilder &s, mlir::Value value) {
    mlir::Type type = value.getType();
    return s.minimum(s.maximum(value, s.constant(*low, type)), s.constant(*high, type));
  });
}

Value buildCast(BuiltinCall &call) {
  const CallArgument *dtype = call.get("dtype"), *like = call.get("like");
  if (!dtype == !like) {
    call.error("'cast' takes either a dtype or 'like'");
    return {};
  }
  mlir::Type element;
  if (dtype) {
    element = dtype->value.getIf<mlir::Type>();
    if (!element) {
      call.elaborator.error(call.frame, dtype->range, "argument 'dtype' of 'cast'")
          .expected("a dtype", dtype->value.describe());
      return {};
    }
  } else {
    mlir::Value model = call.tensor("like");
    if (!model)
      return {};
    element = llvm::cast<TensorType>(model.getType()).getElementType();
  }
  if (const CallArgument *x = call.get("x"); x->value.is<const ListValue *>()) {
    if (!call.elaborator.insideEntry())
      call.error("a tensor is computed outside of an entry, which is not supported yet");
    mlir::Value numbers = call.elaborator.insideEntry()
                              ? tensorOfNumbers(call, x->value, element, x->range)
                              : mlir::Value();
    return numbers ? Value(numbers) : Value();
  }
  mlir::Value input = call.tensor("x");
  if (!input || llvm::cast<TensorType>(input.getType()).getElementType() == element)
    return input ? Value(input) : Value();
  return buildMap(
      call.elaborator.getBuilder(), call.location(), input, element,
      [&](ScalarBuilder &s, mlir::ValueRange args) { return s.convert(args[0], element); });
}

/// condition ? x : y. A number fills the shape of the other choice; two numbers, one of
/// them a fraction, give floats.
Value buildWhere(BuiltinCall &call) {
  Elaborator &elaborator = call.elaborator;
  mlir::Value condition = call.tensor("condition");
  if (!condition)
    return {};
  TensorType conditionType = llvm::cast<TensorType>(condition.getType());
  const CallArgument *x = call.get("x"), *y = call.get("y");
  mlir::Value left = elaborator.asTensor(x->value, call.frame, x->range);
  mlir::Value right = elaborator.asTensor(y->value, call.frame, y->range);
  bool areFloats = x->value.isNumber() && y->value.isNumber() &&
                   (x->value.is<double>() || y->value.is<double>());
  if (!conditionType.getElementType().isSignlessInteger(1) || (!left && !right && !areFloats)) {
    call.error("'where'").expected("a tensor of bools and a tensor or a fraction to choose from",
                                   conditionType.getElementType().isSignlessInteger(1)
                                       ? x->value.describe() + " and " + y->value.describe()
                                       : formatType(conditionType));
    return {};
  }
  mlir::Value either = left ? left : right;
  mlir::Type element = either ? llvm::cast<TensorType>(either.getType()).getElementType()
                              : mlir::Type(elaborator.getBuilder().getF32Type());
  TensorType scalar = TensorType::get(llvm::ArrayRef<Size>(), element);
  if (!left)
    left = elaborator.splat(x->value, scalar, call.frame, x->range);
  if (!right)
    right = elaborator.splat(y->value, scalar, call.frame, y->range);
  if (!left || !right)
    return {};
  TensorType leftType = llvm::cast<TensorType>(left.getType()),
             rightType = llvm::cast<TensorType>(right.getType());
  auto choices = broadcastShapes(leftType.getShape(), rightType.getShape());
  auto shape = choices ? broadcastShapes(conditionType.getShape(), *choices) : std::nullopt;
  if (!shape || leftType.getElementType() != rightType.getElementType()) {
    call.error("'where' of " + formatType(conditionType) + ", " + formatType(leftType) + " and " +
               formatType(rightType) +
               "; expected one dtype to choose from, and shapes that operators "
               "accept");
    return {};
  }
  mlir::OpBuilder &builder = elaborator.getBuilder();
  return mlir::Value(mlir::tenon::MapOp::create(
      builder, call.location(), TensorType::get(*shape, element),
      mlir::ValueRange{condition, left, right},
      [](mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange args) -> mlir::Value {
        return mlir::arith::SelectOp::create(b, loc, args[0], args[1], args[2]);
      }));
}

} // namespace tenon::lang
