//===- KernelChecks.h - Checks shared by kernel ops -------------*- C++ -*-===//

#ifndef TENON_LIB_DIALECT_KERNEL_IR_KERNELCHECKS_H
#define TENON_LIB_DIALECT_KERNEL_IR_KERNELCHECKS_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

namespace mlir::tenon::kernel {

/// How many dimensions a role may have.
struct RoleCount {
  DimRole role;
  unsigned least;
  unsigned most;
};
inline constexpr unsigned kAny = ~0u;

/// Each dimension has one of the roles, each role the right number of them.
LogicalResult verifyRoles(KernelOpInterface op, ArrayRef<RoleCount> counts);

/// The access does not vary with dimensions of `role`.
LogicalResult verifyInvariant(KernelOpInterface op, unsigned operand, DimRole role,
                              StringRef constraint = "C2");

LogicalResult verifyF32(KernelOpInterface op, unsigned operand);
/// Results are f32, or bf16 where only products read them.
LogicalResult verifyStored(KernelOpInterface op);
/// The factors are f32, or all bf16.
LogicalResult verifyFactors(KernelOpInterface op, ArrayRef<unsigned> operands);

/// Along the only dimension of `role` the operand is contiguous.
LogicalResult verifyContiguous(KernelOpInterface op, StringRef constraint, unsigned operand,
                               DimRole role);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_DIALECT_KERNEL_IR_KERNELCHECKS_H
