//===- Scatter.cpp - kernel.scatter ---------------------------------------===//
//
// A task has a block of columns of every place: it makes them 0, then walks through
// the ids in their order and adds. Each id is checked.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "tenon/Conversion/Emission/Access.h"

#include "tenon/Runtime/Abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kUpdates = 0, kIds = 1, kDestination = 2;
/// Columns that one task has, at most: some lines of each place.
constexpr int64_t kColumnBlock = 64;

class ScatterEmitter {
public:
  ScatterEmitter(ScatterOp op, CpuContext &context)
      : op(op), form(context.getOp()), b(context), colDims(form.getDims(DimRole::Cols)),
        sumDims(form.getDims(DimRole::Sum)), point(form.getNumDims()) {}

  Value emit();

private:
  Value emitTask(Value task, Value code);
  void forColumns(llvm::function_ref<void()> body);
  Value addRows(ArrayRef<unsigned> dims, Value code);
  Value addRow(Value code);
  /// The destination's element at place `place`, as many as the point has lanes.
  Value getPlace(Value place) {
    return b.add(getOffset(b, form.getDestinationAccess(), point),
                 b.mul(place, b.getSize(op.getStride())));
  }
  Value load(Value offset);
  void store(Value value, Value offset);
  Type getPointType() { return getLaneType(b.getF32Type(), point.lanes); }

  ScatterOp op;
  KernelOpInterface form;
  CpuContext &b;
  SmallVector<unsigned> colDims, sumDims;
  SmallVector<unsigned> gridDims;
  /// The columns of a task along the last dimension.
  Value begin, end;
  Point point;
};

Value ScatterEmitter::emit() {
  SmallVector<GridAttr> grid;
  auto add = [&](unsigned dim, int64_t divisor) {
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), divisor));
    gridDims.push_back(dim);
  };
  for (unsigned dim : form.getDims(DimRole::Rows))
    add(dim, 1);
  for (unsigned dim : colDims)
    add(dim, dim == colDims.back() ? kColumnBlock : 1);
  if (grid.empty())
    grid.push_back(GridAttr::get(b.getContext(), b.makeSize(1), 1));
  b.setGrid(grid);
  Value ok = b.getInteger(b.getI32Type(), TN_OK);
  return b
      .forLoop(
          b.getBegin(), b.getEnd(), 1, ok,
          [&](Value task, ValueRange code) { return SmallVector<Value>{emitTask(task, code[0])}; })
      .front();
}

Value ScatterEmitter::emitTask(Value task, Value code) {
  for (auto [dim, index] : llvm::zip(gridDims, b.getTaskCoordinates(task)))
    point.indices[dim] = index;
  if (!colDims.empty()) {
    begin = b.mul(point.indices[colDims.back()], kColumnBlock);
    end = b.min(b.add(begin, kColumnBlock), b.getSize(form.getDim(colDims.back()).getSize()));
  }
  b.forLoop(b.getIndex(0), b.getSize(op.getBound()), 1, [&](Value place) {
    forColumns([&] { store(b.getFloat(getPointType(), 0.0), getPlace(place)); });
  });
  return addRows(sumDims, code);
}

/// Runs `body` for the vectors of the task's columns.
void ScatterEmitter::forColumns(llvm::function_ref<void()> body) {
  if (colDims.empty()) {
    body();
    return;
  }
  int64_t lanes = b.getTarget().lanes;
  point.vectorDim = colDims.back();
  point.lanes = lanes;
  Value whole = b.add(begin, b.mul(b.div(b.sub(end, begin), b.getIndex(lanes)), lanes));
  auto run = [&](Value first, Value last, bool isTail) {
    b.forLoop(first, last, lanes, [&](Value index) {
      point.indices[colDims.back()] = index;
      if (isTail)
        point.mask = makeMask(b, lanes, b.sub(end, index));
      body();
      point.mask = Value();
    });
  };
  run(begin, whole, false);
  run(whole, end, true);
  point.lanes = 0;
}

/// Loops over `dims`, in order, then adds one row; returns the new code.
Value ScatterEmitter::addRows(ArrayRef<unsigned> dims, Value code) {
  if (dims.empty())
    return addRow(code);
  Value size = b.getSize(form.getDim(dims.front()).getSize());
  return b
      .forLoop(b.getIndex(0), size, 1, code,
               [&](Value index, ValueRange carried) {
                 point.indices[dims.front()] = index;
                 return SmallVector<Value>{addRows(dims.drop_front(), carried[0])};
               })
      .front();
}

Value ScatterEmitter::addRow(Value code) {
  Value position = getOffset(b, form.getAccess(kIds), point);
  Value id = loadIndex(b, kIds, position);
  Value bound = b.getSize(op.getBound());
  Value isValid = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, id, bound);
  Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, code, b.getInteger(code.getType(), TN_OK));
  auto add = [&] {
    forColumns([&] {
      Value more = broadcastLanes(b, loadElement(b, kUpdates, point), point.lanes);
      Value place = getPlace(id);
      store(arith::AddFOp::create(b, load(place), more), place);
    });
  };
  auto report = [&] { b.reportIndex(kIds, position, id, bound); };
  b.ifElse(isValid, add, [&] { b.ifElse(isFirst, report, [] {}); });
  return arith::SelectOp::create(b, isValid, code,
                                 b.getInteger(code.getType(), TN_INDEX_OUT_OF_RANGE));
}

Value ScatterEmitter::load(Value offset) {
  Value buffer = b.getBuffer(kDestination);
  if (point.lanes == 0)
    return memref::LoadOp::create(b, buffer, offset);
  auto type = cast<VectorType>(getPointType());
  if (!point.mask)
    return vector::LoadOp::create(b, type, buffer, offset);
  return vector::MaskedLoadOp::create(b, type, buffer, offset, point.mask, b.getFloat(type, 0.0));
}

void ScatterEmitter::store(Value value, Value offset) {
  Value buffer = b.getBuffer(kDestination);
  if (point.lanes == 0)
    memref::StoreOp::create(b, value, buffer, offset);
  else if (!point.mask)
    vector::StoreOp::create(b, value, buffer, offset);
  else
    vector::MaskedStoreOp::create(b, buffer, offset, point.mask, value);
}

struct ScatterModel : KernelEmitterOpInterface::ExternalModel<ScatterModel, ScatterOp> {
  FailureOr<Value> emit(Operation *op, CpuContext &context) const {
    return ScatterEmitter(cast<ScatterOp>(op), context).emit();
  }
};

} // namespace

void attachScatterEmitter(MLIRContext *context) {
  ScatterOp::attachInterface<ScatterModel>(*context);
}

} // namespace mlir::tenon::kernel
