//===- Passes.td - Passes on the kernel tier -*- tablegen -*-===//

#ifndef TENON_DIALECT_KERNEL_TRANSFORMS_PASSES_TD
#define TENON_DIALECT_KERNEL_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def KernelFuseEpilogues : Pass<"kernel-fuse-epilogues", "::mlir::func::FuncOp"> {
  let summary = "Joins elementwise kernels to the kernel that makes their operand";
  let description = [{
    A map (`kernel.rows` without sums) that is the only reader of a kernel's
    result and walks over the same elements becomes part of that kernel's
    epilogue, with its destination: biases, activations, residuals, permuted and
    concatenated stores. A map that spreads a row's result along the dimensions
    that `kernel.rows` summed over, all of them and in their order, joins it, too:
    the gain of a norm. Refused when the result has another reader, when the
    producer's destination holds other data, when the dimensions differ, or when
    the producer cannot store the map's element type or order. Fusion never
    repeats an operation here, so it always pays.

    Remarks: `JoinedEpilogue`; for a producer that nothing joins, the reason:
    `ReaderIsNotElementwise`, `ResultHasAnotherReader`, `ResultIsDestination`,
    `DestinationHoldsOtherData`, `DimensionsDiffer`, `ReadInTwoOrders`,
    `PartOfTheResult`, `CannotStore`. A map that stays apart has a second chance,
    and its remark, in `kernel-fuse-producers`.

    Before:
    ```mlir
    %p = kernel.contract [...] (%x[...], %w[...]) -> %0[...] { yield acc }
    %y = kernel.rows [rows m0: B, rows m1: 8] (%p[...], %b[m1]) -> %1[...] { add }
    ```
    After:
    ```mlir
    %y = kernel.contract [...] (%x[...], %w[...], %b[n0]) -> %1[...] { yield acc + b }
    ```
  }];
  let statistics = [Statistic<"numFused", "epilogues-fused", "Maps joined to their producer">];
}

def KernelFuseProducers : Pass<"kernel-fuse-producers", "::mlir::func::FuncOp"> {
  let summary = "Joins elementwise kernels to the row kernel that reads them";
  let description = [{
    A map whose result only one `kernel.rows` reads is computed where it is read.
    Refused when another kernel reads the result, or when the reader would
    evaluate it more than once per element and the operations repeated cost more
    than the bytes saved (`RepetitionCost`).

    Remarks: `JoinedReader`; for a map that joins no reader, the reason:
    `ReaderTakesMemory`, `ResultHasAnotherReader`, `ResultIsDestination`,
    `DestinationHoldsOtherData`, `DimensionsDiffer`, `CostlyToRepeat`.

    Before:
    ```mlir
    %s = kernel.rows [rows m0: B, rows m1: N] (%x[...]) -> %0[...] { x * x }
    %y = kernel.rows [rows m0: B, sum k0: N] (%s[...]) -> %1[m0] { reduce sum }
    ```
    After:
    ```mlir
    %y = kernel.rows [rows m0: B, sum k0: N] (%x[...]) -> %1[m0] { reduce sum (x * x) }
    ```
  }];
  let statistics = [Statistic<"numFused", "producers-fused", "Maps joined to their reader">];
}

def KernelMergeDims : Pass<"kernel-merge-dims", "::mlir::func::FuncOp"> {
  let summary = "Merges dimensions that all operands walk alike";
  let description = [{
    Two dimensions of one role are one when every access steps over the inner
    one exactly: [rows m0: B, rows m1: N] with accesses 384*N*m0 + 384*m1 becomes
    [rows m0: B*N]. A batch of products that steps over the columns so is more
    columns. Dimensions of size 1 vanish, but a kernel keeps one of rows and one
    of cols where it needs them.

    Before:
    ```mlir
    kernel.contract [batch b0: 7, rows m0: B, rows m1: N, cols n0: 6, sum k0: 5]
        (%x[5*N*m0 + 5*m1 + k0], %w[6*b0 + 42*k0 + n0]) -> %0[42*N*m0 + 42*m1 + 6*b0 + n0]
    ```
    After:
    ```mlir
    kernel.contract [rows m1: B*N, cols n0: 42, sum k0: 5]
        (%x[5*m1 + k0], %w[42*k0 + n0]) -> %0[42*m1 + n0]
    ```
  }];
  let statistics = [Statistic<"numMerged", "dims-merged", "Dimensions merged or dropped">];
}

def KernelSkipPadding : Pass<"kernel-skip-padding", "::mlir::func::FuncOp"> {
  let summary = "Products leave out tokens that a key mask hides";
  let description = [{
    Where no output depends on what a product gives for tokens that the key mask of an
    attention hides, it computes the others alone: their rows are group 0 of a
    `kernel.partition`, one per mask, and the rest of the result is zero. Nothing
    depends on a hidden token when all that is computed from it, token by token, is
    read as a hidden key or value, or multiplied by the mask (as 0 and 1) or replaced
    by 0 under it. The product with the mask then becomes a choice of 0, whatever is
    multiplied: a NaN that only a hidden token holds is gone, and none is made of zeros.
    A mask that is computed after a product comes too late for it.

    Remark: `HiddenTokensSkipped`.

    Before:
    ```mlir
    %k = kernel.contract [rows m: B*N, ...] (%x[...], %w[...]) -> %0[...]
    %y = kernel.attend [...] (%q[...], %k[...], %v[...], %mask[N*b + j]) -> ... {keyMask}
    ```
    After:
    ```mlir
    %ids = kernel.rows [rows m: B*N] (%mask[m]) -> %1[m] { 0 where visible, else 1 }
    %order = kernel.partition [rows m: B*N] (%ids[m]) -> %2[0] {groups = 2}
    %k = kernel.contract [groups g0: 1, rows m: B*N, ...] (%x[...], %w[...], %order[m + 3]) -> %0[...]
    %y = kernel.attend [...] (%q[...], %k[...], %v[...], %mask[N*b + j]) -> ... {keyMask}
    ```
  }];
  let statistics = [Statistic<"numSkipping", "skipping", "Products that leave out hidden tokens">];
}

def KernelPackOperands : Pass<"kernel-pack-operands", "::mlir::ModuleOp"> {
  let summary = "Puts the right-hand sides of matrix products into panels";
  let description = [{
    Kernels read the right-hand side in panels of `panel` columns. A parameter is
    packed once, by the prepare function, into a `kernel.storage`; equal packings
    are shared. Anything else is packed where it is used (remark
    `PackedInEveryRun`); parts of it that parameters alone decide, and that do not lie
    along the columns, are computed apart, for `kernel-hoist-parameters`.

    Before:
    ```mlir
    %w = tenon.read @w
    %y = kernel.contract [...] (%x[...], %w[4*n0 + k0]) -> ...
    ```
    After:
    ```mlir
    kernel.storage @packed_0 : !tenon.tensor<[256] f32>
    func.func @prepare() attributes {kernel.prepare} { %w = tenon.read @w; kernel.pack ... }
    %w = kernel.stored @packed_0
    %y = kernel.contract [...] (%x[...], %w[0]) -> ... {panel = 64}
    ```
  }];
  let options = [
    Option<"panel", "panel", "int64_t", "64", "Columns per panel">,
    Option<"vector", "vector", "int64_t", "0",
           "Columns of a vector: few columns have a panel of as few vectors; 0: all are whole">,
    Option<"level", "level", "std::string", "\"\"", "Name of the CPU level, noted on the module">
  ];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def KernelAddStatistics : Pass<"kernel-add-statistics", "::mlir::func::FuncOp"> {
  let summary = "Computes once what all blocks of attention's derivatives need of a query";
  let description = [{
    Where blocks of keys are computed side by side, each needs of every query the largest
    score, the sum of weights and the mean of derivatives by weights over all keys. A
    kernel of its own computes them before `kernel.attend_gradient`, three numbers per
    query.

    Before:
    ```mlir
    %g = kernel.attend_gradient [batch h: 2, queries i: N, keys j: M, ...]
        (%q[...], %k[...], %v[...], %dy[...]) -> %0[0] ...
    ```
    After:
    ```mlir
    %1 = kernel.empty : !tenon.tensor<[2, N, 3] f32>
    %s = kernel.attend_statistics [batch h: 2, queries i: N, keys j: M, ...]
        (%q[...], %k[...], %v[...], %dy[...]) -> %1[3*N*h + 3*i] ...
    %g = kernel.attend_gradient [batch h: 2, queries i: N, keys j: M, ...]
        (%q[...], %k[...], %v[...], %dy[...], %s[3*N*h + 3*i]) -> %0[0] {statistics, ...}
    ```
  }];
  let statistics = [Statistic<"numAdded", "added", "Derivatives that statistics were added to">];
}

def KernelNarrowFactors : Pass<"kernel-narrow-factors", "::mlir::func::FuncOp"> {
  let summary = "Keeps in bf16 what only products read, where products are of bf16";
  let description = [{
    In a module whose products are of bf16 (`tenon.compute`), factors become bf16 in memory:
    half the bytes, and no rounding where they are multiplied. Who computes a value that
    only such products read stores it so; of others, of inputs and of parameters, products
    read a copy. All factors of a product are narrow or none: none where elements of one do
    not lie in pieces of 16 bytes.

    Before:
    ```mlir
    %x = kernel.rows [rows m: 96] (%a[m]) -> %0[m] ... { tenon.yield %v : f32 }
    %y = kernel.contract [rows m: 4, cols n: 8, sum k: 24] (%x[24*m + k], %w[24*n + k]) -> ...
    ```
    After:
    ```mlir
    %1 = kernel.empty : !tenon.tensor<[4, 24] bf16>
    %x = kernel.rows [rows m: 96] (%a[m]) -> %1[m] ... {
      %n = arith.truncf %v : f32 to bf16
      tenon.yield %n : bf16
    }
    %2 = kernel.empty : !tenon.tensor<[8, 24] bf16>
    %c = kernel.rows [rows m: 192] (%w[m]) -> %2[m] ...
    %y = kernel.contract [rows m: 4, cols n: 8, sum k: 24] (%x[24*m + k], %c[24*n + k]) -> ...
    ```
  }];
  let statistics = [Statistic<"numNarrowed", "narrowed", "Values stored in bf16">,
                    Statistic<"numCopied", "copied", "Values of which products read a copy">];
}

def KernelSplitProducts : Pass<"kernel-split-products", "::mlir::func::FuncOp"> {
  let summary = "Takes long sums of small products in parts, for blocks of a GPU";
  let description = [{
    A product of few rows and columns keeps few blocks busy, however long its sums are:
    derivatives by weights. `kernel.contract` takes its sums in parts then, and
    `kernel.rows` adds the parts up and does what the epilogue does. How many parts there
    are depends on the sizes that are known; products of known sums that are short, of
    groups, with a prologue or an epilogue that asks for positions stay.

    Before:
    ```mlir
    %y = kernel.contract [rows m: 192, cols n: 768, sum k: K]
        (%a[K*m + k], %b[768*k + n]) -> %0[768*m + n] ...
    ```
    After:
    ```mlir
    %1 = kernel.empty : !tenon.tensor<[7, 192, 768] f32>
    %p = kernel.contract [batch p: 7, rows m: 192, cols n: 768, sum k: K]
        (%a[K*m + k], %b[768*k + n]) -> %1[147456*p + 768*m + n] {parts} ...
    %y = kernel.rows [rows m: 192, rows n: 768, sum p: 7]
        (%p[147456*p + 768*m + n]) -> %0[768*m + n] ...
    ```
  }];
  let statistics = [Statistic<"numSplit", "split", "Products whose sums are taken in parts">];
}

def KernelSplitSums : Pass<"kernel-split-sums", "::mlir::func::FuncOp"> {
  let summary = "Takes long sums in parts, which blocks of a GPU add up side by side";
  let description = [{
    A sum of few rows keeps few blocks busy: derivatives by biases and coefficients,
    losses, norms of gradients. It becomes two kernels: `kernel.part_sums` adds up parts,
    and `kernel.rows` the sums of parts, with what the region does to the whole sums.
    Where elements lie side by side along the last dimension of several, that one counts
    as rows until the second kernel. How many parts there are depends on the sizes that
    are known. Other reductions than sums in f32, and rows that need their elements
    again, stay.

    Before:
    ```mlir
    %y = kernel.sums [sum k: M, rows m: 8, sum l: 96] (%x[768*k + 96*m + l]) -> %0[m] ...
    ```
    After:
    ```mlir
    %1 = kernel.empty : !tenon.tensor<[8, 96, 1, 256] f32>
    %p = kernel.part_sums [sum k: M, rows m: 8, rows l: 96] (%x[768*k + 96*m + l])
        -> %1[24576*m + 256*l] {parts = 256 : i64} ...
    %y = kernel.rows [rows m: 8, sum l: 96, rows s: 1, sum p: 256]
        (%p[24576*m + 256*l + 256*s + p]) -> %0[m + s] ...
    ```
  }];
  let statistics = [Statistic<"numSplit", "split", "Sums taken in parts">];
}

def KernelHoistParameters : Pass<"kernel-hoist-parameters", "::mlir::ModuleOp"> {
  let summary = "Computes once what parameters alone decide";
  let description = [{
    Kernels that read parameters, constants and each other alone, of known sizes,
    move to the prepare function, which runs when parameters are loaded; what
    others read of them is kept in a `kernel.storage`. Equal ones are computed once
    for all entries. A result of an entry stays in it, and so does what a kernel that
    stays writes to.

    Remark: `ComputedAtLoad`.

    Before:
    ```mlir
    %w = tenon.read @w
    %t = kernel.rows [...] (%w[...]) -> %0[...] { ... }
    %y = kernel.rows [...] (%x[...], %t[...]) -> %1[...] { ... }
    ```
    After:
    ```mlir
    kernel.storage @packed_0 : !tenon.tensor<[8] f32>
    func.func @prepare() attributes {kernel.prepare} { %w = tenon.read @w; kernel.rows ... }
    %t = kernel.stored @packed_0
    %y = kernel.rows [...] (%x[...], %t[...]) -> %1[...] { ... }
    ```
  }];
  let statistics = [Statistic<"numHoisted", "hoisted", "Values computed at load">];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def KernelOutline : Pass<"kernel-outline", "::mlir::ModuleOp"> {
  let summary = "Makes a function of each kernel, one per different kernel";
  let description = [{
    Each kernel op moves into a private function of its operands and is replaced
    by `kernel.launch`. Kernels that differ only in their operands share a
    function: code grows with the number of different kernels, not of layers.
  }];
  let statistics = [
    Statistic<"numLaunches", "launches", "Kernel launches">,
    Statistic<"numFunctions", "functions", "Different kernels">
  ];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def KernelRematerialize : Pass<"kernel-rematerialize", "::mlir::ModuleOp"> {
  let summary = "Runs kernels again instead of keeping their results in memory";
  let description = [{
    Where the temporaries of an entry need more than `max-memory` bytes at `sizes`, one
    that lives through the peak without being used there is dropped and computed again
    before its next reader, with what that takes: first what frees most bytes for the
    time it costs (the greater of operations and bytes moved). Results stay equal bit by
    bit. Inputs, outputs, parameters and their packed copies are not counted.

    Refused: a limit that no such change reaches, with the least reached.

    Remark: `RunsAgain`.

    Before:
    ```mlir
    %t = kernel.launch @rows_0(%x, %0) ...
    %u = kernel.launch @rows_1(%t, %1) ...
    ... most is alive here ...
    %v = kernel.launch @rows_2(%t, %2) ...
    ```
    After:
    ```mlir
    %t = kernel.launch @rows_0(%x, %0) ...
    %u = kernel.launch @rows_1(%t, %1) ...
    ...
    %again = kernel.launch @rows_0(%x, %3) ...
    %v = kernel.launch @rows_2(%again, %2) ...
    ```
  }];
  let options = [
    Option<"maxMemory", "max-memory", "int64_t", "0",
           "Bytes for the temporaries of an entry; 0: no limit">,
    ListOption<"sizes", "sizes", "std::string", "Value of each symbol, name=value">,
    Option<"asFarAsPossible", "as-far-as-possible", "bool", "false",
           "Do what lowers the peak and do not refuse">
  ];
  let statistics = [Statistic<"numLaunches", "launches", "Launches that run again">];
}

def KernelUpdateInPlace : Pass<"kernel-update-in-place", "::mlir::ModuleOp"> {
  let summary = "Writes next values of parameters where the former ones lie";
  let description = [{
    A map that computes a result which is the next value of a parameter (`tenon.updates`)
    writes into the parameter's memory, when of the former value it reads the element that it
    writes, no later launch reads that value, and it stands among the last launches, all of
    them maps, packings and rows that are put: they meet no error, so that a step changes all
    or nothing. So does a `kernel.put` into a copy of the parameter, which is not made then.

    Before:
    ```mlir
    %0 = kernel.empty
    %next = kernel.launch @rows_0(%gradient, %w, %0) ...
    ```
    After:
    ```mlir
    %place = tenon.read @w
    %next = kernel.launch @rows_0(%gradient, %w, %place) ...
    ```
  }];
  let statistics = [Statistic<"numUpdates", "updates", "Next values that are written in place">];
}

def KernelPackUpdates : Pass<"kernel-pack-updates", "::mlir::ModuleOp"> {
  let summary = "Packs the next values of parameters where they are made";
  let description = [{
    A function whose results are next values of parameters (`tenon.updates`) fills the
    storages that the prepare function packs from these, as soon as a value is made and the
    storage was read for the last time. The runtime then packs nothing of them after a step.

    The maps behind a matrix and its packings get tasks of as many rows (`kernel.task`):
    panels of them, or vectors where these are more than 2^14 elements.
    `kernel-join-launches` lets them follow one another tile by tile. Packings that cannot
    have such tasks, as those with batches, follow the last launch. Where all next values
    together are more than 32 MiB, packings pass the caches (`kernel.streamed`).

    Before:
    ```mlir
    func.func @prepare() attributes {kernel.prepare} { ... kernel.launch @pack_0(%w, %stored) ... }
    %next = kernel.launch @rows_0(%m, %w, %0) ...
    return %next
    ```
    After:
    ```mlir
    %next = kernel.launch @rows_0(%m, %w, %0) ...
    %1 = kernel.stored @packed_0
    kernel.launch @pack_0(%next, %1) ...
    return %next
    ```
  }];
  let options = [Option<"vector", "vector", "int64_t", "16", "Columns of a vector">];
  let statistics = [Statistic<"numPackings", "packings", "Packings in parts of training">];
}

def KernelJoinLaunches : Pass<"kernel-join-launches", "::mlir::ModuleOp"> {
  let summary = "Finds launches that need not wait for those before them";
  let description = [{
    A launch joins the group of the launch before it when nothing that one of them writes
    is read or written by another: `free`. A map over one dimension joins one over as many
    elements when it reads what the maps before it, without a `free` between, read or
    wrote, and of all that the group writes nothing else, and at the same element: `tiles`.
    So does a packing with tasks of the rows that a tile of the maps writes.
    One tile of an optimizer's moments and parameter is then in cache while all are
    updated, and small launches share the threads' time. Scalars that are computed from
    inputs alone move to the front.

    Before:
    ```mlir
    %a = kernel.launch @rows_0(%x, %0) ...
    %b = kernel.launch @rows_1(%a, %y, %1) ...
    %c = kernel.launch @contract_0(%z, %w, %2) ...
    ```
    After:
    ```mlir
    %a = kernel.launch @rows_0(%x, %0) ...
    %b = kernel.launch @rows_1(%a, %y, %1) ... {join = #kernel<join tiles>}
    %c = kernel.launch @contract_0(%z, %w, %2) ... {join = #kernel<join free>}
    ```
  }];
  let options = [Option<"separates", "separates", "bool", "false",
                        "Let every launch wait for those before it">];
  let statistics = [Statistic<"numJoined", "joined", "Launches that join a group">];
}

#endif // TENON_DIALECT_KERNEL_TRANSFORMS_PASSES_TD
