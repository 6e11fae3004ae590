//===- Passes.h - Checks between stages -------------------------*- C++ -*-===//

#ifndef TENON_PIPELINES_PASSES_H
#define TENON_PIPELINES_PASSES_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::tenon {

#define GEN_PASS_DECL
#include "tenon/Pipelines/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "tenon/Pipelines/Passes.h.inc"

} // namespace mlir::tenon

#endif // TENON_PIPELINES_PASSES_H
