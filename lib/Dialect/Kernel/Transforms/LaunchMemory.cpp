//===- LaunchMemory.cpp - What a list of launches keeps in memory ---------===//

#include "LaunchMemory.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::tenon;
using namespace mlir::tenon::kernel;

/// The runtime places buffers at multiples of this.
constexpr int64_t kAlignment = 64;
/// The largest sum of sizes that is told from an overflow.
constexpr int64_t kMostBytes = int64_t(1) << 62;

Value mlir::tenon::kernel::getMemory(Value value) {
  while (auto launch = value.getDefiningOp<LaunchOp>())
    value = launch.getArguments().back();
  return value;
}

Operation *mlir::tenon::kernel::findKernel(LaunchOp launch, const SymbolTable &symbols) {
  auto function = symbols.lookup<func::FuncOp>(launch.getKernel());
  return function && !function.isExternal() ? &function.getBody().front().front() : nullptr;
}

const void *mlir::tenon::kernel::getPlace(Value value) {
  Value memory = getMemory(value);
  if (auto stored = memory.getDefiningOp<StoredOp>())
    return stored.getStorageAttr().getAsOpaquePointer();
  if (auto read = memory.getDefiningOp<ReadOp>())
    return read.getParamAttr().getAsOpaquePointer();
  return memory.getAsOpaquePointer();
}

LogicalResult LaunchMemory::addOperand(Value value, int launch, bool isWritten,
                                       SymbolValues values) {
  Value memory = getMemory(value);
  if (!memory.getDefiningOp<EmptyOp>() || outputs.contains(memory))
    return success();
  auto [found, isNew] = buffers.try_emplace(memory);
  Buffer &buffer = found->second;
  if (isNew) {
    auto type = cast<TenonTensorType>(memory.getType());
    std::optional<int64_t> bytes;
    if (SizeAttr size = type.getNumElements().mul(type.getElementBytes()))
      bytes = size.evaluate(values);
    if (!bytes || *bytes > kMostBytes)
      return launches[launch].emitError() << "the size of " << type << " has no 64-bit value";
    buffer.bytes = llvm::alignTo(*bytes, kAlignment);
    buffer.first = launch;
  }
  buffer.last = launch;
  buffer.writers += isWritten;
  return success();
}

FailureOr<LaunchMemory> LaunchMemory::read(func::FuncOp function, SymbolValues values) {
  LaunchMemory memory;
  for (Value output : function.getBody().front().getTerminator()->getOperands())
    memory.outputs.insert(getMemory(output));
  for (auto launch : function.getOps<LaunchOp>()) {
    int number = memory.launches.size();
    memory.numbers[launch] = number;
    memory.launches.push_back(launch);
    for (OpOperand &operand : launch->getOpOperands()) {
      bool isWritten = operand.getOperandNumber() + 1 == launch->getNumOperands();
      if (failed(memory.addOperand(operand.get(), number, isWritten, values)))
        return failure();
    }
  }
  // What begins and ends at each launch, then the running sum.
  llvm::SmallVector<int64_t> changes(memory.launches.size() + 1, 0);
  for (const auto &[value, buffer] : memory.buffers) {
    if (changes[buffer.first] > kMostBytes - buffer.bytes)
      return memory.launches[buffer.first].emitError("all temporaries together leave 64 bits");
    changes[buffer.first] += buffer.bytes;
    changes[buffer.last + 1] -= buffer.bytes;
  }
  int64_t sum = 0;
  for (size_t launch = 0; launch < memory.launches.size(); ++launch) {
    if (sum > kMostBytes - std::max<int64_t>(changes[launch], 0))
      return memory.launches[launch].emitError("all temporaries together leave 64 bits");
    memory.alive.push_back(sum += changes[launch]);
  }
  return memory;
}

const Buffer *LaunchMemory::find(Value value) const {
  auto found = buffers.find(getMemory(value));
  return found == buffers.end() ? nullptr : &found->second;
}

int LaunchMemory::getPeak() const {
  return alive.empty() ? -1 : int(llvm::max_element(alive) - alive.begin());
}
