//===- ContractTile.cpp - A block's tile of a product ---------------------===//

#include "ContractTile.h"

#include "tenon/Conversion/Emission/RegionEmitter.h"
#include "tenon/Target/GpuTarget.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::tenon::kernel {

/// The input that holds the first row, or term, of each group, then the rows.
static constexpr unsigned kGroupRows = 2;

ContractTile::ContractTile(KernelOpInterface form, GpuContext &context, ArrayRef<int64_t> bounds)
    : form(form), b(context), batchDims(form.getDims(DimRole::Batch)),
      rowDims(form.getDims(DimRole::Rows)), sumDims(form.getDims(DimRole::Sum)),
      colDim(form.getDims(DimRole::Cols).front()), bounds(bounds),
      knownTerms(getExtent(DimRole::Sum).getConstant()), point(form.getNumDims()) {
  if (auto contract = dyn_cast<ContractOp>(form.getOperation()))
    sumGroupDim = contract.getGroupsOfSums(), hasParts = contract.getParts();
  if (SmallVector<unsigned> groups = form.getDims(DimRole::Groups); !groups.empty() && !sumGroupDim)
    rowGroupDim = groups.front();
  if (sumGroupDim)
    batchDims.push_back(*sumGroupDim);
}

SizeAttr ContractTile::getExtent(DimRole role) {
  return getDomainProduct(form, [=](DimAttr dim) { return dim.getRole() == role; });
}

Value ContractTile::loadInteger(Value place) { return loadIndex(b, kGroupRows, place); }

Value ContractTile::isBelow(Value lhs, Value rhs) {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lhs, rhs);
}

Value ContractTile::isRowInside(const TilePass &pass, Value row) {
  Value isInside = isBelow(row, pass.end);
  if (!rowGroupDim)
    return isInside;
  return arith::AndIOp::create(
      b, isInside, arith::CmpIOp::create(b, arith::CmpIPredicate::sge, row, pass.begin));
}

//===----------------------------------------------------------------------===//
// Where the block stands
//===----------------------------------------------------------------------===//

/// Tiles of a few rows go together, column by column.
static std::pair<Value, Value> orderTiles(GpuContext &b, Value row, Value column, Value numRows,
                                          Value numColumns) {
  if (getConstantIntValue(numRows) == 1 || getConstantIntValue(numColumns) == 1)
    return {row, column};
  Value number = b.add(b.mul(row, numColumns), column);
  Value perBand = b.mul(numColumns, kTileRowsTogether);
  Value firstRow = b.mul(b.div(number, perBand), kTileRowsTogether);
  Value bandRows = b.min(b.sub(numRows, firstRow), b.getIndex(kTileRowsTogether));
  Value inBand = b.rem(number, perBand);
  return {b.add(firstRow, b.rem(inBand, bandRows)), b.div(inBand, bandRows)};
}

void ContractTile::launch(TileShape tile, int64_t threads) {
  shape = tile;
  SizeAttr rows = getExtent(DimRole::Rows), columns = form.getDim(colDim).getSize();
  SmallVector<GridAttr> grid;
  for (unsigned dim : batchDims)
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
  grid.push_back(GridAttr::get(b.getContext(), rows, tile.rows));
  grid.push_back(GridAttr::get(b.getContext(), columns, tile.columns));
  b.setLaunch(grid, threads);

  SmallVector<Value> task = b.getTaskCoordinates(b.getBlock());
  for (auto [dim, index] : llvm::zip(batchDims, task))
    point.indices[dim] = index;
  numRows = b.getSize(rows);
  numColumns = b.getSize(columns);
  numTerms = b.getSize(getExtent(DimRole::Sum));
  auto [rowTile, columnTile] =
      orderTiles(b, task[batchDims.size()], task.back(), b.ceilDiv(numRows, tile.rows),
                 b.ceilDiv(numColumns, tile.columns));
  firstRow = b.mul(rowTile, tile.rows);
  firstColumn = b.mul(columnTile, tile.columns);
}

void ContractTile::forPasses(llvm::function_ref<void(const TilePass &)> body,
                             llvm::function_ref<void(const TilePass &)> storeZeros) {
  Value end = b.min(b.add(firstRow, shape.rows), numRows);
  if (sumGroupDim) {
    Value group = point.indices[*sumGroupDim];
    body({firstRow, end, loadInteger(group), loadInteger(b.add(group, 1))});
    return;
  }
  if (hasParts) {
    int64_t parts = *form.getDim(0).getSize().getConstant();
    Value steps = b.ceilDiv(b.ceilDiv(numTerms, parts), ContractOp::kPartStep);
    Value size = b.mul(steps, ContractOp::kPartStep);
    Value first = b.min(b.mul(point.indices[0], size), numTerms);
    body({firstRow, end, first, b.min(b.add(first, size), numTerms)});
    return;
  }
  if (!rowGroupDim) {
    body({firstRow, end, b.getIndex(0), numTerms});
    return;
  }
  Value numGroups = b.getSize(form.getDim(*rowGroupDim).getSize());
  b.forLoop(b.getIndex(0), numGroups, 1, [&](Value group) {
    point.indices[*rowGroupDim] = group;
    Value first = b.max(firstRow, loadInteger(group));
    Value last = b.min(end, loadInteger(b.add(group, 1)));
    b.ifElse(isBelow(first, last), [&] { body({first, last, b.getIndex(0), numTerms}); }, [] {});
  });
  Value first = b.max(firstRow, loadInteger(numGroups));
  b.ifElse(
      isBelow(first, end), [&] { storeZeros({first, end, b.getIndex(0), b.getIndex(0)}); }, [] {});
}

void ContractTile::setRow(Point &point, Value row) {
  if (rowGroupDim)
    row = loadInteger(b.add(b.getSize(form.getAccess(kGroupRows).getOffset()), row));
  setIndices(b, point, rowDims, row);
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Value ContractTile::isInWindow(const Point &point, Value isInside) {
  for (size_t i = 0; i < bounds.size(); i += 6) {
    ArrayRef<int64_t> bound = bounds.slice(i, 6);
    Value position =
        b.add(b.mul(point.indices[bound[0]], bound[2]), b.mul(point.indices[bound[1]], bound[3]));
    position = b.sub(position, b.getIndex(bound[4]));
    // As unsigned numbers, negative positions are large.
    Value isThere =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ult, position, b.getIndex(bound[5]));
    isInside = arith::AndIOp::create(b, isInside, isThere);
  }
  return isInside;
}

Value ContractTile::load(unsigned operand, const Point &point, Value isInside) {
  Value offset = getOffset(b, form.getAccess(operand), point);
  Value place = arith::SelectOp::create(b, isInside, offset, b.getIndex(0));
  Value element = widen(b, memref::LoadOp::create(b, b.getBuffer(operand), place));
  return arith::SelectOp::create(b, isInside, element, b.getFloat(b.getF32Type(), 0));
}

Value ContractTile::getZero() {
  auto type = cast<TenonTensorType>(form.getDestinationOperand().getType());
  return b.getFloat(type.getElementType(), 0);
}

SmallVector<Value> addAll(GpuContext &b, ValueRange totals, ValueRange parts) {
  SmallVector<Value> sums;
  for (auto [total, part] : llvm::zip_equal(totals, parts))
    sums.push_back(arith::AddFOp::create(b, total, part));
  return sums;
}

SmallVector<Value> ContractTile::sumInBlocks(
    const TilePass &pass, unsigned numSums, int64_t atOnce,
    llvm::function_ref<SmallVector<Value>(Value first, Value last)> addTerms) {
  if (knownTerms && *knownTerms <= kSumBlock * atOnce)
    return addTerms(pass.firstTerm, pass.lastTerm);
  SmallVector<Value> zeros(numSums, b.getFloat(b.getF32Type(), 0));
  return b.forLoop(pass.firstTerm, pass.lastTerm, kSumBlock, zeros,
                   [&](Value first, ValueRange totals) {
                     Value last = b.min(b.add(first, kSumBlock), pass.lastTerm);
                     return addAll(b, totals, addTerms(first, last));
                   });
}

Value ContractTile::addProducts(Point point, Value first, Value last, Value before) {
  return b
      .forLoop(first, last, 1, before,
               [&](Value term, ValueRange sum) {
                 setTerm(point, term);
                 Value isInside = isInWindow(point, b.getInteger(b.getI1Type(), 1));
                 Value lhs = load(0, point, isInside);
                 Value rhs = load(1, point, b.getInteger(b.getI1Type(), 1));
                 return SmallVector<Value>{math::FmaOp::create(b, lhs, rhs, sum[0])};
               })
      .front();
}

Value ContractTile::finish(const Point &point, Value sum) {
  Region &region = form.getEpilogueRegion();
  RegionEmitter emitter(b, point, form.getFirstEpilogueInput(), 1);
  emitter.bind(region.getArgument(0), sum);
  return emitter.getYielded(region);
}

} // namespace mlir::tenon::kernel
