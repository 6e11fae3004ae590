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

def TenonRaiseAttention : Pass<"tenon-raise-attention", "::mlir::func::FuncOp"> {
  let summary = "Makes `tenon.attention` of two products with a softmax between them";
  let description = [{
    Recognizes scores q k^T, elementwise maps of them with other tensors, a softmax over
    the keys and the product with the values, each read once; heads and leading axes in
    any order. Maps become the score region, a single factor the scale. The attention is
    `strict`: a row whose scores are all -inf stays NaN.

    Remarks, where such a chain is broken: `WeightsHaveAnotherReader`,
    `HeadSizeNotConstant`.

    Before:
    ```mlir
    %s = tenon.contract %q[a, b, c], %k[a, d, c] -> [a, b, d] : ...
    %t = tenon.map (%e = %s) : ... { e * 0.125 }
    %p = tenon.softmax %t axis 2 : ...
    %y = tenon.contract %p[a, b, d], %v[a, d, e] -> [a, b, e] : ...
    ```
    After:
    ```mlir
    %y = tenon.attention %q, %k, %v scale 1.250000e-01 strict : ...
    ```
  }];
  let statistics = [Statistic<"numRaised", "attention-raised", "Attention blocks formed">];
  let dependentDialects = ["::mlir::tenon::TenonDialect", "::mlir::arith::ArithDialect"];
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

def TenonSplitProducts : Pass<"tenon-split-products", "::mlir::func::FuncOp"> {
  let summary = "Multiplies the parts of a left operand one by one where some are repeated";
  let description = [{
    A contraction whose left operand is a concatenation along the sum, of sums and
    differences, of products with a repeated tensor: repeated parts are multiplied before
    they are repeated; parts that occur several times once, with the sum of their
    weights; and a repeated factor is multiplied into the weights of its rows. Done
    where sums of fewer terms per row remain. An infinity may come out of the sum of the
    weights where the sum of products gave NaN.

    Remark: `RepeatedPartsOnce`.

    Before:
    ```mlir
    %r = tenon.broadcast %q along [0, 2] : <[B, 4] f32> -> <[B, T, 4] f32>
    %z = tenon.concat %r, %k axis 2 : ... -> <[B, T, 8] f32>
    %y = tenon.contract %z[a, b, c], %w[d, c] -> [a, b, d]
    ```
    After, with slices %w1, %w2 of %w:
    ```mlir
    %p = tenon.contract %k[a, b, c], %w2[d, c] -> [a, b, d]
    %o = tenon.contract %q[a, c], %w1[d, c] -> [a, d]
    %y = tenon.map (%e = %p, %f = %o') : ... { e + f }
    ```
  }];
  let statistics = [Statistic<"numSplit", "products-split", "Products taken apart">];
  let dependentDialects = ["::mlir::tenon::TenonDialect", "::mlir::arith::ArithDialect"];
}

def TenonReassociateProducts : Pass<"tenon-reassociate-products", "::mlir::func::FuncOp"> {
  let summary = "Multiplies chains of tensors in their cheapest order";
  let description = [{
    A tree of contractions, each read by the next alone, is one sum of products over all
    its factors. The order with the fewest multiplications is taken when it needs less than
    nine tenths of those of the order that is written. Products of parameters cost
    nothing: they are computed when a program loads. Factors that are numbers go to the end. A
    dynamic size counts as 1024, or its
    bound if that is less. Sums are rounded in another order, and where one order stays in the
    range of f32 another may leave it: infinities and NaN may differ. Chains of more than 8 factors stay as they are.

    Remark: `CheaperOrder`.

    Before, for weights of 64 x 8 and 8 x 4:
    ```mlir
    %h = tenon.contract %x[a, b], %w1[c, b] -> [a, c]
    %y = tenon.contract %h[a, b], %w2[c, b] -> [a, c]
    ```
    After:
    ```mlir
    %w = tenon.contract %w1[a, b], %w2[c, a] -> [b, c]
    %y = tenon.contract %x[a, b], %w[b, c] -> [a, c]
    ```
  }];
  let statistics = [Statistic<"numReordered", "chains-reordered", "Chains in another order">];
  let dependentDialects = ["::mlir::tenon::TenonDialect", "::mlir::arith::ArithDialect"];
}

def TenonUpdateRows : Pass<"tenon-update-rows", "::mlir::func::FuncOp"> {
  let summary = "Updates of a table only the rows that the batch has met";
  let description = [{
    In a step of training the gradient of an embedding is a `tenon.scatter_add`: 0 in rows
    that no id names. Where the maps behind it keep the value of a parameter, or of an
    optimizer's state, when the gradient is 0, as SGD without momentum or decay, Adagrad and
    `lazy_adam` do, next values are computed for the rows of the ids that occur and put in
    their places. So are sums over all rows of what is 0 where the gradient is, as the norm of
    `clip_norm`. 0 times anything counts as 0: an infinite rate of learning changes the rows of
    the batch alone. Ids must be in range; the lookup that the gradient comes from has seen to
    it. On GPUs the table is copied first.

    A row's sum is taken in the order of its ids. The rows of several sums (`item` of candidate
    and history) are found once: all ids are sorted. Done for tables of 2^20 elements and
    2^12 rows or more, and for batches of not more than a quarter as many ids where their
    number is known.

    Remark: `RowsUpdated`.

    Before:
    ```mlir
    %g = tenon.scatter_add %dy[%ids] axis 0 : <[N, 64] f32>, <[N] i64> -> <[63001, 64] f32>
    %next = tenon.map (%a = %w, %b = %g) : ... { a - 0.1 b }
    ```
    After, %rows being the ids that occur and then -1:
    ```mlir
    %g = tenon.scatter_add %dy[%numbers] axis 0 : ... -> <[N, 64] f32>
    %r = tenon.gather %w[%rows'] axis 0 : ... -> <[N, 64] f32>
    %s = tenon.map (%a = %r, %b = %g) : ... { a - 0.1 b }
    %next = tenon.put %s into %w[%rows]
    ```
  }];
  let options = [Option<"ofAnySize", "of-any-size", "bool", "false", "Small tables, too">];
  let statistics = [Statistic<"numUpdates", "tables-updated-by-rows", "Next values put together from rows">];
  let dependentDialects = ["::mlir::tenon::TenonDialect", "::mlir::arith::ArithDialect"];
}

def TenonFindBatch : Pass<"tenon-find-batch", "::mlir::func::FuncOp"> {
  let summary = "Finds the size along which an entry's samples are independent";
  let description = [{
    A size B that is the first axis of every result, of inputs, and of whatever depends on
    it, and stands nowhere else: every op computes the samples one by one
    (`TokenwiseOpInterface`), and none asks how many there are. The entry may then run on
    some samples after the other. Sets the attribute `tenon.batch`.

    Before: `func.func @f(%x: !tenon.tensor<[B, 4] f32>) -> !tenon.tensor<[B, 4] f32>`
    After: `func.func @f(...) attributes {tenon.batch = "B"}`
  }];
  let dependentDialects = ["::mlir::tenon::TenonDialect"];
}

def TenonRaiseKan : Pass<"tenon-raise-kan", "::mlir::func::FuncOp"> {
  let summary = "Makes `tenon.kan` of a basis and a product with its coefficients";
  let description = [{
    Recognizes a contraction over elements and terms whose left operand is computed
    from tensors without the axis of the terms: maps, stacks and concatenations along
    it, repetitions, products with vectors of constants. These become the region, in
    which the number of a term is a constant. A product over the elements alone that is
    added to it, the base function of Liu et al., becomes one more term.

    `early`, before derivatives are taken, makes layers of few elements wait: so narrow,
    planes of terms are better derived as one tensor.

    Remark, where the left operand is computed but in another way:
    `TermsAreStored`, with what is in the way.

    Before:
    ```mlir
    %b = tenon.broadcast %x along [0, 1] : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4, 3] f32>
    %p = tenon.map (%e = %b, %k = %numbers) : ... { e to the power of k }
    %y = tenon.contract %p[a, b, c], %c[d, b, c] -> [a, d] : ...
    ```
    After:
    ```mlir
    %y = tenon.kan %c (%e = %x) : ... { yields 1, e, e * e }
    ```
  }];
  let options = [Option<"early", "early", "bool", "false",
                        "Leave layers of few elements, and remarks, to a later run">];
  let statistics = [Statistic<"numRaised", "kan-raised", "Kolmogorov-Arnold blocks formed">];
  let dependentDialects = ["::mlir::tenon::TenonDialect", "::mlir::arith::ArithDialect"];
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
