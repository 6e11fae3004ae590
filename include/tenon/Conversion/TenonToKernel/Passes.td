//===- Passes.td - From the graph tier to the kernel tier -*- tablegen -*-===//

#ifndef TENON_CONVERSION_TENONTOKERNEL_PASSES_TD
#define TENON_CONVERSION_TENONTOKERNEL_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertTenonToKernel : Pass<"convert-tenon-to-kernel", "::mlir::func::FuncOp"> {
  let summary = "Lowers graph ops to kernels over named dimensions";
  let description = [{
    Every op becomes kernels through its `KernelLoweringOpInterface`, or is
    decomposed first. Rearrangements, slices and broadcasts become accesses of
    their users where elements are evenly spaced, else a copy, which fusion joins
    to the producer. Nothing is fused here.

    Before:
    ```mlir
    %y = tenon.contract %x[a, b], %w[c, b] -> [a, c] : ...
    ```
    After:
    ```mlir
    %o = kernel.empty : ...
    %y = kernel.contract [rows m0: B, cols n0: 8, sum k0: 4] (%x[k0 + 4*m0], %w[k0 + 4*n0]) -> %o[8*m0 + n0] ...
    ```
  }];
  let dependentDialects = ["::mlir::tenon::kernel::KernelDialect"];
}

#endif // TENON_CONVERSION_TENONTOKERNEL_PASSES_TD
