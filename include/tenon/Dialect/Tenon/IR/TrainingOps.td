//===- TrainingOps.td - Gradients -*- tablegen -*-===//

#ifndef TENON_DIALECT_TENON_IR_TRAININGOPS_TD
#define TENON_DIALECT_TENON_IR_TRAININGOPS_TD

include "tenon/Dialect/Tenon/IR/TenonBase.td"
include "tenon/Dialect/Tenon/IR/TenonInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

def Tenon_GradientOp : Tenon_PureOp<"gradient"> {
  let summary = "derivatives of a scalar with respect to parameters and inputs";
  let description = [{
    result_k[i] = d loss / d inputs_k[i], by reverse accumulation over the graph that
    computes the loss. A parameter is differentiated through all reads of it (tied
    weights). What the loss does not depend on has the derivative 0. Where a function
    has a kink the derivative is the one of its rule (`docs/Gradients.md`).
    `tenon-differentiate` builds the graph of the derivatives; no later stage has the op.

    Constraints:
    - (C1) the loss is a tensor of f32 without axes.
    - (C2) each result has the type of its input.
    - (C3) each input is an argument of the entry or the result of a `tenon.read`.

    Example:
    ```mlir
    %w = tenon.read @w : !tenon.tensor<[4] f32>
    %e = tenon.map (%a = %w) : (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32> {
      %s = arith.mulf %a, %a : f32
      tenon.yield %s : f32
    }
    %l = tenon.reduce sum %e over [0] : !tenon.tensor<[4] f32> -> !tenon.tensor<[] f32>
    %g = tenon.gradient of %l by %w : !tenon.tensor<[] f32>, (!tenon.tensor<[4] f32>) -> !tenon.tensor<[4] f32>
    ```
  }];
  let arguments = (ins Tenon_FloatTensor:$loss, Variadic<Tenon_FloatTensor>:$inputs);
  let results = (outs Variadic<Tenon_FloatTensor>:$gradients);
  let assemblyFormat = [{
    `of` $loss `by` $inputs `:` type($loss) `,` functional-type($inputs, $gradients) attr-dict
  }];
}

def Tenon_StopGradientOp : Tenon_Op<"stop_gradient", [Pure, SameOperandsAndResultType]> {
  let summary = "a value that counts as a constant in derivatives";
  let description = [{
    result = x. Its derivative is 0: `tenon.gradient` does not look behind it. Where no
    gradient is left to take it is its operand.

    Constraints:
    - (C1) the result's type is the input's (the syntax writes it once).

    Example: `%y = tenon.stop_gradient %x : !tenon.tensor<[B, 4] f32>`.
  }];
  let arguments = (ins Tenon_Tensor:$input);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "$input `:` type($input) attr-dict";
}

def Tenon_AttentionGradientOp : Tenon_PureOp<"attention_gradient",
    [AttrSizedOperandSegments, IsolatedFromAbove, SingleBlock, AllTypesMatch<["query", "queryGradient"]>,
     AllTypesMatch<["key", "keyGradient"]>, AllTypesMatch<["value", "valueGradient"]>,
     DeclareOpInterfaceMethods<Tenon_DecomposableOpInterface>]> {
  let summary = "derivatives of an attention by its queries, keys and values";
  let description = [{
    With p, g(h) and the score region as in `tenon.attention`, and dy the derivative of
    a scalar by its result (Dao et al. 2022, appendix B.2):

        dp[i,j] = sum_e dy[b,h,i,e] * v[b,g,j,e]
        ds[i,j] = scale * p[i,j] * (dp[i,j] - sum_l p[i,l] * dp[i,l])
        dq[b,h,i,d] = sum_j ds[i,j] * k[b,g,j,d]
        dk[b,g,j,d] = sum over h of g and i of ds[i,j] * q[b,h,i,d]
        dv[b,g,j,e] = sum over h of g and i of p[i,j] * dy[b,h,i,e]

    A key that no query sees has the derivatives 0; rows without a visible key add
    nothing. Weights are computed again: neither they nor their derivatives need to
    exist as a tensor. In which order i and j are visited is not promised.

    Constraints:
    - (C1), (C2), (C4) to (C8) are those of `tenon.attention`.
    - (C3) dy is [.., H, N, E]; the results have the types of q, k and v (the syntax
      writes them once).
    - (C9) the score region adds to the score what does not depend on it, or replaces it
      by -inf.

    Example:
    ```mlir
    %dq, %dk, %dv = tenon.attention_gradient %q, %k, %v by %dy scale 5.000000e-01
        : !tenon.tensor<[B, 3, N, 4] f32>, !tenon.tensor<[B, 3, M, 4] f32>,
          !tenon.tensor<[B, 3, M, 5] f32>, !tenon.tensor<[B, 3, N, 5] f32>
    ```
  }];
  let arguments = (ins Tenon_FloatTensor:$query, Tenon_FloatTensor:$key, Tenon_FloatTensor:$value,
                       Optional<Tenon_BoolTensor>:$keyMask, Variadic<Tenon_Tensor>:$captures,
                       Tenon_FloatTensor:$gradient, F64Attr:$scale, UnitAttr:$causal, UnitAttr:$strict);
  let results = (outs Tenon_FloatTensor:$queryGradient, Tenon_FloatTensor:$keyGradient,
                      Tenon_FloatTensor:$valueGradient);
  let regions = (region MaxSizedRegion<1>:$score);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`key_mask` $keyMask^)? (`captures` `(` $captures^ `)`)? `by` $gradient
    `scale` custom<PlainF64>($scale) (`causal` $causal^)? (`strict` $strict^)? `:`
    type($query) `,` type($key) `,` type($value) `,` type($gradient) (`,` type($keyMask)^)?
    (`captures` `(` type($captures)^ `)`)? (`score` $score^)? attr-dict
  }];
  let extraClassDeclaration = [{
    /// Whether a score region is of the form that (C9) asks for.
    static bool isSumOrHidden(::mlir::Region &score);
  }];
}

#endif // TENON_DIALECT_TENON_IR_TRAININGOPS_TD
