//===- Attend.cpp - kernel.attend in f32 on GPUs --------------------------===//
//
// A block per query. Keys come in runs of as many as there are threads: each thread has
// the score of one key; the row's maximum so far, and the sum of exponentials and the
// weighted sums of values beside it, are then taken on to the run. Of the values each
// thread has its own columns. No matrix of scores is stored.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"

#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include <limits>

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kQuery = 0, kKey = 1, kValue = 2, kFirstScoreInput = 3;
constexpr int64_t kThreads = 128;

class AttendEmitter {
public:
  AttendEmitter(AttendOp op, GpuContext &context)
      : op(op), form(op), b(context), batchDims(form.getDims(DimRole::Batch)),
        queryDim(form.getDims(DimRole::Queries).front()),
        keyDim(form.getDims(DimRole::Keys).front()), depthDim(form.getDims(DimRole::Depth).front()),
        valueDim(form.getDims(DimRole::Values).front()),
        width(*form.getDim(valueDim).getSize().getConstant()), point(form.getNumDims()) {}

  LogicalResult emit();

private:
  Value getLastKey();
  Value isVisible(Value key) {
    return loadElement(b, *op.getKeyMaskOperand(), point.at(keyDim, key));
  }
  Value compare(arith::CmpFPredicate predicate, Value lhs, double rhs) {
    return arith::CmpFOp::create(b, predicate, lhs, b.getFloat(b.getF32Type(), rhs));
  }
  Value isBelow(Value lhs, Value rhs) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lhs, rhs);
  }
  Value getScore(Value key);
  Value getWeight(Value score, Value maximum);
  SmallVector<Value> addRun(Value firstKey, Value lastKey, ValueRange before);
  Value addValues(Value sum, int64_t column, Value firstKey, Value lastKey);
  void store(Value sum, ArrayRef<Value> values);
  /// Visits this thread's columns of the values.
  void forColumns(llvm::function_ref<void(unsigned, int64_t)> body) {
    for (int64_t column = 0; column < width; column += kThreads)
      body(unsigned(column / kThreads), column);
  }

  AttendOp op;
  KernelOpInterface form;
  GpuContext &b;
  SmallVector<unsigned> batchDims;
  unsigned queryDim, keyDim, depthDim, valueDim;
  int64_t width;
  /// The query.
  Point point;
  Value numKeys;
  /// Scores of a run of keys, then their weights.
  Value run;
};

} // namespace

LogicalResult AttendEmitter::emit() {
  SmallVector<GridAttr> grid;
  for (unsigned dim : batchDims)
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
  grid.push_back(GridAttr::get(b.getContext(), form.getDim(queryDim).getSize(), 1));
  b.setLaunch(grid, kThreads);
  run = b.allocateShared(kThreads, b.getF32Type());
  SmallVector<Value> task = b.getTaskCoordinates(b.getBlock());
  for (auto [dim, index] : llvm::zip(batchDims, task))
    point.indices[dim] = index;
  point.indices[queryDim] = task.back();
  numKeys = b.getSize(form.getDim(keyDim).getSize());

  Type type = b.getF32Type();
  SmallVector<Value> initial = {b.getFloat(type, -std::numeric_limits<double>::infinity()),
                                b.getFloat(type, 0)};
  forColumns([&](unsigned, int64_t) { initial.push_back(b.getFloat(type, 0)); });
  Value lastKey = getLastKey();
  SmallVector<Value> all =
      b.forLoop(b.getIndex(0), lastKey, kThreads, initial, [&](Value firstKey, ValueRange before) {
        return addRun(firstKey, lastKey, before);
      });
  store(all[1], ArrayRef(all).drop_front(2));
  return success();
}

/// The keys that the query attends to are those before this one.
Value AttendEmitter::getLastKey() {
  Value last = numKeys;
  if (op.getCausal()) {
    Value numQueries = b.getSize(form.getDim(queryDim).getSize());
    Value visible = b.sub(b.add(b.add(point.indices[queryDim], 1), numKeys), numQueries);
    last = b.max(b.min(visible, numKeys), b.getIndex(0));
  }
  if (!op.getSkipsHidden())
    return last;
  return arith::SelectOp::create(b, isVisible(point.indices[queryDim]), last, b.getIndex(0));
}

Value AttendEmitter::getScore(Value key) {
  Point at = point.at(keyDim, key);
  Value zero = b.getFloat(b.getF32Type(), 0);
  Value depth = b.getSize(form.getDim(depthDim).getSize());
  SmallVector<Value> product =
      b.forLoop(b.getIndex(0), depth, 1, zero, [&](Value d, ValueRange sum) {
        Value q = loadElement(b, kQuery, at.at(depthDim, d));
        Value k = loadElement(b, kKey, at.at(depthDim, d));
        return SmallVector<Value>{math::FmaOp::create(b, q, k, sum[0])};
      });
  Value scale = b.getFloat(b.getF32Type(), op.getScale().convertToDouble());
  Value score = arith::MulFOp::create(b, product[0], scale);
  if (op.getScore().empty())
    return score;
  RegionEmitter emitter(b, at, kFirstScoreInput, 1);
  emitter.bind(op.getScore().getArgument(0), score);
  return emitter.getYielded(op.getScore());
}

/// exp(score - maximum), 0 for a hidden key, also when all are.
Value AttendEmitter::getWeight(Value score, Value maximum) {
  Value isNone =
      compare(arith::CmpFPredicate::OEQ, maximum, -std::numeric_limits<double>::infinity());
  Value shift = arith::SelectOp::create(b, isNone, b.getFloat(b.getF32Type(), 0), maximum);
  return math::ExpOp::create(b, arith::SubFOp::create(b, score, shift));
}

/// Maximum, sum of weights and this thread's columns, taken on over a run of keys.
SmallVector<Value> AttendEmitter::addRun(Value firstKey, Value lastKey, ValueRange before) {
  Value key = b.add(firstKey, b.getThread());
  Value hidden = b.getFloat(b.getF32Type(), -std::numeric_limits<double>::infinity());
  auto storeScore = [&](Value score) { memref::StoreOp::create(b, score, run, b.getThread()); };
  // The weights of the run before are read no more.
  b.barrier();
  storeScore(hidden);
  b.ifElse(
      isBelow(key, lastKey),
      [&] {
        if (op.getKeyMask())
          b.ifElse(isVisible(key), [&] { storeScore(getScore(key)); }, [] {});
        else
          storeScore(getScore(key));
      },
      [] {});
  Value score = memref::LoadOp::create(b, run, b.getThread());
  Value greatest = b.combineThreads(ReduceKind::Max, score);
  Value maximum = arith::MaximumFOp::create(b, before[0], greatest);
  Value weight = getWeight(score, maximum);
  storeScore(weight);
  // Within, all threads meet: every weight is there.
  Value sum = b.combineThreads(ReduceKind::Sum, weight);
  Value decay = getWeight(before[0], maximum);
  SmallVector<Value> next = {maximum, math::FmaOp::create(b, before[1], decay, sum)};
  Value end = b.min(b.add(firstKey, kThreads), lastKey);
  forColumns([&](unsigned number, int64_t column) {
    Value kept = arith::MulFOp::create(b, before[2 + number], decay);
    next.push_back(addValues(kept, column, firstKey, end));
  });
  return next;
}

/// `sum` and the weighted values of keys `firstKey` to `lastKey`.
Value AttendEmitter::addValues(Value sum, int64_t column, Value firstKey, Value lastKey) {
  Value own = b.add(b.getThread(), column);
  // A thread without a column reads another's.
  Value place = b.min(own, b.getIndex(width - 1));
  return b
      .forLoop(firstKey, lastKey, 1, sum,
               [&](Value key, ValueRange before) {
                 Value weight = memref::LoadOp::create(b, run, b.sub(key, firstKey));
                 Point at = point.at(keyDim, key).at(valueDim, place);
                 Value value = loadElement(b, kValue, at);
                 if (op.getKeyMask())
                   value = arith::SelectOp::create(b, isVisible(key), value,
                                                   b.getFloat(b.getF32Type(), 0));
                 return SmallVector<Value>{math::FmaOp::create(b, weight, value, before[0])};
               })
      .front();
}

void AttendEmitter::store(Value sum, ArrayRef<Value> values) {
  Value isNone = compare(arith::CmpFPredicate::OEQ, sum, 0);
  if (op.getStrict())
    isNone = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, numKeys, b.getIndex(0));
  forColumns([&](unsigned number, int64_t column) {
    Value own = b.add(b.getThread(), column);
    Value quotient = arith::DivFOp::create(b, values[number], sum);
    Value result = arith::SelectOp::create(b, isNone, b.getFloat(b.getF32Type(), 0), quotient);
    b.ifElse(
        isBelow(own, b.getIndex(width)),
        [&] {
          Point at = point.at(valueDim, own);
          Region &region = op.getEpilogue();
          RegionEmitter emitter(b, at, op.getFirstEpilogueInput(), 1);
          emitter.bind(region.getArgument(0), result);
          storeElement(b, emitter.getYielded(region), at);
        },
        [] {});
  });
}

namespace {
struct AttendModel : GpuEmitterOpInterface::ExternalModel<AttendModel, AttendOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    return AttendEmitter(cast<AttendOp>(op), context).emit();
  }
};
} // namespace

void attachGpuAttendEmitter(MLIRContext *context) {
  AttendOp::attachInterface<AttendModel>(*context);
}

} // namespace mlir::tenon::kernel
