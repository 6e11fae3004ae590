//===- HoistParameters.cpp - Kernels that parameters alone decide ---------===//

#include "Prepare.h"
#include "tenon/Dialect/Kernel/Transforms/Passes.h"
#include "tenon/Dialect/Tenon/IR/Remarks.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELHOISTPARAMETERS
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

namespace {

struct HoistParameters : public impl::KernelHoistParametersBase<HoistParameters> {
  void runOnOperation() override;
};

/// The kernels of one function that are computed when parameters are loaded.
class Hoisting {
public:
  explicit Hoisting(func::FuncOp function);

  /// Their results that others read.
  SmallVector<Value> getFrontier();
  void eraseDead();

private:
  bool mayMove(Operation *op);

  llvm::SetVector<Operation *> kernels;
};

/// Rebuilds values in the prepare function, equal ones once.
class Mover {
public:
  explicit Mover(ModuleOp module) : prepare(module) {}

  /// The storage that holds `value`.
  StorageOp store(Value value);

  /// The values of one function are done: others may take their places in memory.
  void forgetValues() { numbers.clear(); }

private:
  unsigned getNumber(Value value);
  Value rebuild(Value value);
  Value rebuildIn(Value value, Value memory);

  PrepareFunction prepare;
  /// Equal values have one number.
  llvm::DenseMap<Value, unsigned> numbers;
  llvm::StringMap<unsigned> numberOf;
  llvm::DenseMap<unsigned, StorageOp> storages;
  llvm::DenseMap<unsigned, Value> rebuilt;
};

} // namespace

static bool isDestination(OpOperand &use) {
  return isa<KernelOpInterface>(use.getOwner()) &&
         use.getOperandNumber() + 1 == use.getOwner()->getNumOperands();
}

Hoisting::Hoisting(func::FuncOp function) {
  ParameterWork work;
  for (auto kernel : function.getOps<KernelOpInterface>())
    if (work.contains(kernel->getResult(0)))
      kernels.insert(kernel);
  // What must stay may hold back what writes to the same memory.
  while (true) {
    SmallVector<Operation *> staying;
    for (Operation *op : kernels)
      if (!mayMove(op))
        staying.push_back(op);
    if (staying.empty())
      return;
    for (Operation *op : staying)
      kernels.remove(op);
  }
}

/// Outputs are written by the entry itself; memory that is written in several steps is
/// read after the last one, and all of them move or none.
bool Hoisting::mayMove(Operation *op) {
  Value result = op->getResult(0);
  for (OpOperand &use : result.getUses())
    if (isa<func::ReturnOp>(use.getOwner()) ||
        (isDestination(use) && (!kernels.contains(use.getOwner()) || !result.hasOneUse())))
      return false;
  Operation *before = cast<KernelOpInterface>(op).getDestinationOperand().getDefiningOp();
  return isa<EmptyOp>(before) || kernels.contains(before);
}

SmallVector<Value> Hoisting::getFrontier() {
  SmallVector<Value> frontier;
  for (Operation *op : kernels)
    if (llvm::any_of(op->getUsers(), [&](Operation *user) { return !kernels.contains(user); }))
      frontier.push_back(op->getResult(0));
  return frontier;
}

void Hoisting::eraseDead() {
  SmallVector<Operation *> ops(kernels.begin(), kernels.end());
  kernels.clear();
  for (Operation *op : llvm::reverse(ops))
    if (op->use_empty())
      op->erase();
}

/// A number for how the value is computed.
unsigned Mover::getNumber(Value value) {
  if (auto known = numbers.find(value); known != numbers.end())
    return known->second;
  Operation *op = value.getDefiningOp();
  std::string text;
  llvm::raw_string_ostream os(text);
  // Alone it is printed without the names of what it reads.
  Operation *alone = op->clone();
  alone->print(os, OpPrintingFlags().useLocalScope());
  alone->erase();
  if (isa<KernelOpInterface>(op))
    for (Value operand : op->getOperands())
      os << ' ' << getNumber(operand);
  unsigned number = numberOf.try_emplace(text, numberOf.size()).first->second;
  return numbers[value] = number;
}

/// `value` in the prepare function, in memory of its own that nothing else writes to.
Value Mover::rebuild(Value value) {
  Operation *op = value.getDefiningOp();
  Value &known = rebuilt[getNumber(value)];
  if (known)
    return known;
  if (isa<ReadOp, StoredOp>(op))
    return known = prepare.getBuilder().clone(*op)->getResult(0);
  Operation *root = op;
  while (auto kernel = dyn_cast<KernelOpInterface>(root))
    root = kernel.getDestinationOperand().getDefiningOp();
  Value memory = prepare.getBuilder().clone(*root)->getResult(0);
  // More may be rebuilt meanwhile: the reference does not stay valid.
  Value result = rebuildIn(value, memory);
  return rebuilt[getNumber(value)] = result;
}

/// The steps that write `value`, beginning with `memory` in the place of what they
/// began with. They are not shared: a later step would change an earlier one's value.
Value Mover::rebuildIn(Value value, Value memory) {
  Operation *op = value.getDefiningOp();
  if (isa<EmptyOp>(op))
    return memory;
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands())
    operands.push_back(isDestination(operand) ? rebuildIn(operand.get(), memory)
                                              : rebuild(operand.get()));
  Operation *clone = prepare.getBuilder().clone(*op);
  clone->setOperands(operands);
  return clone->getResult(0);
}

StorageOp Mover::store(Value value) {
  unsigned number = getNumber(value);
  if (StorageOp known = storages.lookup(number))
    return known;
  auto type = cast<TenonTensorType>(value.getType());
  StorageOp storage = storages[number] = prepare.addStorage(value.getLoc(), type);
  OpBuilder builder = prepare.getBuilder();
  Value stored = StoredOp::create(builder, value.getLoc(), type, storage.getSymName());
  prepare.addResult(rebuildIn(value, stored));
  return storage;
}

void HoistParameters::runOnOperation() {
  Mover mover(getOperation());
  SmallVector<func::FuncOp> functions;
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (!function->hasAttr(kPrepareAttr) && !function.isExternal() && !function.isPrivate())
      functions.push_back(function);
  for (func::FuncOp function : functions) {
    Hoisting hoisting(function);
    for (Value value : hoisting.getFrontier()) {
      remarkPassed(value.getDefiningOp(), "kernel-hoist-parameters", "ComputedAtLoad",
                   "depends on parameters alone: computed once, when they are loaded");
      StorageOp storage = mover.store(value);
      OpBuilder builder(value.getDefiningOp());
      Value stored =
          StoredOp::create(builder, value.getLoc(), value.getType(), storage.getSymName());
      value.replaceAllUsesWith(stored);
      ++numHoisted;
    }
    mover.forgetValues();
    hoisting.eraseDead();
  }
}

} // namespace mlir::tenon::kernel
