//===- WalshOps.td - The Walsh-Hadamard transform -------*- tablegen -*-===//

#ifndef WALSH_OPS_TD
#define WALSH_OPS_TD

include "tenon/Dialect/Tenon/IR/TenonBase.td"
include "tenon/Dialect/Tenon/IR/TenonInterfaces.td"

def Walsh_Dialect : Dialect {
  let name = "walsh";
  let cppNamespace = "::walsh";
  let summary = "the Walsh-Hadamard transform";
  let dependentDialects = ["::mlir::tenon::TenonDialect"];
}

def Walsh_TransformOp : Op<Walsh_Dialect, "transform", [
    Pure, DeclareOpInterfaceMethods<Tenon_DecomposableOpInterface>,
    DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "Walsh-Hadamard transform along the last axis";
  let description = [{
    y[.., j] = n^(-1/2) sum_i (-1)^popcount(i and j) x[.., i], n the size of the last
    axis (natural order; Fino and Algazi 1976, eq. 1, made orthonormal). It is its own
    inverse.

    Constraints:
    - (C1) n is a constant power of two.
    - (C2) the result's type is the input's.

    Example: `%y = walsh.transform %x : !tenon.tensor<[B, 8] f32> -> !tenon.tensor<[B, 8] f32>`.
  }];
  let arguments = (ins Tenon_FloatTensor:$input);
  let results = (outs Tenon_FloatTensor:$result);
  let assemblyFormat = "$input `:` type($input) `->` type($result) attr-dict";
  let hasVerifier = 1;
}

#endif // WALSH_OPS_TD
