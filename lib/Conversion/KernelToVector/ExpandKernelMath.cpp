//===- ExpandKernelMath.cpp - Math functions become programs --------------===//

#include "MathEmitter.h"
#include "tenon/Conversion/KernelToVector/Passes.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_EXPANDKERNELMATH
#include "tenon/Conversion/KernelToVector/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

//===----------------------------------------------------------------------===//
// Formulas with a program of their own
//===----------------------------------------------------------------------===//

/// Whether `value` is the float constant `expected`, to f32 precision.
static bool isConstant(Value value, double expected) {
  if (auto broadcast = value.getDefiningOp<vector::BroadcastOp>())
    value = broadcast.getSource();
  APFloat constant(0.0f);
  return matchPattern(value, m_ConstantFloat(&constant)) &&
         std::fabs(constant.convertToDouble() - expected) <= 1e-7 * std::fabs(expected);
}

/// The other operand of a commutative op that has the constant `expected`.
template <typename OpTy> static Value getOther(Value value, double expected) {
  auto op = value.getDefiningOp<OpTy>();
  if (!op)
    return {};
  if (isConstant(op.getLhs(), expected))
    return op.getRhs();
  return isConstant(op.getRhs(), expected) ? op.getLhs() : Value();
}

/// The x of erf(x / sqrt(2)).
static Value getErfArgument(math::ErfOp erf) {
  if (Value x = getOther<arith::MulFOp>(erf.getOperand(), std::sqrt(0.5)))
    return x;
  auto quotient = erf.getOperand().getDefiningOp<arith::DivFOp>();
  return quotient && isConstant(quotient.getRhs(), std::sqrt(2.0)) ? quotient.getLhs() : Value();
}

/// Factors of a product, however it is associated.
static void collectFactors(Value value, SmallVectorImpl<Value> &factors) {
  if (auto product = value.getDefiningOp<arith::MulFOp>()) {
    collectFactors(product.getLhs(), factors);
    collectFactors(product.getRhs(), factors);
  } else {
    factors.push_back(value);
  }
}

/// The product of x, 1/2 and 1 + erf(x / sqrt(2)) that uses `erf`, and its x.
static std::pair<arith::MulFOp, Value> matchGelu(math::ErfOp erf) {
  Value x = getErfArgument(erf);
  if (!x || !erf->hasOneUse() ||
      !getOther<arith::AddFOp>(erf->getUsers().begin()->getResult(0), 1.0))
    return {};
  Value sum = erf->getUsers().begin()->getResult(0);
  Value node = sum;
  while (node.hasOneUse()) {
    auto product = dyn_cast<arith::MulFOp>(*node.getUsers().begin());
    if (!product)
      return {};
    node = product;
    SmallVector<Value> factors;
    collectFactors(product, factors);
    if (factors.size() == 3 && llvm::is_contained(factors, sum) && llvm::is_contained(factors, x) &&
        llvm::any_of(factors, [](Value factor) { return isConstant(factor, 0.5); }))
      return {product, x};
  }
  return {};
}

/// The x of 1 / (1 + exp(-x)) or x / (1 + exp(-x)).
static Value matchSigmoid(arith::DivFOp quotient) {
  Value exponential = getOther<arith::AddFOp>(quotient.getRhs(), 1.0);
  auto exp = exponential ? exponential.getDefiningOp<math::ExpOp>() : nullptr;
  if (!exp)
    return {};
  auto negated = exp.getOperand().getDefiningOp<arith::NegFOp>();
  Value x = negated ? negated.getOperand() : getOther<arith::MulFOp>(exp.getOperand(), -1.0);
  bool matches = x && (quotient.getLhs() == x || isConstant(quotient.getLhs(), 1.0));
  return matches ? x : Value();
}

//===----------------------------------------------------------------------===//
// Single ops
//===----------------------------------------------------------------------===//

/// Ops that are an instruction, or a few that LLVM chooses.
static bool staysAsIs(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp, math::CountLeadingZerosOp,
             math::CountTrailingZerosOp, math::CtPopOp, math::FloorOp, math::FmaOp,
             math::IsFiniteOp, math::IsInfOp, math::IsNaNOp, math::RoundEvenOp, math::SqrtOp,
             math::TruncOp>(op);
}

/// log(1 + x) = log(u) x / (u - 1) with u = 1 + x rounded, and x itself where u is 1:
/// exact where log(u) would lose the low bits of x (Kahan).
static Value log1p(MathEmitter &b, Value x) {
  Value one = b.constant(1.0f), u = b.add(x, one), rest = b.sub(u, one);
  Value product = b.mul(math_programs::log(b, u), b.div(x, rest));
  Value isTiny = b.less(b.abs(rest), b.constant(1e-30f));
  // Infinite and NaN as u is.
  Value isFinite = b.less(b.abs(u), b.constant(INFINITY));
  return b.select(isTiny, x, b.select(isFinite, product, u));
}

/// The value of `op` by its program; null when there is none.
static Value emitProgram(Operation *op, MathEmitter &b) {
  using namespace math_programs;
  Value x = op->getOperand(0);
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](math::ExpOp) { return exp(b, x); })
      .Case([&](math::ExpM1Op) { return expm1(b, x); })
      .Case([&](math::LogOp) { return log(b, x); })
      .Case([&](math::Log1pOp) { return ::log1p(b, x); })
      .Case([&](math::TanhOp) { return tanh(b, x); })
      .Case([&](math::ErfOp) { return erf(b, x); })
      .Case([&](math::SinOp) { return sin(b, x); })
      .Case([&](math::CosOp) { return cos(b, x); })
      .Case([&](math::RsqrtOp) {
        OpBuilder builder(op);
        Value root = math::SqrtOp::create(builder, op->getLoc(), x);
        return b.div(b.constant(1.0f), root);
      })
      .Default([](Operation *) { return Value(); });
}

/// Puts `build(emitter, x)` in the place of `op`.
template <typename Function> static void replaceByProgram(Operation *op, Value x, Function build) {
  OpBuilder builder(op);
  MathEmitter emitter(builder, op->getLoc(), x.getType());
  op->replaceAllUsesWith(ValueRange(build(emitter, x)));
  op->erase();
}

/// `value` for every element.
static Value splat(OpBuilder &builder, Location loc, Type type, TypedAttr value) {
  auto shaped = dyn_cast<ShapedType>(type);
  return arith::ConstantOp::create(
      builder, loc, shaped ? TypedAttr(DenseElementsAttr::get(shaped, Attribute(value))) : value);
}

/// Integers beyond the range of the result become its ends, NaN becomes 0: the op
/// alone has no value for them.
static void saturate(arith::FPToSIOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Value x = op.getIn();
  Type from = x.getType(), to = op.getType();
  unsigned width = getElementTypeOrSelf(to).getIntOrFloatBitWidth();
  auto real = [&](double value) {
    return splat(builder, loc, from, builder.getFloatAttr(getElementTypeOrSelf(from), value));
  };
  auto whole = [&](int64_t value) {
    return splat(builder, loc, to, builder.getIntegerAttr(getElementTypeOrSelf(to), value));
  };
  auto compare = [&](arith::CmpFPredicate predicate, double bound) -> Value {
    return arith::CmpFOp::create(builder, loc, predicate, x, real(bound));
  };
  auto select = [&](Value condition, Value yes, Value no) -> Value {
    return arith::SelectOp::create(builder, loc, condition, yes, no);
  };
  double end = std::ldexp(1.0, width - 1);
  Value isHigh = compare(arith::CmpFPredicate::OGE, end);
  Value isLow = compare(arith::CmpFPredicate::OLT, -end);
  Value isBelow = compare(arith::CmpFPredicate::OLT, end);
  Value isAbove = compare(arith::CmpFPredicate::OGE, -end);
  Value fits = arith::AndIOp::create(builder, loc, isBelow, isAbove);
  Value result = arith::FPToSIOp::create(builder, loc, to, select(fits, x, real(0)));
  result = select(isHigh, whole(llvm::maxIntN(width)), result);
  op.replaceAllUsesWith(select(isLow, whole(llvm::minIntN(width)), result));
  op.erase();
}

/// The value in f32 of x rounded to bf16, in integers: processors without bf16 would
/// call a library. Adding 0x7fff and the lowest bit that stays rounds half to even.
static void expandBF16(arith::ExtFOp op, Value x) {
  replaceByProgram(op, x, [](MathEmitter &b, Value v) {
    Value bits = b.bits(v);
    Value lowest = b.shiftLeft(bits, 15); // its bit 31
    lowest = b.subInt(b.intConstant(0), b.shiftRight(lowest, 31));
    Value rounded = b.addInt(b.addInt(bits, b.intConstant(0x7fff)), lowest);
    rounded = b.shiftLeft(b.shiftRight(rounded, 16), 16);
    // Infinities and NaN stay.
    return b.select(b.less(b.abs(v), b.constant(INFINITY)), b.fromBits(rounded), v);
  });
}

namespace {

struct ExpandKernelMath : tenon::impl::ExpandKernelMathBase<ExpandKernelMath> {
  void runOnOperation() override {
    SmallVector<math::ErfOp> erfs;
    SmallVector<arith::DivFOp> quotients;
    getOperation()->walk([&](math::ErfOp op) { erfs.push_back(op); });
    getOperation()->walk([&](arith::DivFOp op) { quotients.push_back(op); });
    for (math::ErfOp erf : erfs)
      if (auto [product, x] = matchGelu(erf); product) {
        replaceByProgram(product, x,
                         [](MathEmitter &b, Value v) { return math_programs::gelu(b, v); });
      }
    for (arith::DivFOp quotient : quotients)
      if (Value x = matchSigmoid(quotient))
        replaceByProgram(quotient, x, [&](MathEmitter &b, Value v) {
          Value sigmoid = math_programs::sigmoid(b, v);
          return quotient.getLhs() == x ? b.mul(x, sigmoid) : sigmoid;
        });

    SmallVector<arith::ExtFOp> extensions;
    getOperation()->walk([&](arith::ExtFOp op) { extensions.push_back(op); });
    for (arith::ExtFOp op : extensions)
      if (auto cut = op.getIn().getDefiningOp<arith::TruncFOp>();
          cut && getElementTypeOrSelf(cut.getType()).isBF16() &&
          cut.getIn().getType() == op.getType())
        expandBF16(op, cut.getIn());

    SmallVector<arith::FPToSIOp> casts;
    getOperation()->walk([&](arith::FPToSIOp op) { casts.push_back(op); });
    llvm::for_each(casts, saturate);

    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa<math::MathDialect>(op->getDialect()) && !staysAsIs(op))
        ops.push_back(op);
    });
    for (Operation *op : ops)
      if (failed(expand(op)))
        signalPassFailure();
  }

  static LogicalResult expand(Operation *op) {
    if (op->use_empty()) {
      op->erase();
      return success();
    }
    OpBuilder builder(op);
    Value program;
    Type type = op->getOperand(0).getType();
    if (getElementTypeOrSelf(type).isF32()) {
      MathEmitter emitter(builder, op->getLoc(), type);
      program = emitProgram(op, emitter);
    }
    if (!program)
      return op->emitError() << "'" << op->getName() << "' on " << type
                             << " has no program, and a kernel must not call a library";
    op->replaceAllUsesWith(ValueRange(program));
    op->erase();
    return success();
  }
};

} // namespace
