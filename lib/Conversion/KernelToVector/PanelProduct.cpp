//===- PanelProduct.cpp - Rows times a packed matrix, with epilogue -------===//

#include "PanelProduct.h"
#include "RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {

FailureOr<PanelProduct> PanelProduct::create(EmitContext &context, std::optional<uint64_t> panel) {
  const CpuTarget &target = context.getTarget();
  if (!panel)
    return context.getOp()->emitOpError(
        "cannot be emitted: the rhs is not packed (attribute 'panel')");
  if (*panel % target.lanes != 0 || int64_t(*panel) > target.getPanel())
    return context.getOp()->emitOpError()
           << "cannot be emitted: panel of " << *panel << " columns; expected a multiple of "
           << target.lanes << " up to " << target.getPanel();
  return PanelProduct(context, *panel);
}

PanelProduct::PanelProduct(EmitContext &context, int64_t panel)
    : context(&context), panelWidth(panel) {
  KernelOpInterface op = context.getOp();
  batchDims = op.getDims(DimRole::Batch);
  rowDims = op.getDims(DimRole::Rows);
  colDim = op.getDims(DimRole::Cols).front();
  numCols = op.getDim(colDim).getSize();
  numRows = getDomainProduct(op, [](DimAttr dim) { return dim.getRole() == DimRole::Rows; });
  sumSize = getDomainProduct(op, [](DimAttr dim) { return dim.getRole() == DimRole::Sum; });
  tileBuffer = context.allocateScratch(context.makeSize(context.getTarget().tileRows * panel));
}

GridAttr PanelProduct::getPanelFactor() {
  return GridAttr::get(context->getContext(), numCols, panelWidth);
}

GridAttr PanelProduct::getRowFactor() {
  return GridAttr::get(context->getContext(), numRows, context->getTarget().blockRows);
}

void PanelProduct::setRow(Point &point, Value row) {
  SmallVector<Value> sizes;
  for (unsigned dim : rowDims)
    sizes.push_back(context->getSize(context->getOp().getDim(dim).getSize()));
  for (auto [dim, index] : llvm::zip(rowDims, context->delinearize(row, sizes)))
    point.indices[dim] = index;
}

void PanelProduct::emitPanel(const Point &batch, Value panel, Value begin, Value end,
                             llvm::function_ref<LhsOfRow(Value, unsigned)> getLhs) {
  unsigned lanes = context->getTarget().lanes;
  unsigned vectors = panelWidth / lanes;
  std::optional<int64_t> cols = numCols.getConstant();
  auto emitWhole = [&] { emitTiles(batch, panel, begin, end, vectors, false, getLhs); };
  if (cols && *cols % panelWidth == 0) {
    emitWhole();
    return;
  }
  // The last panel: of a constant width, only the vectors it needs.
  unsigned lastVectors = cols ? (*cols % panelWidth + lanes - 1) / lanes : vectors;
  auto emitLast = [&] { emitTiles(batch, panel, begin, end, lastVectors, true, getLhs); };
  if (cols && *cols < panelWidth) {
    emitLast();
    return;
  }
  Value columnsEnd = context->mul(context->add(panel, 1), panelWidth);
  Value isWhole = arith::CmpIOp::create(*context, arith::CmpIPredicate::sle, columnsEnd,
                                        context->getSize(numCols));
  context->ifElse(isWhole, emitWhole, emitLast);
}

void PanelProduct::emitTiles(const Point &batch, Value panel, Value begin, Value end,
                             unsigned vectors, bool isLast,
                             llvm::function_ref<LhsOfRow(Value, unsigned)> getLhs) {
  EmitContext &b = *context;
  int64_t lanes = b.getTarget().lanes, tileRows = b.getTarget().tileRows;
  Value rhs = b.getBuffer(1);
  Value panelStart = b.add(getOffset(b, b.getOp().getAccess(1), batch),
                           b.mul(panel, b.getSize(sumSize.mul(panelWidth))));
  auto columnType = cast<VectorType>(getLaneType(b.getF32Type(), lanes));
  b.forLoop(begin, end, tileRows, [&](Value firstRow) {
    Value rows = b.min(b.sub(end, firstRow), b.getIndex(tileRows));
    switchRows(b, rows, numRows, [&](unsigned count) {
      LhsOfRow lhs = getLhs(firstRow, count);
      auto loadColumns = [&](Value k, unsigned vector) -> Value {
        Value offset = b.add(panelStart, b.add(b.mul(k, panelWidth), vector * lanes));
        return vector::LoadOp::create(b, columnType, rhs, offset);
      };
      emitBlockedTile(b, count, vectors, sumSize, {lhs, loadColumns}, tileBuffer, panelWidth);
    });
    emitEpilogue(batch, b.mul(panel, panelWidth), firstRow, rows, vectors, isLast);
  });
}

/// Reads the tile back, row by row, and stores what the epilogue makes of it.
void PanelProduct::emitEpilogue(const Point &batch, Value firstColumn, Value firstRow, Value rows,
                                unsigned vectors, bool isLast) {
  EmitContext &b = *context;
  int64_t lanes = b.getTarget().lanes;
  std::optional<int64_t> cols = numCols.getConstant();
  b.forLoop(b.getIndex(0), rows, 1, [&](Value row) {
    Point point = batch;
    point.lanes = lanes;
    point.vectorDim = colDim;
    setRow(point, b.add(firstRow, row));
    for (unsigned j = 0; j < vectors; ++j) {
      point.indices[colDim] = b.add(firstColumn, j * lanes);
      point.mask = Value();
      if (isLast && cols && *cols % panelWidth < (j + 1) * lanes)
        point.mask = makeMask(b, lanes, b.getIndex(*cols % panelWidth - j * lanes));
      else if (isLast && !cols)
        point.mask = makeMask(b, lanes, b.sub(b.getSize(numCols), point.indices[colDim]));
      Value offset = b.add(b.mul(row, panelWidth), j * lanes);
      Value sum = vector::LoadOp::create(b, cast<VectorType>(getLaneType(b.getF32Type(), lanes)),
                                         tileBuffer, offset);
      Region &region = b.getOp().getEpilogueRegion();
      RegionEmitter emitter(b, point, b.getOp().getFirstEpilogueInput(), 1);
      emitter.bind(region.getArgument(0), sum);
      storeElement(b, emitter.getYielded(region), point);
    }
  });
}

} // namespace mlir::tenon::kernel
