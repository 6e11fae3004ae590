//===- RowBlocks.h - Rows in blocks and tiles of nearly equal size -*- C++ -*-===//
//
// A dimension of rows is cut into blocks, one per task, and a block into tiles
// that fit the registers. Both cuts are even: sizes differ by at most one, so no
// tile is left with a row or two that would keep the pipelines half empty.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_ROWBLOCKS_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_ROWBLOCKS_H

#include "tenon/Conversion/KernelToVector/CpuContext.h"

namespace mlir::tenon::kernel {

class RowBlocks {
public:
  /// Blocks of at most `blockRows` of `total` rows. Of ragged ones only a part may
  /// be visited at a time.
  RowBlocks(CpuContext &context, SizeAttr total, int64_t blockRows, bool isRagged = false)
      : context(&context), total(total), blockRows(blockRows), isRagged(isRagged) {}

  SizeAttr getTotal() const { return total; }
  /// The number of rows that every visit has together, if it is known.
  std::optional<int64_t> getConstantTotal() const {
    return isRagged ? std::nullopt : total.getConstant();
  }
  int64_t getBlockRows() const { return blockRows; }

  /// The factor of the grid that counts the blocks.
  GridAttr getFactor() const { return GridAttr::get(context->getContext(), total, blockRows); }

  /// The first and one past the last row of block number `block`.
  std::pair<Value, Value> getBounds(Value block) const;

  /// Visits the tiles of rows `begin` to `end`: `body(firstRow, rows)`.
  void forTiles(Value begin, Value end, llvm::function_ref<void(Value, Value)> body) const;
  /// As `forTiles`, for groups of at most `tiles` tiles: `body(firstRow, rows, firstOfGroup)`,
  /// and after each group `after(firstOfGroup, rows)`.
  void forTileGroups(Value begin, Value end, int64_t tiles,
                     llvm::function_ref<void(Value, Value, Value)> body,
                     llvm::function_ref<void(Value, Value)> after) const;

  /// The numbers of rows that tiles of blocks of at least `smallestBlock` rows
  /// can have, ascending.
  SmallVector<unsigned> getTileHeights(int64_t smallestBlock) const;

  /// Runs `body` for the number of rows that `rows` holds, one of `heights`.
  void switchRows(Value rows, ArrayRef<unsigned> heights,
                  llvm::function_ref<void(unsigned)> body) const;

private:
  CpuContext *context;
  SizeAttr total;
  int64_t blockRows;
  bool isRagged;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_ROWBLOCKS_H
