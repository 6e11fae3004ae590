//===- ConvOps.td - Convolution -*- tablegen -*-===//

#ifndef TENON_DIALECT_TENON_IR_CONVOPS_TD
#define TENON_DIALECT_TENON_IR_CONVOPS_TD

include "tenon/Dialect/Tenon/IR/TenonBase.td"

def Tenon_ConvOp : Tenon_PureOp<"conv"> {
  let summary = "convolution, channels first";
  let description = [{
    y[b, o, p..] = sum over c and window offsets t of
        x[b, g*C/groups + c, p*stride + t*dilation - pad] * w[o, c, t..],
    with g = o / (O/groups) and x zero outside its bounds (cross-correlation, as
    in every framework). x is [B, C, S..], w [O, C/groups, T..], y [B, O, P..],
    P = (S + 2*pad - dilation*(T-1) - 1) / stride + 1, rounded down.

    Constraints:
    - (C1) x, w and the result have the same rank, at least 3.
    - (C2) strides, pads and dilations have one entry per spatial axis; strides
      and dilations are positive, pads not negative, the groups positive.
    - (C3) w's channels times groups are x's channels; groups divide O.
    - (C4) w is constant, the window fits the padded input, and the result's sizes
      are as in the formula. A symbolic spatial size has no pad, and its stride
      divides what it leaves without rest.

    Example: `%y = tenon.conv %x, %w strides [2, 2] pads [0, 0] dilations [1, 1] groups 1 : !tenon.tensor<[B, 1, 8, 8] f32>, !tenon.tensor<[4, 1, 2, 2] f32> -> !tenon.tensor<[B, 4, 4, 4] f32>`.
  }];
  let arguments = (ins Tenon_FloatTensor:$input, Tenon_FloatTensor:$filter, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$groups);
  let results = (outs Tenon_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $filter `strides` $strides `pads` $pads `dilations` $dilations `groups` $groups
    `:` type($input) `,` type($filter) `->` type($result) attr-dict
  }];
}

#endif // TENON_DIALECT_TENON_IR_CONVOPS_TD
