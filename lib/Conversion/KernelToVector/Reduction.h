//===- Reduction.h - Combining values in a fixed order ----------*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_REDUCTION_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_REDUCTION_H

#include "tenon/Conversion/Emission/Combine.h"
#include "tenon/Conversion/KernelToVector/CpuContext.h"

namespace mlir::tenon::kernel {

/// All values combined pairwise: ((0 1) (2 3)) ...; their number is a power of
/// two.
Value combineTree(CpuContext &context, ReduceKind kind, ArrayRef<Value> values);

/// The lanes of a vector combined by halves into a scalar.
Value combineLanes(CpuContext &context, ReduceKind kind, Value vector);

/// Each two vectors as one of twice the length: what is computed of it becomes two
/// chains of instructions that alternate.
SmallVector<Value> joinPairs(CpuContext &context, ArrayRef<Value> vectors);

/// The inverse.
SmallVector<Value> splitPairs(CpuContext &context, ArrayRef<Value> pairs);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_REDUCTION_H
