//===- ScalarArithInteger.cpp - Integer ops of arith ----------------------===//

#include "ScalarRuleSets.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// f on the bits of two operands, wrapped at the width of the result.
template <class Function> ScalarRule wrapping(Function f) {
  return [f](Operation *op, const EvalContext &) -> FailureOr<ScalarStep> {
    Type type = op->getResult(0).getType();
    return ScalarStep([f, type](ArrayRef<Scalar> x, Scalar &result) {
      uint64_t bits = f(static_cast<uint64_t>(x[0].integer), static_cast<uint64_t>(x[1].integer));
      result = integerScalar(wrapInteger(static_cast<int64_t>(bits), type));
      return success();
    });
  };
}

/// f(a, b) for a divisor b other than 0 and -1; `byMinusOne(a)` is the result
/// for -1, which must not overflow.
template <class Function, class MinusOne> ScalarRule dividing(Function f, MinusOne byMinusOne) {
  return [=](Operation *op, const EvalContext &) -> FailureOr<ScalarStep> {
    return ScalarStep([=](ArrayRef<Scalar> x, Scalar &result) -> LogicalResult {
      int64_t a = x[0].integer, b = x[1].integer;
      if (b == 0)
        return op->emitError() << "integer division of " << a << " by 0";
      Type type = op->getResult(0).getType();
      int64_t value = b == -1 ? byMinusOne(a) : f(a, b);
      result = integerScalar(wrapInteger(value, type));
      return success();
    });
  };
}

/// The value of an operand as an unsigned number.
uint64_t asUnsigned(Scalar value, Type type) {
  unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  return static_cast<uint64_t>(value.integer) & llvm::maskTrailingOnes<uint64_t>(width);
}

/// As a signed number: a set i1 is -1.
int64_t asSigned(Scalar value, Type type) {
  return type.isInteger(1) ? -value.integer : value.integer;
}

FailureOr<ScalarStep> compare(Operation *op, const EvalContext &) {
  arith::CmpIPredicate predicate = cast<arith::CmpIOp>(op).getPredicate();
  Type type = op->getOperand(0).getType();
  return ScalarStep([=](ArrayRef<Scalar> x, Scalar &result) {
    llvm::APInt a(64, asUnsigned(x[0], type)), b(64, asUnsigned(x[1], type));
    if (predicate >= arith::CmpIPredicate::slt && predicate <= arith::CmpIPredicate::sge) {
      a = llvm::APInt(64, asSigned(x[0], type), /*isSigned=*/true);
      b = llvm::APInt(64, asSigned(x[1], type), /*isSigned=*/true);
    }
    result = integerScalar(arith::applyCmpPredicate(predicate, a, b));
    return success();
  });
}

/// Wraps at the width of the result: truncation, and sign extension of values
/// that are stored sign-extended.
FailureOr<ScalarStep> resize(Operation *op, const EvalContext &) {
  Type from = op->getOperand(0).getType(), to = op->getResult(0).getType();
  return ScalarStep([=](ArrayRef<Scalar> x, Scalar &result) {
    result = integerScalar(wrapInteger(asSigned(x[0], from), to));
    return success();
  });
}

FailureOr<ScalarStep> zeroExtend(Operation *op, const EvalContext &) {
  Type from = op->getOperand(0).getType(), to = op->getResult(0).getType();
  return ScalarStep([=](ArrayRef<Scalar> x, Scalar &result) {
    uint64_t bits = asUnsigned(x[0], from);
    result = integerScalar(wrapInteger(static_cast<int64_t>(bits), to));
    return success();
  });
}

/// The bits of the operand's width moved right, zeros from the left; 0 for all of them.
FailureOr<ScalarStep> shiftRight(Operation *op, const EvalContext &) {
  Type type = op->getResult(0).getType();
  return ScalarStep([type](ArrayRef<Scalar> x, Scalar &result) {
    uint64_t bits = asUnsigned(x[0], type), count = asUnsigned(x[1], type);
    result = integerScalar(wrapInteger(count < 64 ? int64_t(bits >> count) : 0, type));
    return success();
  });
}

/// The operand for which `takeFirst(a, b)` of the signed values holds.
template <class Function> ScalarRule choosing(Function takeFirst) {
  return [takeFirst](Operation *op, const EvalContext &) -> FailureOr<ScalarStep> {
    Type type = op->getResult(0).getType();
    return ScalarStep([takeFirst, type](ArrayRef<Scalar> x, Scalar &result) {
      bool first = takeFirst(asSigned(x[0], type), asSigned(x[1], type));
      result = first ? x[0] : x[1];
      return success();
    });
  };
}

} // namespace

void mlir::tenon::addArithIntegerRules(ScalarRules &rules) {
  rules.add("arith.addi", wrapping([](uint64_t a, uint64_t b) { return a + b; }));
  rules.add("arith.subi", wrapping([](uint64_t a, uint64_t b) { return a - b; }));
  rules.add("arith.muli", wrapping([](uint64_t a, uint64_t b) { return a * b; }));
  rules.add("arith.andi", wrapping([](uint64_t a, uint64_t b) { return a & b; }));
  rules.add("arith.ori", wrapping([](uint64_t a, uint64_t b) { return a | b; }));
  rules.add("arith.xori", wrapping([](uint64_t a, uint64_t b) { return a ^ b; }));
  rules.add("arith.shrui", shiftRight);

  auto negate = [](int64_t a) { return static_cast<int64_t>(-static_cast<uint64_t>(a)); };
  auto zero = [](int64_t) { return int64_t(0); };
  rules.add("arith.divsi", dividing([](int64_t a, int64_t b) { return a / b; }, negate));
  rules.add("arith.remsi", dividing([](int64_t a, int64_t b) { return a % b; }, zero));
  rules.add(
      "arith.floordivsi",
      dividing([](int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); },
               negate));

  rules.add("arith.maxsi", choosing([](int64_t a, int64_t b) { return a >= b; }));
  rules.add("arith.minsi", choosing([](int64_t a, int64_t b) { return a <= b; }));
  rules.add("arith.cmpi", compare);
  rules.add("arith.extsi", resize);
  rules.add("arith.trunci", resize);
  rules.add("arith.index_cast", resize);
  rules.add("arith.extui", zeroExtend);
  rules.add("arith.index_castui", zeroExtend);
}
