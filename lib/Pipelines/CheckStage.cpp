//===- CheckStage.cpp - Nothing is left that a stage should have removed --===//

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"
#include "tenon/Pipelines/Passes.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_CHECKSTAGE
#include "tenon/Pipelines/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

namespace {
struct CheckStage : public tenon::impl::CheckStageBase<CheckStage> {
  using CheckStageBase::CheckStageBase;
  void runOnOperation() override;
};
} // namespace

/// What may stand in an entry once it is made of kernels.
static bool isPlumbing(Operation *op) {
  return isa<ReadOp, kernel::EmptyOp, kernel::StoredOp, func::ReturnOp>(op);
}

/// Whether `op` belongs to a tier of ours: by its dialect or, coming from a plugin, by
/// what it can become.
static bool isOfTier(Operation *op) {
  return isa_and_nonnull<TenonDialect, kernel::KernelDialect>(op->getDialect()) ||
         isa<KernelLoweringOpInterface, DecomposableOpInterface>(op);
}

/// The pass that should have removed `op`; null when it may stay.
static const char *getMissedPass(StringRef stage, Operation *op, bool isKernelFunction) {
  bool isOurs = isOfTier(op);
  if (stage == "fuse")
    return isOurs && !isPlumbing(op) && !isa<kernel::KernelOpInterface>(op)
               ? "convert-tenon-to-kernel"
               : nullptr;
  if (stage == "layout")
    return isOurs && !isPlumbing(op) && !isa<kernel::LaunchOp>(op) && !isKernelFunction
               ? "kernel-outline"
               : nullptr;
  return isOurs && isKernelFunction ? "convert-kernel-to-vector" : nullptr;
}

static bool isNarrow(Type type) {
  auto tensor = dyn_cast_or_null<TenonTensorType>(type);
  return tensor && tensor.getElementType().isBF16();
}

/// Kernels for GPUs keep factors of products in bf16, models do not.
static LogicalResult checkElements(ModuleOp module) {
  auto hasNarrow = [](Operation *op) {
    if (auto param = dyn_cast<ParamOp>(op))
      return isNarrow(param.getTensorType());
    if (auto function = dyn_cast<func::FuncOp>(op))
      return llvm::any_of(function.getArgumentTypes(), isNarrow);
    return llvm::any_of(op->getResultTypes(), isNarrow);
  };
  WalkResult result = module.walk([&](Operation *op) {
    if (!hasNarrow(op))
      return WalkResult::advance();
    op->emitError("a tensor of bf16 in a model; expected f32, whose products are of bf16 where "
                  "'tenon.compute' says so");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// A model is made of declarations and of entries, entries of ops that can be
/// lowered; nothing outside of the program is named.
static LogicalResult checkImported(ModuleOp module) {
  for (StringRef name : {"llvm.data_layout", "llvm.target_triple"})
    if (module->hasAttr(name))
      return module.emitError() << "attribute '" << name
                                << "' conflicts with the CPU level, which decides it";
  for (Operation &op : *module.getBody()) {
    auto function = dyn_cast<func::FuncOp>(op);
    if (!function && !isa<TenonDialect, kernel::KernelDialect>(op.getDialect()))
      return op.emitError() << "'" << op.getName()
                            << "' op does not stand at the top of a model; expected declarations "
                               "of the dialect tenon and functions, in one module";
    if (!function)
      continue;
    if (function.isExternal())
      return function.emitError() << "function '" << function.getSymName()
                                  << "' has no body; nothing outside of the program is called";
    for (Operation &inner : function.getOps())
      if (!isa<func::ReturnOp>(inner) && !isOfTier(&inner))
        return inner.emitError() << "'" << inner.getName()
                                 << "' op has no lowering in an entry; expected ops of the "
                                    "dialects tenon and kernel";
  }
  return success();
}

void CheckStage::runOnOperation() {
  if (stage == "import") {
    if (failed(checkImported(getOperation())) || failed(checkElements(getOperation())))
      signalPassFailure();
    return;
  }
  bool isClean = true;
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    if (function.isExternal())
      continue;
    bool isKernelFunction = function.isPrivate();
    function.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (op == function)
        return WalkResult::advance();
      if (const char *pass = getMissedPass(stage, op, isKernelFunction)) {
        op->emitOpError() << "is left after stage '" << stage << "'; '" << pass
                          << "' should have removed it";
        isClean = false;
      }
      // Scalar regions belong to their kernel.
      return isa<kernel::KernelOpInterface>(op) ? WalkResult::skip() : WalkResult::advance();
    });
  }
  if (!isClean)
    signalPassFailure();
}
