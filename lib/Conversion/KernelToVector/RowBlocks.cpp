//===- RowBlocks.cpp - Rows in blocks and tiles of nearly equal size ------===//

#include "RowBlocks.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

#include <set>

namespace mlir::tenon::kernel {

static int64_t ceilDivide(int64_t lhs, int64_t rhs) { return (lhs + rhs - 1) / rhs; }

std::pair<Value, Value> RowBlocks::getBounds(Value block) const {
  CpuContext &b = *context;
  Value size = b.getSize(total);
  if (std::optional<int64_t> constant = total.getConstant(); constant && *constant <= blockRows)
    return {b.getIndex(0), size};
  Value count = b.ceilDiv(size, blockRows);
  auto bound = [&](Value number) { return b.div(b.mul(number, size), count); };
  return {bound(block), bound(b.add(block, 1))};
}

void RowBlocks::forTiles(Value begin, Value end,
                         llvm::function_ref<void(Value, Value)> body) const {
  forTileGroups(
      begin, end, 1, [&](Value firstRow, Value rows, Value) { body(firstRow, rows); },
      [](Value, Value) {});
}

void RowBlocks::forTileGroups(Value begin, Value end, int64_t tiles,
                              llvm::function_ref<void(Value, Value, Value)> body,
                              llvm::function_ref<void(Value, Value)> after) const {
  CpuContext &b = *context;
  if (total.isZero())
    return;
  Value rows = b.sub(end, begin);
  Value count = b.ceilDiv(rows, b.getTarget().tileRows);
  // The first `extra` tiles have one row more than the rest.
  Value height = b.div(rows, count), extra = b.rem(rows, count);
  auto getFirstRow = [&](Value tile) {
    return b.add(b.add(begin, b.mul(tile, height)), b.min(tile, extra));
  };
  b.forLoop(b.getIndex(0), count, tiles, [&](Value firstTile) {
    Value first = getFirstRow(firstTile);
    Value lastTile = tiles == 1 ? b.add(firstTile, 1) : b.min(b.add(firstTile, tiles), count);
    auto visit = [&](Value tile) {
      Value row = getFirstRow(tile);
      body(row, b.sub(getFirstRow(b.add(tile, 1)), row), first);
    };
    tiles == 1 ? visit(firstTile) : b.forLoop(firstTile, lastTile, 1, visit);
    after(first, b.sub(getFirstRow(lastTile), first));
  });
}

SmallVector<unsigned> RowBlocks::getTileHeights(int64_t smallestBlock) const {
  int64_t first = smallestBlock, last = blockRows;
  if (std::optional<int64_t> constant = getConstantTotal()) {
    int64_t blocks = std::max<int64_t>(ceilDivide(*constant, blockRows), 1);
    first = *constant / blocks;
    last = ceilDivide(*constant, blocks);
  }
  std::set<unsigned> heights;
  for (int64_t rows = std::max<int64_t>(first, 1); rows <= std::max<int64_t>(last, 1); ++rows) {
    int64_t tiles = ceilDivide(rows, context->getTarget().tileRows);
    heights.insert(rows / tiles);
    heights.insert(ceilDivide(rows, tiles));
  }
  return SmallVector<unsigned>(heights.begin(), heights.end());
}

void RowBlocks::switchRows(Value rows, ArrayRef<unsigned> heights,
                           llvm::function_ref<void(unsigned)> body) const {
  CpuContext &b = *context;
  if (heights.size() == 1) {
    body(heights.front());
    return;
  }
  // The tallest is the default: most tiles have its height.
  SmallVector<int64_t> cases(heights.begin(), std::prev(heights.end()));
  auto branch =
      scf::IndexSwitchOp::create(b, TypeRange(), rows, cases, static_cast<unsigned>(cases.size()));
  OpBuilder::InsertionGuard guard(b);
  auto fill = [&](Region &region, unsigned count) {
    b.createBlock(&region);
    body(count);
    scf::YieldOp::create(b);
  };
  for (auto [region, count] : llvm::zip(branch.getCaseRegions(), cases))
    fill(region, count);
  fill(branch.getDefaultRegion(), heights.back());
}

} // namespace mlir::tenon::kernel
