//===- Passes.td - From kernels to code for GPUs -*- tablegen -*-===//

#ifndef TENON_CONVERSION_KERNELTONVVM_PASSES_TD
#define TENON_CONVERSION_KERNELTONVVM_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertKernelToNVVM : Pass<"convert-kernel-to-nvvm", "::mlir::ModuleOp"> {
  let summary = "Emits code of one GPU thread for outlined kernels";
  let description = [{
    Each function that holds one kernel op becomes a function of the same name over global
    memory, which every thread of every block runs. Its arguments are: one flat buffer per
    argument (`i1` as `i8` holding 0 or 1); one `index` per `tenon.size`, in module order;
    the number of the launch; the six fields of a `tn_device_error`. `kernel.grid` says how
    many blocks there are, `kernel.threads` how many threads a block has, `kernel.shared` how
    many bytes of shared memory the launch sets aside for it, if any.

    Every kernel op is asked through `GpuEmitterOpInterface`. `target` is the kind of GPUs
    that the code is for: "sm_80", which all later ones run, or "sm_90a", which has more
    instructions.

    Refused, at the module: a target that there is not; at the op: one that has no emitter
    for GPUs, and what its emitter names.

    Before:
    ```mlir
    func.func private @rows_0(%x: !tenon.tensor<[B] f32>, %o: !tenon.tensor<[B] f32>)
        -> !tenon.tensor<[B] f32> {
      %y = kernel.rows [rows m: B] (%x[m]) -> %o[m] ...
      return %y
    }
    ```
    After:
    ```mlir
    func.func private @rows_0(%x: memref<?xf32, 1>, %o: memref<?xf32, 1>, %B: index,
        %launch: index, %error: memref<6xi64, 1>)
        attributes {kernel.grid = [#kernel.grid<B, 256>], kernel.threads = 256 : i64}
    ```
  }];
  let options = [Option<"target", "target", "std::string", /*default=*/"\"sm_80\"",
                        "The kind of GPUs: sm_80 or sm_90a">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect"];
}

#endif // TENON_CONVERSION_KERNELTONVVM_PASSES_TD
