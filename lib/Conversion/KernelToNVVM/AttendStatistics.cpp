//===- AttendStatistics.cpp - kernel.attend_statistics on GPUs ------------===//
//
// A block per 64 queries. Each thread takes on the greatest score so far, and the sums of
// weights and of weighted derivatives beside it, for four queries over its columns of
// every tile of keys; in the end the threads that share a query combine theirs.
//
//===----------------------------------------------------------------------===//

#include "AttendPairs.h"
#include "Emitters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include <limits>

namespace mlir::tenon::kernel {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int64_t kTile = AttendPairs::kTile, kSide = AttendPairs::kSide,
                  kPart = AttendPairs::kPart;

class AttendStatisticsEmitter {
public:
  AttendStatisticsEmitter(AttendStatisticsOp op, GpuContext &context)
      : op(op), form(op), b(context), batch(form.getNumDims()) {}

  LogicalResult emit();

private:
  /// Of one query: the greatest score, the sum of exp(score - greatest), and of these
  /// times derivatives by weights.
  struct Row {
    Value maximum, sum, slope;
  };
  Row getNone() {
    Value zero = b.getFloat(b.getF32Type(), 0);
    return {b.getFloat(b.getF32Type(), -kInfinity), zero, zero};
  }
  SmallVector<Value> addTile(const AttendPairs::Tile &tile, ValueRange before);
  Value getShift(Value maximum);
  Value getWeight(Value score, Value shift) {
    return math::ExpOp::create(b, arith::SubFOp::create(b, score, shift));
  }
  Row combine(const Row &lhs, const Row &rhs);
  void combineRow(Value query);

  AttendStatisticsOp op;
  KernelOpInterface form;
  GpuContext &b;
  Point batch;
  std::optional<AttendPairs> pairs;
  /// What each thread has of each query: [member of Row, thread of the query, query].
  Value rows;
};

} // namespace

LogicalResult AttendStatisticsEmitter::emit() {
  SmallVector<GridAttr> grid;
  for (unsigned dim : form.getDims(DimRole::Batch))
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
  SizeAttr queries = form.getDim(form.getDims(DimRole::Queries).front()).getSize();
  grid.push_back(GridAttr::get(b.getContext(), queries, kTile));
  b.setLaunch(grid, AttendPairs::kThreads);
  pairs.emplace(b, AttendPairs::getForm(op));
  rows = b.allocateShared(3 * kSide * kTile, b.getF32Type());

  SmallVector<Value> task = b.getTaskCoordinates(b.getBlock());
  for (auto [dim, index] : llvm::zip(form.getDims(DimRole::Batch), task))
    batch.indices[dim] = index;
  Value first = b.mul(task.back(), kTile);
  SmallVector<Value> sums;
  for (int64_t i = 0; i < kPart; ++i) {
    Row none = getNone();
    sums.append({none.maximum, none.sum, none.slope});
  }
  sums = b.forLoop(b.getIndex(0), pairs->getKeysEnd(first), kTile, sums,
                   [&](Value key, ValueRange before) {
                     return addTile({batch, pairs->getQueries(first), pairs->getKeys(key)}, before);
                   });
  for (auto [number, value] : llvm::enumerate(sums)) {
    int64_t member = int64_t(number) % 3, query = int64_t(number) / 3;
    Value place = b.add(b.mul(pairs->getColumn(), kTile), b.add(pairs->getRow(), query));
    memref::StoreOp::create(b, value, rows, b.add(place, member * kSide * kTile));
  }
  b.barrier();
  Value query = b.add(first, b.getThread());
  Value isOwn = arith::AndIOp::create(b, pairs->isBelow(b.getThread(), b.getIndex(kTile)),
                                      pairs->isBelow(query, b.getSize(queries)));
  b.ifElse(isOwn, [&] { combineRow(query); }, [] {});
  return success();
}

/// 0 where a score is infinitely less than it.
Value AttendStatisticsEmitter::getShift(Value maximum) {
  Value isNone = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, maximum,
                                       b.getFloat(b.getF32Type(), -kInfinity));
  return arith::SelectOp::create(b, isNone, b.getFloat(b.getF32Type(), 0), maximum);
}

/// This thread's rows, taken on over a tile. Weights come before the second product: fewer
/// registers hold both.
SmallVector<Value> AttendStatisticsEmitter::addTile(const AttendPairs::Tile &tile,
                                                    ValueRange before) {
  Value hidden = b.getFloat(b.getF32Type(), -kInfinity), zero = b.getFloat(b.getF32Type(), 0);
  SmallVector<Value> weights = pairs->multiplyKeys(tile), after(before);
  pairs->forPairs(tile, [&](unsigned number, const Point &pair, Value isVisible) {
    Value score = pairs->getScore(pair, weights[number]);
    weights[number] = arith::SelectOp::create(b, isVisible, score, hidden);
  });
  for (int64_t i = 0; i < kPart; ++i) {
    MutableArrayRef<Value> scores = MutableArrayRef(weights).slice(i * kPart, kPart);
    Value &maximum = after[3 * i], &sum = after[3 * i + 1], &slope = after[3 * i + 2];
    Value last = maximum;
    for (Value score : scores)
      maximum = arith::MaximumFOp::create(b, maximum, score);
    Value shift = getShift(maximum), decay = getWeight(last, shift);
    sum = arith::MulFOp::create(b, sum, decay);
    slope = arith::MulFOp::create(b, slope, decay);
    for (Value &score : scores) {
      score = getWeight(score, shift);
      sum = arith::AddFOp::create(b, sum, score);
    }
  }
  SmallVector<Value> slopes = pairs->multiplyValues(tile);
  pairs->forPairs(tile, [&](unsigned number, const Point &, Value isVisible) {
    // What is hidden may be anything; 0 times it must be 0.
    Value own = arith::SelectOp::create(b, isVisible, slopes[number], zero);
    Value &slope = after[3 * (number / kPart) + 2];
    slope = math::FmaOp::create(b, weights[number], own, slope);
  });
  return after;
}

AttendStatisticsEmitter::Row AttendStatisticsEmitter::combine(const Row &lhs, const Row &rhs) {
  Value maximum = arith::MaximumFOp::create(b, lhs.maximum, rhs.maximum);
  Value shift = getShift(maximum);
  Value left = getWeight(lhs.maximum, shift), right = getWeight(rhs.maximum, shift);
  auto add = [&](Value l, Value r) -> Value {
    return math::FmaOp::create(b, l, left, arith::MulFOp::create(b, r, right));
  };
  return {maximum, add(lhs.sum, rhs.sum), add(lhs.slope, rhs.slope)};
}

/// What all threads have of the query that has this thread's number.
void AttendStatisticsEmitter::combineRow(Value query) {
  Row none = getNone();
  SmallVector<Value> all =
      b.forLoop(b.getIndex(0), b.getIndex(kSide), 1, {none.maximum, none.sum, none.slope},
                [&](Value thread, ValueRange before) {
                  SmallVector<Value> own;
                  for (int64_t member = 0; member < 3; ++member) {
                    Value place =
                        b.add(b.mul(thread, kTile), b.add(b.getThread(), member * kSide * kTile));
                    own.push_back(memref::LoadOp::create(b, rows, place));
                  }
                  Row sum = combine({before[0], before[1], before[2]}, {own[0], own[1], own[2]});
                  return SmallVector<Value>{sum.maximum, sum.sum, sum.slope};
                });
  Type type = b.getF32Type();
  Value numKeys = b.getSize(form.getDim(form.getDims(DimRole::Keys).front()).getSize());
  Value isEmpty =
      op.getStrict()
          ? arith::CmpIOp::create(b, arith::CmpIPredicate::eq, numKeys, b.getIndex(0)).getResult()
          : arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, all[1], b.getFloat(type, 0));
  Value factor = arith::DivFOp::create(b, b.getFloat(type, 1), all[1]);
  factor = arith::SelectOp::create(b, isEmpty, b.getFloat(type, 0), factor);
  Value results[AttendStatisticsOp::kNumStatistics] = {getShift(all[0]), factor,
                                                       arith::MulFOp::create(b, all[2], factor)};
  unsigned destination = form->getNumOperands() - 1;
  Point point = batch.at(form.getDims(DimRole::Queries).front(), query);
  Value place = getOffset(b, form.getDestinationAccess(), point);
  for (auto [number, result] : llvm::enumerate(results))
    memref::StoreOp::create(b, result, b.getBuffer(destination), b.add(place, int64_t(number)));
}

namespace {
struct AttendStatisticsModel
    : GpuEmitterOpInterface::ExternalModel<AttendStatisticsModel, AttendStatisticsOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    return AttendStatisticsEmitter(cast<AttendStatisticsOp>(op), context).emit();
  }
};
} // namespace

void attachGpuAttendStatisticsEmitter(MLIRContext *context) {
  AttendStatisticsOp::attachInterface<AttendStatisticsModel>(*context);
}

} // namespace mlir::tenon::kernel
