//===- TileRepair.cpp - What is not finite in attention on tensor cores ---===//
//
// Factors on tensor cores are sums of two parts; of an infinity these are an infinity and a
// NaN. Where a product of a query and a key, or a sum of weighted values, is not finite, it
// is computed again in f32 as it stands.
//
//===----------------------------------------------------------------------===//

#include "TileAttention.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::tenon::kernel {

/// Whether any of `values` is an infinity or NaN: times 0 it is NaN, the others are 0.
Value TileAttention::isNotFinite(ValueRange values) {
  Value zero = b.getFloat(b.getF32Type(), 0), sum = zero;
  for (Value value : values)
    sum = math::FmaOp::create(b, value, zero, sum);
  return arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, sum, sum);
}

/// Products of queries and keys, both of which are in shared memory.
SmallVector<Value> TileAttention::replaceProducts(ValueRange products) {
  auto addTerm = [&](Value term, ValueRange before) {
    SmallVector<Value> next, rows;
    for (int64_t half : {0, 1})
      rows.push_back(queries.load(b.add(b.add(warpRow, group), 8 * half), term, 1).front());
    for (auto [number, sum] : llvm::enumerate(before)) {
      Value key = b.add(b.mul(quarter, 2), number / 4 * 8 + number % 2);
      Value column = keys.load(key, term, 1).front();
      next.push_back(math::FmaOp::create(b, rows[number % 4 / 2], column, sum));
    }
    return next;
  };
  // All lanes of a warp together: they are to multiply together afterwards.
  Value isAny = NVVM::VoteSyncOp::create(b, b.getI1Type(), b.getInteger(b.getI32Type(), -1),
                                         isNotFinite(products), NVVM::VoteSyncKind::any);
  auto branch = scf::IfOp::create(b, products.getTypes(), isAny, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  SmallVector<Value> zeros(products.size(), b.getFloat(b.getF32Type(), 0)), replaced;
  SmallVector<Value> sums = b.forLoop(b.getIndex(0), b.getIndex(kernel.depth), 1, zeros, addTerm);
  for (auto [product, sum] : llvm::zip(products, sums))
    replaced.push_back(arith::SelectOp::create(b, isNotFinite(product), sum, product));
  scf::YieldOp::create(b, replaced);
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, products);
  return SmallVector<Value>(branch.getResults());
}

/// Sums of weighted values in shared memory. A lane looks at every second 8 columns of a
/// row. Where the sum of weights is NaN or 0, what they are does not matter.
void TileAttention::replaceSums() {
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
SmallVector<Value> TileAttention::addAllValues(Value query, Value maximum,
                                               ArrayRef<Value> columns) {
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
