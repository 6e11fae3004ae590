//===- Passes.h - Passes on the graph tier ----------------------*- C++ -*-===//

#ifndef TENON_DIALECT_TENON_TRANSFORMS_PASSES_H
#define TENON_DIALECT_TENON_TRANSFORMS_PASSES_H

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::tenon {

#define GEN_PASS_DECL
#include "tenon/Dialect/Tenon/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "tenon/Dialect/Tenon/Transforms/Passes.h.inc"

} // namespace mlir::tenon

#endif // TENON_DIALECT_TENON_TRANSFORMS_PASSES_H
