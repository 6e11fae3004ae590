//===- Put.cpp - kernel.put -----------------------------------------------===//
//
// One task per row; one whose id is out of range stores nothing.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "tenon/Runtime/Abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kIds = 0;

class PutEmitter {
public:
  PutEmitter(PutOp op, CpuContext &context)
      : op(op), form(context.getOp()), b(context), rowDims(form.getDims(DimRole::Rows)),
        colDims(form.getDims(DimRole::Cols)), point(form.getNumDims()) {}

  Value emit() {
    SmallVector<GridAttr> grid;
    for (unsigned dim : rowDims)
      grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
    b.setGrid(grid);
    b.forLoop(b.getBegin(), b.getEnd(), 1, [&](Value task) { emitTask(task); });
    return b.getInteger(b.getI32Type(), TN_OK);
  }

private:
  void emitTask(Value task);
  void emitColumns(ArrayRef<unsigned> dims, Value id);
  void emitElement(Value id);

  PutOp op;
  KernelOpInterface form;
  CpuContext &b;
  SmallVector<unsigned> rowDims, colDims;
  Point point;
};

void PutEmitter::emitTask(Value task) {
  for (auto [dim, index] : llvm::zip(rowDims, b.getTaskCoordinates(task)))
    point.indices[dim] = index;
  Value id = loadIndex(b, kIds, getOffset(b, form.getAccess(kIds), point));
  Value isInside =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ult, id, b.getSize(op.getBound()));
  b.ifElse(isInside, [&] { emitColumns(colDims, id); }, [] {});
}

/// Loops over the dimensions `dims`, over the last one in vectors.
void PutEmitter::emitColumns(ArrayRef<unsigned> dims, Value id) {
  if (dims.empty())
    return emitElement(id);
  unsigned dim = dims.front();
  Value size = b.getSize(form.getDim(dim).getSize());
  if (dims.size() > 1) {
    b.forLoop(b.getIndex(0), size, 1, [&](Value index) {
      point.indices[dim] = index;
      emitColumns(dims.drop_front(), id);
    });
    return;
  }
  int64_t lanes = b.getTarget().lanes;
  point.vectorDim = dim;
  point.lanes = lanes;
  Value whole = b.mul(b.div(size, b.getIndex(lanes)), lanes);
  auto run = [&](Value begin, Value end, bool isTail) {
    b.forLoop(begin, end, lanes, [&](Value index) {
      point.indices[dim] = index;
      point.mask = isTail ? makeMask(b, lanes, b.sub(size, begin)) : Value();
      emitElement(id);
    });
  };
  run(b.getIndex(0), whole, false);
  run(whole, size, true);
  point.lanes = 0;
  point.mask = Value();
}

void PutEmitter::emitElement(Value id) {
  AccessAttr access = form.getDestinationAccess();
  RegionEmitter emitter(b, point, form.getFirstEpilogueInput(), 0);
  Value offset = b.add(getOffset(b, access, point), b.mul(id, b.getSize(op.getStride())));
  SizeAttr stride = point.lanes == 0 ? b.makeSize(0) : access.getCoefficients()[point.vectorDim];
  storeLanes(b, emitter.getYielded(form.getEpilogueRegion()), offset, stride, point);
}

struct PutModel : KernelEmitterOpInterface::ExternalModel<PutModel, PutOp> {
  FailureOr<Value> emit(Operation *op, CpuContext &context) const {
    return PutEmitter(cast<PutOp>(op), context).emit();
  }
};

} // namespace

void attachPutEmitter(MLIRContext *context) { PutOp::attachInterface<PutModel>(*context); }

} // namespace mlir::tenon::kernel
