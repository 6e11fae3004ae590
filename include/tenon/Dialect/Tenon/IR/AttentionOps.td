//===- AttentionOps.td - Attention as one block -*- tablegen -*-===//

#ifndef TENON_DIALECT_TENON_IR_ATTENTIONOPS_TD
#define TENON_DIALECT_TENON_IR_ATTENTIONOPS_TD

include "tenon/Dialect/Tenon/IR/TenonBase.td"
include "tenon/Dialect/Tenon/IR/TenonInterfaces.td"

def Tenon_AttentionOp : Tenon_PureOp<"attention",
    [AttrSizedOperandSegments, IsolatedFromAbove, SingleBlock, DeclareOpInterfaceMethods<Tenon_DecomposableOpInterface>,
     DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "scaled dot-product attention with a score function";
  let description = [{
    For each batch b, head h and query i (Vaswani et al. 2017, eq. 1):

        s[j] = score(scale * sum_d q[b,h,i,d] * k[b,g,j,d], b, h, i, j, captures)
        p    = softmax over the visible j of s
        y[b,h,i,e] = sum_j p[j] * v[b,g,j,e],      g = h / (H / G)

    q is [.., H, N, D], k [.., G, M, D], v [.., G, M, E], the result [.., H, N, E].
    Key j is visible to query i when `key_mask[b, j]` is true (or absent) and,
    with `causal`, j <= i + M - N. A row with no visible key, or whose visible
    scores are all -inf, is a row of zeros; with `strict` one whose scores are all
    -inf is NaN, as `tenon.softmax` says, unless there is no key at all. The score region takes the scaled
    product, the flat batch index, the head, i and j (as `index`), and one scalar
    per captured tensor, which is broadcast against [.., H, N, M] as in
    `tenon.map`; an empty region is the identity. The softmax subtracts the
    row's maximum.

    Not promised: that scores exist as a tensor, in which order keys are visited, or,
    without `strict`, whether NaN and infinities in values of weight 0 reach the result.

    Constraints:
    - (C1) q, k, v have the same rank, at least 3, and equal leading axes.
    - (C2) k and v agree in G and M; q and k in D; G divides H exactly.
    - (C3) the result is [.., H, N, E].
    - (C4) key_mask is [.., M], its leading axes those of q.
    - (C5) captures broadcast against [.., H, N, M].
    - (C6) a non-empty region takes (f32, index, index, index, index, captures...) and yields one f32.
    - (C7) captures need a score region.
    - (C8) `strict` goes with neither `key_mask` nor `causal`.

    Example:
    ```mlir
    %y = tenon.attention %q, %k, %v key_mask %m scale 1.250000e-01
        : !tenon.tensor<[B, 12, N, 32] f32>, !tenon.tensor<[B, 12, N, 32] f32>,
          !tenon.tensor<[B, 12, N, 32] f32>, !tenon.tensor<[B, N] i1> -> !tenon.tensor<[B, 12, N, 32] f32>
    ```
  }];
  let arguments = (ins Tenon_FloatTensor:$query, Tenon_FloatTensor:$key, Tenon_FloatTensor:$value,
                       Optional<Tenon_BoolTensor>:$keyMask, Variadic<Tenon_Tensor>:$captures,
                       F64Attr:$scale, UnitAttr:$causal, UnitAttr:$strict);
  let results = (outs Tenon_FloatTensor:$result);
  let regions = (region MaxSizedRegion<1>:$score);
  let assemblyFormat = [{
    $query `,` $key `,` $value (`key_mask` $keyMask^)? (`captures` `(` $captures^ `)`)?
    `scale` custom<PlainF64>($scale) (`causal` $causal^)? (`strict` $strict^)? `:`
    type($query) `,` type($key) `,` type($value) (`,` type($keyMask)^)? (`captures` `(` type($captures)^ `)`)?
    `->` type($result) (`score` $score^)? attr-dict
  }];
}

def Tenon_SoftmaxOp : Tenon_PureOp<"softmax", [
    DeclareOpInterfaceMethods<Tenon_DecomposableOpInterface>, DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "softmax along an axis";
  let description = [{
    y[j] = exp(x[j] - max x) / sum_k exp(x[k] - max x) along `axis`. A line that is
    -inf everywhere, or holds +inf or NaN, gives NaN as the formula says.

    Constraints:
    - (C1) the axis is in range.
    - (C2) the result's type is the input's.

    Example: `%y = tenon.softmax %x axis 1 : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N] f32>`.
  }];
  let arguments = (ins Tenon_FloatTensor:$input, I64Attr:$axis);
  let results = (outs Tenon_FloatTensor:$result);
  let assemblyFormat = "$input `axis` $axis `:` type($input) `->` type($result) attr-dict";
}

#endif // TENON_DIALECT_TENON_IR_ATTENTIONOPS_TD
