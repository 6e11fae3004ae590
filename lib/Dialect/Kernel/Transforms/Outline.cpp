//===- Outline.cpp - One function per different kernel --------------------===//

#include "tenon/Dialect/Kernel/Transforms/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELOUTLINE
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

namespace {
struct Outline : public impl::KernelOutlineBase<Outline> {
  void runOnOperation() override;
};
} // namespace

/// Bytes read and written once each: per operand the elements its access
/// reaches, at most the tensor.
static SizeAttr getBytes(KernelOpInterface kernel) {
  SizeAttr total = SizeAttr::get(kernel.getContext(), 0);
  for (auto [index, operand] : llvm::enumerate(kernel->getOperands())) {
    auto type = cast<TenonTensorType>(operand.getType());
    SizeAttr elements = SizeAttr::get(kernel.getContext(), 1);
    bool varies = false;
    for (unsigned dim = 0; dim < kernel.getNumDims(); ++dim)
      if (!kernel.getAccess(index).getCoefficients()[dim].isZero()) {
        elements = elements.mul(kernel.getDim(dim).getSize());
        varies = true;
      }
    // A packed operand has no coefficient along its panels.
    if (!varies)
      elements = type.getNumElements();
    total = total.add(elements.mul(type.getElementBytes()));
  }
  return total;
}

/// A private function that runs a clone of the kernel on its arguments.
static func::FuncOp createFunction(KernelOpInterface kernel) {
  OpBuilder builder(kernel.getContext());
  Location loc = builder.getUnknownLoc();
  auto function = func::FuncOp::create(
      loc, kernel.getKernelName(),
      builder.getFunctionType(kernel->getOperandTypes(), kernel->getResultTypes()));
  function.setPrivate();
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToStart(block);
  IRMapping mapping;
  Operation *clone = builder.clone(*kernel, mapping);
  clone->setOperands(block->getArguments());
  func::ReturnOp::create(builder, loc, clone->getResults());
  return function;
}

/// The text of a function, which names neither operands nor locations.
static std::string getKey(func::FuncOp function) {
  std::string text;
  llvm::raw_string_ostream os(text);
  function.print(os, OpPrintingFlags().useLocalScope());
  return text;
}

void Outline::runOnOperation() {
  ModuleOp module = getOperation();
  SymbolTable symbols(module);
  llvm::StringMap<func::FuncOp> functions;
  llvm::StringMap<unsigned> counts;
  SmallVector<KernelOpInterface> kernels;
  // Kernels that stand in a private function are outlined already.
  module.walk([&](KernelOpInterface kernel) {
    if (!kernel->getParentOfType<func::FuncOp>().isPrivate())
      kernels.push_back(kernel);
  });
  OpBuilder builder(module.getContext());
  for (KernelOpInterface kernel : kernels) {
    func::FuncOp candidate = createFunction(kernel);
    func::FuncOp &function = functions[getKey(candidate)];
    if (function) {
      candidate->erase();
    } else {
      function = candidate;
      std::string name = kernel.getKernelName().str();
      function.setName(name + "_" + std::to_string(counts[name]++));
      symbols.insert(function);
      ++numFunctions;
    }
    builder.setInsertionPoint(kernel);
    auto launch = LaunchOp::create(builder, kernel.getLoc(), kernel->getResultTypes().front(),
                                   function.getSymName(), kernel->getOperands(), kernel.getFlops(),
                                   getBytes(kernel), kernel.mayDoLess(), JoinAttr());
    kernel->replaceAllUsesWith(launch);
    kernel->erase();
    ++numLaunches;
  }
}

} // namespace mlir::tenon::kernel
