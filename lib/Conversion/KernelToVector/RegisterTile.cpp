//===- RegisterTile.cpp - Products of a few rows with a panel -------------===//

#include "RegisterTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {

int64_t getUnroll(SizeAttr size) {
  SizeAttr unroll = SizeAttr::get(size.getContext(), kUnroll);
  return size.divideExactly(unroll) ? kUnroll : 1;
}

SmallVector<Value> makeZeroTile(CpuContext &context, unsigned rows, unsigned vectors) {
  Type type = getLaneType(context.getF32Type(), context.getTarget().lanes);
  return SmallVector<Value>(size_t(rows) * vectors, context.getFloat(type, 0.0));
}

/// Adds the products of one term. Of the rows' elements and the columns' vectors,
/// the fewer are held in registers while the others pass.
static void addProducts(CpuContext &context, unsigned rows, unsigned vectors, Value term,
                        TileOperands operands, MutableArrayRef<Value> sums) {
  auto loadElement = [&](unsigned row) {
    return broadcastLanes(context, operands.lhs(row, term), context.getTarget().lanes);
  };
  auto multiply = [&](Value element, Value columns, unsigned row, unsigned vector) {
    Value &sum = sums[row * vectors + vector];
    sum = vector::FMAOp::create(context, element, columns, sum);
  };
  SmallVector<Value> held;
  if (vectors <= rows) {
    for (unsigned j = 0; j < vectors; ++j)
      held.push_back(operands.rhs(term, j));
    for (unsigned i = 0; i < rows; ++i) {
      Value element = loadElement(i);
      for (unsigned j = 0; j < vectors; ++j)
        multiply(element, held[j], i, j);
    }
    return;
  }
  for (unsigned i = 0; i < rows; ++i)
    held.push_back(loadElement(i));
  for (unsigned j = 0; j < vectors; ++j) {
    Value columns = operands.rhs(term, j);
    for (unsigned i = 0; i < rows; ++i)
      multiply(held[i], columns, i, j);
  }
}

SmallVector<Value> emitTile(CpuContext &context, unsigned rows, unsigned vectors, Value begin,
                            Value end, int64_t unroll, ValueRange initial, TileOperands operands) {
  return context.forLoop(begin, end, unroll, initial, [&](Value k, ValueRange carried) {
    SmallVector<Value> sums(carried);
    if (operands.alongside)
      operands.alongside(k, unroll);
    for (int64_t u = 0; u < unroll; ++u)
      addProducts(context, rows, vectors, context.add(k, u), operands, sums);
    return sums;
  });
}

/// Visits the vectors of a tile and their places in a buffer.
static void forTileVectors(CpuContext &context, unsigned rows, unsigned vectors, Value start,
                           Value stride, llvm::function_ref<void(unsigned, Value)> body) {
  for (unsigned i = 0; i < rows; ++i) {
    Value row = context.add(start, context.mul(stride, i));
    for (unsigned j = 0; j < vectors; ++j)
      body(i * vectors + j, context.add(row, int64_t(j) * context.getTarget().lanes));
  }
}

SmallVector<Value> loadTile(CpuContext &context, unsigned rows, unsigned vectors, Value buffer,
                            Value start, Value stride) {
  auto type = cast<VectorType>(getLaneType(context.getF32Type(), context.getTarget().lanes));
  SmallVector<Value> tile(size_t(rows) * vectors);
  forTileVectors(context, rows, vectors, start, stride, [&](unsigned i, Value offset) {
    tile[i] = vector::LoadOp::create(context, type, buffer, offset);
  });
  return tile;
}

void storeTile(CpuContext &context, ValueRange tile, unsigned rows, unsigned vectors, Value buffer,
               Value start, Value stride) {
  forTileVectors(context, rows, vectors, start, stride, [&](unsigned i, Value offset) {
    vector::StoreOp::create(context, tile[i], buffer, offset);
  });
}

void emitBlockedTile(CpuContext &context, unsigned rows, unsigned vectors, SizeAttr size,
                     TileOperands operands, Value buffer, Value start, int64_t rowStride) {
  Value stride = context.getIndex(rowStride);
  int64_t unroll = getUnroll(size);
  SmallVector<Value> zeros = makeZeroTile(context, rows, vectors);
  Value zero = context.getIndex(0), end = context.getSize(size);
  if (std::optional<int64_t> constant = size.getConstant(); constant && *constant <= kSumBlock) {
    SmallVector<Value> tile = emitTile(context, rows, vectors, zero, end, unroll, zeros, operands);
    storeTile(context, tile, rows, vectors, buffer, start, stride);
    return;
  }
  storeTile(context, zeros, rows, vectors, buffer, start, stride);
  context.forLoop(zero, end, kSumBlock, [&](Value first) {
    Value last = context.min(context.add(first, kSumBlock), end);
    SmallVector<Value> tile =
        emitTile(context, rows, vectors, first, last, unroll, zeros, operands);
    forTileVectors(context, rows, vectors, start, stride, [&](unsigned i, Value offset) {
      Value sum =
          vector::LoadOp::create(context, cast<VectorType>(tile[i].getType()), buffer, offset);
      vector::StoreOp::create(context, arith::AddFOp::create(context, sum, tile[i]), buffer,
                              offset);
    });
  });
}

} // namespace mlir::tenon::kernel
