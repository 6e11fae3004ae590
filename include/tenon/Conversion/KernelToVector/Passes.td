//===- Passes.td - From kernels to vector code -*- tablegen -*-===//

#ifndef TENON_CONVERSION_KERNELTOVECTOR_PASSES_TD
#define TENON_CONVERSION_KERNELTOVECTOR_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertKernelToVector : Pass<"convert-kernel-to-vector", "::mlir::ModuleOp"> {
  let summary = "Emits loops and vectors for outlined kernels";
  let description = [{
    Each function that holds one kernel op becomes a function of the same name
    over memory. Its arguments are: one flat buffer per argument (`i1` as `i8`
    holding 0 or 1); one `index` per `tenon.size`, in module order; the tasks
    `begin` and `end`; scratch memory; the four fields of a `tn_error`. It
    returns a `tn_error_code`. `kernel.grid` and `kernel.scratch` say how many
    tasks there are and how many bytes of scratch a worker needs.

    Every kernel op is asked through `KernelEmitterOpInterface`.

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
    func.func private @rows_0(%x: memref<?xf32>, %o: memref<?xf32>, %B: index, %begin: index,
        %end: index, %scratch: memref<?xi8>, %error: memref<4xi64>) -> i32
        attributes {kernel.grid = [#kernel.grid<B, 4096>], kernel.scratch = #tenon.size<0>}
    ```
  }];
  let options = [Option<"level", "level", "std::string", "\"v4\"",
                        "CPU level to emit for: v3 or v4">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
                           "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def ExpandKernelMath : Pass<"expand-kernel-math"> {
  let summary = "Replaces mathematical functions by short programs";
  let description = [{
    `math.exp`, `log`, `tanh`, `erf`, ... on f32 scalars and vectors become the
    programs of Support/MathPrograms.h; x Phi(x), 1 / (1 + exp(-x)) and
    x / (1 + exp(-x)) are recognized as wholes, because their own programs are
    more accurate. Ops that are one instruction stay. Any other `math` op would
    end in a library call, which a kernel must not make: it is an error.

    Before: `%y = math.exp %x : vector<16xf32>`
    After: about fifteen `arith` and `math.fma` ops.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

#endif // TENON_CONVERSION_KERNELTOVECTOR_PASSES_TD
