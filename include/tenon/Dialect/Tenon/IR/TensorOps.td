//===- TensorOps.td - Declarations, contraction, movement -*- tablegen -*-===//

#ifndef TENON_DIALECT_TENON_IR_TENSOROPS_TD
#define TENON_DIALECT_TENON_IR_TENSOROPS_TD

include "tenon/Dialect/Tenon/IR/TenonBase.td"
include "tenon/Dialect/Tenon/IR/TenonInterfaces.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

//===----------------------------------------------------------------------===//
// Module-level declarations
//===----------------------------------------------------------------------===//

def Tenon_SizeOp : Tenon_Op<"size", [Symbol]> {
  let summary = "declares a dynamic size and its bounds";
  let description = [{
    `tenon.size @N from 0 to 512` says that types may use the symbol N, that its
    value is known when a call enters, and that it lies in the bounds, both
    included; `to *` sets no upper bound.

    Constraints:
    - (C1) 0 <= min, and min <= max when there is a max.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$min, OptionalAttr<I64Attr>:$max);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Tenon_ParamKind : I32EnumAttr<"ParamKind", "who may change a parameter", [
  I32EnumAttrCase<"Trainable", 0, "trainable">,
  I32EnumAttrCase<"Frozen", 1, "frozen">,
  I32EnumAttrCase<"State", 2, "state">
]> {
  let cppNamespace = "::mlir::tenon";
}

def Tenon_ParamOp : Tenon_Op<"param", [Symbol]> {
  let summary = "declares a parameter by its checkpoint name";
  let description = [{
    `tenon.param trainable @"blocks.3.mlp.fc1.weight" : !tenon.tensor<[192, 48] f32>`.
    The symbol is the name in the checkpoint. Two reads of one symbol are tied
    weights. `frozen` is loaded and never trained; `state` is changed by the
    program itself (running statistics).

    Constraints:
    - (C1) all sizes of the type are constant.
  }];
  let arguments = (ins Tenon_ParamKind:$kind, SymbolNameAttr:$sym_name, TypeAttr:$type);
  let assemblyFormat = "$kind $sym_name `:` $type attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::tenon::TenonTensorType getTensorType() {
      return ::llvm::cast<::mlir::tenon::TenonTensorType>(getType());
    }
  }];
}

def Tenon_ReadOp : Tenon_Op<"read", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the value of a parameter at the start of the step";
  let description = [{
    Constraints:
    - (C1) the symbol names a `tenon.param` of the result's type.
  }];
  let arguments = (ins FlatSymbolRefAttr:$param);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "$param `:` type($result) attr-dict";
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

def Tenon_ConstantOp : Tenon_PureOp<"constant", [ConstantLike]> {
  let summary = "a tensor that holds one value everywhere";
  let description = [{
    result[i] = value.

    Constraints:
    - (C1) the attribute's type is the result's element type.

    Example: `%c = tenon.constant 1.0 : f32 -> !tenon.tensor<[] f32>`.
  }];
  let arguments = (ins TypedAttrInterface:$value);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "$value `->` type($result) attr-dict";
  let hasFolder = 1;
}

def Tenon_IotaOp : Tenon_PureOp<"iota"> {
  let summary = "the numbers 0, 1, 2, ...";
  let description = [{
    result[i] = i.

    Constraints:
    - (C1) the result has one axis and elements of type i64.

    Example: `%i = tenon.iota -> !tenon.tensor<[N] i64>`.
  }];
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "`->` type($result) attr-dict";
}

def Tenon_ExtentOp : Tenon_PureOp<"extent"> {
  let summary = "a size as a scalar";
  let description = [{
    The value of a size, converted to the result type. Stands in the scalar
    regions of other ops.

    Constraints:
    - (C1) the result is a floating or integer scalar or index.

    Example:
    ```mlir
    %y = tenon.map (%e = %x) : (!tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32> {
      %n = tenon.extent <B*N> : f32
      %s = arith.divf %e, %n : f32
      tenon.yield %s : f32
    }
    ```
  }];
  let arguments = (ins Tenon_SizeAttr:$size);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$size `:` type($result) attr-dict";
}

def Tenon_YieldOp : Tenon_Op<"yield", [Pure, ReturnLike, Terminator]> {
  let summary = "the result of a scalar region";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "$values `:` type($values) attr-dict";
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

def Tenon_MapOp : Tenon_PureOp<"map", [IsolatedFromAbove, SingleBlock,
    DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface, ["rebuildForTokens"]>]> {
  let summary = "a scalar function applied elementwise";
  let description = [{
    result[i] = f(x1[i1], ..., xn[in]), where f is the region. Shapes are aligned
    at their last axes; an operand axis that is missing or has the constant size
    1 is repeated.

    Constraints:
    - (C1) each operand's rank is at most the result's.
    - (C2) each operand axis equals the aligned result axis or is the constant 1.
    - (C3) the region has one argument per operand, of its element type.
    - (C4) the region yields one value of the result's element type.
    - (C5) the region holds scalar ops without side effects or regions.

    Example:
    ```mlir
    %z = tenon.map (%a = %x, %b = %bias)
        : (!tenon.tensor<[B, 4] f32>, !tenon.tensor<[4] f32>) -> !tenon.tensor<[B, 4] f32> {
      %s = arith.addf %a, %b : f32
      tenon.yield %s : f32
    }
    ```
  }];
  let arguments = (ins Variadic<Tenon_Tensor>:$inputs);
  let results = (outs Tenon_Tensor:$result);
  let regions = (region SizedRegion<1>:$body);
  let builders = [
    OpBuilder<(ins "::mlir::Type":$result, "::mlir::ValueRange":$inputs,
      "::llvm::function_ref<::mlir::Value(::mlir::OpBuilder &, ::mlir::Location, ::mlir::ValueRange)>":$body)>
  ];
  let hasCustomAssemblyFormat = 1;
  let hasCanonicalizer = 1;
}

def Tenon_ReduceKind : I32EnumAttr<"ReduceKind", "how values are combined", [
  I32EnumAttrCase<"Sum", 0, "sum">,
  I32EnumAttrCase<"Mean", 1, "mean">,
  I32EnumAttrCase<"Max", 2, "max">,
  I32EnumAttrCase<"Min", 3, "min">,
  I32EnumAttrCase<"Prod", 4, "prod">
]> {
  let cppNamespace = "::mlir::tenon";
}

def Tenon_ReduceOp : Tenon_PureOp<"reduce", [DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "combines all values along some axes";
  let description = [{
    result[kept axes] = combine over the listed axes of x. An empty sum is 0, an
    empty product 1, an empty mean NaN, an empty max -inf and min +inf (integers:
    their smallest and largest value). NaN wins in max and min.

    Constraints:
    - (C1) axes are unique, ascending and in range.
    - (C2) the result's shape is the input's without these axes; element types agree.
    - (C3) mean takes floating values.

    Example: `%s = tenon.reduce sum %x over [1] : !tenon.tensor<[B, N, 4] f32> -> !tenon.tensor<[B, 4] f32>`.
  }];
  let arguments = (ins Tenon_ReduceKind:$kind, Tenon_Tensor:$input, DenseI64ArrayAttr:$axes);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "$kind $input `over` $axes `:` type($input) `->` type($result) attr-dict";
}

def Tenon_SumsOp : Tenon_PureOp<"sums", [IsolatedFromAbove, SingleBlock,
    DeclareOpInterfaceMethods<Tenon_DecomposableOpInterface>]> {
  let summary = "several sums over the same elements, in one pass";
  let description = [{
    result[kept axes, k] = sum over the listed axes of f_k(x1[i1], ..., xn[in]), where the
    region is f: it yields K values. Operands are repeated to the first one's shape as
    those of `tenon.map`. An empty sum is 0. What K reductions of K maps would say, but
    inputs are read once, and what the f_k share is computed once.

    Constraints:
    - (C1) there is an operand, and each repeats to the first one's shape.
    - (C2) axes are unique, ascending and in range of the first operand.
    - (C3) the region has one argument per operand, of its element type.
    - (C4) the region yields f32, one value or more.
    - (C5) the region holds scalar ops without side effects or regions.
    - (C6) the result is the first operand's kept axes, then K, of f32.

    Example:
    ```mlir
    %s = tenon.sums over [0, 2] (%a = %x, %b = %y)
        : (!tenon.tensor<[B, 3, N] f32>, !tenon.tensor<[N] f32>) -> !tenon.tensor<[3, 2] f32> {
      %p = arith.mulf %a, %b : f32
      tenon.yield %p, %a : f32, f32
    }
    ```
  }];
  let arguments = (ins Variadic<Tenon_Tensor>:$inputs, DenseI64ArrayAttr:$axes);
  let results = (outs Tenon_FloatTensor:$result);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
}

def Tenon_ContractOp : Tenon_PureOp<"contract", [
    DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface, ["rebuildForTokens"]>]> {
  let summary = "sum of products over shared indices (einsum of two tensors)";
  let description = [{
    result[out] = sum over the indices not in `out` of lhs[...] * rhs[...].
    Accumulated in the element type, the summed index ascending.

    Constraints:
    - (C1) one index per axis of each operand and of the result; none occurs twice in one list.
    - (C2) an index has the same size wherever it occurs.
    - (C3) each result index occurs in an operand.
    - (C4) each summed index occurs in both operands.
    - (C5) element types are equal and floating.

    Example: `%y = tenon.contract %x[a, b], %w[c, b] -> [a, c] : !tenon.tensor<[B, 4] f32>, !tenon.tensor<[8, 4] f32> -> !tenon.tensor<[B, 8] f32>`.
  }];
  let arguments = (ins Tenon_Tensor:$lhs, Tenon_Tensor:$rhs, DenseI64ArrayAttr:$lhsIndices,
                       DenseI64ArrayAttr:$rhsIndices, DenseI64ArrayAttr:$resultIndices);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = [{
    $lhs `` custom<Indices>($lhsIndices) `,` $rhs `` custom<Indices>($rhsIndices) `->` custom<Indices>($resultIndices)
    `:` type($lhs) `,` type($rhs) `->` type($result) attr-dict
  }];
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

def Tenon_RearrangeOp : Tenon_PureOp<"rearrange", [DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "splits, permutes and merges axes; no value appears or vanishes";
  let description = [{
    Input axis i is the row-major product of its factors; the factors are
    permuted and merged again into result axes (einops' rearrange). Printed with
    one letter per factor. An empty group `()` is an axis of size 1.

    Constraints:
    - (C1) each input axis equals the product of its factors.
    - (C2) `permutation` holds each factor's number once.
    - (C3) each result axis equals the product of its factors; element types agree.
    - (C4) the groups of either side hold all factors.

    Example: `%y = tenon.rearrange %x[a: B, (b: 3, c: 16)] -> [b, (), a, c] : !tenon.tensor<[B, 48] f32> -> !tenon.tensor<[3, 1, B, 16] f32>`.
  }];
  let arguments = (ins Tenon_Tensor:$input, Tenon_SizeArrayAttr:$factors,
                       DenseI64ArrayAttr:$inputGroups, DenseI64ArrayAttr:$permutation,
                       DenseI64ArrayAttr:$resultGroups);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = [{
    $input `` custom<Rearrangement>($factors, $inputGroups, $permutation, $resultGroups)
    `:` type($input) `->` type($result) attr-dict
  }];
  let hasCanonicalizer = 1;
  let hasFolder = 1;
}

def Tenon_BroadcastOp : Tenon_PureOp<"broadcast", [
    DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface, ["rebuildForTokens"]>]> {
  let summary = "repeats a tensor along new or unit axes";
  let description = [{
    result[i] = x[i restricted to `axes`]; operand axis a is result axis axes[a].

    Constraints:
    - (C1) one ascending result axis per operand axis, in range.
    - (C2) each operand axis equals its result axis or is the constant 1; element types agree.

    Example: `%y = tenon.broadcast %x along [2] : !tenon.tensor<[4] f32> -> !tenon.tensor<[B, 1, 4] f32>`.
  }];
  let arguments = (ins Tenon_Tensor:$input, DenseI64ArrayAttr:$axes);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "$input `along` $axes `:` type($input) `->` type($result) attr-dict";
}

def Tenon_SliceOp : Tenon_PureOp<"slice", [DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "a regular part of a tensor";
  let description = [{
    result[i] = x[starts + i * steps], axis by axis.

    Constraints:
    - (C1) one start and one positive step per axis; ranks and element types agree.
    - (C2) where start and both sizes are constant, 0 <= start and the last
      element start + (size - 1) * step lies in the axis.

    The builder of a slice along a dynamic axis owes the proof that it is in range.

    Example: `%y = tenon.slice %x starts [0, 1] steps [1, 2] : !tenon.tensor<[B, 5] f32> -> !tenon.tensor<[B, 2] f32>`.
  }];
  let arguments = (ins Tenon_Tensor:$input, Tenon_SizeArrayAttr:$starts, DenseI64ArrayAttr:$steps);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = [{
    $input `starts` custom<Sizes>($starts) `steps` $steps `:` type($input) `->` type($result) attr-dict
  }];
  let hasFolder = 1;
}

def Tenon_ConcatOp : Tenon_PureOp<"concat", [DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "tensors one after another along an axis";
  let description = [{
    result[.., s + i, ..] = x[.., i, ..] for each operand x, where s is the sum of the
    sizes along `axis` of the operands before it.

    Constraints:
    - (C1) at least one operand; the axis is in range.
    - (C2) operands agree with the result in rank, element type and all other axes.
    - (C3) the result's axis is the sum of the operands'.

    Example: `%y = tenon.concat %a, %b axis 1 : !tenon.tensor<[B, 1] f32>, !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N + 1] f32>`.
  }];
  let arguments = (ins Variadic<Tenon_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "$inputs `axis` $axis `:` type($inputs) `->` type($result) attr-dict";
}

def Tenon_GatherOp : Tenon_PureOp<"gather", [DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "rows of a table by index";
  let description = [{
    result[s.., o.., i.., r..] = table[s.., o.., ids[s.., i..], r..], where s are the
    first `shared` axes of table and ids (none when it is not written), o the table's
    other axes before `axis` and r those after it. An index outside 0..size-1 is a
    run-time error that names the value and its position; nothing wraps.

    Constraints:
    - (C1) the axis is in range; ids are integers of at least 32 bits.
    - (C2) the result's shape is as in the formula; element type is the table's.
    - (C3) shared axes lie before `axis`, and both operands begin with them.

    Examples:
    ```mlir
    %y = tenon.gather %table[%ids] axis 0
        : !tenon.tensor<[10, 4] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[B, N, 4] f32>
    %z = tenon.gather %x[%label] axis 1 shared 1
        : !tenon.tensor<[B, 10] f32>, !tenon.tensor<[B] i64> -> !tenon.tensor<[B] f32>
    ```
  }];
  let arguments = (ins Tenon_Tensor:$table, Tenon_IntTensor:$ids, I64Attr:$axis,
                       DefaultValuedAttr<I64Attr, "0">:$shared);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = [{
    $table `[` $ids `]` `axis` $axis (`shared` $shared^)? `:` type($table) `,` type($ids) `->` type($result) attr-dict
  }];
}

def Tenon_ScatterAddOp : Tenon_PureOp<"scatter_add"> {
  let summary = "sums of values by index";
  let description = [{
    result[s.., o.., v, r..] = sum over i.. with ids[s.., i..] = v of
    updates[s.., o.., i.., r..], v being along `axis` of the result: what `tenon.gather`
    reads in one place, put back and added up, in the order of i... A v that no id
    names has the sum 0. An index outside 0..size-1 is a run-time error that names the
    value and its position.

    Constraints:
    - (C1) the axis is in range of the result; ids are integers of at least 32 bits.
    - (C2) updates have the shape that `tenon.gather` gives for a table of the result's
      shape; both are of f32.
    - (C3) shared axes lie before `axis`, and result and ids begin with them.

    Example:
    ```mlir
    %y = tenon.scatter_add %x[%ids] axis 0
        : !tenon.tensor<[B, N, 4] f32>, !tenon.tensor<[B, N] i64> -> !tenon.tensor<[10, 4] f32>
    ```
  }];
  let arguments = (ins Tenon_FloatTensor:$updates, Tenon_IntTensor:$ids, I64Attr:$axis,
                       DefaultValuedAttr<I64Attr, "0">:$shared);
  let results = (outs Tenon_FloatTensor:$result);
  let assemblyFormat = [{
    $updates `[` $ids `]` `axis` $axis (`shared` $shared^)? `:` type($updates) `,` type($ids) `->` type($result)
    attr-dict
  }];
}

def Tenon_PutOp : Tenon_PureOp<"put", [AllTypesMatch<["table", "result"]>]> {
  let summary = "a table with some of its rows replaced";
  let description = [{
    result[v, r..] = updates[i.., r..] where ids[i..] = v, table[v, r..] where no id is v.
    An id outside 0..size-1 replaces nothing. Which of several equal ids counts is not
    promised.

    Constraints:
    - (C1) the table has an axis; ids are integers of at least 32 bits.
    - (C2) updates have the shape that `tenon.gather` along axis 0 gives for the table.
    - (C3) the result's type is the table's.

    Example:
    ```mlir
    %y = tenon.put %x into %table[%ids]
        : !tenon.tensor<[1, B] f32>, !tenon.tensor<[10, B] f32>, !tenon.tensor<[1] i64> -> !tenon.tensor<[10, B] f32>
    ```
  }];
  let arguments = (ins Tenon_Tensor:$updates, Tenon_Tensor:$table, Tenon_IntTensor:$ids);
  let results = (outs Tenon_Tensor:$result);
  let extraClassDeclaration = [{
    int64_t getAxis() { return 0; }
    int64_t getShared() { return 0; }
  }];
  let assemblyFormat = [{
    $updates `into` $table `[` $ids `]` `:` type($updates) `,` type($table) `,` type($ids)
    `->` type($result) attr-dict
  }];
}

//===----------------------------------------------------------------------===//
// Order along an axis
//===----------------------------------------------------------------------===//

def Tenon_CumsumOp : Tenon_PureOp<"cumsum", [DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "running sums along an axis";
  let description = [{
    result[.., i, ..] = sum over j <= i of x[.., j, ..], with i and j along `axis`.
    Accumulated in the element type, j ascending; integers wrap around.

    Constraints:
    - (C1) the axis is in range.
    - (C2) the result's type is the input's.
    - (C3) elements are no booleans.

    Example: `%y = tenon.cumsum %x axis 1 : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N] f32>`.
  }];
  let arguments = (ins Tenon_Tensor:$input, I64Attr:$axis);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "$input `axis` $axis `:` type($input) `->` type($result) attr-dict";
}

def Tenon_ArgsortOp : Tenon_PureOp<"argsort", [DeclareOpInterfaceMethods<Tenon_TokenwiseOpInterface>]> {
  let summary = "the order of the elements along an axis";
  let description = [{
    result[.., k, ..] is the place i along `axis` of the element x[.., i, ..] that
    comes k-th: the smallest first, or the largest with `descending`. NaN is larger
    than all numbers; of equal elements, all NaN among them, the first comes first.

    Constraints:
    - (C1) the axis is in range.
    - (C2) the result is of i64 and has the input's shape.
    - (C3) elements are no booleans.

    Example: `%i = tenon.argsort %x axis 1 descending : !tenon.tensor<[B, N] f32> -> !tenon.tensor<[B, N] i64>`.
  }];
  let arguments = (ins Tenon_Tensor:$input, I64Attr:$axis, UnitAttr:$descending);
  let results = (outs Tenon_IntTensor:$result);
  let assemblyFormat = [{
    $input `axis` $axis (`descending` $descending^)? `:` type($input) `->` type($result) attr-dict
  }];
}

#endif // TENON_DIALECT_TENON_IR_TENSOROPS_TD
