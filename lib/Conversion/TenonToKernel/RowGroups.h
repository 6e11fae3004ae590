//===- RowGroups.h - Rows in the order of their groups ----------*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_TENONTOKERNEL_ROWGROUPS_H
#define TENON_LIB_CONVERSION_TENONTOKERNEL_ROWGROUPS_H

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"

namespace mlir::tenon {

/// The rows of each group, for `kernel.contract`: once for the same ids. Its access
/// there runs along the rows in the order of the ids.
Value getPartition(Location loc, Value ids, SizeAttr groups, KernelLowering &lowering);

/// A copy of `value` with its rows, which the first of `axes` number as the ids do, in the
/// order of groups, then the other axes: once for the same ids.
Value sortByGroup(Location loc, Value value, ArrayRef<int64_t> axes, Value ids, SizeAttr groups,
                  KernelLowering &lowering);

/// The sums, by group, of outer products of rows, as one grouped product; null when the
/// updates are something else.
Value lowerGroupedSums(ScatterAddOp scatter, KernelLowering &lowering);

} // namespace mlir::tenon

#endif // TENON_LIB_CONVERSION_TENONTOKERNEL_ROWGROUPS_H
