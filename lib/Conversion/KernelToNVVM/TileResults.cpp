//===- TileResults.cpp - Results of attention on tensor cores -------------===//
//
// A warp's sums of weighted values go through shared memory, so that threads finish results
// side by side.
//
//===----------------------------------------------------------------------===//

#include "TileAttention.h"

namespace mlir::tenon::kernel {

Value TileAttention::getColumn(const ColumnGroup &columns, int64_t parity) {
  return b.add(b.mul(b.add(b.mul(quarter, 2), parity), columns.across), columns.first);
}

/// Leaves sums of weighted values in shared memory, and what each row's are to be divided by.
void TileAttention::keepSums(const RowState &state) {
  waitForCopies(b, 0);
  // Nothing is copied to the memory, or read of it, any more.
  b.barrier();
  for (unsigned half : {0, 1}) {
    Value row = b.add(b.add(warpRow, group), 8 * half);
    const Value *own = &state.sums[2 * half];
    for (const ColumnGroup &columns : groups) {
      for (int64_t parity : {0, 1}) {
        SmallVector<Value> side;
        for (int64_t i = 0; i < columns.across; ++i)
          side.push_back(own[4 * i + parity]);
        results.store(side, row, getColumn(columns, parity));
      }
      own += 4 * columns.across;
    }
    Value weight = combineQuad(ReduceKind::Sum, state.weights[half]);
    auto keep = [&] {
      LLVM::StoreOp::create(b, state.maxima[half], getRowPlace(row, 0));
      LLVM::StoreOp::create(b, weight, getRowPlace(row, 1));
    };
    b.ifElse(arith::CmpIOp::create(b, arith::CmpIPredicate::eq, quarter, b.getIndex(0)), keep,
             [] {});
  }
  b.barrier();
}

/// Neighbouring threads finish neighbouring results.
void TileAttention::storeResults() {
  b.barrier();
  int64_t across = std::max<int64_t>(llvm::PowerOf2Ceil(kernel.width), kThreads / kQueries);
  int64_t down = kThreads / across;
  Value column = b.rem(b.getThread(), b.getIndex(across));
  Value ownRow = b.div(b.getThread(), b.getIndex(across));
  auto finish = [&](Value pass) {
    Value row = b.add(b.mul(pass, down), ownRow), query = b.add(firstQuery, row);
    auto store = [&] {
      Value weight = loadOfRow(row, 1);
      Value result = kernel.divide(results.load(row, column, 1).front(), weight);
      kernel.store(kernel.at(query), column, result);
    };
    b.ifElse(kernel.isBelow(query, kernel.numQueries), store, [] {});
  };
  b.ifElse(
      kernel.isBelow(column, b.getIndex(kernel.width)),
      [&] { b.forLoop(b.getIndex(0), b.getIndex(kQueries / down), 1, finish); }, [] {});
}

Value TileAttention::getRowPlace(Value row, int64_t number) {
  return movePointer(b, rowMemory, b.mul(b.add(row, number * kQueries), 4));
}

} // namespace mlir::tenon::kernel
