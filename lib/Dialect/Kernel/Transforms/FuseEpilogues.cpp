//===- FuseEpilogues.cpp - Maps join the kernel before them ---------------===//

#include "FusionSupport.h"
#include "tenon/Dialect/Kernel/Transforms/Passes.h"
#include "tenon/Dialect/Tenon/IR/Remarks.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELFUSEEPILOGUES
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

static constexpr llvm::StringLiteral kPass = "kernel-fuse-epilogues";

namespace {
struct FuseEpilogues : public impl::KernelFuseEpiloguesBase<FuseEpilogues> {
  void runOnOperation() override;
};
} // namespace

/// The dimensions of the map `reader`, which repeats one value per row along
/// those that `producer` sums over: x / |x|, or a norm's scale. They match its sum
/// dimensions in order, the others its rows.
static std::optional<DimMap> matchSpread(KernelOpInterface reader, AccessAttr access,
                                         KernelOpInterface producer) {
  AccessAttr stored = producer.getDestinationAccess();
  SmallVector<unsigned> sums = producer.getDims(DimRole::Sum);
  if (!isa<RowsOp>(producer.getOperation()) || access.getOffset() != stored.getOffset() ||
      llvm::any_of(sums, [&](unsigned dim) { return !stored.getCoefficients()[dim].isZero(); }))
    return std::nullopt;
  SmallVector<unsigned> rows = producer.getDims(DimRole::Rows);
  SizeAttr one = SizeAttr::get(reader.getContext(), 1);
  DimMap dims(reader.getNumDims());
  for (unsigned dim = 0; dim < reader.getNumDims(); ++dim) {
    SizeAttr size = reader.getDim(dim).getSize(), coefficient = access.getCoefficients()[dim];
    if (size.isOne())
      continue;
    SmallVector<unsigned> &candidates = coefficient.isZero() ? sums : rows;
    auto match = llvm::find_if(candidates, [&](unsigned candidate) {
      return producer.getDim(candidate).getSize() == size &&
             stored.getCoefficients()[candidate] == coefficient;
    });
    // Sums keep their order, so that lines of elements stay lines.
    if (match == candidates.end() || (coefficient.isZero() && match != candidates.begin()))
      return std::nullopt;
    dims[dim].emplace_back(*match, one);
    candidates.erase(match);
  }
  bool isComplete =
      llvm::all_of(sums, [&](unsigned dim) { return producer.getDim(dim).getSize().isOne(); });
  return isComplete ? std::optional<DimMap>(dims) : std::nullopt;
}

/// The dimensions of the map `reader` among those of `producer`, when the map
/// may join the producer's epilogue; else sets `refusal`.
static std::optional<DimMap> matchEpilogue(KernelOpInterface producer, KernelOpInterface reader,
                                           std::optional<Refusal> &refusal) {
  auto refuse = [&](llvm::StringLiteral name, const llvm::Twine &reason) {
    refusal.emplace(Refusal{name, reason.str()});
    return std::nullopt;
  };
  if (!isMap(reader))
    return refuse("ReaderIsNotElementwise",
                  "its reader " + describe(reader) +
                      (reader.getDims(DimRole::Sum).empty() ? " is not elementwise"
                                                            : " sums over its elements"));
  if ((refusal = refuseSharedResult(producer, reader)))
    return std::nullopt;
  std::optional<DimMap> dims;
  for (auto [index, input] : llvm::enumerate(reader.getInputs())) {
    if (input != producer->getResult(0))
      continue;
    std::optional<DimMap> match =
        matchDims(reader, reader.getAccess(index), producer, producer.getDestinationAccess(),
                  [&](unsigned dim) { return producer.isResultDim(dim); });
    if (!match)
      match = matchSpread(reader, reader.getAccess(index), producer);
    if (!match)
      return refuse("DimensionsDiffer",
                    "its reader " + describe(reader) + " walks over other dimensions");
    if (dims && *dims != *match)
      return refuse("ReadInTwoOrders",
                    "its reader " + describe(reader) + " reads it in two orders");
    dims = match;
  }
  // Every element the producer makes must be taken.
  for (unsigned dim = 0; dim < producer.getNumDims(); ++dim)
    if (producer.isResultDim(dim) && !producer.getDim(dim).getSize().isOne() && !isPart(*dims, dim))
      return refuse("PartOfTheResult",
                    "its reader " + describe(reader) + " does not take every element");
  Type stored = cast<TenonTensorType>(reader->getResult(0).getType()).getElementType();
  if (!producer.canStore(stored,
                         remapAccess(reader.getDestinationAccess(), *dims, producer.getNumDims())))
    return refuse("CannotStore", "it cannot store what " + describe(reader) +
                                     " stores: another element type or order");
  return dims;
}

/// Puts the map into the epilogue of the producer, which takes its place. The producer
/// is changed, not made anew, so that a long chain takes time in its length.
static void fuse(KernelOpInterface producer, KernelOpInterface reader, const DimMap &dims) {
  OpBuilder builder(reader);
  unsigned numDims = producer.getNumDims();
  Value shared = producer->getResult(0), destination = producer.getDestinationOperand();

  Region &region = producer.getEpilogueRegion(), &map = reader.getEpilogueRegion();
  Operation *terminator = region.front().getTerminator();
  Value own = terminator->getOperand(0);

  // Operands: the producer's inputs, the map's other inputs, the map's destination.
  // Where each input has an argument, one that is read already is not read again.
  SmallVector<Value> operands(producer.getInputs());
  SmallVector<Attribute> accesses(producer.getAccesses().getValue().drop_back());
  bool hasArgumentPerInput = region.getNumArguments() == operands.size();
  auto findArgument = [&](Value input, Attribute access) {
    for (unsigned i = 0; hasArgumentPerInput && i < operands.size(); ++i)
      if (operands[i] == input && accesses[i] == access)
        return Value(region.getArgument(i));
    return Value();
  };

  // Region: the producer's, then the map's on its value.
  SmallVector<Value> arguments;
  for (auto [index, input] : llvm::enumerate(reader.getInputs())) {
    AccessAttr access = remapAccess(reader.getAccess(index), dims, numDims);
    Value argument = input == shared ? own : findArgument(input, access);
    if (!argument) {
      BlockArgument inner = map.getArgument(index);
      argument = region.addArgument(inner.getType(), inner.getLoc());
      operands.push_back(input);
      accesses.push_back(access);
    }
    arguments.push_back(argument);
  }
  operands.push_back(reader.getDestinationOperand());
  accesses.push_back(remapAccess(reader.getDestinationAccess(), dims, numDims));
  builder.setInsertionPoint(terminator);
  terminator->setOperand(0, cloneScalarRegion(builder, map, arguments, dims));

  producer->moveBefore(reader);
  producer->setOperands(operands);
  producer.setAccessesAttr(builder.getArrayAttr(accesses));
  shared.setType(reader->getResult(0).getType());
  reader->getResult(0).replaceAllUsesWith(shared);
  reader->erase();
  destination.getDefiningOp()->erase();
}

void FuseEpilogues::runOnOperation() {
  // In program order: a kernel takes the maps after it one by one. A map that
  // was taken must not have its own turn.
  SmallVector<Operation *> kernels;
  getOperation().walk([&](KernelOpInterface kernel) { kernels.push_back(kernel); });
  llvm::SmallPtrSet<Operation *, 16> taken;
  for (Operation *producer : kernels) {
    if (taken.contains(producer))
      continue;
    auto kernel = cast<KernelOpInterface>(producer);
    while (KernelOpInterface reader = getReader(kernel->getResult(0))) {
      std::optional<Refusal> refusal;
      std::optional<DimMap> dims = matchEpilogue(kernel, reader, refusal);
      if (!dims) {
        // A map has a second chance, and its remark, in kernel-fuse-producers.
        if (!isMap(kernel))
          remarkMissed(producer, kPass, refusal->name, "nothing joins it: " + refusal->reason);
        break;
      }
      remarkPassed(reader, kPass, "JoinedEpilogue",
                   "joins " + describe(producer) + ": " + getBytesSaved(kernel).toString() +
                       " bytes less to move");
      taken.insert(reader);
      fuse(kernel, reader, *dims);
      ++numFused;
    }
  }
}

} // namespace mlir::tenon::kernel
