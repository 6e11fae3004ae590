//===- NarrowAttention.cpp - kernel.attend of bf16 ------------------------===//

#include "NarrowAttention.h"

#include "tenon/Conversion/Emission/Combine.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::tenon::kernel {

/// Queries of a block and keys of a run, of warpgroups and of warps.
static constexpr int64_t kGroupQueries = 128, kGroupKeys = 128, kWarpQueries = 64, kWarpKeys = 64;
/// Terms of an instruction.
static constexpr int64_t kStep = 16;
/// Keys are multiplied when the next ones come; values still are.
static constexpr int64_t kKeyStages = 2, kValueStages = 3;

/// Keys of a run. Beside what a mask shows, and long rows, there are registers for fewer.
static int64_t getRunKeys(AttendKernel &kernel) {
  bool isCrowded = kernel.op.getKeyMask() && std::max(kernel.depth, kernel.width) > 64;
  return kernel.b.getTarget().hasWarpgroups && !isCrowded ? kGroupKeys : kWarpKeys;
}

NarrowAttention::NarrowAttention(AttendKernel &kernel)
    : QueryTile(kernel, kernel.b.getTarget().hasWarpgroups ? kGroupQueries : kWarpQueries),
      hasWarpgroups(b.getTarget().hasWarpgroups),
      // The greatest product has the greatest score.
      hasRawScores(kernel.op.getScore().empty() &&
                   float(kernel.op.getScale().convertToDouble()) > 0),
      measureScale(hasRawScores ? kernel.op.getScale().convertToDouble() : 1),
      runKeys(getRunKeys(kernel)), core(b, b.getBF16Type()),
      queries(b, AttendKernel::kQuery, kernel.queryDim, kernel.depthDim, tileRows),
      keys{NarrowRows(b, AttendKernel::kKey, kernel.keyDim, kernel.depthDim, runKeys), kKeyStages,
           Value()},
      values{NarrowRows(b, AttendKernel::kValue, kernel.keyDim, kernel.valueDim, runKeys),
             kValueStages, Value()} {}

//===----------------------------------------------------------------------===//
// The block
//===----------------------------------------------------------------------===//

void NarrowAttention::emit() {
  launch();
  placeMemory();
  queries.copy(queryMemory, kernel.at(firstQuery), firstQuery, kernel.numQueries,
               [](Value) { return Value(); });
  commitCopies(b);
  RowState state = addAllRuns();
  if (hasRawScores)
    for (Value &maximum : state.maxima)
      maximum = arith::MulFOp::create(b, maximum, b.getFloat(b.getF32Type(), measureScale));
  finish(state);
}

void NarrowAttention::placeMemory() {
  int64_t first = queries.getNumBytes(), second = first + keys.stages * keys.rows.getNumBytes();
  int64_t bytes = second + values.stages * values.rows.getNumBytes();
  queryMemory = b.getDynamicShared(bytes, kWarpgroupAlignment);
  keys.memory = movePointer(b, queryMemory, b.getIndex(first));
  values.memory = movePointer(b, queryMemory, b.getIndex(second));
}

Value NarrowAttention::getStage(const Ring &ring, Value stage) {
  return movePointer(b, ring.memory, b.mul(stage, ring.rows.getNumBytes()));
}

Value NarrowAttention::getNext(const Ring &ring, Value stage) {
  return getNextStage(b, stage, ring.stages);
}

/// Starts to copy a run, unless it lies behind all. Keys behind all become 0.
void NarrowAttention::startNext(Value firstKey, Value keyStage, Value valueStage) {
  auto isWanted = [&](Value key) { return kernel.isVisible(key); };
  Point point = kernel.at(b.getIndex(0));
  auto copy = [&] {
    keys.rows.copy(getStage(keys, keyStage), point, firstKey, lastKey, isWanted);
    values.rows.copy(getStage(values, valueStage), point, firstKey, lastKey, isWanted);
  };
  b.ifElse(kernel.isBelow(firstKey, lastKey), copy, [] {});
  commitCopies(b);
}

/// The run is there, and what the next one takes the place of has been multiplied.
void NarrowAttention::waitForRun() {
  waitForCopies(b, 0);
  if (hasWarpgroups)
    showToProducts(b);
  b.barrier();
}

/// Sums of products, at most `inFlight` groups of products after theirs being left.
SmallVector<Value> NarrowAttention::wait(int64_t inFlight, ArrayRef<Value> sums) {
  return hasWarpgroups ? waitForProducts(b, inFlight, sums) : SmallVector<Value>(sums);
}

/// Before this key, the first one of a run, all queries of the block see all keys.
Value NarrowAttention::getCheckedFrom() {
  if (kernel.op.getKeyMask())
    return b.getIndex(0);
  Value seen = b.min(kernel.getLastKey(firstQuery), lastKey);
  return b.mul(b.div(seen, b.getIndex(runKeys)), runKeys);
}

//===----------------------------------------------------------------------===//
// Runs of keys
//===----------------------------------------------------------------------===//

SmallVector<Value> NarrowAttention::Run::pack() const {
  SmallVector<Value> all = rows.pack();
  llvm::append_range(all, weights);
  all.append({keyStage, valueStage});
  return all;
}

NarrowAttention::Run NarrowAttention::Run::unpack(ValueRange values, size_t numWeights) {
  ValueRange rows = values.drop_back(numWeights + 2);
  return {RowState::unpack(rows), SmallVector<Value>(values.slice(rows.size(), numWeights)),
          values[values.size() - 2], values.back()};
}

/// What keys come to; where no query sees any, nothing.
RowState NarrowAttention::addAllRuns() {
  SmallVector<Value> nothing = getNothing(values.rows.getPaddedWidth()).pack();
  auto branch = scf::IfOp::create(b, ValueRange(nothing).getTypes(),
                                  kernel.isBelow(b.getIndex(0), lastKey), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, nothing);
  b.setInsertionPointToStart(branch.thenBlock());
  Value checkedFrom = getCheckedFrom(), second = b.getIndex(runKeys);
  Run run = beginRuns();
  run = addRuns(second, checkedFrom, run, /*checks=*/false);
  run = addRuns(b.max(checkedFrom, second), lastKey, run, /*checks=*/true);
  SmallVector<Value> sums = addValues(run.weights, getStage(values, run.valueStage), run.rows.sums);
  run.rows.sums = wait(0, sums);
  scf::YieldOp::create(b, run.rows.pack());
  return RowState::unpack(branch.getResults());
}

/// The first run.
NarrowAttention::Run NarrowAttention::beginRuns() {
  Value zero = b.getIndex(0);
  Run run = {getNothing(values.rows.getPaddedWidth()), {}, zero, zero};
  startNext(zero, zero, zero);
  waitForRun();
  SmallVector<Value> products = multiplyKeys(getStage(keys, zero));
  startNext(b.getIndex(runKeys), getNext(keys, zero), getNext(values, zero));
  SmallVector<Value> scores = getScores(zero, wait(0, products), /*checks=*/true), decays;
  run.weights = packWeights(getWeights(scores, run.rows, decays));
  return run;
}

NarrowAttention::Run NarrowAttention::addRuns(Value first, Value last, const Run &before,
                                              bool checks) {
  size_t numWeights = before.weights.size();
  SmallVector<Value> all =
      b.forLoop(first, last, runKeys, before.pack(), [&](Value firstKey, ValueRange carried) {
        return addRun(firstKey, Run::unpack(carried, numWeights), checks).pack();
      });
  return Run::unpack(all, numWeights);
}

/// Adds the values of the run before, and makes weights of the next one's keys.
NarrowAttention::Run NarrowAttention::addRun(Value firstKey, const Run &before, bool checks) {
  waitForRun();
  Run run = before;
  run.keyStage = getNext(keys, before.keyStage);
  run.valueStage = getNext(values, before.valueStage);
  SmallVector<Value> products = multiplyKeys(getStage(keys, run.keyStage)), decays;
  SmallVector<Value> &sums = run.rows.sums;
  sums = addValues(before.weights, getStage(values, before.valueStage), sums);
  startNext(b.add(firstKey, runKeys), getNext(keys, run.keyStage), getNext(values, run.valueStage));
  SmallVector<Value> scores = getScores(firstKey, wait(1, products), checks);
  SmallVector<Value> weights = getWeights(scores, run.rows, decays);
  sums = wait(0, sums);
  for (auto [number, sum] : llvm::enumerate(sums))
    sum = arith::MulFOp::create(b, sum, decays[number % 4 / 2]);
  run.weights = packWeights(weights);
  return run;
}

//===----------------------------------------------------------------------===//
// A run
//===----------------------------------------------------------------------===//

/// Adds to eight sums the products of 16 rows and of 16 columns, 16 terms of each, given by
/// columns, then by terms.
static void addColumns(TensorCore &core, const Fragment &rows, ArrayRef<Value> words,
                       MutableArrayRef<Value> sums) {
  for (size_t half : {0, 1}) {
    MutableArrayRef<Value> own = sums.slice(4 * half, 4);
    Fragment columns{{words[half], words[2 + half]}, {}};
    llvm::copy(core.multiply(rows, columns, 0, ValueRange(own)), own.begin());
  }
}

/// Of this thread's queries and a run of keys: per block of 8 keys four.
SmallVector<Value> NarrowAttention::multiplyKeys(Value memory) {
  if (hasWarpgroups) {
    Value warpgroup = b.div(b.getThread(), b.getIndex(kWarpgroup));
    WarpgroupFactor lhs = queries.getRows(queryMemory, b.mul(warpgroup, kWarpgroupRows));
    WarpgroupFactor rhs = keys.rows.getRows(memory, b.getIndex(0));
    beginProducts(b);
    SmallVector<Value> sums = multiplyFirst(b, lhs, rhs, runKeys);
    for (int64_t term = kStep; term < queries.getPaddedWidth(); term += kStep)
      sums = multiply(b, lhs, rhs, term, sums);
    commitProducts(b);
    return sums;
  }
  SmallVector<Value> sums(size_t(runKeys / 2), b.getFloat(b.getF32Type(), 0));
  for (int64_t term = 0; term < queries.getPaddedWidth(); term += kStep) {
    Fragment lhs{queries.load(queryMemory, warpRow, term), {}};
    for (int64_t key = 0; key < runKeys; key += 16)
      addColumns(core, lhs, keys.rows.load(memory, b.getIndex(key), term),
                 MutableArrayRef(sums).slice(size_t(key / 2), 8));
  }
  return sums;
}

/// What weights are made of: products or, where they are no measure of them, scores. `checks`
/// tells whether keys may be hidden.
SmallVector<Value> NarrowAttention::getScores(Value firstKey, SmallVector<Value> products,
                                              bool checks) {
  if (hasRawScores && !checks)
    return products;
  Value ownKey = b.add(firstKey, b.mul(quarter, 2)), noKey = b.sub(kernel.numKeys, b.getIndex(1));
  SmallVector<Value, 2> ends;
  for (Value last : lastKeys)
    ends.push_back(arith::IndexCastOp::create(
        b, b.getI32Type(), b.max(b.min(b.sub(last, ownKey), b.getIndex(runKeys)), b.getIndex(0))));
  for (auto [number, product] : llvm::enumerate(products)) {
    int64_t half = number % 4 / 2, key = number / 4 * 8 + number % 2;
    Point at = kernel.at(ownQueries[half], b.min(b.add(ownKey, key), noKey));
    if (!hasRawScores)
      product = kernel.getScore(at, product);
    if (!checks)
      continue;
    Value isShown = arith::CmpIOp::create(b, arith::CmpIPredicate::slt,
                                          b.getInteger(b.getI32Type(), key), ends[half]);
    if (Value isVisible = kernel.isVisible(at.indices[kernel.keyDim]))
      isShown = arith::AndIOp::create(b, isShown, isVisible);
    product = arith::SelectOp::create(b, isShown, product, kernel.getHidden());
  }
  return products;
}

/// 2^(number * factor + shift), `factor` being what makes a power of 2 of a score's
/// exponential.
Value NarrowAttention::exponential(Value number, Value shift) {
  Value factor = b.getFloat(b.getF32Type(), measureScale * llvm::numbers::log2e);
  Value power = math::FmaOp::create(b, number, factor, shift);
  return LLVM::CallIntrinsicOp::create(b, b.getF32Type(),
                                       b.getStringAttr("llvm.nvvm.ex2.approx.ftz.f"), power)
      .getResult(0);
}

/// The scores' weights beside new maxima, and by what sums of the keys before decay.
SmallVector<Value> NarrowAttention::getWeights(ArrayRef<Value> scores, RowState &state,
                                               SmallVectorImpl<Value> &decays) {
  Value zero = b.getFloat(b.getF32Type(), 0);
  SmallVector<Value> weights(scores.size());
  for (unsigned half : {0, 1}) {
    SmallVector<size_t> own;
    for (size_t number = 0; number < scores.size(); ++number)
      if (number % 4 / 2 == half)
        own.push_back(number);
    // One instruction, which is NaN where a number is.
    auto greater = [&](Value lhs, Value rhs) -> Value {
      return LLVM::MaximumOp::create(b, lhs, rhs);
    };
    Value before = state.maxima[half], greatest = scores[own.front()];
    for (size_t number : ArrayRef(own).drop_front())
      greatest = greater(greatest, scores[number]);
    Value maximum = greater(before, combineQuad(ReduceKind::Max, greatest));
    // Where all is hidden, weights are 0.
    Value isNone = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, maximum, kernel.getHidden());
    Value shift = arith::MulFOp::create(
        b, maximum, b.getFloat(b.getF32Type(), -measureScale * llvm::numbers::log2e));
    shift = arith::SelectOp::create(b, isNone, zero, shift);
    Value decay = exponential(before, shift), sum = zero;
    for (size_t number : own) {
      weights[number] = exponential(scores[number], shift);
      sum = arith::AddFOp::create(b, sum, weights[number]);
    }
    state.maxima[half] = maximum;
    state.weights[half] = math::FmaOp::create(b, state.weights[half], decay, sum);
    decays.push_back(decay);
  }
  return weights;
}

/// Of 16 keys four words: rows g and g + 8 of the first 8, then of the others.
SmallVector<Value> NarrowAttention::packWeights(ArrayRef<Value> weights) {
  SmallVector<Value> words;
  for (size_t i = 0; i < weights.size(); i += 2)
    words.push_back(packPair(b, weights[i], weights[i + 1]));
  return words;
}

/// Sums and the products of weights and a run of values.
SmallVector<Value> NarrowAttention::addValues(ArrayRef<Value> weights, Value memory,
                                              ArrayRef<Value> before) {
  SmallVector<Value> sums(before);
  if (hasWarpgroups)
    beginProducts(b);
  for (int64_t key = 0; key < runKeys; key += kStep) {
    ArrayRef<Value> words = weights.slice(size_t(key / 4), 4);
    if (hasWarpgroups) {
      sums = multiply(b, words, values.rows.getColumns(memory), key, sums);
      continue;
    }
    Fragment lhs{SmallVector<Value>(words), {}};
    for (int64_t column = 0; column < values.rows.getPaddedWidth(); column += 16)
      addColumns(core, lhs, values.rows.loadTurned(memory, b.getIndex(key), column),
                 MutableArrayRef(sums).slice(size_t(column / 2), 8));
  }
  if (hasWarpgroups)
    commitProducts(b);
  return sums;
}

void emitNarrowAttention(AttendKernel &kernel) { NarrowAttention(kernel).emit(); }

} // namespace mlir::tenon::kernel
