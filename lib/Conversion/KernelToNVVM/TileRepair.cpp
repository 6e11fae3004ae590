//===- TileRepair.cpp - Products that are not finite in attention ---------===//
//
// Factors on tensor cores are sums of two parts; of an infinity these are an infinity and a
// NaN. Where a product of a query and a key is not finite, it is computed again in f32 as it
// stands.
//
//===----------------------------------------------------------------------===//

#include "TileAttention.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::tenon::kernel {

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

} // namespace mlir::tenon::kernel
