//===- Partition.cpp - kernel.partition -----------------------------------===//
//
// A counting sort by one task. First ids are checked and rows counted, each group
// one place behind its own, so that the sums of what comes before are starts. Rows
// are then put in place from the last to the first, with each group's end as its
// cursor, which ends at the group's start.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"

#include "tenon/Conversion/KernelToVector/CpuContext.h"

#include "tenon/Conversion/Emission/Access.h"
#include "tenon/Runtime/Abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kIds = 0, kResult = 1;

class PartitionEmitter {
public:
  PartitionEmitter(PartitionOp op, CpuContext &context)
      : form(context.getOp()), b(context), numGroups(op.getGroups()) {
    numRows = b.getSize(getDomainProduct(form, [](DimAttr) { return true; }));
    start = b.getSize(form.getDestinationAccess().getOffset());
  }

  Value emit() {
    b.setGrid(GridAttr::get(b.getContext(), b.makeSize(1), 1));
    Value ok = b.getInteger(b.getI32Type(), TN_OK);
    return b
        .forLoop(b.getBegin(), b.getEnd(), 1, ok,
                 [&](Value, ValueRange) { return SmallVector<Value>{emitTask(ok)}; })
        .front();
  }

private:
  Value emitTask(Value ok);
  Value count(Value ok);
  std::pair<Value, Value> loadId(Value row);
  Value load(Value place) { return loadIndex(b, kResult, b.add(start, place)); }
  void store(Value value, Value place) {
    Value integer = arith::IndexCastOp::create(b, getIntegerType(), value);
    memref::StoreOp::create(b, integer, b.getBuffer(kResult), b.add(start, place));
  }
  Type getIntegerType() {
    return cast<TenonTensorType>(form.getDestinationOperand().getType()).getElementType();
  }

  KernelOpInterface form;
  CpuContext &b;
  int64_t numGroups;
  Value numRows, start;
};

/// A row's id, and where among the ids it is.
std::pair<Value, Value> PartitionEmitter::loadId(Value row) {
  Point point(form.getNumDims());
  setIndices(b, point, form.getDims(DimRole::Rows), row);
  Value position = getOffset(b, form.getAccess(kIds), point);
  return {loadIndex(b, kIds, position), position};
}

/// Counts the rows of group g at place g + 1; the first bad id is the error.
Value PartitionEmitter::count(Value ok) {
  b.forLoop(b.getIndex(0), b.getIndex(numGroups + 1), 1,
            [&](Value place) { store(b.getIndex(0), place); });
  auto code = b.forLoop(b.getIndex(0), numRows, 1, ok, [&](Value row, ValueRange code) {
    std::pair<Value, Value> found = loadId(row);
    Value id = found.first, position = found.second;
    Value isValid = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, id, b.getIndex(numGroups));
    Value isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, code[0], ok);
    auto countRow = [&] {
      Value place = b.add(id, 1);
      store(b.add(load(place), 1), place);
    };
    auto report = [&] { b.reportIndex(kIds, position, id, b.getIndex(numGroups)); };
    b.ifElse(isValid, countRow, [&] { b.ifElse(isFirst, report, [] {}); });
    Value bad = b.getInteger(b.getI32Type(), TN_INDEX_OUT_OF_RANGE);
    return SmallVector<Value>{arith::SelectOp::create(b, isValid, code[0], bad)};
  });
  return code.front();
}

Value PartitionEmitter::emitTask(Value ok) {
  Value code = count(ok);
  Value isFine = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, code, ok);
  auto sort = [&] {
    // Ends of groups: place g + 1 holds where group g ends, and g + 1 begins.
    b.forLoop(b.getIndex(1), b.getIndex(numGroups + 1), 1, [&](Value place) {
      store(b.add(load(place), load(b.sub(place, b.getIndex(1)))), place);
    });
    b.forLoop(b.getIndex(0), numRows, 1, [&](Value step) {
      Value row = b.sub(b.sub(numRows, b.getIndex(1)), step);
      Value place = b.add(loadId(row).first, 1);
      Value cursor = b.sub(load(place), b.getIndex(1));
      store(cursor, place);
      store(row, b.add(cursor, numGroups + 1));
    });
    // The cursors stand at the starts, one place behind.
    b.forLoop(b.getIndex(0), b.getIndex(numGroups), 1,
              [&](Value group) { store(load(b.add(group, 1)), group); });
    store(numRows, b.getIndex(numGroups));
  };
  b.ifElse(isFine, sort, [] {});
  return code;
}

struct PartitionModel : KernelEmitterOpInterface::ExternalModel<PartitionModel, PartitionOp> {
  FailureOr<Value> emit(Operation *op, CpuContext &context) const {
    return PartitionEmitter(cast<PartitionOp>(op), context).emit();
  }
};

} // namespace

void attachPartitionEmitter(MLIRContext *context) {
  PartitionOp::attachInterface<PartitionModel>(*context);
}

} // namespace mlir::tenon::kernel
