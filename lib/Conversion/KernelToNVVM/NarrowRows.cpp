//===- NarrowRows.cpp - Rows of bf16 in shared memory ---------------------===//

#include "NarrowRows.h"
#include "TensorCore.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::tenon::kernel {

NarrowRows::NarrowRows(GpuContext &context, unsigned operand, unsigned rowDim, unsigned columnDim,
                       int64_t rows)
    : b(context), operand(operand), rowDim(rowDim), columnDim(columnDim), rows(rows),
      width(*b.getOp().getDim(columnDim).getSize().getConstant()) {}

Value NarrowRows::getPointer(Value memory, Value row, Value column) {
  Value panel = b.div(column, b.getIndex(kLineElements));
  Value mixed = mixInLine(b, b.rem(column, b.getIndex(kLineElements)), row);
  Value line = b.add(b.mul(panel, getPanelBytes()), b.mul(row, kLine));
  return movePointer(b, memory, b.add(line, b.mul(mixed, 2)));
}

/// Neighbouring threads copy neighbouring pieces of a row.
void NarrowRows::copy(Value memory, const Point &point, Value first, Value last,
                      llvm::function_ref<Value(Value)> isWanted) {
  int64_t pieces = getPaddedWidth() / kNarrowPiece, threads = b.getNumThreads();
  int64_t across = std::max<int64_t>(llvm::PowerOf2Ceil(pieces), threads / rows);
  int64_t down = threads / across;
  Value column = b.mul(b.rem(b.getThread(), b.getIndex(across)), kNarrowPiece);
  Value ownRow = b.div(b.getThread(), b.getIndex(across));
  // Rows are whole pieces; behind them there is nothing to read.
  auto isBelow = [&](Value lhs, Value rhs) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lhs, rhs);
  };
  Value isColumn = isBelow(column, b.getIndex(width));
  Value all = b.getInteger(b.getI32Type(), 2 * kNarrowPiece),
        none = b.getInteger(b.getI32Type(), 0);
  Value source = b.getPointer(operand);
  auto copyPiece = [&](Value row) {
    Value number = b.add(first, row);
    Value isThere = arith::AndIOp::create(b, isColumn, isBelow(number, last));
    if (Value wanted = isWanted(b.min(number, b.sub(last, b.getIndex(1)))))
      isThere = arith::AndIOp::create(b, isThere, wanted);
    Value offset =
        getOffset(b, b.getOp().getAccess(operand), point.at(rowDim, number).at(columnDim, column));
    copyAsync(b, getPointer(memory, row, column), movePointer(b, source, b.mul(offset, 2)),
              2 * kNarrowPiece, arith::SelectOp::create(b, isThere, all, none));
  };
  auto copyAll = [&] {
    for (int64_t row = 0; row < rows; row += down)
      copyPiece(b.add(ownRow, row));
  };
  if (across == pieces)
    copyAll();
  else
    b.ifElse(isBelow(column, b.getIndex(getPaddedWidth())), copyAll, [] {});
}

SmallVector<Value> NarrowRows::load(Value memory, Value row, int64_t column) {
  Value lane = b.rem(b.getThread(), b.getIndex(kWarp));
  Value own = b.add(row, b.rem(lane, b.getIndex(16)));
  Value place = b.add(b.mul(b.div(lane, b.getIndex(16)), 8), column);
  return loadBlocks(b, getPointer(memory, own, place));
}

SmallVector<Value> NarrowRows::loadTurned(Value memory, Value row, int64_t column) {
  Value lane = b.rem(b.getThread(), b.getIndex(kWarp));
  Value own = b.add(row, b.add(b.mul(b.div(lane, b.getIndex(16)), 8), b.rem(lane, b.getIndex(8))));
  Value place = b.add(b.mul(b.div(b.rem(lane, b.getIndex(16)), b.getIndex(8)), 8), column);
  return loadBlocks(b, getPointer(memory, own, place), /*turns=*/true);
}

WarpgroupFactor NarrowRows::getRows(Value memory, Value row) {
  return WarpgroupFactor::at(b, movePointer(b, memory, b.mul(row, kLine)), /*isAlongTerms=*/true,
                             getPanelBytes());
}

WarpgroupFactor NarrowRows::getColumns(Value memory) {
  return WarpgroupFactor::at(b, memory, /*isAlongTerms=*/false, getPanelBytes());
}

} // namespace mlir::tenon::kernel
