//===- Rational.cpp - Derivatives of rational functions -------------------===//

#include "Models.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// P, Q and their derivatives at one element, g being that by the result.
class RationalStep {
public:
  RationalStep(OpBuilder &builder, Location loc, RationalForm form, Value x, ArrayRef<Value> a,
               ArrayRef<Value> b)
      : builder(builder), loc(loc), form(form), x(x), a(a), b(b) {
    Value one = constant(1);
    if (form == RationalForm::SumOfAbs) {
      base = math::AbsFOp::create(builder, loc, x);
      SmallVector<Value> sizes = {one};
      for (Value coefficient : b)
        sizes.push_back(math::AbsFOp::create(builder, loc, coefficient));
      denominator = horner(base, sizes);
      sign = signOf(x);
    } else {
      base = x;
      Value sum = mul(x, horner(x, b));
      denominator =
          arith::AddFOp::create(builder, loc, one, math::AbsFOp::create(builder, loc, sum));
      sign = signOf(sum);
    }
    inverse = arith::DivFOp::create(builder, loc, one, denominator);
    y = mul(horner(x, a), inverse);
  }

  /// g (P' - y Q') / Q.
  Value byElement(Value g) {
    SmallVector<Value> sizes(b);
    if (form == RationalForm::SumOfAbs)
      for (Value &size : sizes)
        size = math::AbsFOp::create(builder, loc, size);
    Value slope = mul(sign, horner(base, scaled(sizes, 1)));
    Value rest = math::FmaOp::create(builder, loc, arith::NegFOp::create(builder, loc, y), slope,
                                     horner(x, scaled(a.drop_front(), 1)));
    return mul(mul(g, inverse), rest);
  }

  /// g x^i / Q for each a_i; then for each b_j -g y / Q |x|^j, which lacks the sign of
  /// b_j, or -g y / Q x^j times the sign of the sum.
  SmallVector<Value> byCoefficients(Value g) {
    SmallVector<Value> terms = {mul(g, inverse)};
    Value rest = arith::NegFOp::create(builder, loc, mul(terms[0], y));
    for (size_t i = 1; i < a.size(); ++i)
      terms.push_back(mul(terms.back(), x));
    if (form == RationalForm::AbsOfSum)
      rest = mul(rest, sign);
    for (size_t j = 0; j < b.size(); ++j)
      terms.push_back(rest = mul(rest, base));
    return terms;
  }

private:
  Value constant(double number) {
    return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(float(number)));
  }
  Value mul(Value lhs, Value rhs) { return arith::MulFOp::create(builder, loc, lhs, rhs); }
  /// 1 with the sign of `value`; 1 for zeros of either sign.
  Value signOf(Value value) {
    Value isNegative =
        arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, value, constant(0));
    return arith::SelectOp::create(builder, loc, isNegative, constant(-1), constant(1));
  }
  Value horner(Value at, ArrayRef<Value> coefficients) {
    if (coefficients.empty())
      return constant(0);
    Value sum = coefficients.back();
    for (Value coefficient : llvm::reverse(coefficients.drop_back()))
      sum = math::FmaOp::create(builder, loc, sum, at, coefficient);
    return sum;
  }
  /// Each times its number, counted from `first`: a derivative's coefficients.
  SmallVector<Value> scaled(ArrayRef<Value> coefficients, int64_t first) {
    SmallVector<Value> products;
    for (Value coefficient : coefficients)
      products.push_back(mul(coefficient, constant(double(first++))));
    return products;
  }

  OpBuilder &builder;
  Location loc;
  RationalForm form;
  Value x;
  ArrayRef<Value> a, b;
  Value base, denominator, sign, inverse, y;
};

/// Derivatives by the coefficients are sums over all elements of a group: all of them
/// in one pass, first for each index of the first axis, then over it (FlashKAT: Raffel
/// and Chen 2025, section 4). |b| counts as b at 0, so that a coefficient that begins
/// there moves.
struct RationalGradient : DifferentiableOpInterface::ExternalModel<RationalGradient, RationalOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool> wanted) const {
    auto rational = cast<RationalOp>(op);
    TensorBuilder tensors(builder, op->getLoc());
    Value x = rational.getInput(), a = rational.getNumerator(), b = rational.getDenominator();
    TenonTensorType type = typeOf(x);
    SmallVector<Value> inputs = {x, gradient};
    llvm::append_range(inputs, columns(tensors, a));
    size_t firstOfB = inputs.size();
    llvm::append_range(inputs, columns(tensors, b));
    auto makeStep = [&](OpBuilder &inner, Location at, ArrayRef<Value> v) {
      return RationalStep(inner, at, rational.getForm(), v[0], v.slice(2, firstOfB - 2),
                          v.drop_front(firstOfB));
    };
    SmallVector<Value> results(3);
    if (wanted[0])
      results[0] = tensors.map(type, inputs, [&](OpBuilder &inner, Location at, ValueRange v) {
        SmallVector<Value> values(v);
        return makeStep(inner, at, values).byElement(v[1]);
      });
    if (!wanted[1] && !wanted[2])
      return results;
    int64_t rank = type.getRank();
    bool inParts = rank > 3;
    SmallVector<int64_t> axes =
        axesBut(rank, inParts ? ArrayRef<int64_t>{0, rank - 2} : ArrayRef<int64_t>{rank - 2});
    Value sums = tensors.sums(axes, inputs, [&](OpBuilder &inner, Location at, ValueRange v) {
      SmallVector<Value> values(v);
      return makeStep(inner, at, values).byCoefficients(v[1]);
    });
    if (inParts)
      sums = tensors.reduce(ReduceKind::Sum, sums, 0);
    SizeAttr countOfA = typeOf(a).getDim(1), countOfB = typeOf(b).getDim(1);
    if (wanted[1])
      results[1] = tensors.sumTo(tensors.slice(sums, 1, tensors.size(0), countOfA), typeOf(a));
    if (wanted[2]) {
      results[2] = tensors.sumTo(tensors.slice(sums, 1, countOfA, countOfB), typeOf(b));
      if (rational.getForm() == RationalForm::SumOfAbs)
        results[2] = withSign(tensors, results[2], b);
    }
    return results;
  }

  /// The columns of a table [1 or g, k], each [1 or g, 1].
  static SmallVector<Value> columns(TensorBuilder &tensors, Value table) {
    SmallVector<Value> list;
    for (int64_t k = 0; k < *typeOf(table).getDim(1).getConstant(); ++k)
      list.push_back(tensors.slice(table, 1, tensors.size(k), tensors.size(1)));
    return list;
  }

  /// The sums, negative where the coefficient is.
  static Value withSign(TensorBuilder &tensors, Value sums, Value b) {
    return tensors.map(
        typeOf(b), {sums, b}, [](OpBuilder &inner, Location at, ValueRange v) -> Value {
          Value zero = arith::ConstantOp::create(inner, at, inner.getF32FloatAttr(0));
          Value isNegative =
              arith::CmpFOp::create(inner, at, arith::CmpFPredicate::OLT, v[1], zero);
          Value opposite = arith::NegFOp::create(inner, at, v[0]);
          return arith::SelectOp::create(inner, at, isNegative, opposite, v[0]);
        });
  }
};

} // namespace

void mlir::tenon::attachRationalGradients(MLIRContext &context) {
  RationalOp::attachInterface<RationalGradient>(context);
}
