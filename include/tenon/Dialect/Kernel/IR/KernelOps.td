//===- KernelOps.td - The kernel dialect's ops -*- tablegen -*-===//

#ifndef TENON_DIALECT_KERNEL_IR_KERNELOPS_TD
#define TENON_DIALECT_KERNEL_IR_KERNELOPS_TD

include "tenon/Dialect/Kernel/IR/KernelBase.td"
include "tenon/Dialect/Kernel/IR/KernelInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

class Kernel_Op<string opMnemonic, list<Trait> traits = []>
    : Op<Kernel_Dialect, opMnemonic, traits>;

/// A kernel: inputs and destination with accesses, regions of scalar ops.
///
/// Constraints shared by all kernel ops:
/// - (K1) one access per operand, one coefficient per dimension.
/// - (K2) the result's type is the destination's.
/// - (K3) dimension names are unique and differ from the size symbols used.
/// - (K4) the epilogue region takes the op's own value and one scalar per
///   epilogue input, of its element type, and yields one scalar of the
///   destination's element type.
/// - (K5) regions hold scalar ops without side effects or regions; positions
///   are along dimensions of the domain.
class Kernel_ComputeOp<string opMnemonic, dag extraArguments, dag opRegions>
    : Kernel_Op<opMnemonic, [Pure, IsolatedFromAbove, SingleBlock, DeclareOpInterfaceMethods<Kernel_KernelOpInterface,
        ["getFirstEpilogueInput", "getEpilogueRegion", "getNumOwnEpilogueArguments", "isResultDim", "getFlops"]>]> {
  let arguments = !con((ins Variadic<Tenon_Tensor>:$inputs, Tenon_Tensor:$destination,
                            ArrayAttr:$domain, ArrayAttr:$accesses), extraArguments);
  let results = (outs Tenon_Tensor:$result);
  let regions = opRegions;
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

/// The destination is f32, or what the op says that it can store.
class Kernel_F32ComputeOp<string opMnemonic, dag extraArguments, dag opRegions>
    : Kernel_ComputeOp<opMnemonic, extraArguments, opRegions> {
  let extraClassDeclaration = [{
    bool canStore(::mlir::Type elementType, ::mlir::tenon::kernel::AccessAttr access);
  }];
}

def Kernel_ContractOp : Kernel_F32ComputeOp<"contract",
                                            (ins OptionalAttr<I64Attr>:$panel, UnitAttr:$parts),
                                            (region MaxSizedRegion<1>:$prologue, SizedRegion<1>:$epilogue)> {
  let extraClassDeclaration = [{
    bool canStore(::mlir::Type elementType, ::mlir::tenon::kernel::AccessAttr access);
    /// Lhs and rhs, but what a prologue makes and what is packed.
    ::llvm::SmallVector<unsigned> getFactors(int64_t piece);
    /// Rows of groups that have no rhs are left out.
    bool mayDoLess();
    /// The numbers of the inputs that the lhs is made of: one without a prologue.
    ::llvm::SmallVector<unsigned> getLhsInputs();
    /// What a part's number of terms is a multiple of.
    static constexpr int64_t kPartStep = 32;
    /// The dimension of groups that sums, not rows, belong to.
    std::optional<unsigned> getGroupsOfSums();
  }];
  let summary = "matrix product with an epilogue";
  let description = [{
    For each batch, row and column index:
        acc = sum over k ascending of lhs[...] * rhs[...]
        destination[...] = epilogue(acc, inputs...)
    Inputs are lhs, rhs, then epilogue inputs. Sums run in blocks of 4096 terms,
    each block one chain, block sums added in order: a function of K alone.

    With `panel` = w the rhs is packed: per batch, ceil(N/w) panels of K rows of
    w columns, zero beyond N; its access then has batch and group coefficients only.

    With a dimension of role `groups` the product is grouped: each row meets the
    rhs of its own group. The third input is then the result of `kernel.partition`
    for the rows, in their order, and says which rows a group has; its access runs
    along the sorted rows. Rows of groups beyond those of the dimension become zero.
    Where the destination varies with `groups`, and the rhs does not, sums are grouped:
    terms are in the order of groups, the third input says where those of a group begin,
    and its result is the sum over them, 0 without any.

    With a prologue the lhs is computed where it is multiplied. The sum then runs over
    three dimensions: chunks, terms and elements. For each row, chunk and element the
    prologue takes an element of the lhs and of the inputs between those above and the
    epilogue's, and yields all terms. A chunk's terms of a block of rows are in memory at
    a time; sums run in blocks of as many whole chunks as fit in 4096 terms or, where
    columns are few, of a vector of elements with all their terms.

    With `parts` the first dimension, a `batch`, counts P parts of the sum: part p has the
    terms from p * S on, S of them or as many as there are, where S is ceil(K / P) rounded
    up to a multiple of 32. Blocks of a GPU take parts side by side.

    Constraints, beside K1-K5:
    - (C1) at least one `rows` dimension, exactly one `cols` and one `sum`, at most one
      `groups`, others `batch`.
    - (C2) lhs and rhs are f32 or, for GPUs, both bf16; the destination is f32 or bf16;
      lhs does not vary with `cols`, the rhs not with `rows`, epilogue inputs and
      destination not with `sum`.
    - (C3) the lhs has coefficient 1 (or size 1) along `sum`.
    - (C4) `panel` is positive; a packed rhs varies with `batch` and `groups` dimensions alone.
    - (C5) `groups` has a constant size; no operand varies with it but the rhs or, without a
      prologue, the destination and inputs of the epilogue; the third input is of integers and
      varies with `rows` alone, and not at all where sums are grouped.
    - (C6) a prologue takes one f32 per input that it reads and yields f32; there are
      three `sum` dimensions of constant sizes, the second of as many as it yields, at
      most 4096 terms per chunk; its inputs vary neither with the second nor with `cols`.
    - (C7) `parts` goes without `panel`, groups and prologue; the first dimension is a
      `batch` of constant size, along which no input varies.

    Example:
    ```mlir
    %y = kernel.contract [rows m: B*N, cols n: 1536, sum k: 384]
        (%x[384*m + k], %w[384*n + k], %b[n]) -> %o[1536*m + n]
        : (!tenon.tensor<[B, N, 384] f32>, !tenon.tensor<[1536, 384] f32>, !tenon.tensor<[1536] f32>)
        -> !tenon.tensor<[B, N, 1536] f32> {
    ^bb0(%acc: f32, %bias: f32):
      %h = arith.addf %acc, %bias : f32
      tenon.yield %h : f32
    }
    ```
  }];
}

def Kernel_WindowOp : Kernel_F32ComputeOp<"window",
    (ins DenseI64ArrayAttr:$bounds, OptionalAttr<I64Attr>:$panel), (region SizedRegion<1>:$epilogue)> {
  let extraClassDeclaration = [{
    bool canStore(::mlir::Type elementType, ::mlir::tenon::kernel::AccessAttr access);
    ::llvm::SmallVector<unsigned> getFactors(int64_t piece);
  }];
  let summary = "matrix product over sliding windows (convolution)";
  let description = [{
    As `kernel.contract`, with several `sum` dimensions (channel, window offsets)
    for which the lhs need not be contiguous. `bounds` holds six numbers per
    padded axis: row dimension r, sum dimension t, stride, dilation, pad, extent.
    Where stride*index[r] + dilation*index[t] - pad lies outside 0..extent-1 the
    lhs counts as zero and is not read. The sum runs in row-major order of the
    `sum` dimensions.

    Constraints, beside K1-K5:
    - (C1) at least one `rows`, exactly one `cols`, at least one `sum` dimension, others `batch`.
    - (C2) as for `kernel.contract`.
    - (C3) `bounds` has six numbers per axis that name dimensions of these roles;
      stride and dilation are at least 1, pad and extent at least 0.
    - (C4) as for `kernel.contract`.
  }];
}

def Kernel_AttendOp : Kernel_F32ComputeOp<"attend",
    (ins F64Attr:$scale, UnitAttr:$causal, I64Attr:$scoreInputs, UnitAttr:$keyMask, UnitAttr:$skipsHidden,
         UnitAttr:$strict),
    (region MaxSizedRegion<1>:$score, SizedRegion<1>:$epilogue)> {
  let summary = "attention without a tensor of scores";
  let description = [{
    For each batch index (leading axes and heads alike) and query i:
        s[j] = score(scale * sum_d q[..i,d] * k[..j,d], score inputs...)
        p = softmax of s over visible keys, all zeros when every s[j] is -inf, but
            NaN with `strict` when there are keys
        destination[..i,e] = epilogue(sum_j p[j] * v[..j,e], inputs...)
    Inputs are q, k, v, then `scoreInputs` score inputs (accessed over batch,
    queries, keys), then epilogue inputs. With `causal`, key j is visible to
    query i when j <= i + M - N; keys after it are not visited. With `keyMask` the
    last score input, i1, says which keys are visible; it is no argument of the
    score region. Of the others neither key nor value matters, NaN included: when
    nothing else asks where a key is, they are left out before anything is
    computed. With `skipsHidden` queries are tokens as keys are, and those that the key
    mask hides give zeros. The score region may ask for indices by `kernel.position`; an empty
    region is the identity. When it ends in `select(c, s, -inf)`, and without `strict`, keys
    before the first and after the last for which c holds may be left out, and whether
    NaN and infinities in values for which c does not hold reach the destination is
    not specified.

    Constraints, beside K1-K5:
    - (C1) `batch` dimensions and exactly one each of `queries`, `keys`, `depth`, `values`.
    - (C2) q varies over batch, queries, depth; k over batch, keys, depth; v over
      batch, keys, values; they are f32 or, for GPUs, all bf16; the destination is f32
      or bf16.
    - (C3) a non-empty score region takes (f32, score inputs...), without the key
      mask, and yields one f32.
    - (C4) sizes of `depth` and `values` are constant; q, k have coefficient 1
      along `depth`, v and the destination along `values` (or size 1).
    - (C5) the key mask is i1 and does not vary with the queries.
    - (C6) `skipsHidden` needs a key mask, as many queries as keys, no score region and
      no `causal`.
    - (C7) `strict` goes with neither a key mask nor `causal`.
  }];
  let extraClassDeclaration = [{
    bool canStore(::mlir::Type elementType, ::mlir::tenon::kernel::AccessAttr access);
    /// q, k and v.
    ::llvm::SmallVector<unsigned> getFactors(int64_t piece);
    /// The conditions under which the score region, ending in selects of -inf, gives
    /// anything else: all must hold. They do not depend on the score.
    ::llvm::SmallVector<::mlir::tenon::kernel::HidingCondition> getHidingConditions();
    /// Whether keys that the mask hides are left out at once: nothing else asks where a
    /// key is.
    bool leavesOutHidden() { return getKeyMask() && getScore().empty() && !getCausal(); }
    /// Hidden keys are left out.
    bool mayDoLess();
    /// The number of the operand that is the key mask, if there is one.
    std::optional<unsigned> getKeyMaskOperand() {
      return getKeyMask() ? std::optional<unsigned>(2 + getScoreInputs()) : std::nullopt;
    }
    /// The inputs that the score region takes.
    ::mlir::OperandRange getScoreRegionInputs() {
      return getInputs().slice(3, getScoreInputs() - (getKeyMask() ? 1 : 0));
    }
  }];
}

def Kernel_AttendGradientOp : Kernel_F32ComputeOp<"attend_gradient",
    (ins F64Attr:$scale, UnitAttr:$causal, I64Attr:$scoreInputs, UnitAttr:$keyMask, UnitAttr:$strict,
         UnitAttr:$statistics),
    (region MaxSizedRegion<1>:$score, SizedRegion<1>:$epilogue)> {
  let summary = "derivatives of attention without a tensor of scores";
  let description = [{
    With p[i,j], the score inputs and the key mask as in `kernel.attend`, and dy the
    derivative by its result:
        dp[i,j] = sum_e dy[..i,e] * v[..j,e]
        ds[i,j] = scale * p[i,j] * (dp[i,j] - sum_l p[i,l] * dp[i,l])
        dq[..i,d] = sum_j ds[i,j] * k[..j,d]
        dk[..j,d] = sum_i ds[i,j] * q[..i,d]
        dv[..j,e] = sum_i p[i,j] * dy[..i,e]
    Inputs are q, k, v, dy, then `scoreInputs` score inputs. The destination holds dq,
    dk and dv one after the other, each row-major in the order of the domain: over all
    batch dimensions and queries; over those along which k or v varies and keys. Sums for
    dk and dv run over the other batch dimensions, too. The score region adds to the
    score or hides it; its derivative is taken as 1. The epilogue is the identity. Sums
    over queries run in blocks, whose size depends on the number of keys alone.

    With `statistics` the last input is the result of `kernel.attend_statistics` for the
    same operands: what else each block of keys would have to compute for all queries.

    Constraints, beside K1-K5:
    - (C1) to (C3), (C5), (C7) as for `kernel.attend`; dy varies as the result would.
    - (C4) sizes of `depth` and `values` are constant; q, k have coefficient 1 along
      `depth`, v and dy along `values` (or size 1).
    - (C6) the destination does not vary.
    - (C8) statistics are f32 and vary over batch and queries.
  }];
  let extraClassDeclaration = [{
    bool canStore(::mlir::Type elementType, ::mlir::tenon::kernel::AccessAttr access);
    bool mayDoLess() { return getCausal(); }
    /// The number of the operand that is the key mask, if there is one.
    std::optional<unsigned> getKeyMaskOperand() {
      return getKeyMask() ? std::optional<unsigned>(3 + getScoreInputs()) : std::nullopt;
    }
    /// The number of the operand that holds the statistics, if there is one.
    std::optional<unsigned> getStatisticsOperand() {
      return getStatistics() ? std::optional<unsigned>(4 + getScoreInputs()) : std::nullopt;
    }
    /// The inputs that the score region takes.
    ::mlir::OperandRange getScoreRegionInputs() {
      return getInputs().slice(4, getScoreInputs() - (getKeyMask() ? 1 : 0));
    }
  }];
}

def Kernel_AttendStatisticsOp : Kernel_F32ComputeOp<"attend_statistics",
    (ins F64Attr:$scale, UnitAttr:$causal, I64Attr:$scoreInputs, UnitAttr:$keyMask, UnitAttr:$strict),
    (region MaxSizedRegion<1>:$score, SizedRegion<1>:$epilogue)> {
  let summary = "what derivatives of attention need of all keys, per query";
  let description = [{
    With inputs, s, p and dp as in `kernel.attend_gradient`, for each batch index and
    query i:
        destination[access]     = the largest s[j] of a visible key, 0 when it is -inf
        destination[access + 1] = 1 / sum_j exp(s[j] - the largest), 0 when no weight is
                                  more than 0, but with `strict` only without keys
        destination[access + 2] = sum_j p[j] * dp[i,j]
    so that p[i,j] = exp(s[j] - destination[access]) * destination[access + 1]. The
    epilogue is the identity.

    Constraints, beside K1-K5:
    - (C1) to (C5), (C7) as for `kernel.attend_gradient`.
    - (C6) the destination does not vary with `values`.
  }];
  let extraClassDeclaration = [{
    /// Numbers per query.
    static constexpr int64_t kNumStatistics = 3;
    bool canStore(::mlir::Type elementType, ::mlir::tenon::kernel::AccessAttr access);
    bool mayDoLess() { return getCausal(); }
    /// The number of the operand that is the key mask, if there is one.
    std::optional<unsigned> getKeyMaskOperand() {
      return getKeyMask() ? std::optional<unsigned>(3 + getScoreInputs()) : std::nullopt;
    }
    /// The inputs that the score region takes.
    ::mlir::OperandRange getScoreRegionInputs() {
      return getInputs().slice(4, getScoreInputs() - (getKeyMask() ? 1 : 0));
    }
  }];
}

def Kernel_RowsOp : Kernel_ComputeOp<"rows", (ins), (region SizedRegion<1>:$body)> {
  let summary = "maps and reductions along rows";
  let description = [{
    The region is evaluated for every index of the domain; `kernel.reduce` inside
    it combines a value over all `sum` dimensions and is the same for all of
    them. When the destination does not vary with the `sum` dimensions, it is
    written once per row. With no `sum` dimension this is an elementwise map.

    Constraints, beside K1-K5:
    - (C1) dimensions are `rows` and `sum`.
    - (C2) a destination that does not vary with the `sum` dimensions of more than
      one index gets a value that depends on elements only through `kernel.reduce`.

    Example, softmax over rows:
    ```mlir
    %y = kernel.rows [rows m: B, sum k: N] (%x[N*m + k]) -> %o[N*m + k]
        : (!tenon.tensor<[B, N] f32>) -> !tenon.tensor<[B, N] f32> {
    ^bb0(%e: f32):
      %max = kernel.reduce max %e : f32
      %d = arith.subf %e, %max : f32
      %p = math.exp %d : f32
      %sum = kernel.reduce sum %p : f32
      %r = arith.divf %p, %sum : f32
      tenon.yield %r : f32
    }
    ```
  }];
}

def Kernel_SumsOp : Kernel_ComputeOp<"sums", (ins), (region SizedRegion<1>:$body)> {
  let summary = "several sums over the same elements";
  let description = [{
    For each index of the `rows` dimensions, where the region yields v_0 to v_{K-1}:
        destination[access + k] = sum over the `sum` dimensions of v_k
    Each `sum` dimension is taken in blocks, the last one's of 4096 elements, spread over
    the lanes: sums over a block in f32, over blocks in f64. The order depends on the sizes
    alone.

    Constraints, beside K1-K3 and K5:
    - (C1) dimensions are `rows` and, one at least, `sum`.
    - (C2) the region takes one scalar per input and yields f32, one value or more; the
      destination is f32 and does not vary with the `sum` dimensions.
  }];
  let extraClassDeclaration = [{
    unsigned getNumSums() { return getBody().front().getTerminator()->getNumOperands(); }
  }];
}

def Kernel_PartSumsOp : Kernel_ComputeOp<"part_sums", (ins I64Attr:$parts), (region SizedRegion<1>:$body)> {
  let summary = "several sums over the same elements, in parts";
  let description = [{
    For each index of the `rows` dimensions and part p of P = `parts`, where the region
    yields v_0 to v_{K-1}:
        destination[access + P * k + p] = sum of v_k over part p of the `sum` dimensions
    Their T points, the last dimension varying fastest, are parts of ceil(T / P) each, of
    which the last ones may be shorter or empty. Blocks of a GPU take parts side by side;
    there is no code for CPUs.

    Constraints, beside K1-K3 and K5:
    - (C1), (C2) as for `kernel.sums`.
    - (C3) there is one part at least.
  }];
  let extraClassDeclaration = [{
    unsigned getNumSums() { return getBody().front().getTerminator()->getNumOperands(); }
  }];
}

def Kernel_IndexOp : Kernel_ComputeOp<"index",
    (ins Tenon_SizeAttr:$bound, Tenon_SizeAttr:$stride), (region SizedRegion<1>:$epilogue)> {
  let summary = "gathers table rows by index";
  let description = [{
    For each index of the domain:
        destination[...] = epilogue(table[access + stride * ids[...]], inputs...)
    Inputs are table, ids, then epilogue inputs. An id outside 0..bound-1 stops
    the kernel with TN_INDEX_OUT_OF_RANGE (Abi.h), which reports the id, its
    flat position in ids and the bound.

    Constraints, beside K1-K5:
    - (C1) dimensions are `rows` (where ids vary) and `cols` (copied).
    - (C2) ids are i32 or i64 and do not vary with `cols`.
  }];
  let extraClassDeclaration = [{
    /// Columns that are stored side by side stay so.
    bool canStore(::mlir::Type elementType, ::mlir::tenon::kernel::AccessAttr access);
  }];
}

def Kernel_ScatterOp : Kernel_F32ComputeOp<"scatter",
    (ins Tenon_SizeAttr:$bound, Tenon_SizeAttr:$stride), (region SizedRegion<1>:$epilogue)> {
  let summary = "adds rows up by index";
  let description = [{
    For each index of the `rows` and `cols` dimensions, and v in 0..bound-1:
        destination[access + stride * v] = sum over the `sum` dimensions for which
                                           ids[...] = v of updates[...]
    in their order, 0 without one. Inputs are updates and ids. An id outside 0..bound-1
    stops the kernel with TN_INDEX_OUT_OF_RANGE as in `kernel.index`. A task has some
    columns of all v: no two add to one place. The epilogue is the identity.

    Constraints, beside K1-K5:
    - (C1) dimensions are `rows`, `sum`, one at least, and `cols`.
    - (C2) ids are i32 or i64 and do not vary with `cols`; updates and destination are f32.
    - (C3) the destination does not vary with `sum`, and has coefficient 1 along the last
      dimension of `cols` (or size 1).
  }];
  let extraClassDeclaration = [{
    bool canStore(::mlir::Type elementType, ::mlir::tenon::kernel::AccessAttr access);
  }];
}

def Kernel_PutOp : Kernel_ComputeOp<"put",
    (ins Tenon_SizeAttr:$bound, Tenon_SizeAttr:$stride), (region SizedRegion<1>:$epilogue)> {
  let summary = "replaces rows of a table by index";
  let description = [{
    For each index of the domain for which ids[...] is in 0..bound-1:
        destination[access + stride * ids[...]] = epilogue(inputs...)
    Inputs are ids, then epilogue inputs. What no id names stays as the destination
    operand holds it. Which of several equal ids counts is not promised.

    Constraints, beside K1-K5:
    - (C1) dimensions are `rows` (where ids vary) and `cols`.
    - (C2) ids are i32 or i64 and do not vary with `cols`.
    - (C3) the destination does not vary with `rows`.
  }];
  let extraClassDeclaration = [{
    bool canStore(::mlir::Type elementType, ::mlir::tenon::kernel::AccessAttr access);
  }];
}

def Kernel_PartitionOp : Kernel_ComputeOp<"partition", (ins I64Attr:$groups), (region SizedRegion<1>:$epilogue)> {
  let summary = "sorts rows by the group they belong to";
  let description = [{
    One input: ids, an integer per index of the domain, each a group. With G =
    `groups` and T rows, numbered in the order of the domain, the destination holds
    G + 1 + T integers:
        destination[g]         = number of rows whose id is below g, for g = 0..G
        destination[G + 1 + r] = the row that is number r when rows are sorted by id,
                                 those of one group in their order
    An id outside 0..G-1 stops the kernel with TN_INDEX_OUT_OF_RANGE as in `kernel.index`.
    One task does it all: it is a few operations per row. The region is the identity.

    Constraints, beside K1-K5:
    - (C1) dimensions are `rows`, at least one.
    - (C2) one input, of i32 or i64, the destination's element type; `groups` is positive.
    - (C3) the destination does not vary with the rows.
  }];
}

def Kernel_ScanOp : Kernel_ComputeOp<"scan", (ins), (region SizedRegion<1>:$epilogue)> {
  let summary = "running sums along lines";
  let description = [{
    For each batch index, k ascending:
        acc[k] = acc[k - 1] + x[.., k],  acc[-1] = 0
        destination[.., k] = epilogue(acc[k], inputs...)
    Inputs are x, then epilogue inputs.

    Constraints, beside K1-K5:
    - (C1) exactly one `sum` dimension, others `batch`.
    - (C2) at least one input, x, of a type that can be added: f32, i32 or i64.
  }];
}

def Kernel_ArgsortOp : Kernel_ComputeOp<"argsort", (ins UnitAttr:$descending), (region SizedRegion<1>:$epilogue)> {
  let summary = "the order of elements along lines";
  let description = [{
    For each batch index:
        order = the places along `sum` sorted by x there, ascending, or descending;
                NaN counts as the largest, equal ones keep their order
        destination[.., k] = epilogue(order[k] as i64, inputs...)
    Inputs are x, then epilogue inputs. A line is one task.

    Constraints, beside K1-K5:
    - (C1) exactly one `sum` dimension, others `batch`.
    - (C2) at least one input, x, of f32, i32 or i64.
  }];
}

def Kernel_PackOp : Kernel_Op<"pack", [Pure, IsolatedFromAbove, SingleBlock, DeclareOpInterfaceMethods<Kernel_KernelOpInterface,
    ["getFirstEpilogueInput", "getEpilogueRegion", "getNumOwnEpilogueArguments", "isResultDim", "getFlops"]>]> {
  let summary = "puts a matrix into column panels";
  let description = [{
    destination[batch][n / w][k][n mod w] = f(sources[batch, n, k]...) with w = `panel`,
    zero for columns beyond N up to the end of the last panel; f is the region. Sources
    have accesses over `batch`, `cols`, `sum`; the destination's access has batch
    coefficients only.

    Constraints:
    - (K1), (K2), (K3) as for the other kernel ops.
    - (K4), (K5) as for the other kernel ops.
    - (C1) exactly one `cols` and one `sum` dimension, others `batch`; panel is positive.
    - (C2) the destination varies with `batch` dimensions alone.
  }];
  let arguments = (ins Variadic<Tenon_Tensor>:$inputs, Tenon_Tensor:$destination,
                       ArrayAttr:$domain, ArrayAttr:$accesses, I64Attr:$panel);
  let results = (outs Tenon_Tensor:$result);
  let regions = (region SizedRegion<1>:$epilogue);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Inside regions
//===----------------------------------------------------------------------===//

def Kernel_ReduceKind : I32EnumAttr<"ReduceKind", "how values are combined", [
  I32EnumAttrCase<"Sum", 0, "sum">,
  I32EnumAttrCase<"Max", 1, "max">,
  I32EnumAttrCase<"Min", 2, "min">,
  I32EnumAttrCase<"Prod", 3, "prod">
]> {
  let cppNamespace = "::mlir::tenon::kernel";
}

def Kernel_ReduceOp : Kernel_Op<"reduce", [Pure, SameOperandsAndResultType, HasParent<"RowsOp">]> {
  let summary = "a value combined over the sum dimensions";
  let description = [{
    The sum, product, maximum or minimum of the operand over all `sum` dimensions
    of the enclosing `kernel.rows`. NaN wins in max and min. Empty: 0, 1, -inf,
    +inf (integers: smallest, largest). The order is fixed by the sizes and the
    code level alone.
  }];
  let arguments = (ins Kernel_ReduceKind:$kind, AnyType:$value);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$kind $value `:` type($value) attr-dict";
}

def Kernel_PositionOp : Kernel_Op<"position", [Pure]> {
  let summary = "the index along one dimension of the enclosing kernel";
  let arguments = (ins I64Attr:$dim);
  let results = (outs Index:$result);
  let assemblyFormat = "$dim attr-dict";
}

//===----------------------------------------------------------------------===//
// Memory and launches
//===----------------------------------------------------------------------===//

def Kernel_EmptyOp : Kernel_Op<"empty"> {
  let summary = "a tensor without contents, to be written";
  let description = "Each one is a buffer; two are never the same. One that is not used vanishes.";
  let results = (outs Res<Tenon_Tensor, "", [MemAlloc]>:$result);
  let assemblyFormat = "`:` type($result) attr-dict";
}

def Kernel_StorageOp : Kernel_Op<"storage", [Symbol]> {
  let summary = "a parameter in the layout kernels read";
  let description = [{
    Written by the function with the `kernel.prepare` attribute, read by entries; parts of
    training that update parameters write it again.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$type);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
}

def Kernel_StoredOp : Kernel_Op<"stored", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the value of a `kernel.storage`";
  let description = [{
    Constraints:
    - (C1) the symbol names a `kernel.storage` of the result's type.
  }];
  let arguments = (ins FlatSymbolRefAttr:$storage);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "$storage `:` type($result) attr-dict";
}

def Kernel_LaunchOp : Kernel_Op<"launch", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs an outlined kernel";
  let description = [{
    Operands are the kernel function's: inputs, then the destination, whose value
    after the run is the result. FLOPs and bytes are those of one run; with
    `mayDoLess` at most, because a mask may leave out a part.

    A launch begins when those before it have finished. With `join` it is of a group with
    the launch before: `free`, it touches nothing that the group's launches write, and
    writes nothing they touch; `tiles`, its tile number t, of the same grid, reads what the
    same tile of the launch before wrote, and may follow it at once.

    A launch into a `kernel.storage`, or the memory of a parameter, stays where it is, used
    or not.

    Constraints:
    - (C1) the symbol names a function from the operands' types to the result's.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<Tenon_Tensor>:$arguments,
                       Tenon_SizeAttr:$flops, Tenon_SizeAttr:$bytes, UnitAttr:$mayDoLess,
                       OptionalAttr<Kernel_JoinAttr>:$join);
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = [{
    $kernel `(` $arguments `)` `flops` $flops `bytes` $bytes `:` functional-type($arguments, $result) attr-dict
  }];
}

#endif // TENON_DIALECT_KERNEL_IR_KERNELOPS_TD
