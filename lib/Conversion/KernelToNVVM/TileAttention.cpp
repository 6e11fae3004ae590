//===- TileAttention.cpp - kernel.attend on tensor cores ------------------===//

#include "TileAttention.h"

#include "tenon/Conversion/Emission/Combine.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::tenon::kernel {

/// Terms of products of queries and keys that stand side by side in the code. If all did, the
/// address of each fragment would take registers.
static constexpr int64_t kLoopTerms = 32;

/// Of factors that may be rounded TF32 keeps most, at twice the instructions of bf16.
static FloatType getAttentionCompute(KernelOpInterface form) {
  FloatType compute = getCompute(form);
  return compute.isF32() ? compute : FloatTF32Type::get(form.getContext());
}

TileAttention::TileAttention(AttendKernel &kernel)
    : QueryTile(kernel, kQueries), core(b, getAttentionCompute(kernel.form)),
      queries(b, AttendKernel::kQuery, kernel.queryDim, kernel.depthDim, kQueries),
      keys(b, AttendKernel::kKey, kernel.keyDim, kernel.depthDim, kKeys),
      values(b, AttendKernel::kValue, kernel.keyDim, kernel.valueDim, kKeys) {
  for (int64_t column = 0, across = 4; column < values.getPaddedWidth();) {
    if (column + 8 * across > values.getPaddedWidth()) {
      across /= 2;
      continue;
    }
    groups.push_back({column, across});
    column += 8 * across;
  }
}

//===----------------------------------------------------------------------===//
// The block
//===----------------------------------------------------------------------===//

void TileAttention::emit() {
  launch();
  placeMemory();
  queries.copy(kernel.at(firstQuery), firstQuery, kernel.numQueries, [](Value) { return Value(); });
  copyKeys(keys, b.getIndex(0));
  RowState none = getNothing(values.getPaddedWidth());
  SmallVector<Value> all =
      b.forLoop(b.getIndex(0), lastKey, kKeys, none.pack(), [&](Value firstKey, ValueRange before) {
        return addRun(firstKey, RowState::unpack(before)).pack();
      });
  waitForCopies(b, 0);
  // Nothing is copied to the memory, or read of it, any more.
  b.barrier();
  finish(RowState::unpack(all), groups);
}

/// What becomes of queries lies where they were.
void TileAttention::placeMemory() {
  int64_t first = std::max(queries.getNumBytes(), getResultBytes());
  int64_t second = first + keys.getNumBytes();
  Value memory = b.getDynamicShared(second + values.getNumBytes());
  queries.setMemory(memory);
  setResultMemory(memory);
  keys.setMemory(movePointer(b, memory, b.getIndex(first)));
  values.setMemory(movePointer(b, memory, b.getIndex(second)));
}

/// Starts to copy a run, unless it lies behind all: keys, or their values.
void TileAttention::copyKeys(SharedRows &rows, Value firstKey) {
  b.ifElse(
      kernel.isBelow(firstKey, lastKey),
      [&] {
        rows.copy(kernel.at(b.getIndex(0)), firstKey, lastKey,
                  [&](Value key) { return kernel.isVisible(key); });
      },
      [] {});
  commitCopies(b);
}

//===----------------------------------------------------------------------===//
// A run of keys
//===----------------------------------------------------------------------===//

RowState TileAttention::addRun(Value firstKey, RowState state) {
  waitForCopies(b, 0);
  // The keys are there, and the values of the run before have been multiplied.
  b.barrier();
  copyKeys(values, firstKey);
  SmallVector<Value> products = replaceProducts(multiplyKeys());
  waitForCopies(b, 0);
  // The values are there, and the keys have been multiplied.
  b.barrier();
  copyKeys(keys, b.add(firstKey, kKeys));
  addValues(getWeights(getScores(firstKey, products), state), state);
  return state;
}

/// Adds, product by product: those of one sum wait for each other, those of several take
/// turns.
static void addProducts(TensorCore &core, const Fragment &lhs, ArrayRef<Fragment> rhs, Value zero,
                        MutableArrayRef<SmallVector<Value>> parts) {
  for (SmallVector<Value> &part : parts)
    part.assign(4, zero);
  for (unsigned number = 0; number < core.getNumProducts(); ++number)
    for (auto [columns, part] : llvm::zip(rhs, parts))
      part = core.multiply(lhs, columns, number, part);
}

/// `before` and the products of a step's terms, from `term` on, of the warp's queries and a
/// run of keys.
SmallVector<Value> TileAttention::addTerms(Value term, ValueRange before) {
  Fragment rows = core.makeFragment(queries.loadBlocks(warpRow, term), 2);
  SmallVector<Fragment> columns;
  for (int64_t key = 0; key < kKeys; key += 16) {
    SmallVector<Value> words = keys.loadBlocks(b.getIndex(key), term);
    columns.push_back(core.makeFragment({words[0], words[2]}, 1));
    columns.push_back(core.makeFragment({words[1], words[3]}, 1));
  }
  SmallVector<Value> parts[kKeyBlocks];
  addProducts(core, rows, columns, b.getFloat(b.getF32Type(), 0), parts);
  SmallVector<Value> sums;
  for (const SmallVector<Value> &part : parts)
    for (Value value : part)
      sums.push_back(arith::AddFOp::create(b, before[sums.size()], value));
  return sums;
}

/// Of the warp's queries and a run of keys. Per block of 8 keys four, as tensor cores have
/// them.
SmallVector<Value> TileAttention::multiplyKeys() {
  int64_t width = keys.getPaddedWidth(), looped = width / kLoopTerms * kLoopTerms;
  SmallVector<Value> sums(kKeyBlocks * 4, b.getFloat(b.getF32Type(), 0));
  auto addSteps = [&](Value first, int64_t terms, ValueRange before) {
    SmallVector<Value> next(before);
    for (int64_t term = 0; term < terms; term += core.getStep())
      next = addTerms(b.add(first, term), next);
    return next;
  };
  sums = b.forLoop(
      b.getIndex(0), b.getIndex(looped), kLoopTerms, sums,
      [&](Value first, ValueRange before) { return addSteps(first, kLoopTerms, before); });
  return addSteps(b.getIndex(looped), width - looped, sums);
}

SmallVector<Value> TileAttention::getScores(Value firstKey, ValueRange products) {
  Value ownKey = b.add(firstKey, b.mul(quarter, 2)), noKey = b.sub(kernel.numKeys, b.getIndex(1));
  SmallVector<Value, 2> ends;
  for (Value last : lastKeys)
    ends.push_back(arith::IndexCastOp::create(
        b, b.getI32Type(), b.max(b.min(b.sub(last, ownKey), b.getIndex(kKeys)), b.getIndex(0))));
  SmallVector<Value> scores;
  for (auto [number, product] : llvm::enumerate(products)) {
    int64_t half = number % 4 / 2, key = number / 4 * 8 + number % 2;
    Point at = kernel.at(ownQueries[half], b.min(b.add(ownKey, key), noKey));
    Value isShown = arith::CmpIOp::create(b, arith::CmpIPredicate::slt,
                                          b.getInteger(b.getI32Type(), key), ends[half]);
    if (Value isVisible = kernel.isVisible(at.indices[kernel.keyDim]))
      isShown = arith::AndIOp::create(b, isShown, isVisible);
    scores.push_back(
        arith::SelectOp::create(b, isShown, kernel.getScore(at, product), kernel.getHidden()));
  }
  return scores;
}

/// The scores' weights beside new maxima; what there was is taken on to them.
SmallVector<Value> TileAttention::getWeights(ValueRange scores, RowState &state) {
  SmallVector<Value> weights(scores.size());
  for (unsigned half : {0, 1}) {
    auto isOwn = [&](size_t number) { return number % 4 / 2 == half; };
    Value greatest, sum;
    for (auto [number, score] : llvm::enumerate(scores))
      if (isOwn(number))
        greatest = greatest ? combine(b, ReduceKind::Max, greatest, score) : score;
    Value before = state.maxima[half];
    Value maximum = combine(b, ReduceKind::Max, before, combineQuad(ReduceKind::Max, greatest));
    Value decay = kernel.getWeight(before, maximum);
    for (auto [number, score] : llvm::enumerate(scores))
      if (isOwn(number)) {
        weights[number] = kernel.getWeight(score, maximum);
        sum = sum ? combine(b, ReduceKind::Sum, sum, weights[number]) : weights[number];
      }
    state.maxima[half] = maximum;
    state.weights[half] = math::FmaOp::create(b, state.weights[half], decay, sum);
    for (auto [number, value] : llvm::enumerate(state.sums))
      if (isOwn(number))
        value = arith::MulFOp::create(b, value, decay);
  }
  return weights;
}

/// Adds the products of weights and a run of values.
void TileAttention::addValues(ArrayRef<Value> weights, RowState &state) {
  Value zero = b.getFloat(b.getF32Type(), 0);
  for (int64_t block = 0; block < kKeyBlocks; ++block) {
    ArrayRef<Value> own = weights.slice(block * 4, 4);
    Fragment rows = core.makeFragment({own[0], own[2], own[1], own[3]}, 2);
    Value key = b.add(b.mul(quarter, 2), block * 8);
    MutableArrayRef<Value> sums = state.sums;
    for (const ColumnGroup &columns : groups) {
      Value column = b.add(b.mul(group, columns.across), columns.first);
      SmallVector<Value> even = values.load(key, column, columns.across);
      SmallVector<Value> odd = values.load(b.add(key, 1), column, columns.across);
      SmallVector<Fragment> factors;
      for (auto [first, second] : llvm::zip(even, odd))
        factors.push_back(core.makeFragment({first, second}, 1));
      SmallVector<SmallVector<Value>> parts(factors.size());
      addProducts(core, rows, factors, zero, parts);
      for (const SmallVector<Value> &part : parts)
        for (Value value : part) {
          sums.front() = arith::AddFOp::create(b, sums.front(), value);
          sums = sums.drop_front();
        }
    }
  }
}

void emitTileAttention(AttendKernel &kernel) { TileAttention(kernel).emit(); }

} // namespace mlir::tenon::kernel
