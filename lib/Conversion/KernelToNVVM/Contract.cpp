//===- Contract.cpp - kernel.contract and window on GPUs ------------------===//

#include "Emitters.h"
#include "FactorSlices.h"
#include "Products.h"
#include "TensorCore.h"

namespace mlir::tenon::kernel {

/// Whether tensor cores pay, and with which tile; null for threads. The order of sums
/// depends on what is known when compiling alone.
static const GpuProductTile *chooseTile(ContractTile &tile) {
  KernelOpInterface form = tile.form;
  if (auto contract = dyn_cast<ContractOp>(form.getOperation());
      contract && !contract.getPrologue().empty())
    return nullptr;
  auto getKnown = [&](DimRole role) {
    return getDomainProduct(form, [=](DimAttr dim) { return dim.getRole() == role; }).getConstant();
  };
  auto getExtent = [&](DimRole role) { return getKnown(role).value_or(kTypicalExtent); };
  int64_t rows = getExtent(DimRole::Rows), columns = getExtent(DimRole::Cols);
  if (rows < kLeastExtent || columns < kLeastExtent || getExtent(DimRole::Sum) < kLeastTerms)
    return nullptr;
  bool isEasy = !tile.rowGroupDim &&
                getKnown(DimRole::Sum).value_or(INT64_MAX) <= kSumBlock * kProductStep &&
                FactorSlices(tile, 0).isWide() && FactorSlices(tile, 1).isWide();
  for (const GpuProductTile &shape : getGpuProductTiles()) {
    int64_t tiles = getExtent(DimRole::Batch) * llvm::divideCeil(rows, shape.block.rows) *
                    llvm::divideCeil(columns, shape.block.columns);
    bool isFilled = 2 * rows > shape.block.rows && 2 * columns > shape.block.columns;
    if (shape.takesAll || (tiles >= shape.leastTiles && isFilled && isEasy))
      return &shape;
  }
  return nullptr;
}

static LogicalResult emitContract(KernelOpInterface form, GpuContext &context,
                                  ArrayRef<int64_t> bounds = {}) {
  if (form->hasAttr("panel"))
    return form->emitOpError("cannot be emitted for GPUs: its rhs is packed for a CPU");
  ContractTile tile(form, context, bounds);
  if (const GpuProductTile *shape = chooseTile(tile))
    emitTensorProduct(tile, *shape, getCompute(form));
  else
    emitThreadProduct(tile);
  return success();
}

namespace {
struct ContractModel : GpuEmitterOpInterface::ExternalModel<ContractModel, ContractOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    return emitContract(cast<ContractOp>(op), context);
  }
};

struct WindowModel : GpuEmitterOpInterface::ExternalModel<WindowModel, WindowOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    auto window = cast<WindowOp>(op);
    return emitContract(window, context, window.getBounds());
  }
};
} // namespace

void attachGpuContractEmitter(MLIRContext *context) {
  ContractOp::attachInterface<ContractModel>(*context);
}

void attachGpuWindowEmitter(MLIRContext *context) {
  WindowOp::attachInterface<WindowModel>(*context);
}

} // namespace mlir::tenon::kernel
