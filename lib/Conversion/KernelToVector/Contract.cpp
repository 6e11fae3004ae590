//===- Contract.cpp - kernel.contract -------------------------------------===//
//
// Tasks are batches x blocks of rows x panels of columns. Neighbouring panels of
// a worker's share are computed together: their rows of the lhs are then in
// cache. Tiles of a few rows by a panel are kept in registers while k runs.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "PanelProduct.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

struct ContractModel : KernelEmitterOpInterface::ExternalModel<ContractModel, ContractOp> {
  FailureOr<Value> emit(Operation *op, EmitContext &context) const {
    KernelOpInterface form = context.getOp();
    const CpuTarget &target = context.getTarget();
    FailureOr<PanelProduct> product =
        PanelProduct::create(context, cast<ContractOp>(op).getPanel(), target.blockRows);
    if (failed(product))
      return failure();

    SmallVector<GridAttr> grid;
    for (unsigned dim : product->getBatchDims())
      grid.push_back(GridAttr::get(context.getContext(), form.getDim(dim).getSize(), 1));
    grid.push_back(product->getRows().getFactor());
    grid.push_back(product->getPanelFactor());

    context.forTaskRuns(grid, target.blockPanels, [&](ArrayRef<Value> task, Value numPanels) {
      PanelProduct::Block block(form.getNumDims());
      for (auto [dim, index] : llvm::zip(product->getBatchDims(), task))
        block.batch.indices[dim] = index;
      std::tie(block.begin, block.end) = product->getRows().getBounds(*(task.end() - 2));
      block.firstPanel = task.back();
      block.lastPanel = context.add(block.firstPanel, numPanels);
      product->emitBlock(block, [&](Value firstRow, unsigned rows) -> PanelProduct::LhsOfRow {
        SmallVector<Value> starts;
        for (unsigned i = 0; i < rows; ++i) {
          Point point = block.batch;
          product->setRow(point, context.add(firstRow, i));
          starts.push_back(getOffset(context, form.getAccess(0), point));
        }
        return [&context, starts](unsigned row, Value k) -> Value {
          return memref::LoadOp::create(context, context.getBuffer(0), context.add(starts[row], k));
        };
      });
    });
    return context.getInteger(context.getI32Type(), 0);
  }
};

} // namespace

void attachContractEmitter(MLIRContext *context) {
  ContractOp::attachInterface<ContractModel>(*context);
}

} // namespace mlir::tenon::kernel
