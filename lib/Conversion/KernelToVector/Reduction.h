//===- Reduction.h - Combining values in a fixed order ----------*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_REDUCTION_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_REDUCTION_H

#include "tenon/Conversion/KernelToVector/EmitContext.h"

namespace mlir::tenon::kernel {

/// What combining nothing gives: 0, 1, -inf, +inf; of integers the smallest and
/// largest. `type` is a scalar or a vector.
Value getIdentity(EmitContext &context, ReduceKind kind, Type type);

/// lhs and rhs combined, lane by lane. NaN wins in max and min.
Value combine(EmitContext &context, ReduceKind kind, Value lhs, Value rhs);

/// All values combined pairwise: ((0 1) (2 3)) ...; their number is a power of
/// two.
Value combineTree(EmitContext &context, ReduceKind kind, ArrayRef<Value> values);

/// The lanes of a vector combined by halves into a scalar.
Value combineLanes(EmitContext &context, ReduceKind kind, Value vector);

/// Each two vectors as one of twice the length: what is computed of it becomes two
/// chains of instructions that alternate.
SmallVector<Value> joinPairs(EmitContext &context, ArrayRef<Value> vectors);

/// The inverse.
SmallVector<Value> splitPairs(EmitContext &context, ArrayRef<Value> pairs);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_REDUCTION_H
