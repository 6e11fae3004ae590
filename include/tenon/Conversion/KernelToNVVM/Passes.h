//===- Passes.h - From kernels to code for GPUs -----------------*- C++ -*-===//

#ifndef TENON_CONVERSION_KERNELTONVVM_PASSES_H
#define TENON_CONVERSION_KERNELTONVVM_PASSES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/Pass.h"

namespace mlir::tenon {

#define GEN_PASS_DECL
#include "tenon/Conversion/KernelToNVVM/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "tenon/Conversion/KernelToNVVM/Passes.h.inc"

} // namespace mlir::tenon

#endif // TENON_CONVERSION_KERNELTONVVM_PASSES_H
