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
