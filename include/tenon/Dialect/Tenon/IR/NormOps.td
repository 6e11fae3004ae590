//===- NormOps.td - Normalization blocks -*- tablegen -*-===//

#ifndef TENON_DIALECT_TENON_IR_NORMOPS_TD
#define TENON_DIALECT_TENON_IR_NORMOPS_TD

include "tenon/Dialect/Tenon/IR/TenonBase.td"
include "tenon/Dialect/Tenon/IR/TenonInterfaces.td"

def Tenon_NormalizeOp : Tenon_PureOp<"normalize", [
    DeclareOpInterfaceMethods<Tenon_DecomposableOpInterface>, DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "zero mean and unit variance along some axes";
  let description = [{
    y = (x - mean) / sqrt(var + eps) with mean and biased variance over `axes`
    (Ba et al. 2016, eq. 3, without gain and bias). The variance is the mean of
    (x - mean)^2, computed in a second pass. An empty line gives nothing, a
    constant line with eps = 0 gives NaN.

    Constraints:
    - (C1) axes are unique, ascending, in range and not empty.
    - (C2) eps is finite and not negative.
    - (C3) the result's type is the input's.

    Example: `%y = tenon.normalize %x over [1] eps 1.000000e-05 : !tenon.tensor<[B, 4] f32> -> !tenon.tensor<[B, 4] f32>`.
  }];
  let arguments = (ins Tenon_FloatTensor:$input, DenseI64ArrayAttr:$axes, F64Attr:$eps);
  let results = (outs Tenon_FloatTensor:$result);
  let assemblyFormat = "$input `over` $axes `eps` custom<PlainF64>($eps) `:` type($input) `->` type($result) attr-dict";
}

#endif // TENON_DIALECT_TENON_IR_NORMOPS_TD
