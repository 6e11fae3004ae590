//===- ConvertKernelToNVVM.cpp - Emits GPU code for outlined kernels ------===//

#include "Emitters.h"
#include "tenon/Conversion/KernelToNVVM/Passes.h"

#include "tenon/Conversion/KernelToNVVM/GpuEmitterOpInterface.cpp.inc"

namespace mlir::tenon {
#define GEN_PASS_DEF_CONVERTKERNELTONVVM
#include "tenon/Conversion/KernelToNVVM/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;
using namespace mlir::tenon::kernel;

void mlir::tenon::kernel::registerGpuEmitters(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, KernelDialect *) {
    attachGpuArgsortEmitter(context);
    attachGpuAttendEmitter(context);
    attachGpuAttendGradientEmitter(context);
    attachGpuAttendStatisticsEmitter(context);
    attachGpuContractEmitter(context);
    attachGpuIndexEmitter(context);
    attachGpuPartSumsEmitter(context);
    attachGpuPartitionEmitter(context);
    attachGpuPutEmitter(context);
    attachGpuRowsEmitter(context);
    attachGpuScanEmitter(context);
    attachGpuScatterEmitter(context);
    attachGpuSumsEmitter(context);
    attachGpuWindowEmitter(context);
  });
}

/// The only op of an outlined function beside its return.
static KernelOpInterface getOnlyKernel(func::FuncOp function) {
  if (function.isExternal() || !function.getBody().hasOneBlock() ||
      !llvm::hasNItems(function.front(), 2))
    return {};
  return dyn_cast<KernelOpInterface>(function.front().front());
}

/// The function over global memory that takes the place of `outlined`, without a body.
static func::FuncOp createMemoryFunction(func::FuncOp outlined, size_t numSymbols) {
  OpBuilder builder(outlined);
  Attribute global = builder.getI64IntegerAttr(int64_t(GpuSpace::Global));
  SmallVector<Type> inputs;
  for (Type type : outlined.getArgumentTypes()) {
    Type element = cast<TenonTensorType>(type).getElementType();
    inputs.push_back(MemRefType::get(ShapedType::kDynamic,
                                     element.isInteger(1) ? builder.getI8Type() : element,
                                     AffineMap(), global));
  }
  inputs.append(numSymbols + 1, builder.getIndexType());
  inputs.push_back(MemRefType::get(6, builder.getI64Type(), AffineMap(), global));
  auto function = func::FuncOp::create(builder, outlined.getLoc(), outlined.getName(),
                                       builder.getFunctionType(inputs, {}));
  function.setPrivate();
  function.addEntryBlock();
  return function;
}

static LogicalResult emitKernel(KernelOpInterface kernel, const GpuTarget &target,
                                ArrayRef<StringAttr> symbols) {
  auto emitter = dyn_cast<GpuEmitterOpInterface>(kernel.getOperation());
  if (!emitter)
    return kernel->emitOpError("cannot be emitted for GPUs");
  auto outlined = kernel->getParentOfType<func::FuncOp>();
  func::FuncOp function = createMemoryFunction(outlined, symbols.size());
  GpuContext context(kernel, function, target, symbols);
  if (failed(emitter.emitForGpu(context)))
    return failure();
  func::ReturnOp::create(context);
  outlined.erase();
  return success();
}

namespace {

struct ConvertKernelToNVVM : tenon::impl::ConvertKernelToNVVMBase<ConvertKernelToNVVM> {
  using Base::Base;

  void runOnOperation() override {
    const GpuTarget *found = findGpuTarget(target);
    if (!found) {
      getOperation().emitError() << "unknown kind of GPUs '" << target << "'";
      return signalPassFailure();
    }
    SmallVector<StringAttr> symbols;
    for (auto size : getOperation().getOps<SizeOp>())
      symbols.push_back(size.getSymNameAttr());
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (KernelOpInterface kernel = getOnlyKernel(function))
        if (failed(emitKernel(kernel, *found, symbols)))
          signalPassFailure();
  }
};

} // namespace
