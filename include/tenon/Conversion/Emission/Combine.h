//===- Combine.h - What reductions combine ----------------------*- C++ -*-===//

#ifndef TENON_CONVERSION_EMISSION_COMBINE_H
#define TENON_CONVERSION_EMISSION_COMBINE_H

#include "tenon/Conversion/Emission/EmitContext.h"

namespace mlir::tenon::kernel {

/// What combining nothing gives: 0, 1, -inf, +inf; of integers the smallest and
/// largest. `type` is a scalar or a vector.
Value getIdentity(EmitContext &context, ReduceKind kind, Type type);

/// lhs and rhs combined, lane by lane. NaN wins in max and min. A product rhs that may be
/// contracted is added with one rounding.
Value combine(EmitContext &context, ReduceKind kind, Value lhs, Value rhs);

} // namespace mlir::tenon::kernel

#endif // TENON_CONVERSION_EMISSION_COMBINE_H
