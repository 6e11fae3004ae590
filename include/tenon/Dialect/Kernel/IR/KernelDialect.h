//===- KernelDialect.h - The kernel dialect ---------------------*- C++ -*-===//
//
// Kernel tier: fused kernels over named dimensions, launches.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_KERNEL_IR_KERNELDIALECT_H
#define TENON_DIALECT_KERNEL_IR_KERNELDIALECT_H

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

#include "tenon/Dialect/Kernel/IR/KernelDialect.h.inc"
#include "tenon/Dialect/Kernel/IR/KernelEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "tenon/Dialect/Kernel/IR/KernelAttributes.h.inc"

#include "tenon/Dialect/Kernel/IR/KernelInterfaces.h.inc"

namespace mlir::tenon::kernel {

/// An i1 of a score region and the value with which the key keeps its score.
struct HidingCondition {
  Value condition;
  bool shows;
};

} // namespace mlir::tenon::kernel

#define GET_OP_CLASSES
#include "tenon/Dialect/Kernel/IR/KernelOps.h.inc"

namespace mlir::tenon::kernel {

/// Module attribute: the CPU level that operands were packed for.
inline constexpr llvm::StringLiteral kLevelAttr = "kernel.level";
/// Function attribute of the launch list that fills `kernel.storage`s.
inline constexpr llvm::StringLiteral kPrepareAttr = "kernel.prepare";
/// Function attributes of an emitted kernel: its grid (array of `GridAttr`) and
/// scratch bytes per worker (`SizeAttr`).
inline constexpr llvm::StringLiteral kGridAttr = "kernel.grid";
inline constexpr llvm::StringLiteral kScratchAttr = "kernel.scratch";

/// Attribute of a map over one dimension and of a packing: how many indices of the map, and
/// rows of the matrix that is packed, one task takes (i64). Without it the target decides.
inline constexpr llvm::StringLiteral kTaskAttr = "kernel.task";

/// Unit attribute of a packing: what it writes is read so late that it passes the caches.
inline constexpr llvm::StringLiteral kStreamedAttr = "kernel.streamed";

/// The tasks' size that kTaskAttr says; nothing without it.
std::optional<int64_t> getTask(Operation *op);

/// The dimension of a packing that counts the rows of its matrix, whose rows lie one after
/// the other from the first element on; nothing when that is not what is packed.
std::optional<unsigned> getMatrixRows(PackOp pack);

/// Whether tasks of `task` rows of the matrix write whole vectors of `lanes` columns of the
/// panels, and all of these: columns beyond the last are written with their panel.
bool fitsTasks(PackOp pack, int64_t task, int64_t lanes);

/// Terms after which a contraction starts a new chain; part of the promise that
/// sums have one order.
inline constexpr int64_t kSumBlock = 4096;

/// Sizes of the dimensions of `op`, and the product of those for which
/// `predicate` holds.
SizeAttr getDomainProduct(KernelOpInterface op, llvm::function_ref<bool(DimAttr)> predicate);

/// True for scalar ops that are no work: constants, sizes and positions.
bool isFree(Operation *scalar);
/// The scalar ops of a region that are work; 0 for an empty region.
int64_t countScalarOps(Region &region);

/// Elements a packed matrix takes per batch: ceil(cols/panel)*panel*sum when
/// cols is constant, else the bound (cols + panel - 1)*sum.
SizeAttr getPackedElements(SizeAttr cols, SizeAttr sum, int64_t panel);

} // namespace mlir::tenon::kernel

#endif // TENON_DIALECT_KERNEL_IR_KERNELDIALECT_H
