//===- KanOps.td - Kolmogorov-Arnold blocks -*- tablegen -*-===//

#ifndef TENON_DIALECT_TENON_IR_KANOPS_TD
#define TENON_DIALECT_TENON_IR_KANOPS_TD

include "tenon/Dialect/Tenon/IR/TenonBase.td"
include "tenon/Dialect/Tenon/IR/TenonInterfaces.td"

def Tenon_RationalForm : I32EnumAttr<"RationalForm", "the denominator of a safe Pade approximant", [
  I32EnumAttrCase<"SumOfAbs", 0, "sum_of_abs">,
  I32EnumAttrCase<"AbsOfSum", 1, "abs_of_sum">
]> {
  let cppNamespace = "::mlir::tenon";
}

def Tenon_RationalOp : Tenon_PureOp<"rational", [DeclareOpInterfaceMethods<Tenon_DecomposableOpInterface>,
    DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "a learned rational function per group of channels";
  let description = [{
    y = P(x) / Q(x), elementwise, with the coefficients of the element's group
    (GR-KAN: Yang and Wang 2024, eq. 8; safe Pade units: Molina et al. 2020):

        P(x) = a_0 + a_1 x + ... + a_{m-1} x^{m-1}
        sum_of_abs: Q(x) = 1 + |b_1 x| + |b_2 x^2| + ... + |b_n x^n|
        abs_of_sum: Q(x) = 1 + |b_1 x + b_2 x^2 + ... + b_n x^n|

    x is [.., g, c]: g groups of c channels. a is [g, m], or [1, m] for all groups;
    b is [g, n] or [1, n] and holds b_1 to b_n. Q is at least 1: there are no poles.
    Polynomials are evaluated by Horner's rule. The published kernels and the
    published equation differ in the form, so that there is no default. Where P and Q
    are both infinite, y is NaN: for infinite x, and where powers of x overflow.

    Constraints:
    - (C1) x has rank 2 at least.
    - (C2) a and b have rank 2, constant sizes, and one row or one per group.
    - (C3) a and b have one column at least.
    - (C4) the result's type is the input's.

    Example:
    ```mlir
    %y = tenon.rational %x, %a, %b form sum_of_abs
        : !tenon.tensor<[B, 8, 24] f32>, !tenon.tensor<[1, 6] f32>, !tenon.tensor<[8, 4] f32>
        -> !tenon.tensor<[B, 8, 24] f32>
    ```
  }];
  let arguments = (ins Tenon_FloatTensor:$input, Tenon_FloatTensor:$numerator,
                       Tenon_FloatTensor:$denominator, Tenon_RationalForm:$form);
  let results = (outs Tenon_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $numerator `,` $denominator `form` $form
    `:` type($input) `,` type($numerator) `,` type($denominator) `->` type($result) attr-dict
  }];
}

def Tenon_KanOp : Tenon_PureOp<"kan", [IsolatedFromAbove, SingleBlock, DeclareOpInterfaceMethods<Tenon_DecomposableOpInterface>,
    DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "a layer of learned functions, one per edge, over a basis";
  let description = [{
    y[.., o] = sum over i, k of c[o, i, k] * phi_k(x1[.., i], ..., xn[.., i])

    (Kolmogorov-Arnold network: Liu et al. 2024, eq. 2.5, with each edge's function
    written in a basis of K terms.) The region is phi: it takes one element of each
    input and yields the K terms. B-splines, Fourier and Chebyshev series, radial
    bells and wavelets differ in the region alone. Inputs are repeated to [.., I] as
    those of `tenon.map`: x, and what the basis itself is made from, such as knots for
    each i. The terms are never a tensor [.., I, K].

    Constraints:
    - (C1) c has rank 3 and constant sizes of at least 1.
    - (C2) the result's last axis is O; there is an input, and each repeats to the
      result's shape with I in the last place.
    - (C3) the region takes an element of each input and yields K of the result's type.
    - (C4) the region holds scalar ops without side effects or regions.

    Example, x and x^2:
    ```mlir
    %y = tenon.kan %c (%e = %x) : (!tenon.tensor<[5, 4, 2] f32>, !tenon.tensor<[B, 4] f32>)
        -> !tenon.tensor<[B, 5] f32> {
      %square = arith.mulf %e, %e : f32
      tenon.yield %e, %square : f32, f32
    }
    ```
  }];
  let arguments = (ins Tenon_FloatTensor:$coefficients, Variadic<Tenon_FloatTensor>:$inputs);
  let results = (outs Tenon_FloatTensor:$result);
  let regions = (region SizedRegion<1>:$basis);
  let hasCustomAssemblyFormat = 1;
}

#endif // TENON_DIALECT_TENON_IR_KANOPS_TD
