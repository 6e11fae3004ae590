//===- Passes.h - From the graph tier to the kernel tier --------*- C++ -*-===//

#ifndef TENON_CONVERSION_TENONTOKERNEL_PASSES_H
#define TENON_CONVERSION_TENONTOKERNEL_PASSES_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::tenon {

#define GEN_PASS_DECL
#include "tenon/Conversion/TenonToKernel/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "tenon/Conversion/TenonToKernel/Passes.h.inc"

/// Attaches the lowerings of the tenon dialect's ops, one function per family.
void registerTensorLowerings(DialectRegistry &registry);
void registerMovementLowerings(DialectRegistry &registry);
void registerOrderLowerings(DialectRegistry &registry);
void registerContractionLowerings(DialectRegistry &registry);
void registerAttentionLowerings(DialectRegistry &registry);
void registerNormLowerings(DialectRegistry &registry);
void registerConvLowerings(DialectRegistry &registry);
void registerKanLowerings(DialectRegistry &registry);

/// All of the above.
void registerKernelLowerings(DialectRegistry &registry);

} // namespace mlir::tenon

#endif // TENON_CONVERSION_TENONTOKERNEL_PASSES_H
