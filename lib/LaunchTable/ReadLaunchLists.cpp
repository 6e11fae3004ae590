//===- ReadLaunchLists.cpp - Buffers and launches of each entry -----------===//

#include "tenon/LaunchTable/LaunchTable.h"

#include "tenon/Conversion/KernelToNVVM/GpuContext.h"

#include "tenon/Dialect/Tenon/IR/Remarks.h"

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// Numbers the buffers of one function as launches touch them.
class ListReader {
public:
  ListReader(func::FuncOp function, const llvm::StringMap<int32_t> &parameters,
             const llvm::StringMap<int32_t> &storages)
      : function(function), parameters(parameters), storages(storages) {}

  LogicalResult read(LaunchListRecord &list);

private:
  /// The value that owns the memory: results of launches are their destination.
  static Value getRoot(Value value) {
    while (auto launch = value.getDefiningOp<kernel::LaunchOp>())
      value = launch.getArguments().back();
    return value;
  }
  FailureOr<int32_t> getBuffer(Value value, LaunchListRecord &list);

  func::FuncOp function;
  const llvm::StringMap<int32_t> &parameters;
  const llvm::StringMap<int32_t> &storages;
  llvm::DenseMap<Value, int32_t> numbers;
  llvm::DenseMap<Value, int32_t> outputs;
};

} // namespace

static SizeAttr getBytes(Value value) {
  auto type = cast<TenonTensorType>(value.getType());
  return type.getNumElements().mul(type.getElementBytes());
}

FailureOr<int32_t> ListReader::getBuffer(Value value, LaunchListRecord &list) {
  Value root = getRoot(value);
  auto [it, isNew] = numbers.try_emplace(root, int32_t(list.buffers.size()));
  if (!isNew)
    return it->second;
  BufferRecord buffer{TN_BUFFER_TEMPORARY, 0, int32_t(list.launches.size()), 0, getBytes(root)};
  if (auto argument = dyn_cast<BlockArgument>(root)) {
    buffer.kind = TN_BUFFER_INPUT;
    buffer.index = argument.getArgNumber();
  } else if (auto read = root.getDefiningOp<ReadOp>()) {
    buffer.kind = TN_BUFFER_PARAMETER;
    buffer.index = parameters.lookup(read.getParam());
  } else if (auto stored = root.getDefiningOp<kernel::StoredOp>()) {
    buffer.kind = TN_BUFFER_PACKED;
    buffer.index = storages.lookup(stored.getStorage());
  } else if (auto output = outputs.find(root); output != outputs.end()) {
    buffer.kind = TN_BUFFER_OUTPUT;
    buffer.index = output->second;
  } else if (!root.getDefiningOp<kernel::EmptyOp>()) {
    return root.getDefiningOp()->emitOpError("is not a buffer that launches may use");
  }
  if (buffer.kind != TN_BUFFER_TEMPORARY)
    buffer.first = 0;
  list.buffers.push_back(buffer);
  return it->second;
}

/// Temporaries are alive for whole groups of launches, which may run in any order.
static void spreadOverGroups(LaunchListRecord &list) {
  std::vector<int32_t> first, last;
  for (int32_t i = 0; i < int32_t(list.launches.size()); ++i)
    first.push_back(i == 0 || list.launches[i].join == TN_JOIN_NONE ? i : first.back());
  last.resize(first.size());
  for (int32_t i = int32_t(first.size()) - 1; i >= 0; --i)
    last[i] = i + 1 < int32_t(first.size()) && first[i + 1] == first[i] ? last[i + 1] : i;
  for (BufferRecord &buffer : list.buffers)
    if (buffer.kind == TN_BUFFER_TEMPORARY) {
      buffer.first = first[buffer.first];
      buffer.last = last[buffer.last];
    }
}

LogicalResult ListReader::read(LaunchListRecord &list) {
  Operation *terminator = function.getBody().front().getTerminator();
  if (!function->hasAttr(kernel::kPrepareAttr))
    for (auto [index, value] : llvm::enumerate(terminator->getOperands()))
      outputs.try_emplace(getRoot(value), int32_t(index));
  for (auto launch : function.getOps<kernel::LaunchOp>()) {
    LaunchRecord record;
    record.kernel = launch.getKernel().str();
    record.flops = launch.getFlops();
    record.bytes = launch.getBytes();
    record.mayDoLess = launch.getMayDoLess();
    if (std::optional<kernel::Join> join = launch.getJoin())
      record.join = *join == kernel::Join::Tiles ? TN_JOIN_TILES : TN_JOIN_FREE;
    Origin origin = getOrigin(launch.getLoc());
    record.block = origin.block.str();
    record.location = formatPlace(origin);
    for (Value argument : launch.getArguments()) {
      FailureOr<int32_t> number = getBuffer(argument, list);
      if (failed(number))
        return failure();
      record.buffers.push_back(*number);
      list.buffers[*number].last = int32_t(list.launches.size());
    }
    list.launches.push_back(std::move(record));
  }
  spreadOverGroups(list);
  for (auto [index, value] : llvm::enumerate(terminator->getOperands()))
    if (!function->hasAttr(kernel::kPrepareAttr) && !numbers.contains(getRoot(value)))
      return function.emitOpError() << "output " << index << " is not written by a launch";
  return success();
}

LogicalResult mlir::tenon::readLaunchLists(ModuleOp module, LevelRecord &level) {
  llvm::StringMap<int32_t> parameters, storages;
  for (auto param : module.getOps<ParamOp>())
    parameters.try_emplace(param.getSymName(), int32_t(parameters.size()));
  for (auto storage : module.getOps<kernel::StorageOp>()) {
    storages.try_emplace(storage.getSymName(), int32_t(storages.size()));
    auto type = cast<TenonTensorType>(storage.getType());
    level.packedBytes.push_back(type.getNumElements().mul(type.getElementBytes()));
  }
  for (auto function : module.getOps<func::FuncOp>()) {
    bool isPrepare = function->hasAttr(kernel::kPrepareAttr);
    if (function.isPrivate() && !isPrepare)
      continue;
    LaunchListRecord &list = isPrepare ? level.prepare : level.entries.emplace_back();
    if (failed(ListReader(function, parameters, storages).read(list)))
      return failure();
  }
  return success();
}

/// How many tiles a grid has, if all sizes are known.
static std::optional<int64_t> countTiles(const KernelRecord &kernel) {
  int64_t tiles = 1;
  for (const auto &[size, divisor] : kernel.grid) {
    std::optional<int64_t> constant = size.getConstant();
    if (!constant)
      return std::nullopt;
    tiles *= llvm::divideCeil(*constant, divisor);
  }
  return tiles;
}

/// Launches whose tiles turned out to be others than those before them must wait.
static void separateTiles(LaunchListRecord &list, const LevelRecord &level) {
  auto getKernel = [&](size_t i) { return level.kernels.at(list.launches[i].kernel); };
  auto haveSameTiles = [&](size_t i, size_t k) {
    std::optional<int64_t> tiles = countTiles(getKernel(i));
    return getKernel(i).grid == getKernel(k).grid || (tiles && tiles == countTiles(getKernel(k)));
  };
  for (size_t i = 1; i < list.launches.size(); ++i)
    if (list.launches[i].join == TN_JOIN_TILES && !haveSameTiles(i, i - 1))
      list.launches[i].join = TN_JOIN_NONE;
}

LogicalResult mlir::tenon::readKernels(ModuleOp emitted,
                                       llvm::function_ref<std::string(llvm::StringRef)> getSymbol,
                                       LevelRecord &level) {
  for (auto function : emitted.getOps<func::FuncOp>()) {
    auto grid = function->getAttrOfType<ArrayAttr>(kernel::kGridAttr);
    auto scratch = function->getAttrOfType<SizeAttr>(kernel::kScratchAttr);
    auto threads = function->getAttrOfType<IntegerAttr>(kernel::kThreadsAttr);
    if (!grid || (!scratch && !threads))
      continue;
    KernelRecord record;
    record.symbol = getSymbol(function.getSymName());
    record.threads = threads ? threads.getInt() : 0;
    if (auto shared = function->getAttrOfType<IntegerAttr>(kernel::kSharedAttr))
      record.sharedBytes = shared.getInt();
    // Threads of a GPU have no scratch memory.
    if (!scratch)
      scratch = SizeAttr::get(emitted.getContext(), 0);
    for (Attribute attribute : grid) {
      auto factor = cast<kernel::GridAttr>(attribute);
      record.grid.emplace_back(factor.getSize(), factor.getDivisor());
    }
    record.scratchBytes = scratch;
    level.kernels[function.getSymName()] = std::move(record);
  }
  for (const LaunchListRecord &list : level.entries)
    for (const LaunchRecord &launch : list.launches)
      if (!level.kernels.contains(launch.kernel))
        return emitted.emitError() << "kernel '" << launch.kernel << "' was not emitted";
  separateTiles(level.prepare, level);
  for (LaunchListRecord &list : level.entries)
    separateTiles(list, level);
  return success();
}
