//===- FuseProducers.cpp - Maps join the row kernel after them ------------===//

#include "FusionSupport.h"
#include "tenon/Dialect/Kernel/Transforms/Passes.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELFUSEPRODUCERS
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

namespace {

/// A map of at most this many operations may be evaluated again in each pass of
/// its reader over a row, or for each repetition: cheaper than a trip to memory.
constexpr int64_t kCheapOps = 4;

struct FuseProducers : public impl::KernelFuseProducersBase<FuseProducers> {
  void runOnOperation() override;
};

} // namespace

/// One input of the reader that is the producer's result.
struct SharedInput {
  unsigned index;
  DimMap dims;
};

/// Where `reader` reads `producer`'s result, when the map may be computed there.
static std::optional<SmallVector<SharedInput>> matchReads(KernelOpInterface producer,
                                                          KernelOpInterface reader) {
  Value shared = producer->getResult(0);
  if (!isMap(producer) || !isa<RowsOp>(reader.getOperation()) || !isOnlyReadBy(shared, reader) ||
      !producer.getDestinationOperand().getDefiningOp<EmptyOp>() ||
      !producer.getDestinationOperand().hasOneUse())
    return std::nullopt;
  int64_t numOps = std::distance(producer.getEpilogueRegion().front().without_terminator().begin(),
                                 producer.getEpilogueRegion().front().without_terminator().end());
  SmallVector<SharedInput> inputs;
  for (auto [index, input] : llvm::enumerate(reader.getInputs())) {
    if (input != shared)
      continue;
    std::optional<DimMap> dims = matchDims(producer, producer.getDestinationAccess(), reader,
                                           reader.getAccess(index), [](unsigned) { return true; });
    if (!dims)
      return std::nullopt;
    // Along the reader's other dimensions the value repeats.
    bool isRepeated = !reader.getDims(DimRole::Sum).empty();
    for (unsigned dim = 0; dim < reader.getNumDims(); ++dim) {
      if (isPart(*dims, dim) || reader.getDim(dim).getSize().isOne())
        continue;
      if (!reader.getAccess(index).getCoefficients()[dim].isZero())
        return std::nullopt;
      isRepeated = true;
    }
    if (isRepeated && numOps > kCheapOps)
      return std::nullopt;
    inputs.push_back({unsigned(index), *dims});
  }
  return inputs;
}

static void fuse(KernelOpInterface producer, KernelOpInterface reader,
                 ArrayRef<SharedInput> shared) {
  OpBuilder builder(reader);
  unsigned numDims = reader.getNumDims();
  Region &body = reader.getEpilogueRegion();
  SmallVector<Value> inputs(reader.getInputs());
  SmallVector<Attribute> accesses(reader.getAccesses().getValue().drop_back());

  // The map's inputs join at the end, once per place that reads its result.
  builder.setInsertionPointToStart(&body.front());
  for (const SharedInput &input : shared) {
    SmallVector<Value> arguments;
    for (auto [index, value] : llvm::enumerate(producer.getInputs())) {
      inputs.push_back(value);
      accesses.push_back(remapAccess(producer.getAccess(index), input.dims, numDims));
      arguments.push_back(body.addArgument(cast<TenonTensorType>(value.getType()).getElementType(),
                                           producer->getLoc()));
    }
    Value value = cloneScalarRegion(builder, producer.getEpilogueRegion(), arguments, input.dims);
    body.getArgument(input.index).replaceAllUsesWith(value);
  }
  // Then the places themselves go, from the last.
  for (const SharedInput &input : llvm::reverse(shared)) {
    inputs.erase(inputs.begin() + input.index);
    accesses.erase(accesses.begin() + input.index);
    body.eraseArgument(input.index);
  }
  accesses.push_back(reader.getDestinationAccess());
  reader.getInputsMutable().assign(inputs);
  reader.setAccessesAttr(builder.getArrayAttr(accesses));
  Value destination = producer.getDestinationOperand();
  producer->erase();
  destination.getDefiningOp()->erase();
}

void FuseProducers::runOnOperation() {
  SmallVector<KernelOpInterface> producers;
  getOperation().walk([&](KernelOpInterface kernel) { producers.push_back(kernel); });
  // Backwards, so that chains collapse into their last reader.
  for (KernelOpInterface producer : llvm::reverse(producers)) {
    if (producer->getResult(0).use_empty())
      continue;
    auto reader = dyn_cast<KernelOpInterface>(*producer->getResult(0).user_begin());
    if (!reader)
      continue;
    if (std::optional<SmallVector<SharedInput>> inputs = matchReads(producer, reader)) {
      fuse(producer, reader, *inputs);
      ++numFused;
    }
  }
}

} // namespace mlir::tenon::kernel
