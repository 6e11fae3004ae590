//===- QueryTile.cpp - A block's queries on tensor cores ------------------===//

#include "QueryTile.h"

#include "tenon/Conversion/Emission/Combine.h"

#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::tenon::kernel {

SmallVector<Value> RowState::pack() const {
  SmallVector<Value> values(sums);
  llvm::append_range(values, maxima);
  llvm::append_range(values, weights);
  return values;
}

RowState RowState::unpack(ValueRange values) {
  RowState state;
  llvm::append_range(state.sums, values.drop_back(4));
  llvm::append_range(state.maxima, values.take_back(4).take_front(2));
  llvm::append_range(state.weights, values.take_back(2));
  return state;
}

QueryTile::QueryTile(AttendKernel &kernel, int64_t queries)
    : kernel(kernel), b(kernel.b), tileRows(queries),
      // As the values, but as many as queries.
      results(b, AttendKernel::kValue, kernel.keyDim, kernel.valueDim, queries) {}

//===----------------------------------------------------------------------===//
// Rows and keys
//===----------------------------------------------------------------------===//

void QueryTile::launch() {
  firstQuery = kernel.launch(tileRows, getNumThreads());
  // Blocks start in order: those of late queries, which see more keys, first.
  if (kernel.op.getCausal())
    firstQuery = b.sub(
        b.mul(b.sub(b.ceilDiv(kernel.numQueries, tileRows), b.getIndex(1)), tileRows), firstQuery);
  findRows();
  lastKey = getBlockLastKey();
}

/// Rows behind the last query see no key; what else they are made of is the last one's.
void QueryTile::findRows() {
  lane = b.rem(b.getThread(), b.getIndex(32));
  group = b.div(lane, b.getIndex(4));
  quarter = b.rem(lane, b.getIndex(4));
  warpRow = b.mul(b.div(b.getThread(), b.getIndex(32)), kRows);
  for (int64_t half : {0, 1}) {
    Value query = b.add(firstQuery, b.add(b.add(warpRow, group), 8 * half));
    ownQueries.push_back(b.min(query, b.sub(kernel.numQueries, b.getIndex(1))));
    lastKeys.push_back(arith::SelectOp::create(b, kernel.isBelow(query, kernel.numQueries),
                                               kernel.getLastKey(ownQueries.back()),
                                               b.getIndex(0)));
  }
}

/// The greatest of an index that each thread of the block has.
Value QueryTile::getGreatest(Value index) {
  Value integer = arith::IndexCastOp::create(b, b.getI64Type(), index);
  return arith::IndexCastOp::create(b, b.getIndexType(),
                                    b.combineThreads(ReduceKind::Max, integer));
}

Value QueryTile::getBlockLastKey() {
  Value lastQuery = b.min(b.add(firstQuery, tileRows - 1), b.sub(kernel.numQueries, b.getIndex(1)));
  if (!kernel.op.getKeyMask())
    return kernel.getLastKey(lastQuery);
  // Behind the last key that the mask shows there is nothing to see.
  auto find = [&](Value key, ValueRange before) {
    return SmallVector<Value>{
        arith::SelectOp::create(b, kernel.isVisible(key), b.add(key, 1), before[0])};
  };
  Value shown =
      b.forLoop(b.getThread(), kernel.numKeys, getNumThreads(), b.getIndex(0), find).front();
  return b.min(getGreatest(shown), getGreatest(b.max(lastKeys[0], lastKeys[1])));
}

RowState QueryTile::getNothing(int64_t columns) {
  Value zero = b.getFloat(b.getF32Type(), 0);
  RowState none;
  none.sums.assign(size_t(columns / 2), zero);
  none.maxima.assign(2, kernel.getHidden());
  none.weights.assign(2, zero);
  return none;
}

/// `value` of the four lanes that have parts of the same rows, combined.
Value QueryTile::combineQuad(ReduceKind kind, Value value) {
  for (int64_t distance : {1, 2})
    value = combine(b, kind, value, b.exchange(value, distance));
  return value;
}

/// Whether any of `values` is an infinity or NaN: times 0 it is NaN, the others are 0.
Value QueryTile::isNotFinite(ValueRange values) {
  Value zero = b.getFloat(b.getF32Type(), 0), sum = zero;
  for (Value value : values)
    sum = math::FmaOp::create(b, value, zero, sum);
  return arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, sum, sum);
}

} // namespace mlir::tenon::kernel
