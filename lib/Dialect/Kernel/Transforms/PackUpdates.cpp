//===- PackUpdates.cpp - Next values of parameters in panels --------------===//
//
// A step makes the next value of each parameter; products of the next step read it in
// panels. Packing it right where it is made takes it from the cache:
//
//   launch rows_5(g, m) -> m'              launch rows_5(g, m) -> m'
//   launch rows_6(g, v) -> v'              launch rows_6(g, v) -> v'
//   launch rows_7(m', w, v') -> w'         launch rows_7(m', w, v') -> w'
//   ...                                    launch pack_0(w') -> packed_0
//   (the runtime packs all of w')          launch pack_1(w') -> packed_1
//
// All of these get tasks of the same rows of the matrix, so that they join tile by tile.
// Packings that cannot have them, as those of several parameters, come last.
//
//===----------------------------------------------------------------------===//

#include "FusionSupport.h"
#include "LaunchMemory.h"
#include "tenon/Dialect/Kernel/Transforms/Passes.h"
#include "tenon/Dialect/Tenon/IR/TrainingAttributes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELPACKUPDATES
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

namespace {

/// Elements of a matrix that a task takes: at least, and at most if that are enough rows for
/// a vector.
constexpr int64_t kLeastTaskElements = 4096, kMostTaskElements = int64_t(1) << 14;

/// Next values of so many elements, 32 MiB, leave no packing in cache up to the next step.
constexpr int64_t kMostCachedElements = int64_t(1) << 23;

/// A launch of the prepare function whose inputs are parameters.
struct Packing {
  LaunchOp launch;
  StoredOp storage;
  /// The only input's next value; null when it has several.
  Value update;
  /// The launch behind which it can stand.
  Operation *place = nullptr;
};

class UpdatePacker {
public:
  UpdatePacker(ModuleOp module, int64_t vector) : module(module), symbols(module), vector(vector) {}

  /// Adds to `function` the packings of what it updates; returns how many.
  unsigned run(func::FuncOp function);

private:
  llvm::SmallVector<Packing> findPackings();
  Operation *findPlace(func::FuncOp function, Packing packing) const;
  std::optional<int64_t> chooseRows(ArrayRef<PackOp> packs, int64_t elements) const;
  bool chooseTasks(Value update, ArrayRef<Packing> packings);
  void insert(Packing packing, OpBuilder builder);
  void collectMaps(LaunchOp launch, int64_t elements, llvm::SetVector<Operation *> &maps);
  template <typename OpT> OpT getKernel(LaunchOp launch) const {
    return dyn_cast_or_null<OpT>(findKernel(launch, symbols));
  }

  ModuleOp module;
  SymbolTable symbols;
  int64_t vector;
  /// Of the function at hand: the next value of each parameter.
  llvm::StringMap<Value> updates;
  bool streams = false;
};

struct PackUpdates : public impl::KernelPackUpdatesBase<PackUpdates> {
  using KernelPackUpdatesBase::KernelPackUpdatesBase;
  void runOnOperation() override;
};

} // namespace

llvm::SmallVector<Packing> UpdatePacker::findPackings() {
  llvm::SmallVector<Packing> packings;
  for (auto prepare : module.getOps<func::FuncOp>()) {
    if (!prepare->hasAttr(kPrepareAttr))
      continue;
    for (auto launch : prepare.getOps<LaunchOp>()) {
      auto storage = launch.getArguments().back().getDefiningOp<StoredOp>();
      bool readsParameters = llvm::all_of(launch.getArguments().drop_back(), [](Value input) {
        return input.getDefiningOp<ReadOp>() != nullptr;
      });
      // A storage that is written in several steps is not one of parameters alone.
      bool isOnce =
          llvm::none_of(launch->getUsers(), [](Operation *user) { return isa<LaunchOp>(user); });
      if (storage && readsParameters && isOnce && getKernel<PackOp>(launch))
        packings.push_back({launch, storage, {}, nullptr});
    }
  }
  return packings;
}

/// The launch behind which the packing can stand: what it reads is made then, and what it
/// overwrites was read for the last time. Null when it reads nothing that is updated.
Operation *UpdatePacker::findPlace(func::FuncOp function, Packing packing) const {
  Operation *place = nullptr;
  auto moveBehind = [&](Operation *op) {
    if (!place || place->isBeforeInBlock(op))
      place = op;
  };
  for (Value input : packing.launch.getArguments().drop_back()) {
    Value update = updates.lookup(cast<ReadOp>(input.getDefiningOp()).getParam());
    if (update && !update.getDefiningOp<LaunchOp>())
      return nullptr;
    if (update)
      moveBehind(update.getDefiningOp());
  }
  if (!place)
    return nullptr;
  for (auto stored : function.getOps<StoredOp>())
    if (stored.getStorageAttr() == packing.storage.getStorageAttr())
      for (Operation *user : stored->getUsers())
        moveBehind(user);
  return place;
}

/// The maps over as many elements that make what `launch` reads, and read what it makes.
void UpdatePacker::collectMaps(LaunchOp launch, int64_t elements,
                               llvm::SetVector<Operation *> &maps) {
  auto map = launch ? getKernel<RowsOp>(launch) : RowsOp();
  std::optional<unsigned> dim = map && isMap(map) ? getOnlyDim(map) : std::nullopt;
  if (!dim || KernelOpInterface(map).getDim(*dim).getSize().getConstant() != elements ||
      !maps.insert(launch))
    return;
  for (Value input : launch.getArguments().drop_back())
    collectMaps(input.getDefiningOp<LaunchOp>(), elements, maps);
  for (Operation *user : launch->getUsers())
    collectMaps(dyn_cast<LaunchOp>(user), elements, maps);
}

/// How many rows of a matrix of `elements` a task of its packings takes; nothing when these
/// see different matrices in them.
std::optional<int64_t> UpdatePacker::chooseRows(ArrayRef<PackOp> packs, int64_t elements) const {
  int64_t rows = 0, panels = 1;
  for (PackOp pack : packs) {
    std::optional<unsigned> dim = getMatrixRows(pack);
    std::optional<int64_t> size =
        dim ? KernelOpInterface(pack).getDim(*dim).getSize().getConstant() : std::nullopt;
    int64_t panel = pack.getPanel();
    if (!size || *size == 0 || elements % *size != 0 || panel % vector != 0 ||
        (rows != 0 && rows != *size))
      return std::nullopt;
    rows = *size;
    panels = std::lcm(panels, panel);
  }
  int64_t width = elements / rows;
  bool fitsVectors =
      llvm::all_of(packs, [&](PackOp pack) { return fitsTasks(pack, vector, vector); });
  if (panels * width > kMostTaskElements && fitsVectors)
    return vector;
  return panels * llvm::divideCeil(kLeastTaskElements, panels * width);
}

/// Gives the maps behind a matrix and its packings tasks of the same rows; false when they
/// cannot have them.
bool UpdatePacker::chooseTasks(Value update, ArrayRef<Packing> packings) {
  std::optional<int64_t> elements =
      cast<TenonTensorType>(update.getType()).getNumElements().getConstant();
  llvm::SetVector<Operation *> launches, maps;
  if (!elements || *elements == 0)
    return false;
  collectMaps(update.getDefiningOp<LaunchOp>(), *elements, launches);
  for (Operation *launch : launches)
    maps.insert(getKernel<RowsOp>(cast<LaunchOp>(launch)));
  llvm::SmallVector<PackOp> packs;
  for (Packing packing : packings)
    packs.push_back(getKernel<PackOp>(packing.launch));
  std::optional<int64_t> rows = chooseRows(packs, *elements);
  if (!rows || maps.empty())
    return false;
  SizeAttr width =
      KernelOpInterface(packs[0]).getAccess(0).getCoefficients()[*getMatrixRows(packs[0])];
  int64_t task = *rows * *width.getConstant();
  // Kernels are shared: others may have asked for other tasks.
  auto mayHave = [](int64_t wanted) {
    return [=](Operation *op) { return getTask(op).value_or(wanted) == wanted; };
  };
  if (!llvm::all_of(maps, mayHave(task)) || !llvm::all_of(packs, mayHave(*rows)))
    return false;
  OpBuilder builder(module.getContext());
  for (Operation *map : maps)
    map->setAttr(kTaskAttr, builder.getI64IntegerAttr(task));
  for (PackOp pack : packs) {
    pack->setAttr(kTaskAttr, builder.getI64IntegerAttr(*rows));
    if (streams)
      pack->setAttr(kStreamedAttr, builder.getUnitAttr());
  }
  return true;
}

void UpdatePacker::insert(Packing packing, OpBuilder builder) {
  llvm::SmallVector<Value> operands;
  for (Value input : packing.launch.getArguments().drop_back()) {
    auto read = cast<ReadOp>(input.getDefiningOp());
    Value update = updates.lookup(read.getParam());
    operands.push_back(update ? update : builder.clone(*read)->getResult(0));
  }
  operands.push_back(builder.clone(*packing.storage)->getResult(0));
  builder.clone(*packing.launch)->setOperands(operands);
}

unsigned UpdatePacker::run(func::FuncOp function) {
  Operation *terminator = function.getBody().front().getTerminator();
  updates.clear();
  int64_t elements = 0;
  for (auto [number, value] : llvm::enumerate(terminator->getOperands()))
    if (auto param = function.getResultAttrOfType<StringAttr>(number, kUpdatesAttr)) {
      updates[param.getValue()] = value;
      SizeAttr size = cast<TenonTensorType>(value.getType()).getNumElements();
      elements += size.getConstant().value_or(0);
    }
  streams = elements > kMostCachedElements;
  llvm::MapVector<Value, llvm::SmallVector<Packing>> packings;
  for (Packing packing : findPackings()) {
    OperandRange inputs = packing.launch.getArguments().drop_back();
    if (inputs.size() == 1)
      packing.update = updates.lookup(cast<ReadOp>(inputs[0].getDefiningOp()).getParam());
    packing.place = findPlace(function, packing);
    if (packing.place)
      packings[packing.update].push_back(packing);
  }
  unsigned count = 0;
  for (const auto &[update, all] : packings) {
    // Those with tasks of their own follow all updates, side by side.
    bool follows = update && chooseTasks(update, all);
    for (Packing packing : llvm::reverse(all)) {
      OpBuilder builder(terminator);
      if (follows)
        builder.setInsertionPointAfter(packing.place);
      insert(packing, builder);
      ++count;
    }
  }
  return count;
}

void PackUpdates::runOnOperation() {
  UpdatePacker packer(getOperation(), vector);
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (!function.isPrivate() && !function.isExternal() && !function->hasAttr(kPrepareAttr))
      numPackings += packer.run(function);
}

} // namespace mlir::tenon::kernel
