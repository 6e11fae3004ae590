//===- FusionSupport.h - Matching the dimensions of two kernels -*- C++ -*-===//

#ifndef TENON_LIB_DIALECT_KERNEL_TRANSFORMS_FUSIONSUPPORT_H
#define TENON_LIB_DIALECT_KERNEL_TRANSFORMS_FUSIONSUPPORT_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

namespace mlir::tenon::kernel {

/// A dimension of one kernel as dimensions of another, innermost first: its index
/// is the sum of weight * index. Empty for a dimension of size 1.
using DimParts = SmallVector<std::pair<unsigned, SizeAttr>, 1>;

/// The parts of each dimension of a kernel.
using DimMap = SmallVector<DimParts>;

/// Matches the dimensions of `from` with those of `to` for which `isCandidate`
/// holds, by size and by coefficient in the accesses of the tensor both touch. A
/// dimension may be the product of several: rows of a window are (h, w), those of
/// its reader h*w. Nothing when a dimension has no partner, two share one, or
/// offsets differ.
std::optional<DimMap> matchDims(KernelOpInterface from, AccessAttr fromAccess, KernelOpInterface to,
                                AccessAttr toAccess,
                                llvm::function_ref<bool(unsigned)> isCandidate);

/// True when `dim` is part of some dimension of the map.
bool isPart(const DimMap &dims, unsigned dim);

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
