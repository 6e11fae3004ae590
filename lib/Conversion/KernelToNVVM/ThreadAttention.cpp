//===- ThreadAttention.cpp - kernel.attend, a block per query -------------===//
//
// Keys come in runs of as many as there are threads: each thread has the score of one key;
// the row's maximum so far, and the sum of exponentials and the weighted sums of values
// beside it, are then taken on to the run. Of the values each thread has its own columns.
// No matrix of scores is stored.
//
//===----------------------------------------------------------------------===//

#include "AttendKernel.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

constexpr int64_t kThreads = 128;

class ThreadAttention {
public:
  explicit ThreadAttention(AttendKernel &kernel) : kernel(kernel), b(kernel.b) {}

  void emit();

private:
  SmallVector<Value> addRun(Value firstKey, Value lastKey, ValueRange before);
  Value addValues(Value sum, int64_t column, Value firstKey, Value lastKey);
  void store(Value sum, ArrayRef<Value> values);
  /// Visits this thread's columns of the values.
  void forColumns(llvm::function_ref<void(unsigned, int64_t)> body) {
    for (int64_t column = 0; column < kernel.width; column += kThreads)
      body(unsigned(column / kThreads), column);
  }

  AttendKernel &kernel;
  GpuContext &b;
  Value query;
  /// Scores of a run of keys, then their weights.
  Value run;
};

} // namespace

void ThreadAttention::emit() {
  query = kernel.launch(/*queries=*/1, kThreads);
  run = b.allocateShared(kThreads, b.getF32Type());
  Value zero = b.getFloat(b.getF32Type(), 0);
  SmallVector<Value> initial = {kernel.getHidden(), zero};
  forColumns([&](unsigned, int64_t) { initial.push_back(zero); });
  Value lastKey = kernel.getLastKey(query);
  SmallVector<Value> all =
      b.forLoop(b.getIndex(0), lastKey, kThreads, initial, [&](Value firstKey, ValueRange before) {
        return addRun(firstKey, lastKey, before);
      });
  store(all[1], ArrayRef(all).drop_front(2));
}

/// Maximum, sum of weights and this thread's columns, taken on over a run of keys.
SmallVector<Value> ThreadAttention::addRun(Value firstKey, Value lastKey, ValueRange before) {
  Value key = b.add(firstKey, b.getThread());
  auto storeScore = [&](Value score) { memref::StoreOp::create(b, score, run, b.getThread()); };
  auto storeOwn = [&] {
    Point at = kernel.at(query, key);
    storeScore(kernel.getScore(at, kernel.getProduct(at)));
  };
  // The weights of the run before are read no more.
  b.barrier();
  storeScore(kernel.getHidden());
  b.ifElse(
      kernel.isBelow(key, lastKey),
      [&] {
        if (Value isShown = kernel.isVisible(key))
          b.ifElse(isShown, storeOwn, [] {});
        else
          storeOwn();
      },
      [] {});
  Value score = memref::LoadOp::create(b, run, b.getThread());
  Value greatest = b.combineThreads(ReduceKind::Max, score);
  Value maximum = arith::MaximumFOp::create(b, before[0], greatest);
  Value weight = kernel.getWeight(score, maximum);
  storeScore(weight);
  // Within, all threads meet: every weight is there.
  Value sum = b.combineThreads(ReduceKind::Sum, weight);
  Value decay = kernel.getWeight(before[0], maximum);
  SmallVector<Value> next = {maximum, math::FmaOp::create(b, before[1], decay, sum)};
  Value end = b.min(b.add(firstKey, kThreads), lastKey);
  forColumns([&](unsigned number, int64_t column) {
    Value kept = arith::MulFOp::create(b, before[2 + number], decay);
    next.push_back(addValues(kept, column, firstKey, end));
  });
  return next;
}

/// `sum` and the weighted values of keys `firstKey` to `lastKey`.
Value ThreadAttention::addValues(Value sum, int64_t column, Value firstKey, Value lastKey) {
  Value own = b.add(b.getThread(), column);
  // A thread without a column reads another's.
  Value place = b.min(own, b.getIndex(kernel.width - 1));
  auto add = [&](Value key, ValueRange before) {
    Value weight = memref::LoadOp::create(b, run, b.sub(key, firstKey));
    Value value = kernel.getValue(kernel.at(query, key), place);
    return SmallVector<Value>{math::FmaOp::create(b, weight, value, before[0])};
  };
  return b.forLoop(firstKey, lastKey, 1, sum, add).front();
}

void ThreadAttention::store(Value sum, ArrayRef<Value> values) {
  forColumns([&](unsigned number, int64_t column) {
    Value own = b.add(b.getThread(), column);
    Value result = kernel.divide(values[number], sum);
    b.ifElse(
        kernel.isBelow(own, b.getIndex(kernel.width)),
        [&] { kernel.store(kernel.at(query), own, result); }, [] {});
  });
}

void emitThreadAttention(AttendKernel &kernel) { ThreadAttention(kernel).emit(); }

} // namespace mlir::tenon::kernel
