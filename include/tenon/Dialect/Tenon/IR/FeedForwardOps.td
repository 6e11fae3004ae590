//===- FeedForwardOps.td - Feed-forward blocks -*- tablegen -*-===//

#ifndef TENON_DIALECT_TENON_IR_FEEDFORWARDOPS_TD
#define TENON_DIALECT_TENON_IR_FEEDFORWARDOPS_TD

include "tenon/Dialect/Tenon/IR/TenonBase.td"
include "tenon/Dialect/Tenon/IR/TenonInterfaces.td"

def Tenon_FfnOp : Tenon_PureOp<"ffn",
    [AttrSizedOperandSegments, IsolatedFromAbove, SingleBlock, DeclareOpInterfaceMethods<Tenon_DecomposableOpInterface>,
     DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "two linear maps with an activation between them";
  let description = [{
    y = act(x W1^T + b1) W2^T + b2 over the last axis of x; the region is act.
    x is [.., D], W1 [H, D], b1 [H], W2 [O, H], b2 [O], y [.., O].

    Constraints:
    - (C1) W1 and W2 have rank 2; the last axis of x is W1's second, W1's first is W2's second.
    - (C2) biases are [H] and [O].
    - (C3) the result is x's shape with the last axis O.
    - (C4) the region takes one f32 and yields one f32.

    Example:
    ```mlir
    %y = tenon.ffn %x, %w1, %w2 bias %b1, %b2
        : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32>, !tenon.tensor<[4, 8] f32>,
           !tenon.tensor<[8] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[B, 4] f32> {
    ^bb0(%h: f32):
      %zero = arith.constant 0.0 : f32
      %r = arith.maximumf %h, %zero : f32
      tenon.yield %r : f32
    }
    ```
  }];
  let arguments = (ins Tenon_FloatTensor:$input, Tenon_FloatTensor:$weight1, Tenon_FloatTensor:$weight2,
                       Optional<Tenon_FloatTensor>:$bias1, Optional<Tenon_FloatTensor>:$bias2);
  let results = (outs Tenon_FloatTensor:$result);
  let regions = (region SizedRegion<1>:$activation);
  let hasCustomAssemblyFormat = 1;
}

#endif // TENON_DIALECT_TENON_IR_FEEDFORWARDOPS_TD
