//===- Partition.cpp - kernel.partition on GPUs ---------------------------===//
//
// A counting sort by a block. Each thread has a run of rows, and counts those of each group in
// shared memory; what comes before them, in groups before and in runs before, is where they
// begin. Of many groups, for whose counts there is no room, one thread sorts all rows.
//
//===----------------------------------------------------------------------===//

#include "CheckIds.h"
#include "Emitters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kIds = 0, kResult = 1;
/// Threads of a block, at most, and counts that there is room for.
constexpr int64_t kMostThreads = 256, kMostCounts = 11 << 10;

class PartitionEmitter {
public:
  PartitionEmitter(PartitionOp op, GpuContext &context)
      : form(op), b(context), numGroups(op.getGroups()) {}

  LogicalResult emit() {
    // Rows without a group are one of their own, behind all others.
    int64_t threads = kMostThreads;
    while (threads >= kWarp && (numGroups + 1) * (threads + 1) > kMostCounts)
      threads /= 2;
    bool isTogether = threads >= kWarp;
    b.setLaunch(GridAttr::get(b.getContext(), b.makeSize(1), 1), isTogether ? threads : kWarp);
    numRows = b.getSize(getDomainProduct(form, [](DimAttr) { return true; }));
    start = b.getSize(form.getDestinationAccess().getOffset());
    if (isTogether)
      sortTogether();
    else
      b.ifElse(b.isFirstThread(), [&] { sort(); }, [] {});
    return success();
  }

private:
  void sortTogether();
  void countRows(Value first, Value last);
  void addCounts();
  Value loadCount(Value group, Value thread) {
    Value count = memref::LoadOp::create(b, counts, b.add(b.mul(group, getStride()), thread));
    return arith::IndexCastOp::create(b, b.getIndexType(), count);
  }
  void storeCount(Value count, Value group, Value thread) {
    Value integer = arith::IndexCastOp::create(b, b.getI32Type(), count);
    memref::StoreOp::create(b, integer, counts, b.add(b.mul(group, getStride()), thread));
  }
  /// Distances of groups are such that threads with a group each meet different banks.
  int64_t getStride() { return b.getNumThreads() + 1; }
  Value getGroup(Value id) {
    return arith::SelectOp::create(b, isValid(id), id, b.getIndex(numGroups));
  }

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
  /// Of each group and thread.
  Value counts;
};

} // namespace

/// A row's id, and where among the ids it is.
std::pair<Value, Value> PartitionEmitter::loadId(Value row) {
  Value position =
      getOffset(b, form.getAccess(kIds), getPoint(b, form.getDims(DimRole::Rows), row));
  return {loadIndex(b, kIds, position), position};
}

//===----------------------------------------------------------------------===//
// All threads
//===----------------------------------------------------------------------===//

void PartitionEmitter::sortTogether() {
  counts = b.allocateShared((numGroups + 1) * getStride(), b.getI32Type());
  Value thread = b.getThread(), perThread = b.ceilDiv(numRows, b.getNumThreads());
  Value first = b.min(b.mul(thread, perThread), numRows);
  Value last = b.min(b.add(first, perThread), numRows);
  countRows(first, last);
  b.barrier();
  addCounts();
  b.barrier();
  b.forLoop(first, last, 1, [&](Value row) {
    Value group = getGroup(loadId(row).first), place = loadCount(group, thread);
    store(row, b.add(place, numGroups + 1));
    storeCount(b.add(place, 1), group, thread);
  });
}

/// The first row whose id is bad is the error.
void PartitionEmitter::countRows(Value first, Value last) {
  Value thread = b.getThread(), zero = b.getIndex(0);
  b.forLoop(zero, b.getIndex(numGroups + 1), 1,
            [&](Value group) { storeCount(zero, group, thread); });
  auto count = [&](Value row, ValueRange bad) {
    Value id = loadId(row).first, group = getGroup(id);
    storeCount(b.add(loadCount(group, thread), 1), group, thread);
    return SmallVector<Value>{arith::SelectOp::create(b, isValid(id), bad[0], b.min(bad[0], row))};
  };
  Value bad = b.forLoop(first, last, 1, numRows, count).front();
  Value integer = arith::IndexCastOp::create(b, b.getI64Type(), bad);
  Value firstBad =
      arith::IndexCastOp::create(b, b.getIndexType(), b.combineThreads(ReduceKind::Min, integer));
  auto report = [&] {
    auto [id, position] = loadId(firstBad);
    b.reportIndex(kIds, position, id, b.getIndex(numGroups));
  };
  b.ifElse(arith::CmpIOp::create(b, arith::CmpIPredicate::slt, firstBad, numRows), report, [] {});
}

/// Each count becomes what comes before its rows; where groups begin is part of the result.
void PartitionEmitter::addCounts() {
  Value zero = b.getIndex(0), threads = b.getIndex(b.getNumThreads());
  // Within a group, whose total stands behind its counts.
  b.forLoop(b.getThread(), b.getIndex(numGroups + 1), b.getNumThreads(), [&](Value group) {
    auto add = [&](Value thread, ValueRange before) {
      Value count = loadCount(group, thread);
      storeCount(before[0], group, thread);
      return SmallVector<Value>{b.add(before[0], count)};
    };
    storeCount(b.forLoop(zero, threads, 1, zero, add).front(), group, threads);
  });
  b.barrier();
  auto begin = [&] {
    auto add = [&](Value group, ValueRange before) {
      Value total = loadCount(group, threads);
      storeCount(before[0], group, threads);
      store(before[0], group);
      return SmallVector<Value>{b.add(before[0], total)};
    };
    b.forLoop(zero, b.getIndex(numGroups + 1), 1, zero, add);
  };
  b.ifElse(b.isFirstThread(), begin, [] {});
  b.barrier();
  b.forLoop(zero, b.getIndex(numGroups + 1), 1, [&](Value group) {
    storeCount(b.add(loadCount(group, b.getThread()), loadCount(group, threads)), group,
               b.getThread());
  });
}

//===----------------------------------------------------------------------===//
// One thread
//===----------------------------------------------------------------------===//

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
