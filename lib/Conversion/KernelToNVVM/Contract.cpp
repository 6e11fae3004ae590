//===- Contract.cpp - kernel.contract and window on GPUs ------------------===//

#include "Emitters.h"
#include "FactorSlices.h"
#include "Products.h"
#include "TensorCore.h"

namespace mlir::tenon::kernel {

namespace {

/// How to multiply the factors of a product. What is known when compiling alone decides, and
/// with it the order of sums.
class Choice {
public:
  explicit Choice(ContractTile &tile) : tile(tile), lhs(tile, 0), rhs(tile, 1) {}

  /// Whether tensor cores pay.
  bool takesTensorCores();
  /// Whether warpgroups multiply, and with which tile; null for warps.
  const WarpgroupTile *getWarpgroupTile();
  const GpuProductTile &getTile();
  /// What factors are rounded to, or are.
  FloatType getProductType() {
    return isNarrow() ? FloatType(BFloat16Type::get(tile.form.getContext()))
                      : getCompute(tile.form);
  }

private:
  std::optional<int64_t> getKnown(DimRole role) {
    return getDomainProduct(tile.form, [=](DimAttr dim) { return dim.getRole() == role; })
        .getConstant();
  }
  int64_t getExtent(DimRole role) { return getKnown(role).value_or(kTypicalExtent); }
  bool isWide() { return lhs.isWide() && rhs.isWide(); }
  bool isNarrow() { return lhs.isNarrow() && rhs.isNarrow(); }
  bool fits(TileShape block, int64_t leastTiles);

  ContractTile &tile;
  FactorSlices lhs, rhs;
};

} // namespace

bool Choice::takesTensorCores() {
  auto contract = dyn_cast<ContractOp>(tile.form.getOperation());
  if (contract && !contract.getPrologue().empty())
    return false;
  // Pieces of 4 bytes are the smallest that are copied beside products.
  if (isNarrow() && !isWide())
    return false;
  return getExtent(DimRole::Rows) >= kLeastExtent && getExtent(DimRole::Cols) >= kLeastExtent &&
         getExtent(DimRole::Sum) >= kLeastTerms;
}

/// Whether there are so many tiles, most of them full.
bool Choice::fits(TileShape block, int64_t leastTiles) {
  int64_t rows = getExtent(DimRole::Rows), columns = getExtent(DimRole::Cols);
  int64_t tiles = getExtent(DimRole::Batch) * llvm::divideCeil(rows, block.rows) *
                  llvm::divideCeil(columns, block.columns);
  return tiles >= leastTiles && 2 * rows > block.rows && 2 * columns > block.columns;
}

const WarpgroupTile *Choice::getWarpgroupTile() {
  if (!tile.b.getTarget().hasWarpgroups || !isNarrow())
    return nullptr;
  for (const WarpgroupTile &shape : getWarpgroupTiles())
    if (fits(shape.block, shape.leastTiles) && getExtent(DimRole::Sum) >= shape.leastTerms)
      return &shape;
  return nullptr;
}

const GpuProductTile &Choice::getTile() {
  bool isEasy = !tile.rowGroupDim && isWide() &&
                getKnown(DimRole::Sum).value_or(INT64_MAX) <= kSumBlock * kProductStep;
  for (const GpuProductTile &shape : getGpuProductTiles())
    if (!shape.takesAll && isEasy && fits(shape.block, shape.leastTiles))
      return shape;
  return getGpuProductTiles().back();
}

static LogicalResult emitContract(KernelOpInterface form, GpuContext &context,
                                  ArrayRef<int64_t> bounds = {}) {
  if (form->hasAttr("panel"))
    return form->emitOpError("cannot be emitted for GPUs: its rhs is packed for a CPU");
  ContractTile tile(form, context, bounds);
  Choice choice(tile);
  if (!choice.takesTensorCores())
    emitThreadProduct(tile);
  else if (const WarpgroupTile *shape = choice.getWarpgroupTile())
    emitWarpgroupProduct(tile, *shape);
  else
    emitTensorProduct(tile, choice.getTile(), choice.getProductType());
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
