//===- Passes.h - From vector code to LLVM ----------------------*- C++ -*-===//

#ifndef TENON_CODEGEN_PASSES_H
#define TENON_CODEGEN_PASSES_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/Pass.h"

namespace mlir::tenon {

#define GEN_PASS_DECL
#include "tenon/CodeGen/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "tenon/CodeGen/Passes.h.inc"

} // namespace mlir::tenon

#endif // TENON_CODEGEN_PASSES_H
