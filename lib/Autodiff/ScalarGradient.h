//===- ScalarGradient.h - Derivatives of scalar regions ---------*- C++ -*-===//

#ifndef TENON_LIB_AUTODIFF_SCALARGRADIENT_H
#define TENON_LIB_AUTODIFF_SCALARGRADIENT_H

#include "mlir/IR/Builders.h"

namespace mlir::tenon {

/// Computes `body` on `arguments`, then the sum over its results of seed * d result /
/// d argument `wanted`, all of it in place. A null seed is 0, and so is a null value;
/// fails, with a diagnostic, at a scalar op without a rule.
FailureOr<Value> buildScalarGradient(OpBuilder &builder, Location loc, Block &body,
                                     ValueRange arguments, ValueRange seeds, unsigned wanted);

} // namespace mlir::tenon

#endif // TENON_LIB_AUTODIFF_SCALARGRADIENT_H
