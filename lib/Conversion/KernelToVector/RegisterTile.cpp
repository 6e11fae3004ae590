//===- RegisterTile.cpp - Products of a few rows with a panel -------------===//

#include "RegisterTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {

/// Steps of k that one iteration takes when their number allows it. (Two would
/// be slower: pairs of lhs elements are then loaded as vectors, and spill.)
static constexpr int64_t kUnroll = 4;

SmallVector<Value> makeZeroTile(EmitContext &context, unsigned rows, unsigned vectors) {
  Type type = getLaneType(context.getF32Type(), context.getTarget().lanes);
  return SmallVector<Value>(size_t(rows) * vectors, context.getFloat(type, 0.0));
}

SmallVector<Value> emitTile(EmitContext &context, unsigned rows, unsigned vectors, Value begin,
                            Value end, ValueRange initial, TileOperands operands) {
  std::optional<int64_t> first = getConstantIntValue(begin), last = getConstantIntValue(end);
  int64_t unroll = first && last && (*last - *first) % kUnroll == 0 ? kUnroll : 1;
  unsigned lanes = context.getTarget().lanes;
  return context.forLoop(begin, end, unroll, initial, [&](Value k, ValueRange carried) {
    SmallVector<Value> sums(carried);
    for (int64_t u = 0; u < unroll; ++u) {
      Value term = context.add(k, u);
      SmallVector<Value> columns;
      for (unsigned j = 0; j < vectors; ++j)
        columns.push_back(operands.rhs(term, j));
      for (unsigned i = 0; i < rows; ++i) {
        Value element = broadcastLanes(context, operands.lhs(i, term), lanes);
        for (unsigned j = 0; j < vectors; ++j) {
          Value &sum = sums[i * vectors + j];
          sum = vector::FMAOp::create(context, element, columns[j], sum);
        }
      }
    }
    return sums;
  });
}

/// Visits the vectors of a tile and their places in a buffer.
static void forTileVectors(EmitContext &context, unsigned rows, unsigned vectors, Value start,
                           Value stride, llvm::function_ref<void(unsigned, Value)> body) {
  for (unsigned i = 0; i < rows; ++i) {
    Value row = context.add(start, context.mul(stride, i));
    for (unsigned j = 0; j < vectors; ++j)
      body(i * vectors + j, context.add(row, int64_t(j) * context.getTarget().lanes));
  }
}

void storeTile(EmitContext &context, ValueRange tile, unsigned rows, unsigned vectors, Value buffer,
               Value start, Value stride) {
  forTileVectors(context, rows, vectors, start, stride, [&](unsigned i, Value offset) {
    vector::StoreOp::create(context, tile[i], buffer, offset);
  });
}

void emitBlockedTile(EmitContext &context, unsigned rows, unsigned vectors, SizeAttr size,
                     TileOperands operands, Value buffer, int64_t rowStride) {
  Value stride = context.getIndex(rowStride);
  SmallVector<Value> zeros = makeZeroTile(context, rows, vectors);
  Value zero = context.getIndex(0), end = context.getSize(size);
  if (std::optional<int64_t> constant = size.getConstant(); constant && *constant <= kSumBlock) {
    SmallVector<Value> tile = emitTile(context, rows, vectors, zero, end, zeros, operands);
    storeTile(context, tile, rows, vectors, buffer, zero, stride);
    return;
  }
  storeTile(context, zeros, rows, vectors, buffer, zero, stride);
  context.forLoop(zero, end, kSumBlock, [&](Value first) {
    Value last = context.min(context.add(first, kSumBlock), end);
    SmallVector<Value> tile = emitTile(context, rows, vectors, first, last, zeros, operands);
    forTileVectors(context, rows, vectors, zero, stride, [&](unsigned i, Value offset) {
      Value sum =
          vector::LoadOp::create(context, cast<VectorType>(tile[i].getType()), buffer, offset);
      vector::StoreOp::create(context, arith::AddFOp::create(context, sum, tile[i]), buffer,
                              offset);
    });
  });
}

void switchRows(EmitContext &context, Value rows, SizeAttr totalRows,
                llvm::function_ref<void(unsigned)> body) {
  unsigned tileRows = context.getTarget().tileRows;
  SmallVector<int64_t> remainders;
  unsigned common = tileRows;
  if (std::optional<int64_t> total = totalRows.getConstant()) {
    if (*total < int64_t(tileRows))
      common = std::max<int64_t>(*total, 1);
    else if (*total % tileRows != 0)
      remainders.push_back(*total % tileRows);
  } else {
    llvm::append_range(remainders, llvm::seq<int64_t>(1, tileRows));
  }
  if (remainders.empty()) {
    body(common);
    return;
  }
  auto branch = scf::IndexSwitchOp::create(context, TypeRange(), rows, remainders,
                                           unsigned(remainders.size()));
  OpBuilder::InsertionGuard guard(context);
  auto fill = [&](Region &region, unsigned count) {
    context.createBlock(&region);
    body(count);
    scf::YieldOp::create(context);
  };
  for (auto [region, count] : llvm::zip(branch.getCaseRegions(), remainders))
    fill(region, count);
  fill(branch.getDefaultRegion(), common);
}

} // namespace mlir::tenon::kernel
