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
  struct Read {
    unsigned chain;
    LaunchOp launch;
    unsigned input;
  };
  /// The kernel, if it is a map over one dimension.
  KernelOpInterface getMap(LaunchOp launch) const;
  bool followsTiles(LaunchOp launch) const;
  bool packsTiles(LaunchOp launch) const;
  bool overwritesOwnTile(LaunchOp launch) const;

  SymbolTable &symbols;
  llvm::DenseMap<const void *, Write> written;
  llvm::DenseMap<const void *, llvm::SmallVector<Read, 1>> read;
  llvm::DenseSet<const void *> readInChain;
  unsigned chain = 0;
  /// The last map of the chain; nothing once it has another kernel than maps and packings
  /// of their tiles.
  KernelOpInterface lastMap;
};

struct JoinLaunches : public impl::KernelJoinLaunchesBase<JoinLaunches> {
  using KernelJoinLaunchesBase::KernelJoinLaunchesBase;
  void runOnOperation() override;
};

} // namespace

KernelOpInterface Group::getMap(LaunchOp launch) const {
  auto rows = dyn_cast_or_null<RowsOp>(findKernel(launch, symbols));
  return rows && isMap(rows) && getOnlyDim(rows) ? KernelOpInterface(rows) : KernelOpInterface();
}

/// Whether all that `launch` reads of the group's is of the same element of its chain.
bool Group::followsTiles(LaunchOp launch) const {
  KernelOpInterface map = getMap(launch);
  if (!map || !lastMap)
    return false;
  unsigned dim = *getOnlyDim(map), lastDim = *getOnlyDim(lastMap);
  if (KernelOpInterface before = lastMap;
      map.getDim(dim).getSize() != before.getDim(lastDim).getSize() ||
      getTask(map) != getTask(before))
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

/// Whether `launch` packs the rows of a matrix that the same tile of its chain has written.
bool Group::packsTiles(LaunchOp launch) const {
  auto pack = dyn_cast_or_null<PackOp>(findKernel(launch, symbols));
  std::optional<unsigned> rows = pack && getTask(pack) ? getMatrixRows(pack) : std::nullopt;
  if (!rows || !lastMap)
    return false;
  auto found = written.find(getPlace(launch.getArguments().front()));
  KernelOpInterface writer = found == written.end() || found->second.chain != chain
                                 ? nullptr
                                 : getMap(found->second.launch);
  if (!writer || !getTask(writer))
    return false;
  AccessAttr from = writer.getDestinationAccess();
  unsigned dim = *getOnlyDim(writer);
  SizeAttr elements = cast<TenonTensorType>(pack.getInputs()[0].getType()).getNumElements();
  SizeAttr width = KernelOpInterface(pack).getAccess(0).getCoefficients()[*rows];
  return from.getOffset().isZero() && from.getCoefficients()[dim].isOne() &&
         writer.getDim(dim).getSize() == elements &&
         width.mul(*getTask(pack)) == SizeAttr::get(pack.getContext(), *getTask(writer));
}

/// Whether what the group has read of what `launch` writes was the same element, of its chain.
bool Group::overwritesOwnTile(LaunchOp launch) const {
  auto found = read.find(getPlace(launch.getArguments().back()));
  if (found == read.end())
    return true;
  KernelOpInterface map = getMap(launch);
  return map && llvm::all_of(found->second, [&](Read before) {
           KernelOpInterface reader = getMap(before.launch);
           if (before.chain != chain || !reader)
             return false;
           AccessAttr from = reader.getAccess(before.input), to = map.getDestinationAccess();
           return from.getOffset() == to.getOffset() &&
                  from.getCoefficients()[*getOnlyDim(reader)] ==
                      to.getCoefficients()[*getOnlyDim(map)];
         });
}

std::optional<Join> Group::add(LaunchOp launch) {
  const void *destination = getPlace(launch.getArguments().back());
  auto inputs = llvm::map_to_vector(launch.getArguments().drop_back(), getPlace);
  bool overwrites = read.contains(destination);
  bool reads = llvm::any_of(inputs, [&](const void *input) { return written.contains(input); });
  // What reads the same is better off while that is in cache.
  bool shares =
      llvm::any_of(inputs, [&](const void *input) { return readInChain.contains(input); });
  std::optional<Join> join;
  if (!written.contains(destination) && !written.empty()) {
    if ((reads || shares) && overwritesOwnTile(launch) &&
        (followsTiles(launch) || packsTiles(launch)))
      join = Join::Tiles;
    else if (!reads && !overwrites)
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
  if (join != Join::Tiles || getMap(launch))
    lastMap = getMap(launch);
  written[destination] = {chain, launch};
  for (auto [number, input] : llvm::enumerate(inputs))
    read[input].push_back({chain, launch, unsigned(number)});
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
