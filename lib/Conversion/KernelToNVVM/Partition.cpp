//===- Partition.cpp - kernel.partition on GPUs ---------------------------===//
//
// A counting sort by one thread, as by one task on the CPU.
//
//===----------------------------------------------------------------------===//

#include "CheckIds.h"
#include "Emitters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kIds = 0, kResult = 1;

class PartitionEmitter {
public:
  PartitionEmitter(PartitionOp op, GpuContext &context)
      : form(op), b(context), numGroups(op.getGroups()) {}

  LogicalResult emit() {
    b.setLaunch(GridAttr::get(b.getContext(), b.makeSize(1), 1), 32);
    numRows = b.getSize(getDomainProduct(form, [](DimAttr) { return true; }));
    start = b.getSize(form.getDestinationAccess().getOffset());
    b.ifElse(b.isFirstThread(), [&] { sort(); }, [] {});
    return success();
  }

private:
  void sort();
  std::pair<Value, Value> loadId(Value row);
  void placeRow(Value row);
  Value load(Value place) { return loadIndex(b, kResult, b.add(start, place)); }
  void store(Value value, Value place) {
    Value integer = arith::IndexCastOp::create(
        b, cast<MemRefType>(b.getBuffer(kResult).getType()).getElementType(), value);
    memref::StoreOp::create(b, integer, b.getBuffer(kResult), b.add(start, place));
  }
  Value isValid(Value id) { return isIdValid(b, id, b.getIndex(numGroups)); }

  KernelOpInterface form;
  GpuContext &b;
  int64_t numGroups;
  Value numRows, start;
};

} // namespace

/// A row's id, and where among the ids it is.
std::pair<Value, Value> PartitionEmitter::loadId(Value row) {
  Value position =
      getOffset(b, form.getAccess(kIds), getPoint(b, form.getDims(DimRole::Rows), row));
  return {loadIndex(b, kIds, position), position};
}

/// Puts a row before those of its group that are in place; one without a group, reported,
/// behind all groups: what reads the list goes on, and must find every row.
void PartitionEmitter::placeRow(Value row) {
  Value id = loadId(row).first, zero = b.getIndex(0);
  b.ifElse(
      isValid(id),
      [&] {
        Value place = b.add(id, 1), cursor = b.sub(load(place), b.getIndex(1));
        store(cursor, place);
        store(row, b.add(cursor, numGroups + 1));
      },
      [&] {
        Value cursor = load(zero);
        store(row, b.add(cursor, numGroups + 1));
        store(b.add(cursor, 1), zero);
      });
}

void PartitionEmitter::sort() {
  Value one = b.getIndex(1), zero = b.getIndex(0);
  b.forLoop(zero, b.getIndex(numGroups + 1), 1, [&](Value place) { store(zero, place); });
  // Rows of group g count at place g + 1; the first bad id is the error.
  b.forLoop(zero, numRows, 1, [&](Value row) {
    std::pair<Value, Value> found = loadId(row);
    Value id = found.first, position = found.second;
    auto count = [&] {
      Value place = b.add(id, 1);
      store(b.add(load(place), 1), place);
    };
    b.ifElse(isValid(id), count, [&] { b.reportIndex(kIds, position, id, b.getIndex(numGroups)); });
  });
  // Ends of groups, then rows from the last to the first.
  b.forLoop(one, b.getIndex(numGroups + 1), 1,
            [&](Value place) { store(b.add(load(place), load(b.sub(place, one))), place); });
  Value count = load(b.getIndex(numGroups));
  // The first place is free until the end: where the next row without a group goes.
  store(count, zero);
  b.forLoop(zero, numRows, 1, [&](Value step) { placeRow(b.sub(b.sub(numRows, one), step)); });
  b.forLoop(zero, b.getIndex(numGroups), 1,
            [&](Value group) { store(load(b.add(group, 1)), group); });
  store(count, b.getIndex(numGroups));
}

namespace {
struct PartitionModel : GpuEmitterOpInterface::ExternalModel<PartitionModel, PartitionOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    return PartitionEmitter(cast<PartitionOp>(op), context).emit();
  }
};
} // namespace

void attachGpuPartitionEmitter(MLIRContext *context) {
  PartitionOp::attachInterface<PartitionModel>(*context);
}

} // namespace mlir::tenon::kernel
