//===- Prepare.cpp - What is computed when parameters are loaded ----------===//

#include "Prepare.h"

namespace mlir::tenon::kernel {

PrepareFunction::PrepareFunction(ModuleOp module) : module(module), symbols(module) {
  for (auto candidate : module.getOps<func::FuncOp>())
    if (candidate->hasAttr(kPrepareAttr))
      function = candidate;
  for ([[maybe_unused]] auto storage : module.getOps<StorageOp>())
    ++numStorages;
}

void PrepareFunction::create() {
  if (function)
    return;
  OpBuilder builder(module.getContext());
  builder.setInsertionPointToEnd(module.getBody());
  function =
      func::FuncOp::create(builder, module.getLoc(), "prepare", builder.getFunctionType({}, {}));
  function->setAttr(kPrepareAttr, builder.getUnitAttr());
  symbols.insert(function);
  builder.createBlock(&function.getBody());
  func::ReturnOp::create(builder, module.getLoc());
}

OpBuilder PrepareFunction::getBuilder() {
  create();
  return OpBuilder(function.getBody().front().getTerminator());
}

StorageOp PrepareFunction::addStorage(Location loc, TenonTensorType type) {
  create();
  OpBuilder builder(function);
  auto storage = StorageOp::create(builder, loc, "packed_" + std::to_string(numStorages++), type);
  symbols.insert(storage);
  return storage;
}

void PrepareFunction::addResult(Value value) {
  // The storages are what the function is for: it returns them.
  Operation *terminator = function.getBody().front().getTerminator();
  SmallVector<Value> results(terminator->getOperands());
  results.push_back(value);
  terminator->setOperands(results);
  function.setFunctionType(FunctionType::get(module.getContext(), {}, ValueRange(results)));
}

bool ParameterWork::contains(Value value) {
  if (auto found = known.find(value); found != known.end())
    return found->second;
  bool result = isSame(value.getDefiningOp());
  return known[value] = result;
}

bool ParameterWork::isSame(Operation *op) {
  if (isa_and_nonnull<ReadOp, StoredOp>(op))
    return true;
  auto kernel = dyn_cast_or_null<KernelOpInterface>(op);
  if (!kernel)
    return false;
  for (unsigned dim = 0; dim < kernel.getNumDims(); ++dim)
    if (!kernel.getDim(dim).getSize().isConstant())
      return false;
  // Dynamic sizes that a region asks for are known in a run alone.
  auto isDynamic = [](ExtentOp extent) {
    return extent.getSize().isConstant() ? WalkResult::advance() : WalkResult::interrupt();
  };
  if (op->walk(isDynamic).wasInterrupted())
    return false;
  Value destination = kernel.getDestinationOperand();
  if (!destination.getDefiningOp<EmptyOp>() &&
      (isa<ReadOp, StoredOp>(destination.getDefiningOp()) || !contains(destination)))
    return false;
  return llvm::all_of(kernel.getInputs(), [&](Value input) { return contains(input); });
}

} // namespace mlir::tenon::kernel
