//===- Index.cpp - kernel.index -------------------------------------------===//
//
// One task per row: the id is checked, then the columns are copied.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "RegisterTile.h"
#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "tenon/Runtime/Abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kTable = 0, kIds = 1;

class IndexEmitter {
public:
  IndexEmitter(IndexOp op, CpuContext &context)
      : op(op), form(context.getOp()), context(context), colDims(form.getDims(DimRole::Cols)),
        point(form.getNumDims()) {}

  Value emit() {
    chooseVectorDim();
    SmallVector<GridAttr> grid;
    for (unsigned dim : form.getDims(DimRole::Rows))
      grid.push_back(GridAttr::get(context.getContext(), form.getDim(dim).getSize(), 1));
    context.setGrid(grid);
    Value ok = context.getInteger(context.getI32Type(), TN_OK);
    // After the first bad id, the remaining tasks do nothing.
    return context
        .forLoop(context.getBegin(), context.getEnd(), 1, ok,
                 [&](Value task, ValueRange code) {
                   return SmallVector<Value>{emitTask(task, code[0])};
                 })
        .front();
  }

private:
  void chooseVectorDim();
  void prefetchRow(Value task);
  Value emitTask(Value task, Value code);
  void emitColumns(ArrayRef<unsigned> outer, Value id);
  void emitElement(Value id);

  IndexOp op;
  KernelOpInterface form;
  CpuContext &context;
  SmallVector<unsigned> colDims;
  bool hasVectorDim = false;
  Point point;
};

/// Prefers a dimension along which table and destination are contiguous.
void IndexEmitter::chooseVectorDim() {
  if (colDims.empty())
    return;
  hasVectorDim = true;
  point.vectorDim = colDims.back();
  for (unsigned dim : colDims)
    if (form.getAccess(kTable).getCoefficients()[dim].isOne() &&
        form.getDestinationAccess().getCoefficients()[dim].isOne())
      point.vectorDim = dim;
}

/// Rows of a table come from anywhere in memory: the lines of the one that is due a few
/// tasks later are asked for, as long as they are few.
void IndexEmitter::prefetchRow(Value task) {
  std::optional<int64_t> width = hasVectorDim && colDims.size() == 1
                                     ? form.getDim(point.vectorDim).getSize().getConstant()
                                     : std::nullopt;
  Type elementType = cast<TenonTensorType>(op->getOperand(kTable).getType()).getElementType();
  constexpr int64_t kTasksAhead = 8, kMostLines = 8;
  constexpr unsigned kFirstCache = 3;
  if (!width || !elementType.isF32() || *width > kMostLines * kLineElements ||
      !form.getAccess(kTable).getCoefficients()[point.vectorDim].isOne())
    return;
  Value last = context.sub(context.getEnd(), context.getIndex(1));
  Point later(form.getNumDims());
  for (auto [dim, index] :
       llvm::zip(form.getDims(DimRole::Rows),
                 context.getTaskCoordinates(context.min(context.add(task, kTasksAhead), last))))
    later.indices[dim] = index;
  Value stored = memref::LoadOp::create(context, context.getBuffer(kIds),
                                        getOffset(context, form.getAccess(kIds), later));
  // An id out of range asks for a line that is never read.
  Value id = arith::IndexCastOp::create(context, context.getIndexType(), stored);
  Value row = context.add(getOffset(context, form.getAccess(kTable), later),
                          context.mul(id, context.getSize(op.getStride())));
  for (int64_t element = 0; element < *width; element += kLineElements)
    memref::PrefetchOp::create(context, context.getBuffer(kTable), context.add(row, element), false,
                               kFirstCache, true);
}

/// Copies one row unless an earlier task failed; returns the new code.
Value IndexEmitter::emitTask(Value task, Value code) {
  prefetchRow(task);
  SmallVector<unsigned> rowDims = form.getDims(DimRole::Rows);
  for (auto [dim, index] : llvm::zip(rowDims, context.getTaskCoordinates(task)))
    point.indices[dim] = index;
  Value position = getOffset(context, form.getAccess(kIds), point);
  Value id = loadIndex(context, kIds, position);
  Value isValid =
      arith::CmpIOp::create(context, arith::CmpIPredicate::ult, id, context.getSize(op.getBound()));
  Value isFine = arith::CmpIOp::create(context, arith::CmpIPredicate::eq, code,
                                       context.getInteger(code.getType(), TN_OK));
  Value proceeds = arith::AndIOp::create(context, isValid, isFine);
  auto copyRow = [&] {
    SmallVector<unsigned> outer;
    for (unsigned dim : colDims)
      if (dim != point.vectorDim)
        outer.push_back(dim);
    emitColumns(outer, id);
  };
  auto report = [&] { context.reportIndex(kIds, position, id, context.getSize(op.getBound())); };
  context.ifElse(proceeds, copyRow, [&] { context.ifElse(isFine, report, [] {}); });
  return arith::SelectOp::create(context, isValid, code,
                                 context.getInteger(code.getType(), TN_INDEX_OUT_OF_RANGE));
}

/// Loops over the dimensions `outer`, then over vectors of the last one.
void IndexEmitter::emitColumns(ArrayRef<unsigned> outer, Value id) {
  if (!outer.empty()) {
    Value size = context.getSize(form.getDim(outer.front()).getSize());
    context.forLoop(context.getIndex(0), size, 1, [&](Value index) {
      point.indices[outer.front()] = index;
      emitColumns(outer.drop_front(), id);
    });
    return;
  }
  if (!hasVectorDim) {
    emitElement(id);
    return;
  }
  unsigned lanes = context.getTarget().lanes;
  Value size = context.getSize(form.getDim(point.vectorDim).getSize());
  Value whole = context.mul(context.div(size, context.getIndex(lanes)), lanes);
  auto run = [&](Value begin, Value end, bool isTail) {
    context.forLoop(begin, end, lanes, [&](Value index) {
      point.indices[point.vectorDim] = index;
      point.lanes = lanes;
      point.mask = isTail ? makeMask(context, lanes, context.sub(size, begin)) : Value();
      emitElement(id);
    });
  };
  run(context.getIndex(0), whole, false);
  run(whole, size, true);
}

void IndexEmitter::emitElement(Value id) {
  AccessAttr access = form.getAccess(kTable);
  Value offset = context.add(getOffset(context, access, point),
                             context.mul(id, context.getSize(op.getStride())));
  Type elementType = cast<TenonTensorType>(op->getOperand(kTable).getType()).getElementType();
  SizeAttr stride = hasVectorDim ? access.getCoefficients()[point.vectorDim] : context.makeSize(0);
  Value element = loadLanes(context, context.getBuffer(kTable), offset, stride, elementType, point);
  Region &region = form.getEpilogueRegion();
  RegionEmitter emitter(context, point, form.getFirstEpilogueInput(), 1);
  emitter.bind(region.getArgument(0), element);
  storeElement(context, emitter.getYielded(region), point);
}

struct IndexModel : KernelEmitterOpInterface::ExternalModel<IndexModel, IndexOp> {
  FailureOr<Value> emit(Operation *op, CpuContext &context) const {
    return IndexEmitter(cast<IndexOp>(op), context).emit();
  }
};

} // namespace

void attachIndexEmitter(MLIRContext *context) { IndexOp::attachInterface<IndexModel>(*context); }

} // namespace mlir::tenon::kernel
