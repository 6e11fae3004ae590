//===- AttendPairs.cpp - Tiles of queries by keys on GPUs -----------------===//

#include "AttendPairs.h"

#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {

static constexpr unsigned kQuery = 0, kKey = 1, kValue = 2, kResultGradient = 3,
                          kFirstScoreInput = 4;
/// Terms that are in shared memory, and that are added between two tests, at a time.
static constexpr int64_t kSlice = 16, kUnroll = 4;

AttendPairs::AttendPairs(GpuContext &context, const Form &form) : b(context), form(form) {
  KernelOpInterface op = b.getOp();
  queryDim = op.getDims(DimRole::Queries).front();
  keyDim = op.getDims(DimRole::Keys).front();
  depthDim = op.getDims(DimRole::Depth).front();
  valueDim = op.getDims(DimRole::Values).front();
  numQueries = b.getSize(op.getDim(queryDim).getSize());
  numKeys = b.getSize(op.getDim(keyDim).getSize());
  row = b.mul(b.div(b.getThread(), b.getIndex(kSide)), kPart);
  column = b.rem(b.getThread(), b.getIndex(kSide));
  rowSlice = b.allocateShared(kSlice * kStride, b.getF32Type());
  columnSlice = b.allocateShared(kSlice * kStride, b.getF32Type());
}

Value AttendPairs::isBelow(Value lhs, Value rhs) {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lhs, rhs);
}

Value AttendPairs::getKeysEnd(Value firstQuery) {
  if (!form.causal)
    return numKeys;
  Value end = b.sub(b.add(b.add(firstQuery, kTile), numKeys), numQueries);
  return b.max(b.min(end, numKeys), b.getIndex(0));
}

Value AttendPairs::getQueriesBegin(Value firstKey) {
  if (!form.causal)
    return b.getIndex(0);
  return b.max(b.sub(b.add(firstKey, numQueries), numKeys), b.getIndex(0));
}

Value AttendPairs::isThere(const Point &batch, const Side &side, Value index) {
  Value isInside = isBelow(index, side.count);
  if (!side.areKeys || !form.keyMask)
    return isInside;
  Value last = b.sub(side.count, b.getIndex(1));
  Value isShown = loadElement(b, *form.keyMask, batch.at(side.dim, b.min(index, last)));
  return arith::AndIOp::create(b, isInside, isShown);
}

Value AttendPairs::load(unsigned operand, const Point &point, Value isInside) {
  Value offset = getOffset(b, b.getOp().getAccess(operand), point);
  Value place = arith::SelectOp::create(b, isInside, offset, b.getIndex(0));
  Value element = memref::LoadOp::create(b, b.getBuffer(operand), place);
  return arith::SelectOp::create(b, isInside, element, b.getFloat(b.getF32Type(), 0));
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

SmallVector<Value> AttendPairs::multiplyKeys(const Tile &tile) {
  unsigned rows = tile.rows.areKeys ? kKey : kQuery, columns = tile.rows.areKeys ? kQuery : kKey;
  return multiply(tile, rows, columns, depthDim);
}

SmallVector<Value> AttendPairs::multiplyValues(const Tile &tile) {
  unsigned rows = tile.rows.areKeys ? kValue : kResultGradient,
           columns = tile.rows.areKeys ? kResultGradient : kValue;
  return multiply(tile, rows, columns, valueDim);
}

SmallVector<Value> AttendPairs::multiply(const Tile &tile, unsigned rowOperand,
                                         unsigned columnOperand, unsigned termDim) {
  SmallVector<Value> zeros(kOwn, b.getFloat(b.getF32Type(), 0));
  Value numTerms = b.getSize(b.getOp().getDim(termDim).getSize());
  return b.rolledLoop(b.getIndex(0), numTerms, kSlice, zeros, [&](Value term, ValueRange before) {
    fillSlice(tile.batch, tile.rows, rowOperand, termDim, term, rowSlice);
    fillSlice(tile.batch, tile.columns, columnOperand, termDim, term, columnSlice);
    b.barrier();
    SmallVector<Value> after = addSlice(before);
    b.barrier();
    return after;
  });
}

/// Brings the next terms of a side into shared memory; neighbouring threads take
/// neighbouring terms. Terms of what is not there are 0.
void AttendPairs::fillSlice(const Point &batch, const Side &side, unsigned operand,
                            unsigned termDim, Value firstTerm, Value slice) {
  Value numTerms = b.getSize(b.getOp().getDim(termDim).getSize());
  Value step = b.getIndex(kSlice);
  Value own = b.rem(b.getThread(), step), term = b.add(firstTerm, own);
  for (int64_t i = 0; i < kTile * kSlice / kThreads; ++i) {
    Value place = b.add(b.div(b.getThread(), step), i * kThreads / kSlice);
    Value index = b.add(side.first, place);
    Value isInside = arith::AndIOp::create(b, isThere(batch, side, index), isBelow(term, numTerms));
    Value element = load(operand, batch.at(side.dim, index).at(termDim, term), isInside);
    memref::StoreOp::create(b, element, slice, b.add(b.mul(own, kStride), place));
  }
}

SmallVector<Value> AttendPairs::addSlice(ValueRange before) {
  auto addTerm = [&](Value term, SmallVectorImpl<Value> &sums) {
    SmallVector<Value> rows, columns;
    Value start = b.mul(term, kStride);
    for (int64_t i = 0; i < kPart; ++i) {
      rows.push_back(memref::LoadOp::create(b, rowSlice, b.add(b.add(start, row), i)));
      columns.push_back(
          memref::LoadOp::create(b, columnSlice, b.add(b.add(start, column), i * kSide)));
    }
    for (int64_t i = 0; i < kPart; ++i)
      for (int64_t j = 0; j < kPart; ++j) {
        Value &sum = sums[i * kPart + j];
        sum = math::FmaOp::create(b, rows[i], columns[j], sum);
      }
  };
  return b.forLoop(b.getIndex(0), b.getIndex(kSlice), kUnroll, before,
                   [&](Value term, ValueRange current) {
                     SmallVector<Value> sums(current);
                     for (int64_t i = 0; i < kUnroll; ++i)
                       addTerm(b.add(term, i), sums);
                     return sums;
                   });
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

void AttendPairs::forPairs(const Tile &tile, PairBody body) {
  struct Place {
    Value index, isThere;
  };
  auto getPlace = [&](const Side &side, Value own) {
    Value index = b.add(side.first, own), last = b.sub(side.count, b.getIndex(1));
    return Place{b.min(index, last), isThere(tile.batch, side, index)};
  };
  SmallVector<Place> rows, columns;
  for (int64_t i = 0; i < kPart; ++i) {
    rows.push_back(getPlace(tile.rows, b.add(row, i)));
    columns.push_back(getPlace(tile.columns, b.add(column, i * kSide)));
  }
  for (int64_t i = 0; i < kPart; ++i)
    for (int64_t j = 0; j < kPart; ++j) {
      Point pair =
          tile.batch.at(tile.rows.dim, rows[i].index).at(tile.columns.dim, columns[j].index);
      Value isVisible = arith::AndIOp::create(b, rows[i].isThere, columns[j].isThere);
      if (form.causal) {
        // Key j is visible to query i when j + N < i + M + 1.
        Value key = b.add(pair.indices[keyDim], numQueries),
              query = b.add(b.add(pair.indices[queryDim], numKeys), 1);
        isVisible = arith::AndIOp::create(b, isVisible, isBelow(key, query));
      }
      body(i * kPart + j, pair, isVisible);
    }
}

Value AttendPairs::getScore(const Point &pair, Value product) {
  Value score = arith::MulFOp::create(b, product, b.getFloat(b.getF32Type(), form.scale));
  if (form.score.empty())
    return score;
  RegionEmitter emitter(b, pair, kFirstScoreInput, 1);
  emitter.bind(form.score.getArgument(0), score);
  return emitter.getYielded(form.score);
}

} // namespace mlir::tenon::kernel
