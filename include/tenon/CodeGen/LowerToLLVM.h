//===- LowerToLLVM.h - From kernels to the LLVM dialect ---------*- C++ -*-===//

#ifndef TENON_CODEGEN_LOWERTOLLVM_H
#define TENON_CODEGEN_LOWERTOLLVM_H

#include "tenon/Target/GpuTarget.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"

#include <string>

namespace mlir::tenon {

/// From outlined kernels to loops and vectors for `target`
/// (convert-kernel-to-vector, expand-kernel-math and simplifications).
void buildKernelToVectorPipeline(OpPassManager &pm, const CpuTarget &target);

/// From loops and vectors to the LLVM dialect: afterwards the module holds, for
/// each kernel, its body and the entry named by `getKernelSymbol`, and nothing
/// else.
void buildVectorToLLVMPipeline(OpPassManager &pm, const CpuTarget &target);

/// Name of the entry of the kernel `name`: tn_v4_contract_0.
std::string getKernelSymbol(const CpuTarget &target, llvm::StringRef name);

/// Outlined kernels to what a thread of a GPU does, then to the LLVM dialect: afterwards the
/// module holds, for each kernel, its body and a kernel of its name, and nothing else.
void buildKernelToNVVMPipeline(OpPassManager &pm, const GpuTarget &target);
void buildNVVMToLLVMPipeline(OpPassManager &pm);

/// Adds the dialects, emitters and translations that code generation needs.
void registerCodeGen(DialectRegistry &registry);

} // namespace mlir::tenon

#endif // TENON_CODEGEN_LOWERTOLLVM_H
