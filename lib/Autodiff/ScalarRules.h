//===- ScalarRules.h - Derivatives of scalar ops ----------------*- C++ -*-===//

#ifndef TENON_LIB_AUTODIFF_SCALARRULES_H
#define TENON_LIB_AUTODIFF_SCALARRULES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::tenon {

/// One scalar op whose derivative is asked for: what its rule reads and builds with.
struct ScalarStep {
  OpBuilder &builder;
  Location loc;
  /// The op as it stands in the region, and its operands and result as computed.
  Operation *op;
  ValueRange x;
  Value y;
  /// The derivative by the result.
  Value gradient;

  Value constant(double number) const;
  Value add(Value a, Value b) const;
  Value sub(Value a, Value b) const;
  Value mul(Value a, Value b) const;
  Value div(Value a, Value b) const;
  Value neg(Value a) const;
  Value scale(Value a, double factor) const { return mul(a, constant(factor)); }
  /// `a` where a comparison of two numbers holds, else `b`.
  Value where(arith::CmpFPredicate predicate, Value left, Value right, Value a, Value b) const;
  template <class Op> Value call(Value a) const { return Op::create(builder, loc, a); }
};

/// gradient * d y / d x[operand]; null for 0.
using ScalarRule = Value (*)(const ScalarStep &step, unsigned operand);

/// The rule of an op by its name, or null.
ScalarRule findScalarRule(StringRef name);

} // namespace mlir::tenon

#endif // TENON_LIB_AUTODIFF_SCALARRULES_H
