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
#include "LhsMaker.h"
#include "NarrowProduct.h"
#include "PanelProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

using BlockBody = llvm::function_ref<void(const PanelProduct::Block &)>;

/// Visits the rows of task block number `number` of a grouped product, group by group,
/// and clears its share of the rows that no group has. Blocks are cut from the rows
/// there are and spread evenly over the tasks, so that runs of tasks are equal work.
void forGroups(CpuContext &b, PanelProduct &product, PanelProduct::Block block, Value number,
               BlockBody body) {
  unsigned groupDim = *product.getGroupDim();
  int64_t blockRows = product.getRows().getBlockRows();
  Value numGroups = b.getSize(b.getOp().getDim(groupDim).getSize());
  Value all = b.getSize(product.getRows().getTotal()), count = product.getFirstRow(numGroups);
  Value numTasks = b.ceilDiv(all, blockRows), numBlocks = b.ceilDiv(count, blockRows);
  // Without any block its number stays 0.
  Value divisor = b.max(numBlocks, b.getIndex(1));
  auto getBound = [&](Value task) {
    Value blockNumber = b.div(b.mul(task, numBlocks), numTasks);
    return b.div(b.mul(blockNumber, count), divisor);
  };
  Value next = b.add(number, 1);
  block.begin = getBound(number);
  block.end = getBound(next);
  b.forLoop(b.getIndex(0), numGroups, 1, [&](Value group) {
    PanelProduct::Block part = block;
    part.batch.indices[groupDim] = group;
    part.begin = b.max(block.begin, product.getFirstRow(group));
    part.end = b.min(block.end, product.getFirstRow(b.add(group, 1)));
    Value hasRows = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, part.begin, part.end);
    b.ifElse(hasRows, [&] { body(part); }, [] {});
  });
  Value rest = b.sub(all, count);
  block.begin = b.add(count, b.div(b.mul(rest, number), numTasks));
  block.end = b.add(count, b.div(b.mul(rest, next), numTasks));
  product.emitZeros(block);
}

struct ContractModel : KernelEmitterOpInterface::ExternalModel<ContractModel, ContractOp> {
  FailureOr<Value> emit(Operation *op, CpuContext &context) const {
    KernelOpInterface form = context.getOp();
    const CpuTarget &target = context.getTarget();
    auto contract = cast<ContractOp>(op);
    if (contract.getParts())
      return op->emitOpError("cannot be emitted: parts of sums are for GPUs");
    bool isMade = !contract.getPrologue().empty();
    bool isNarrow = isMade && NarrowProduct::pays(context, contract);
    int64_t blockRows = isNarrow ? NarrowProduct::kGroupRows : target.blockRows;
    std::optional<LhsMaker> maker;
    if (isMade && !isNarrow)
      maker.emplace(context, contract, target.blockRows);
    FailureOr<PanelProduct> product =
        PanelProduct::create(context, contract.getPanel(), blockRows,
                             maker ? std::optional(maker->getChunk()) : std::nullopt);
    if (failed(product))
      return failure();

    std::optional<NarrowProduct> narrow;
    if (isNarrow)
      narrow.emplace(context, contract, *product);

    SmallVector<GridAttr> grid;
    for (unsigned dim : product->getBatchDims())
      grid.push_back(GridAttr::get(context.getContext(), form.getDim(dim).getSize(), 1));
    grid.push_back(product->getRows().getFactor());
    grid.push_back(product->getPanelFactor());

    context.forTaskRuns(grid, target.blockPanels, [&](ArrayRef<Value> task, Value numPanels) {
      PanelProduct::Block block(form.getNumDims());
      for (auto [dim, index] : llvm::zip(product->getBatchDims(), task))
        block.batch.indices[dim] = index;
      block.firstPanel = task.back();
      block.lastPanel = context.add(block.firstPanel, numPanels);
      auto emitMade = [&](const PanelProduct::Block &part) {
        product->emitBlock(
            part,
            [&](Value firstRow, unsigned rows) {
              return maker->getRows(context.sub(firstRow, part.begin), rows);
            },
            [&](Value firstTerm) {
              maker->make(firstTerm, part.begin, part.end, [&](Value row) {
                Point point = part.batch;
                product->setRow(point, row);
                return point;
              });
            });
      };
      auto emitRead = [&](const PanelProduct::Block &part) {
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
      };
      auto emitPart = [&](const PanelProduct::Block &part) {
        if (narrow)
          narrow->emitBlock(part);
        else
          maker ? emitMade(part) : emitRead(part);
      };
      Value number = *(task.end() - 2);
      if (product->getGroupDim()) {
        forGroups(context, *product, block, number, emitPart);
        return;
      }
      std::tie(block.begin, block.end) =
          narrow ? narrow->getBounds(number) : product->getRows().getBounds(number);
      emitPart(block);
    });
    return context.getInteger(context.getI32Type(), 0);
  }
};

} // namespace

void attachContractEmitter(MLIRContext *context) {
  ContractOp::attachInterface<ContractModel>(*context);
}

} // namespace mlir::tenon::kernel
