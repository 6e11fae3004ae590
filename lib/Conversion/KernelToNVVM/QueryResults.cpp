//===- QueryResults.cpp - Results of a block's queries --------------------===//
//
// A warp's sums of weighted values go through shared memory, so that threads finish results
// side by side, or each thread finishes its own. Those that are not finite are computed again in
// f32 as they stand: a factor on tensor cores may be the sum of two parts, an infinity and a NaN of
// an infinity, and a weight of 0 makes a NaN of an infinite value that its key hides.
//
//===----------------------------------------------------------------------===//

#include "QueryTile.h"

#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::tenon::kernel {

void QueryTile::finish(const RowState &state, ArrayRef<ColumnGroup> groups) {
  keepSums(state, groups);
  replaceSums();
  storeResults();
}

//===----------------------------------------------------------------------===//
// Each thread its own
//===----------------------------------------------------------------------===//

void QueryTile::finish(const RowState &state) {
  b.setWide();
  for (unsigned half : {0, 1}) {
    Value query = b.add(firstQuery, b.add(b.add(warpRow, group), 8 * half));
    // All lanes of a warp exchange.
    Value weight = combineQuad(ReduceKind::Sum, state.weights[half]);
    b.ifElse(
        kernel.isBelow(query, kernel.numQueries), [&] { storeOwn(state, half, weight); }, [] {});
  }
}

void QueryTile::storeOwn(const RowState &state, unsigned half, Value weight) {
  SmallVector<Value> sums;
  for (int64_t column = 0; column < kernel.width; column += 8)
    for (int64_t i : {0, 1})
      sums.push_back(state.sums[size_t(column / 2 + 2 * half + i)]);
  for (auto [number, sum] : llvm::enumerate(sums)) {
    Value column = b.add(b.mul(quarter, 2), int64_t(number / 2 * 8 + number % 2));
    kernel.store(kernel.at(ownQueries[half]), column, kernel.divide(sum, weight));
  }
  Value isSound =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, weight, b.getFloat(b.getF32Type(), 0));
  auto again = [&] { storeAgain(ownQueries[half], state.maxima[half], weight); };
  b.ifElse(arith::AndIOp::create(b, isSound, isNotFinite(sums)), again, [] {});
}

/// The row's results of this thread, computed as they stand, over those that are stored: what
/// an epilogue reads is never the destination.
void QueryTile::storeAgain(Value query, Value maximum, Value weight) {
  // Columns of four blocks of 8 at once.
  constexpr int64_t kTogether = 32;
  Value last = b.getIndex(kernel.width - 1);
  b.forLoop(b.getIndex(0), b.getIndex(kernel.width), kTogether, [&](Value first) {
    SmallVector<Value> columns, inside;
    for (int64_t i = 0; i < kTogether / 4; ++i) {
      columns.push_back(b.add(b.add(first, b.mul(quarter, 2)), i / 2 * 8 + i % 2));
      inside.push_back(b.min(columns.back(), last));
    }
    SmallVector<Value> sums = addAllValues(query, maximum, inside);
    for (auto [column, own, sum] : llvm::zip(columns, inside, sums))
      b.ifElse(
          kernel.isBelow(column, b.getIndex(kernel.width)),
          [&, own = own, sum = sum] {
            kernel.store(kernel.at(query), own, kernel.divide(sum, weight));
          },
          [] {});
  });
}

//===----------------------------------------------------------------------===//
// Through shared memory
//===----------------------------------------------------------------------===//

void QueryTile::setResultMemory(Value memory) {
  results.setMemory(memory);
  rowMemory = movePointer(b, memory, b.getIndex(results.getNumBytes()));
}

Value QueryTile::getColumn(const ColumnGroup &columns, int64_t parity) {
  return b.add(b.mul(b.add(b.mul(quarter, 2), parity), columns.across), columns.first);
}

/// Leaves sums of weighted values in shared memory, and what each row's are to be divided by.
void QueryTile::keepSums(const RowState &state, ArrayRef<ColumnGroup> groups) {
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
void QueryTile::storeResults() {
  b.barrier();
  int64_t across = std::max<int64_t>(llvm::PowerOf2Ceil(kernel.width), getNumThreads() / tileRows);
  int64_t down = getNumThreads() / across;
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
      [&] { b.forLoop(b.getIndex(0), b.getIndex(tileRows / down), 1, finish); }, [] {});
}

Value QueryTile::getRowPlace(Value row, int64_t number) {
  return movePointer(b, rowMemory, b.mul(b.add(row, number * tileRows), 4));
}

/// Sums of weighted values in shared memory. A lane looks at every second 8 columns of a
/// row. Where the sum of weights is NaN or 0, what they are does not matter.
void QueryTile::replaceSums() {
  Value row = b.add(warpRow, b.rem(lane, b.getIndex(16)));
  Value weight = loadOfRow(row, 1);
  Value isSound =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, weight, b.getFloat(b.getF32Type(), 0));
  auto replace = [&](Value start) {
    Value first = b.add(start, b.mul(b.div(lane, b.getIndex(16)), 8));
    SmallVector<Value> sums, columns;
    for (int64_t i : {0, 4})
      llvm::append_range(sums, results.load(row, b.add(first, i), 4));
    for (int64_t i = 0; i < 8; ++i)
      columns.push_back(b.min(b.add(first, i), b.getIndex(kernel.width - 1)));
    auto compute = [&] {
      SmallVector<Value> again = addAllValues(b.add(firstQuery, row), loadOfRow(row, 0), columns);
      for (auto [number, sum, computed] : llvm::enumerate(sums, again))
        results.store(arith::SelectOp::create(b, isNotFinite(sum), computed, sum).getResult(), row,
                      b.add(first, int64_t(number)));
    };
    b.ifElse(arith::AndIOp::create(b, isSound, isNotFinite(sums)), compute, [] {});
  };
  int64_t width = results.getPaddedWidth();
  b.forLoop(b.getIndex(0), b.getIndex(width / 16 * 16), 16, replace);
  if (width % 16 != 0)
    b.ifElse(kernel.isBelow(lane, b.getIndex(16)), [&] { replace(b.getIndex(width - 8)); }, [] {});
}

/// Sums of values of a query, weighted beside its greatest score.
SmallVector<Value> QueryTile::addAllValues(Value query, Value maximum, ArrayRef<Value> columns) {
  auto addKey = [&](Value key, ValueRange before) {
    Point at = kernel.at(query, key);
    // Elements are fetched term by term: many at once would take registers from the loop that
    // always runs.
    Value product = kernel.getProduct(
        at, [&] { LLVM::FenceOp::create(b, LLVM::AtomicOrdering::acq_rel, "block"); });
    Value score = kernel.getScore(at, product);
    if (Value isShown = kernel.isVisible(key))
      score = arith::SelectOp::create(b, isShown, score, kernel.getHidden());
    Value weight = kernel.getWeight(score, maximum);
    SmallVector<Value> next;
    for (auto [column, sum] : llvm::zip(columns, before))
      next.push_back(math::FmaOp::create(b, weight, kernel.getValue(at, column), sum));
    return next;
  };
  SmallVector<Value> zeros(columns.size(), b.getFloat(b.getF32Type(), 0));
  return b.forLoop(b.getIndex(0), kernel.getLastKey(query), 1, zeros, addKey);
}

} // namespace mlir::tenon::kernel
