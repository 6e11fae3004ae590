//===- Passes.h - Differentiation -------------------------------*- C++ -*-===//

#ifndef TENON_AUTODIFF_PASSES_H
#define TENON_AUTODIFF_PASSES_H

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Pass/Pass.h"

namespace mlir::tenon {

#define GEN_PASS_DECL
#include "tenon/Autodiff/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "tenon/Autodiff/Passes.h.inc"

} // namespace mlir::tenon

#endif // TENON_AUTODIFF_PASSES_H
