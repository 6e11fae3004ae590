//===- ScalarRuleSets.h - Rules of scalar ops, by dialect -------*- C++ -*-===//

#ifndef TENON_LIB_REFERENCE_SCALARRULESETS_H
#define TENON_LIB_REFERENCE_SCALARRULESETS_H

#include "tenon/Reference/ScalarRegion.h"

namespace mlir::tenon {

/// Floating arithmetic, comparison, selection, constants and conversions.
void addArithFloatRules(ScalarRules &rules);
/// Integers: arithmetic wraps at the width of the type.
void addArithIntegerRules(ScalarRules &rules);
/// Elementary functions, by the C library in f64.
void addMathRules(ScalarRules &rules);
/// `tenon.extent`.
void addTenonScalarRules(ScalarRules &rules);

/// A rule that needs nothing of the op: real operands to a real result.
template <class Function> ScalarRule unaryReal(Function f) {
  return [f](Operation *, const EvalContext &) -> FailureOr<ScalarStep> {
    return ScalarStep([f](ArrayRef<Scalar> x, Scalar &result) {
      result = realScalar(f(x[0].real));
      return success();
    });
  };
}
template <class Function> ScalarRule binaryReal(Function f) {
  return [f](Operation *, const EvalContext &) -> FailureOr<ScalarStep> {
    return ScalarStep([f](ArrayRef<Scalar> x, Scalar &result) {
      result = realScalar(f(x[0].real, x[1].real));
      return success();
    });
  };
}

} // namespace mlir::tenon

#endif // TENON_LIB_REFERENCE_SCALARRULESETS_H
