//===- ConvertKernelToVector.cpp - Emits code for outlined kernels --------===//

#include "Emitters.h"
#include "tenon/Conversion/KernelToVector/Passes.h"

#include "tenon/Conversion/KernelToVector/KernelEmitterOpInterface.cpp.inc"

namespace mlir::tenon {
#define GEN_PASS_DEF_CONVERTKERNELTOVECTOR
#include "tenon/Conversion/KernelToVector/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;
using namespace mlir::tenon::kernel;

void mlir::tenon::kernel::registerKernelEmitters(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, KernelDialect *) {
    attachArgsortEmitter(context);
    attachAttendEmitter(context);
    attachAttendGradientEmitter(context);
    attachContractEmitter(context);
    attachIndexEmitter(context);
    attachPackEmitter(context);
    attachPartitionEmitter(context);
    attachPutEmitter(context);
    attachRowsEmitter(context);
    attachScanEmitter(context);
    attachScatterEmitter(context);
    attachSumsEmitter(context);
    attachWindowEmitter(context);
  });
}

/// The only op of an outlined function beside its return, if it can be emitted.
static KernelEmitterOpInterface getOnlyKernel(func::FuncOp function) {
  if (function.isExternal() || !function.getBody().hasOneBlock() ||
      !llvm::hasNItems(function.front(), 2))
    return {};
  return dyn_cast<KernelEmitterOpInterface>(function.front().front());
}

/// The function over memory that takes the place of `outlined`, without a body.
static func::FuncOp createMemoryFunction(func::FuncOp outlined, size_t numSymbols) {
  OpBuilder builder(outlined);
  Type index = builder.getIndexType(), byte = builder.getI8Type();
  auto flat = [](Type element) { return MemRefType::get(ShapedType::kDynamic, element); };
  SmallVector<Type> inputs;
  for (Type type : outlined.getArgumentTypes()) {
    Type element = cast<TenonTensorType>(type).getElementType();
    inputs.push_back(flat(element.isInteger(1) ? byte : element));
  }
  inputs.append(numSymbols + 2, index);
  inputs.push_back(flat(byte));
  inputs.push_back(MemRefType::get(4, builder.getI64Type()));
  auto function = func::FuncOp::create(builder, outlined.getLoc(), outlined.getName(),
                                       builder.getFunctionType(inputs, builder.getI32Type()));
  function.setPrivate();
  function.addEntryBlock();
  return function;
}

static LogicalResult emitKernel(KernelEmitterOpInterface kernel, const CpuTarget &target,
                                ArrayRef<StringAttr> symbols) {
  auto isNarrow = [](Type type) { return cast<TenonTensorType>(type).getElementType().isBF16(); };
  if (llvm::any_of(kernel->getOperandTypes(), isNarrow))
    return kernel->emitOpError("cannot be emitted for CPUs: an operand of bf16");
  auto outlined = kernel->getParentOfType<func::FuncOp>();
  func::FuncOp function = createMemoryFunction(outlined, symbols.size());
  CpuContext context(cast<KernelOpInterface>(kernel.getOperation()), function, target, symbols);
  FailureOr<Value> code = kernel.emit(context);
  if (failed(code))
    return failure();
  func::ReturnOp::create(context, *code);
  outlined.erase();
  return success();
}

namespace {

struct ConvertKernelToVector : tenon::impl::ConvertKernelToVectorBase<ConvertKernelToVector> {
  using Base::Base;

  void runOnOperation() override {
    const CpuTarget *target = findCpuTarget(level);
    if (!target) {
      getOperation().emitError() << "unknown CPU level '" << level << "'";
      return signalPassFailure();
    }
    SmallVector<StringAttr> symbols;
    for (auto size : getOperation().getOps<SizeOp>())
      symbols.push_back(size.getSymNameAttr());
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (KernelEmitterOpInterface kernel = getOnlyKernel(function))
        if (failed(emitKernel(kernel, *target, symbols)))
          signalPassFailure();
  }
};

} // namespace
