//===- FusionSupport.h - Matching the dimensions of two kernels -*- C++ -*-===//

#ifndef TENON_LIB_DIALECT_KERNEL_TRANSFORMS_FUSIONSUPPORT_H
#define TENON_LIB_DIALECT_KERNEL_TRANSFORMS_FUSIONSUPPORT_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

namespace mlir::tenon::kernel {

/// For each dimension of one kernel the dimension of another that walks the
/// shared tensor alike; -1 for a dimension of size 1.
using DimMap = SmallVector<int64_t>;

/// Matches the dimensions of `from` with those of `to` for which `isCandidate`
/// holds, by size and by coefficient in the accesses of the tensor both touch.
/// Nothing when a dimension has no partner, two share one, or offsets differ.
std::optional<DimMap> matchDims(KernelOpInterface from, AccessAttr fromAccess,
                                KernelOpInterface to, AccessAttr toAccess,
                                llvm::function_ref<bool(unsigned)> isCandidate);

/// An access over the dimensions of `from` as one over `numDims` dimensions.
AccessAttr remapAccess(AccessAttr access, const DimMap &dims, unsigned numDims);

/// True when the kernel is a map: `kernel.rows` without sum dimensions.
bool isMap(KernelOpInterface op);

/// True when all of `value`'s uses are inputs of `reader`.
bool isOnlyReadBy(Value value, Operation *reader);

/// Clones the scalar ops of `region` at the builder, arguments standing for
/// `arguments` and positions renumbered by `dims`; returns what it yields.
Value cloneScalarRegion(OpBuilder &builder, Region &region, ValueRange arguments,
                        const DimMap &dims);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_DIALECT_KERNEL_TRANSFORMS_FUSIONSUPPORT_H
