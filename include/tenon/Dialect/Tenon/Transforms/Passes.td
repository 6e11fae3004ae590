//===- Passes.td - Passes on the graph tier -*- tablegen -*-===//

#ifndef TENON_DIALECT_TENON_TRANSFORMS_PASSES_TD
#define TENON_DIALECT_TENON_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def TenonCheckSizes : Pass<"tenon-check-sizes", "::mlir::ModuleOp"> {
  let summary = "Checks that every size symbol in use is declared";
  let description = [{
    Types and attributes name sizes that only `tenon.size` gives a meaning. The verifier of one
    op cannot see the module, so this pass looks at all of them once, after
    import.

    Before, refused: `func.func @f(%x: !tenon.tensor<[Q] f32>)` in a module
    without `tenon.size @Q`.
  }];
}

def TenonRaiseFfn : Pass<"tenon-raise-ffn", "::mlir::func::FuncOp"> {
  let summary = "Makes `tenon.ffn` of linear, activation, linear";
  let description = [{
    Recognizes a contraction with a matrix [out, in] over the last axis, an optional bias, a chain of elementwise maps of that value alone, and a
    second such contraction with an optional bias, each used once.

    Remarks, where such a chain is broken: `HiddenHasAnotherReader`,
    `ActivationReadsOthers`, `SecondIsNotLinear`.

    Before:
    ```mlir
    %h = tenon.contract %x[a, b], %w1[c, b] -> [a, c] : ...
    %r = tenon.map (%e = %h) : ... { relu }
    %y = tenon.contract %r[a, b], %w2[c, b] -> [a, c] : ...
    ```
    After:
    ```mlir
    %y = tenon.ffn %x, %w1, %w2 : ... { relu }
    ```
  }];
  let statistics = [Statistic<"numRaised", "ffn-raised", "Feed-forward blocks formed">];
  let dependentDialects = ["::mlir::tenon::TenonDialect"];
}

def TenonDecomposeBlocks : Pass<"tenon-decompose-blocks", "::mlir::func::FuncOp"> {
  let summary = "Replaces blocks by equal graphs of tensor ops";
  let description = [{
    Asks every op with the `DecomposableOpInterface`. Used to compare a block with
    its definition, and by targets without a kernel for it. Blocks inside a
    decomposition are decomposed, too.

    Before: `%y = tenon.softmax %x axis 1 : ...`
    After: two `tenon.reduce`, two `tenon.broadcast`, two `tenon.map`.
  }];
  let dependentDialects = ["::mlir::tenon::TenonDialect"];
}

#endif // TENON_DIALECT_TENON_TRANSFORMS_PASSES_TD
