//===- Argsort.cpp - kernel.argsort on GPUs -------------------------------===//
//
// A thread per element counts the elements of its line that come before it, which come
// through shared memory 256 at a time, and stores its place there. That is as many
// comparisons as a line has pairs: no memory beside is needed, and any two elements stand
// in the order of their line when they are equal.
//
//===----------------------------------------------------------------------===//

#include "CheckIds.h"
#include "Emitters.h"

#include "tenon/Conversion/Emission/RegionEmitter.h"
#include "tenon/Conversion/Emission/SortKey.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kInput = 0;
constexpr int64_t kThreads = 256;

class ArgsortEmitter {
public:
  ArgsortEmitter(ArgsortOp op, GpuContext &context)
      : op(op), form(op), b(context), lineDim(form.getDims(DimRole::Sum).front()),
        line(form.getNumDims()) {}

  LogicalResult emit();

private:
  Value compare(arith::CmpIPredicate predicate, Value lhs, Value rhs) {
    return arith::CmpIOp::create(b, predicate, lhs, rhs);
  }
  /// The key of the element at a place; beyond the line that of its last one.
  Value getKey(Value place) {
    Value inside = b.min(place, b.sub(count, b.getIndex(1)));
    return getSortKey(b, loadElement(b, kInput, line.at(lineDim, inside)), op.getDescending());
  }
  Value countRun(Value first, Value number);
  void storeResult(Value number);

  ArgsortOp op;
  KernelOpInterface form;
  GpuContext &b;
  unsigned lineDim;
  Point line;
  Value count;
  /// This thread's place in the line, and the key of the element there.
  Value place, key;
  /// Keys of a run of elements.
  Value keys;
};

} // namespace

LogicalResult ArgsortEmitter::emit() {
  SmallVector<unsigned> dims = form.getDims(DimRole::Batch);
  SizeAttr size = form.getDim(lineDim).getSize();
  SmallVector<GridAttr> grid;
  for (unsigned dim : dims)
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
  grid.push_back(GridAttr::get(b.getContext(), size, kThreads));
  b.setLaunch(grid, kThreads);
  SmallVector<Value> task = b.getTaskCoordinates(b.getBlock());
  for (auto [dim, index] : llvm::zip(dims, task))
    line.indices[dim] = index;
  count = b.getSize(size);
  place = b.add(b.mul(task.back(), kThreads), b.getThread());
  key = getKey(place);
  keys = b.allocateShared(kThreads, key.getType());
  SmallVector<Value> number =
      b.forLoop(b.getIndex(0), count, kThreads, b.getIndex(0), [&](Value first, ValueRange before) {
        return SmallVector<Value>{countRun(first, before[0])};
      });
  b.ifElse(
      compare(arith::CmpIPredicate::slt, place, count), [&] { storeResult(number[0]); }, [] {});
  return success();
}

/// `number` and how many elements of a run come before this thread's.
Value ArgsortEmitter::countRun(Value first, Value number) {
  memref::StoreOp::create(b, getKey(b.add(first, b.getThread())), keys, b.getThread());
  b.barrier();
  Value length = b.min(b.sub(count, first), b.getIndex(kThreads));
  SmallVector<Value> after =
      b.forLoop(b.getIndex(0), length, 1, number, [&](Value other, ValueRange before) {
        Value otherKey = memref::LoadOp::create(b, keys, other);
        Value isLess = compare(arith::CmpIPredicate::slt, otherKey, key);
        Value isEqual = compare(arith::CmpIPredicate::eq, otherKey, key);
        Value isAhead = compare(arith::CmpIPredicate::slt, b.add(first, other), place);
        Value comesFirst =
            arith::OrIOp::create(b, isLess, arith::AndIOp::create(b, isEqual, isAhead));
        Value one = arith::SelectOp::create(b, comesFirst, b.getIndex(1), b.getIndex(0));
        return SmallVector<Value>{b.add(before[0], one)};
      });
  b.barrier();
  return after[0];
}

/// Stores this thread's place as number `number` of the order.
void ArgsortEmitter::storeResult(Value number) {
  Point point = line.at(lineDim, number);
  Region &region = form.getEpilogueRegion();
  RegionEmitter emitter(b, point, form.getFirstEpilogueInput(), 1);
  emitter.bind(region.getArgument(0), arith::IndexCastOp::create(b, b.getI64Type(), place));
  storeElement(b, emitter.getYielded(region), point);
}

namespace {
struct ArgsortModel : GpuEmitterOpInterface::ExternalModel<ArgsortModel, ArgsortOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    return ArgsortEmitter(cast<ArgsortOp>(op), context).emit();
  }
};
} // namespace

void attachGpuArgsortEmitter(MLIRContext *context) {
  ArgsortOp::attachInterface<ArgsortModel>(*context);
}

} // namespace mlir::tenon::kernel
