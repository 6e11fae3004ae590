//===- Argsort.cpp - kernel.argsort ---------------------------------------===//
//
// A task is a line. Its elements become integers that have their order, side by side
// in scratch memory; these and their places are merged, runs of 1, 2, 4, ... into runs
// of twice the length, from one half of the memory to the other and back.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "tenon/Conversion/Emission/RegionEmitter.h"
#include "tenon/Conversion/Emission/SortKey.h"

#include "tenon/Runtime/Abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kInput = 0;
/// No line has more than 2^40 elements.
constexpr int64_t kMostRounds = 40;

class ArgsortEmitter {
public:
  ArgsortEmitter(ArgsortOp op, CpuContext &context)
      : op(op), form(context.getOp()), b(context), lineDim(form.getDims(DimRole::Sum).front()) {
    SizeAttr size = form.getDim(lineDim).getSize();
    count = b.getSize(size);
    keys = b.allocateScratch(size.mul(2), b.getIndexType());
    places = b.allocateScratch(size.mul(2), b.getIndexType());
  }

  Value emit() {
    SmallVector<unsigned> dims = form.getDims(DimRole::Batch);
    SmallVector<GridAttr> grid;
    for (unsigned dim : dims)
      grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
    b.forTasks(grid, [&](ArrayRef<Value> coordinates) {
      Point line(form.getNumDims());
      for (auto [dim, index] : llvm::zip(dims, coordinates))
        line.indices[dim] = index;
      emitLine(line);
    });
    return b.getInteger(b.getI32Type(), TN_OK);
  }

private:
  Value compare(arith::CmpIPredicate predicate, Value lhs, Value rhs) {
    return arith::CmpIOp::create(b, predicate, lhs, rhs);
  }
  Value select(Value condition, Value yes, Value no) {
    return arith::SelectOp::create(b, condition, yes, no);
  }
  Value load(Value memory, Value at) { return memref::LoadOp::create(b, memory, at); }
  void store(Value value, Value memory, Value at) { memref::StoreOp::create(b, value, memory, at); }
  Value getKey(Value element) {
    return arith::IndexCastOp::create(b, b.getIndexType(),
                                      getSortKey(b, element, op.getDescending()));
  }
  void emitLine(const Point &line);
  void mergeRuns(Value width, Value from, Value to);
  void mergePair(Value low, Value middle, Value high, Value from, Value to);

  ArgsortOp op;
  KernelOpInterface form;
  CpuContext &b;
  unsigned lineDim;
  Value count, keys, places;
};

void ArgsortEmitter::emitLine(const Point &line) {
  b.forLoop(b.getIndex(0), count, 1, [&](Value i) {
    store(getKey(loadElement(b, kInput, line.at(lineDim, i))), keys, i);
    store(i, places, i);
  });
  // The sorted elements are in the first or second half: at `from`.
  SmallVector<Value> state =
      b.forLoop(b.getIndex(0), b.getIndex(kMostRounds), 1, {b.getIndex(1), b.getIndex(0)},
                [&](Value, ValueRange carried) {
                  Value width = carried[0], from = carried[1], to = b.sub(count, from);
                  Value isSorted = compare(arith::CmpIPredicate::sge, width, count);
                  b.ifElse(isSorted, [] {}, [&] { mergeRuns(width, from, to); });
                  return SmallVector<Value>{select(isSorted, width, b.mul(width, 2)),
                                            select(isSorted, from, to)};
                });
  b.forLoop(b.getIndex(0), count, 1, [&](Value k) {
    Point point = line.at(lineDim, k);
    Value place = load(places, b.add(state[1], k));
    Region &region = form.getEpilogueRegion();
    RegionEmitter emitter(b, point, form.getFirstEpilogueInput(), 1);
    emitter.bind(region.getArgument(0), arith::IndexCastOp::create(b, b.getI64Type(), place));
    storeElement(b, emitter.getYielded(region), point);
  });
}

/// Merges all pairs of neighbouring runs of `width`.
void ArgsortEmitter::mergeRuns(Value width, Value from, Value to) {
  Value twice = b.mul(width, 2);
  Value pairs = b.div(b.add(count, b.sub(twice, b.getIndex(1))), twice);
  b.forLoop(b.getIndex(0), pairs, 1, [&](Value pair) {
    Value low = b.mul(pair, twice);
    Value middle = b.min(b.add(low, width), count);
    mergePair(low, middle, b.min(b.add(low, twice), count), from, to);
  });
}

/// Merges low..middle and middle..high; of equal keys the left one comes first.
void ArgsortEmitter::mergePair(Value low, Value middle, Value high, Value from, Value to) {
  b.forLoop(low, high, 1, {low, middle}, [&](Value k, ValueRange next) {
    Value left = next[0], right = next[1];
    // A run that is used up is read at an element that does not count.
    Value last = b.sub(count, b.getIndex(1));
    Value leftAt = b.add(from, b.min(left, last)), rightAt = b.add(from, b.min(right, last));
    Value leftKey = load(keys, leftAt), rightKey = load(keys, rightAt);
    Value isBefore = compare(arith::CmpIPredicate::sle, leftKey, rightKey);
    Value hasLeft = compare(arith::CmpIPredicate::slt, left, middle);
    Value hasRight = compare(arith::CmpIPredicate::slt, right, high);
    Value takesLeft = select(hasRight, arith::AndIOp::create(b, hasLeft, isBefore), hasLeft);
    Value at = b.add(to, k);
    store(select(takesLeft, leftKey, rightKey), keys, at);
    store(load(places, select(takesLeft, leftAt, rightAt)), places, at);
    Value one = b.getIndex(1), zero = b.getIndex(0);
    return SmallVector<Value>{b.add(left, select(takesLeft, one, zero)),
                              b.add(right, select(takesLeft, zero, one))};
  });
}

struct ArgsortModel : KernelEmitterOpInterface::ExternalModel<ArgsortModel, ArgsortOp> {
  FailureOr<Value> emit(Operation *op, CpuContext &context) const {
    return ArgsortEmitter(cast<ArgsortOp>(op), context).emit();
  }
};

} // namespace

void attachArgsortEmitter(MLIRContext *context) {
  ArgsortOp::attachInterface<ArgsortModel>(*context);
}

} // namespace mlir::tenon::kernel
