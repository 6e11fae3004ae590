//===- Contract.cpp - kernel.contract -------------------------------------===//
//
// Tasks are batches x panels of columns x blocks of rows, rows varying fastest,
// so that a panel stays in cache while the rows pass. In a task, tiles of a few
// rows by the panel are kept in registers while k runs.
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
    FailureOr<PanelProduct> product =
        PanelProduct::create(context, cast<ContractOp>(op).getPanel());
    if (failed(product))
      return failure();

    SmallVector<GridAttr> grid;
    for (unsigned dim : product->getBatchDims())
      grid.push_back(GridAttr::get(context.getContext(), form.getDim(dim).getSize(), 1));
    grid.push_back(product->getPanelFactor());
    grid.push_back(product->getRowFactor());

    context.forTasks(grid, [&](ArrayRef<Value> task) {
      Point batch(form.getNumDims());
      for (auto [dim, index] : llvm::zip(product->getBatchDims(), task))
        batch.indices[dim] = index;
      Value begin = context.mul(task.back(), context.getTarget().blockRows);
      Value end = context.min(context.add(begin, context.getTarget().blockRows),
                              context.getSize(product->getNumRows()));
      auto getLhs = [&](Value firstRow, unsigned rows) -> PanelProduct::LhsOfRow {
        SmallVector<Value> starts;
        for (unsigned i = 0; i < rows; ++i) {
          Point point = batch;
          product->setRow(point, context.add(firstRow, i));
          starts.push_back(getOffset(context, form.getAccess(0), point));
        }
        return [&context, starts](unsigned row, Value k) -> Value {
          return memref::LoadOp::create(context, context.getBuffer(0), context.add(starts[row], k));
        };
      };
      product->emitPanel(batch, *(task.end() - 2), begin, end, getLhs);
    });
    return context.getInteger(context.getI32Type(), 0);
  }
};

} // namespace

void attachContractEmitter(MLIRContext *context) {
  ContractOp::attachInterface<ContractModel>(*context);
}

} // namespace mlir::tenon::kernel
