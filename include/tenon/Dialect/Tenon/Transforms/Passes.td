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

def TenonMergeRoutes : Pass<"tenon-merge-routes", "::mlir::func::FuncOp"> {
  let summary = "Computes equal branches of `tenon.route` once, each token with its own parameters";
  let description = [{
    From the results of a route back to where its branches part: ops of the same
    kind, attributes and regions become one (`TokenwiseOpInterface`). What they read
    and every token reads whole, weights and gains, is stacked, and each token
    gathers its own; a product with gathered weights is a grouped product in the
    kernel tier, a gathered gain joins a map. Where branches are different ops a
    `tenon.route` of these stays.

    Remarks: `BranchesMerged`; for a route that stays, `BranchesDiffer` with the first
    difference.

    Before:
    ```mlir
    %a = tenon.contract %x[a, b, c], %w0[d, c] -> [a, b, d]
    %b = tenon.contract %x[a, b, c], %w1[d, c] -> [a, b, d]
    %y = tenon.route %ids of %a, %b
    ```
    After:
    ```mlir
    %s = tenon.concat %w0', %w1' axis 0 : ... -> !tenon.tensor<[2, 8, 4] f32>
    %w = tenon.gather %s[%ids] axis 0 : ... -> !tenon.tensor<[B, N, 8, 4] f32>
    %y = tenon.contract %x[a, b, c], %w[a, b, d, c] -> [a, b, d]
    ```
  }];
  let statistics = [Statistic<"numMerged", "routes-merged", "Routes whose branches became one">];
  let dependentDialects = ["::mlir::tenon::TenonDialect"];
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
