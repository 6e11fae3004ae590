//===- RowBlocks.cpp - Rows in blocks and tiles of nearly equal size ------===//

#include "RowBlocks.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

#include <set>

namespace mlir::tenon::kernel {

static int64_t ceilDivide(int64_t lhs, int64_t rhs) { return (lhs + rhs - 1) / rhs; }

std::pair<Value, Value> RowBlocks::getBounds(Value block) const {
  EmitContext &b = *context;
  Value size = b.getSize(total);
  if (std::optional<int64_t> constant = total.getConstant(); constant && *constant <= blockRows)
    return {b.getIndex(0), size};
  Value count = b.ceilDiv(size, blockRows);
  auto bound = [&](Value number) { return b.div(b.mul(number, size), count); };
  return {bound(block), bound(b.add(block, 1))};
}

void RowBlocks::forTiles(Value begin, Value end,
                         llvm::function_ref<void(Value, Value)> body) const {
  EmitContext &b = *context;
  if (total.isZero())
    return;
  Value rows = b.sub(end, begin);
  Value count = b.ceilDiv(rows, b.getTarget().tileRows);
  // The first `extra` tiles have one row more than the rest.
  Value height = b.div(rows, count), extra = b.rem(rows, count);
  b.forLoop(b.getIndex(0), count, 1, [&](Value tile) {
    Value first = b.add(b.add(begin, b.mul(tile, height)), b.min(tile, extra));
    Value next = b.add(tile, 1);
    Value last = b.add(b.add(begin, b.mul(next, height)), b.min(next, extra));
    body(first, b.sub(last, first));
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
  EmitContext &b = *context;
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
