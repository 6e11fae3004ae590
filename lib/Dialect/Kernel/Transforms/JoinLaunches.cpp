//===- JoinLaunches.cpp - Launches that need not wait ---------------------===//

#include "FusionSupport.h"
#include "LaunchMemory.h"
#include "tenon/Dialect/Kernel/Transforms/Passes.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELJOINLAUNCHES
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

namespace {

/// Launches from one that waits up to the one at hand.
class Group {
public:
  explicit Group(SymbolTable &symbols) : symbols(symbols) {}

  /// How `launch` joins; nothing when it must wait. It is of the group in the end, or the
  /// first of a new one.
  std::optional<Join> add(LaunchOp launch);

private:
  struct Write {
    /// The number of launches since the last free one that wrote it.
    unsigned chain;
    LaunchOp launch;
  };
  /// The kernel, if it is a map over one dimension.
  KernelOpInterface getMap(LaunchOp launch) const;
  bool followsTiles(LaunchOp launch) const;

  SymbolTable &symbols;
  llvm::DenseMap<const void *, Write> written;
  llvm::DenseSet<const void *> read, readInChain;
  unsigned chain = 0;
  /// The last launch, if all of its chain are maps.
  KernelOpInterface lastMap;
};

struct JoinLaunches : public impl::KernelJoinLaunchesBase<JoinLaunches> {
  using KernelJoinLaunchesBase::KernelJoinLaunchesBase;
  void runOnOperation() override;
};

} // namespace

/// The memory that `value` lies in: parameters and their packed copies have names, so that
/// two ops may stand for one.
static const void *getPlace(Value value) {
  Value memory = getMemory(value);
  if (auto stored = memory.getDefiningOp<StoredOp>())
    return stored.getStorageAttr().getAsOpaquePointer();
  if (auto read = memory.getDefiningOp<ReadOp>())
    return read.getParamAttr().getAsOpaquePointer();
  return memory.getAsOpaquePointer();
}

/// The only dimension that is not of size 1; nothing when there are more.
static std::optional<unsigned> getOnlyDim(KernelOpInterface kernel) {
  std::optional<unsigned> only;
  for (unsigned dim = 0; dim < kernel.getNumDims(); ++dim) {
    if (kernel.getDim(dim).getSize().isOne())
      continue;
    if (only)
      return std::nullopt;
    only = dim;
  }
  return only;
}

KernelOpInterface Group::getMap(LaunchOp launch) const {
  auto function = symbols.lookup<func::FuncOp>(launch.getKernel());
  if (!function || function.isExternal())
    return {};
  auto rows = dyn_cast<RowsOp>(function.getBody().front().front());
  return rows && isMap(rows) && getOnlyDim(rows) ? KernelOpInterface(rows) : KernelOpInterface();
}

/// Whether all that `launch` reads of the group's is of the same element of its chain.
bool Group::followsTiles(LaunchOp launch) const {
  KernelOpInterface map = getMap(launch);
  if (!map || !lastMap)
    return false;
  unsigned dim = *getOnlyDim(map), lastDim = *getOnlyDim(lastMap);
  if (KernelOpInterface before = lastMap;
      map.getDim(dim).getSize() != before.getDim(lastDim).getSize())
    return false;
  for (auto [number, input] : llvm::enumerate(launch.getArguments().drop_back())) {
    auto found = written.find(getPlace(input));
    if (found == written.end())
      continue;
    KernelOpInterface writer = getMap(found->second.launch);
    if (found->second.chain != chain || !writer)
      return false;
    AccessAttr from = writer.getDestinationAccess(), to = map.getAccess(number);
    if (from.getOffset() != to.getOffset() ||
        from.getCoefficients()[*getOnlyDim(writer)] != to.getCoefficients()[dim])
      return false;
  }
  return true;
}

std::optional<Join> Group::add(LaunchOp launch) {
  const void *destination = getPlace(launch.getArguments().back());
  auto inputs = llvm::map_to_vector(launch.getArguments().drop_back(), getPlace);
  bool overwrites = written.contains(destination) || read.contains(destination);
  bool reads = llvm::any_of(inputs, [&](const void *input) { return written.contains(input); });
  // What reads the same is better off while that is in cache.
  bool shares =
      llvm::any_of(inputs, [&](const void *input) { return readInChain.contains(input); });
  std::optional<Join> join;
  if (!overwrites && !written.empty()) {
    if ((reads || shares) && followsTiles(launch))
      join = Join::Tiles;
    else if (!reads)
      join = Join::Free;
  }
  if (!join) {
    written.clear();
    read.clear();
  }
  if (join != Join::Tiles) {
    ++chain;
    readInChain.clear();
  }
  lastMap = getMap(launch);
  written[destination] = {chain, launch};
  read.insert(inputs.begin(), inputs.end());
  readInChain.insert(inputs.begin(), inputs.end());
  return join;
}

/// Scalars that inputs alone decide, as rates of learning are, come first: no group waits
/// for them in its middle.
static void hoistScalars(func::FuncOp function) {
  Block &block = function.getBody().front();
  Operation *last = nullptr;
  for (auto launch : llvm::make_early_inc_range(function.getOps<LaunchOp>())) {
    auto type = cast<TenonTensorType>(launch.getResult().getType());
    auto destination = launch.getArguments().back().getDefiningOp<EmptyOp>();
    bool isOfInputs = llvm::all_of(launch.getArguments().drop_back(),
                                   [](Value input) { return isa<BlockArgument>(input); });
    if (!type.getNumElements().isOne() || !destination || !destination->hasOneUse() || !isOfInputs)
      continue;
    if (last)
      destination->moveAfter(last);
    else
      destination->moveBefore(&block, block.begin());
    launch->moveAfter(destination);
    last = launch;
  }
}

void JoinLaunches::runOnOperation() {
  SymbolTable symbols(getOperation());
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    if (function.isPrivate() && !function->hasAttr(kPrepareAttr))
      continue;
    hoistScalars(function);
    Group group(symbols);
    for (auto launch : function.getOps<LaunchOp>()) {
      launch.removeJoinAttr();
      std::optional<Join> join = group.add(launch);
      if (!join || separates)
        continue;
      launch.setJoin(*join);
      ++numJoined;
    }
  }
}

} // namespace mlir::tenon::kernel
