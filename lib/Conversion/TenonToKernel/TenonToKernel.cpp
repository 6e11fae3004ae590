//===- TenonToKernel.cpp - The pass over one entry ------------------------===//

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"
#include "tenon/Conversion/TenonToKernel/Passes.h"
#include "tenon/Dialect/Tenon/IR/Decomposition.h"
#include "tenon/Dialect/Tenon/IR/Remarks.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_CONVERTTENONTOKERNEL
#include "tenon/Conversion/TenonToKernel/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

namespace {
struct ConvertTenonToKernel : public tenon::impl::ConvertTenonToKernelBase<ConvertTenonToKernel> {
  void runOnOperation() override;
};
} // namespace

/// Blocks without a lowering of their own become graphs of simpler ops.
static LogicalResult decomposeBlocks(func::FuncOp function) {
  SmallVector<DecomposableOpInterface> blocks;
  do {
    blocks.clear();
    function.walk([&](DecomposableOpInterface block) {
      if (!isa<KernelLoweringOpInterface>(block.getOperation()))
        blocks.push_back(block);
    });
    for (DecomposableOpInterface block : blocks) {
      remarkFallback(block, "convert-tenon-to-kernel", "Decomposed",
                     "'" + block->getName().getStringRef() +
                         "' has no kernel of its own: made of simpler ops, which fuse one by one");
      if (failed(replaceByDecomposition(block)))
        return failure();
    }
  } while (!blocks.empty());
  return success();
}

/// A buffer of its own for a returned value: outputs are written, never aliases
/// of inputs, parameters or one another.
static Value materializeResult(Location loc, Value value, KernelLowering &lowering,
                               llvm::SmallPtrSetImpl<void *> &returned) {
  View view = lowering.getView(value);
  bool isWhole = view.buffer.getType() == value.getType() && view.offset.isZero() &&
                 view.strides == lowering.getView(view.buffer).strides &&
                 view.buffer.getDefiningOp<kernel::KernelOpInterface>();
  if (isWhole && returned.insert(view.buffer.getAsOpaquePointer()).second)
    return view.buffer;
  auto type = cast<TenonTensorType>(value.getType());
  Value copy =
      lowering.copyInOrder(loc, value, llvm::to_vector(llvm::seq<int64_t>(0, type.getRank())))
          .buffer;
  returned.insert(copy.getAsOpaquePointer());
  return copy;
}

void ConvertTenonToKernel::runOnOperation() {
  func::FuncOp function = getOperation();
  if (function.isExternal() || failed(decomposeBlocks(function)))
    return function.isExternal() ? void() : signalPassFailure();

  // Lower each op in place; views make the old ones dead, and they are erased
  // from the last to the first.
  OpBuilder builder(function);
  KernelLowering lowering(builder, function->getParentOfType<ModuleOp>());
  SmallVector<Operation *> lowered;
  for (Operation &op : llvm::make_early_inc_range(function.getBody().front())) {
    builder.setInsertionPoint(&op);
    if (auto lowerable = dyn_cast<KernelLoweringOpInterface>(op)) {
      if (failed(lowerable.lowerToKernel(lowering)))
        return signalPassFailure();
      lowered.push_back(&op);
    } else if (auto terminator = dyn_cast<func::ReturnOp>(op)) {
      llvm::SmallPtrSet<void *, 4> returned;
      for (OpOperand &operand : terminator->getOpOperands())
        operand.set(materializeResult(op.getLoc(), operand.get(), lowering, returned));
    } else if (!isa<ReadOp>(op) &&
               op.getDialect() == op.getContext()->getLoadedDialect<TenonDialect>()) {
      op.emitOpError() << "has no lowering to kernels";
      return signalPassFailure();
    }
  }
  for (Operation *op : llvm::reverse(lowered))
    op->erase();
}

void mlir::tenon::registerKernelLowerings(DialectRegistry &registry) {
  registerTensorLowerings(registry);
  registerMovementLowerings(registry);
  registerOrderLowerings(registry);
  registerContractionLowerings(registry);
  registerAttentionLowerings(registry);
  registerNormLowerings(registry);
  registerConvLowerings(registry);
  registerKanLowerings(registry);
}
