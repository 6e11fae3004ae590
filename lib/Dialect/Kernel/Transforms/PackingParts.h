//===- PackingParts.h - What of a packing parameters decide -----*- C++ -*-===//

#ifndef TENON_LIB_DIALECT_KERNEL_TRANSFORMS_PACKINGPARTS_H
#define TENON_LIB_DIALECT_KERNEL_TRANSFORMS_PACKINGPARTS_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

namespace mlir::tenon::kernel {

/// Parts of the packing that parameters alone decide and that lie across the columns get
/// memory of their own, where they lie along them: the packing then reads whole vectors, and
/// what computes the parts is the same in every run.
void separateParts(PackOp pack);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_DIALECT_KERNEL_TRANSFORMS_PACKINGPARTS_H
