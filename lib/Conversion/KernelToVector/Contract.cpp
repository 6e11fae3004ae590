//===- Contract.cpp - kernel.contract -------------------------------------===//
//
// Tasks are batches x blocks of rows x panels of columns. Neighbouring panels of
// a worker's share are computed together: their rows of the lhs are then in
// cache. Tiles of a few rows by a panel are kept in registers while k runs. In a
// grouped product rows are taken in the order of groups; a block that holds rows of
// several has a part for each, with that group's panels.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "PanelProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

/// Visits the rows of a block that belong together: all, or group by group.
void forParts(EmitContext &context, PanelProduct &product, const PanelProduct::Block &block,
              llvm::function_ref<void(const PanelProduct::Block &)> body) {
  std::optional<unsigned> groupDim = product.getGroupDim();
  if (!groupDim) {
    body(block);
    return;
  }
  Value numGroups = context.getSize(context.getOp().getDim(*groupDim).getSize());
  context.forLoop(context.getIndex(0), numGroups, 1, [&](Value group) {
    PanelProduct::Block part = block;
    part.batch.indices[*groupDim] = group;
    part.begin = context.max(block.begin, product.getFirstRow(group));
    part.end = context.min(block.end, product.getFirstRow(context.add(group, 1)));
    Value hasRows = arith::CmpIOp::create(context, arith::CmpIPredicate::slt, part.begin, part.end);
    context.ifElse(hasRows, [&] { body(part); }, [] {});
  });
}

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
      forParts(context, *product, block, [&](const PanelProduct::Block &part) {
        product->emitBlock(part, [&](Value firstRow, unsigned rows) -> PanelProduct::LhsOfRow {
          SmallVector<Value> starts;
          for (unsigned i = 0; i < rows; ++i) {
            Point point = part.batch;
            product->setRow(point, context.add(firstRow, i));
            starts.push_back(getOffset(context, form.getAccess(0), point));
          }
          return [&context, starts](unsigned row, Value k) -> Value {
            return memref::LoadOp::create(context, context.getBuffer(0),
                                          context.add(starts[row], k));
          };
        });
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
