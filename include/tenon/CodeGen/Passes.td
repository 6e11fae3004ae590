//===- Passes.td - From vector code to LLVM -*- tablegen -*-===//

#ifndef TENON_CODEGEN_PASSES_TD
#define TENON_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

def IsolateKernels : Pass<"isolate-kernels", "::mlir::ModuleOp"> {
  let summary = "Leaves only kernels in the module";
  let description = [{
    Erases everything at module level that is neither a function with the
    `kernel.grid` attribute nor memory or device functions that kernels declare:
    entries, sizes, parameters.
    What launches the kernels is data, and made from the module before.
  }];
}

def AddKernelEntries : Pass<"add-kernel-entries", "::mlir::ModuleOp"> {
  let summary = "Gives each kernel the form that the runtime calls";
  let description = [{
    For each `llvm.func` with the `kernel.grid` attribute, a function
    `tn_LEVEL_NAME` of the type `tn_kernel` (Runtime/Abi.h): it reads buffers,
    symbols and the error slot from its `tn_args` and calls the kernel, which
    becomes a private function that is inlined. The kernel.* attributes move to
    the new function, which is hidden: visible in one executable or library only.
  }];
  let options = [Option<"level", "level", "std::string", "\"v4\"", "CPU level in names">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def AddGpuEntries : Pass<"add-gpu-entries", "::mlir::ModuleOp"> {
  let summary = "Gives each kernel the form that a GPU's driver launches";
  let description = [{
    For each `llvm.func` with the `kernel.threads` attribute, a kernel of its name whose
    parameters are those of `tn_gpu` (Runtime/Abi.h): it calls the function, which becomes
    a private one that is inlined. The kernel.* attributes move to the kernel.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // TENON_CODEGEN_PASSES_TD
