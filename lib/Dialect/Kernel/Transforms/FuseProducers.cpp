//===- FuseProducers.cpp - Maps join the row kernel after them ------------===//

#include "FusionSupport.h"
#include "tenon/Dialect/Kernel/Transforms/Passes.h"
#include "tenon/Dialect/Tenon/IR/Remarks.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELFUSEPRODUCERS
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

static constexpr llvm::StringLiteral kPass = "kernel-fuse-producers";

namespace {
struct FuseProducers : public impl::KernelFuseProducersBase<FuseProducers> {
  void runOnOperation() override;
};
} // namespace

/// Where `reader` reads the map `producer`, when the map may be computed there;
/// else sets `refusal`.
static std::optional<SmallVector<SharedInput>>
matchReads(KernelOpInterface producer, KernelOpInterface reader, std::optional<Refusal> &refusal) {
  auto refuse = [&](llvm::StringLiteral name, const llvm::Twine &reason) {
    refusal.emplace(Refusal{name, reason.str()});
    return std::nullopt;
  };
  if (!isa<RowsOp>(reader.getOperation()))
    return refuse("ReaderTakesMemory",
                  "its reader " + describe(reader) + " takes operands from memory only");
  if ((refusal = refuseSharedResult(producer, reader)))
    return std::nullopt;
  RepetitionCost cost = getRepetitionCost(producer);
  SmallVector<SharedInput> inputs;
  for (auto [index, input] : llvm::enumerate(reader.getInputs())) {
    if (input != producer->getResult(0))
      continue;
    std::optional<DimMap> dims = matchDims(producer, producer.getDestinationAccess(), reader,
                                           reader.getAccess(index), [](unsigned) { return true; });
    // Along the reader's other dimensions the value repeats.
    bool isRepeated = !reader.getDims(DimRole::Sum).empty();
    for (unsigned dim = 0; dims && dim < reader.getNumDims(); ++dim) {
      if (isPart(*dims, dim) || reader.getDim(dim).getSize().isOne())
        continue;
      if (!reader.getAccess(index).getCoefficients()[dim].isZero())
        dims.reset();
      isRepeated = true;
    }
    if (!dims)
      return refuse("DimensionsDiffer",
                    "its reader " + describe(reader) + " walks over other dimensions");
    if (isRepeated && !cost.isPaid())
      return refuse("CostlyToRepeat",
                    describe(reader) + " would evaluate it more than once per element: " +
                        llvm::Twine(cost.opsRepeated) + " operations repeated, while the " +
                        llvm::Twine(cost.bytesSaved) + " bytes saved pay for " +
                        llvm::Twine(cost.getOpsPaid()));
    inputs.push_back({unsigned(index), *dims});
  }
  return inputs;
}

void FuseProducers::runOnOperation() {
  SmallVector<KernelOpInterface> producers;
  getOperation().walk([&](KernelOpInterface kernel) { producers.push_back(kernel); });
  // Backwards, so that chains collapse into their last reader.
  for (KernelOpInterface producer : llvm::reverse(producers)) {
    // Edges from other kernels were decided, and reported, by epilogue fusion.
    KernelOpInterface reader = getReader(producer->getResult(0));
    if (!reader || !isMap(producer))
      continue;
    // Right-hand sides are computed where they are packed, by kernel-pack-operands.
    if (llvm::all_of(producer->getResult(0).getUses(), [&](OpOperand &use) {
          return use.getOwner() == reader && isPacked(reader, use.getOperandNumber());
        }))
      continue;
    std::optional<Refusal> refusal;
    std::optional<SmallVector<SharedInput>> inputs = matchReads(producer, reader, refusal);
    if (!inputs) {
      remarkMissed(producer, kPass, refusal->name, "joins no kernel: " + refusal->reason);
      continue;
    }
    remarkPassed(producer, kPass, "JoinedReader",
                 "joins " + describe(reader) + ": " + getBytesSaved(producer).toString() +
                     " bytes less to move");
    joinReader(producer, reader, *inputs);
    ++numFused;
  }
}

} // namespace mlir::tenon::kernel
