//===- AttendOperands.cpp - Keys and values of kernel.attend --------------===//

#include "AttendOperands.h"
#include "Reduction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {

/// Transposes the square matrix whose rows are `rows`. In each of log2(n)
/// steps, blocks of `size` off the diagonal change places.
static void transposeSquare(CpuContext &context, MutableArrayRef<Value> rows) {
  size_t n = rows.size();
  for (size_t size = 1; size < n; size *= 2) {
    SmallVector<int64_t> low(n), high(n);
    for (size_t lane = 0; lane < n; ++lane) {
      low[lane] = lane & size ? n + lane - size : lane;
      high[lane] = lane & size ? n + lane : lane + size;
    }
    for (size_t i = 0; i < n; ++i) {
      if (i & size)
        continue;
      Value a = rows[i], b = rows[i + size];
      rows[i] = vector::ShuffleOp::create(context, a, b, low);
      rows[i + size] = vector::ShuffleOp::create(context, a, b, high);
    }
  }
}

KeySelection selectKeys(CpuContext &context, Value numKeys, Value list,
                        llvm::function_ref<Value(Value)> isVisible) {
  Value none = context.getIndex(0), one = context.getIndex(1);
  auto counts =
      context.forLoop(context.getIndex(0), numKeys, 1, none, [&](Value key, ValueRange count) {
        memref::StoreOp::create(context, key, list, count[0]);
        Value step = arith::SelectOp::create(context, isVisible(key), one, none);
        return SmallVector<Value>{context.add(count[0], step)};
      });
  return {counts[0], list};
}

/// The offset of the selection's key number `number`.
static Value getKeyStart(CpuContext &context, Value start, Value stride, KeySelection keys,
                         Value number) {
  if (keys.list)
    number = memref::LoadOp::create(context, keys.list, number);
  return context.add(start, context.mul(number, stride));
}

void packKeys(CpuContext &context, unsigned operand, Value start, Value stride, KeySelection keys,
              int64_t depth, Value panels, llvm::function_ref<Value(Value)> isVisible) {
  int64_t lanes = context.getTarget().lanes;
  auto type = VectorType::get({lanes}, context.getF32Type());
  Value lastKey = context.sub(keys.count, context.getIndex(1));
  context.forLoop(context.getIndex(0), keys.count, lanes, [&](Value firstKey) {
    SmallVector<Value> keyStarts, keep;
    for (int64_t i = 0; i < lanes; ++i) {
      Value key = context.min(context.add(firstKey, i), lastKey);
      keyStarts.push_back(getKeyStart(context, start, stride, keys, key));
      if (isVisible)
        keep.push_back(isVisible(key));
    }
    Value panel = context.mul(firstKey, depth);
    // Blocks of lanes keys x lanes indices of depth; the last one may be short.
    auto emitBlock = [&](Value firstDepth, int64_t count) {
      SmallVector<Value> block;
      Value zero = context.getFloat(type, 0.0), buffer = context.getBuffer(operand);
      for (auto [i, keyStart] : llvm::enumerate(keyStarts)) {
        Value offset = context.add(keyStart, firstDepth);
        if (count == lanes) {
          block.push_back(vector::LoadOp::create(context, type, buffer, offset));
        } else {
          Value mask = makeMask(context, lanes, context.getIndex(count));
          block.push_back(vector::MaskedLoadOp::create(context, type, buffer, offset, mask, zero));
        }
        if (isVisible)
          block.back() = arith::SelectOp::create(context, keep[i], block.back(), zero);
      }
      transposeSquare(context, block);
      for (int64_t i = 0; i < count; ++i) {
        Value offset = context.add(panel, context.mul(context.add(firstDepth, i), lanes));
        vector::StoreOp::create(context, block[i], panels, offset);
      }
    };
    int64_t whole = depth / lanes * lanes;
    context.forLoop(context.getIndex(0), context.getIndex(whole), lanes,
                    [&](Value firstDepth) { emitBlock(firstDepth, lanes); });
    if (whole < depth)
      emitBlock(context.getIndex(whole), depth - whole);
  });
}

void packValues(CpuContext &context, unsigned operand, Value start, Value stride, KeySelection keys,
                int64_t width, int64_t panelWidth, Value panels, Value panelStride,
                llvm::function_ref<Value(Value)> isVisible) {
  int64_t lanes = context.getTarget().lanes;
  auto type = VectorType::get({lanes}, context.getF32Type());
  context.forLoop(context.getIndex(0), keys.count, 1, [&](Value key) {
    Value source = getKeyStart(context, start, stride, keys, key);
    Value keeps = isVisible ? isVisible(key) : Value();
    Value place = context.mul(key, panelWidth);
    for (int64_t column = 0; column < width; column += lanes) {
      Value offset = context.add(source, column);
      Value value;
      if (column + lanes <= width) {
        value = vector::LoadOp::create(context, type, context.getBuffer(operand), offset);
      } else {
        Value mask = makeMask(context, lanes, context.getIndex(width - column));
        value = vector::MaskedLoadOp::create(context, type, context.getBuffer(operand), offset,
                                             mask, context.getFloat(type, 0.0));
      }
      if (keeps)
        value = arith::SelectOp::create(context, keeps, value, context.getFloat(type, 0.0));
      Value panel = context.mul(panelStride, context.getIndex(column / panelWidth));
      vector::StoreOp::create(context, value, panels,
                              context.add(context.add(panel, place), column % panelWidth));
    }
  });
}

Value combineScores(CpuContext &context, ReduceKind kind, Value lhs, Value rhs) {
  if (kind != ReduceKind::Max)
    return combine(context, kind, lhs, rhs);
  Value isGreater = arith::CmpFOp::create(context, arith::CmpFPredicate::OGT, rhs, lhs);
  return arith::SelectOp::create(context, isGreater, rhs, lhs);
}

} // namespace mlir::tenon::kernel
