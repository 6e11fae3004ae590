//===- ScalarRegion.h - Scalar functions as data ----------------*- C++ -*-===//
//
// Activations, score functions and maps are regions of scalar ops. A rule per
// op name turns one op into a step, a function from operand values to a result;
// a region is the list of its steps.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_REFERENCE_SCALARREGION_H
#define TENON_REFERENCE_SCALARREGION_H

#include "tenon/Reference/EvalContext.h"

#include "llvm/ADT/StringMap.h"

#include <functional>

namespace mlir::tenon {

/// Computes one scalar op. Fails with a diagnostic where the op has no result
/// (integer division by zero).
using ScalarStep = std::function<LogicalResult(ArrayRef<Scalar>, Scalar &)>;

/// Makes the step of an op, or fails with a diagnostic.
using ScalarRule = std::function<FailureOr<ScalarStep>(Operation *, const EvalContext &)>;

/// The rules by op name: `arith.addf` and so on.
class ScalarRules {
public:
  /// The rules of arith, math and the scalar ops of tenon.
  static const ScalarRules &get();

  void add(StringRef opName, ScalarRule rule) { rules[opName] = std::move(rule); }
  /// The rule for `opName`, or null.
  const ScalarRule *find(StringRef opName) const;

private:
  llvm::StringMap<ScalarRule> rules;
};

/// A scalar region ready to run.
class ScalarRegion {
public:
  /// Fails with a diagnostic at the first op without a rule.
  static FailureOr<ScalarRegion> build(Region &region, const EvalContext &context);

  /// The value that the region yields for these arguments.
  FailureOr<Scalar> evaluate(ArrayRef<Scalar> arguments);
  /// All the values of a region that yields several.
  LogicalResult evaluate(ArrayRef<Scalar> arguments, MutableArrayRef<Scalar> results);

private:
  struct Step {
    ScalarStep compute;
    SmallVector<unsigned, 3> operands;
    unsigned result;
  };
  std::vector<Step> steps;
  SmallVector<Scalar> slots;
  SmallVector<unsigned, 1> yielded;
};

/// The low bits of `value` that `type` has: sign-extended, except that i1 is
/// 0 or 1.
int64_t wrapInteger(int64_t value, Type type);

/// The value of a scalar constant of type f64, f32, an integer or index.
Scalar attributeScalar(TypedAttr value);

} // namespace mlir::tenon

#endif // TENON_REFERENCE_SCALARREGION_H
