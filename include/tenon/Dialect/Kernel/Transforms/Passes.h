//===- Passes.h - Passes on the kernel tier ---------------------*- C++ -*-===//

#ifndef TENON_DIALECT_KERNEL_TRANSFORMS_PASSES_H
#define TENON_DIALECT_KERNEL_TRANSFORMS_PASSES_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::tenon::kernel {

#define GEN_PASS_DECL
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

} // namespace mlir::tenon::kernel

#endif // TENON_DIALECT_KERNEL_TRANSFORMS_PASSES_H
