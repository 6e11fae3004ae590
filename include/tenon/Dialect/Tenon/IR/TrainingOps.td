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

#endif // TENON_DIALECT_TENON_IR_TRAININGOPS_TD
