//===- MixtureOps.td - Parts chosen token by token -*- tablegen -*-===//

#ifndef TENON_DIALECT_TENON_IR_MIXTUREOPS_TD
#define TENON_DIALECT_TENON_IR_MIXTUREOPS_TD

include "tenon/Dialect/Tenon/IR/TenonBase.td"
include "tenon/Dialect/Tenon/IR/TenonInterfaces.td"

def Tenon_RouteOp : Tenon_PureOp<"route", [DeclareOpInterfaceMethods<Tenon_DecomposableOpInterface>]> {
  let summary = "each token from the branch that its id names";
  let description = [{
    result[t.., i..] = branches[ids[t..]][t.., i..]: the untied parts of a
    Mixture-of-Transformers layer (Liang et al. 2024, arXiv 2411.04996, algorithm
    1), one branch per modality. A token is an index along the axes of `ids`,
    which lead in every branch; branches may be any values, also of no token. An id
    outside 0..number of branches - 1 is a run-time error that names the id and its
    position; with a single branch ids are not looked at.

    Branches that are the same ops up to what they read are computed once, for each
    token its own (`tenon-merge-routes`). What remains is computed for all tokens by
    every branch, and taken by the decomposition: ids checked by a gather, then a
    map that selects.

    Constraints:
    - (C1) ids are integers of at least 32 bits.
    - (C2) at least one branch, each of the result's type.
    - (C3) the result's shape begins with that of the ids.

    Example:
    ```mlir
    %y = tenon.route %ids of %text, %image
        : !tenon.tensor<[B, N] i64>, !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, N, 4] f32>
        -> !tenon.tensor<[B, N, 4] f32>
    ```
  }];
  let arguments = (ins Tenon_IntTensor:$ids, Variadic<Tenon_Tensor>:$branches);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "$ids `of` $branches `:` type($ids) `,` type($branches) `->` type($result) attr-dict";
}

#endif // TENON_DIALECT_TENON_IR_MIXTUREOPS_TD
