//===- Scatter.cpp - kernel.scatter on GPUs -------------------------------===//
//
// A thread has one column of every place: it makes them 0, then walks through the ids in
// their order and adds. No two threads add to one place.
//
//===----------------------------------------------------------------------===//

#include "CheckIds.h"
#include "Emitters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kUpdates = 0, kIds = 1, kDestination = 2;
constexpr int64_t kThreads = 64;

class ScatterEmitter {
public:
  ScatterEmitter(ScatterOp op, GpuContext &context)
      : op(op), form(op), b(context), ownDims(form.getDims(DimRole::Rows)), idDims(ownDims),
        sumDims(form.getDims(DimRole::Sum)) {
    llvm::append_range(idDims, sumDims);
    llvm::append_range(ownDims, form.getDims(DimRole::Cols));
  }

  LogicalResult emit() {
    SizeAttr count = countPoints(b, ownDims);
    b.setLaunch(GridAttr::get(b.getContext(), count, kThreads), kThreads);
    bound = b.getSize(op.getBound());
    checkIds(b, kIds, idDims, bound);
    Value column = b.add(b.mul(b.getBlock(), kThreads), b.getThread());
    b.ifElse(isIdValid(b, column, b.getSize(count)), [&] { emitColumn(column); }, [] {});
    return success();
  }

private:
  void emitColumn(Value column);

  ScatterOp op;
  KernelOpInterface form;
  GpuContext &b;
  /// Dimensions that threads divide, those of ids, and those that are summed.
  SmallVector<unsigned> ownDims, idDims, sumDims;
  Value bound;
};

} // namespace

void ScatterEmitter::emitColumn(Value column) {
  Value destination = b.getBuffer(kDestination), stride = b.getSize(op.getStride());
  Point own = getPoint(b, ownDims, column);
  Value start = getOffset(b, form.getDestinationAccess(), own);
  b.forLoop(b.getIndex(0), bound, 1, [&](Value place) {
    memref::StoreOp::create(b, b.getFloat(b.getF32Type(), 0), destination,
                            b.add(start, b.mul(place, stride)));
  });
  b.forLoop(b.getIndex(0), b.getSize(countPoints(b, sumDims)), 1, [&](Value number) {
    Point point = getPoint(b, sumDims, number);
    for (unsigned dim : ownDims)
      point.indices[dim] = own.indices[dim];
    Value id = loadIndex(b, kIds, getOffset(b, form.getAccess(kIds), point));
    auto add = [&] {
      Value place = b.add(start, b.mul(id, stride));
      Value sum = memref::LoadOp::create(b, destination, place);
      Value more = loadElement(b, kUpdates, point);
      memref::StoreOp::create(b, arith::AddFOp::create(b, sum, more), destination, place);
    };
    b.ifElse(isIdValid(b, id, bound), add, [] {});
  });
}

namespace {
struct ScatterModel : GpuEmitterOpInterface::ExternalModel<ScatterModel, ScatterOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    return ScatterEmitter(cast<ScatterOp>(op), context).emit();
  }
};
} // namespace

void attachGpuScatterEmitter(MLIRContext *context) {
  ScatterOp::attachInterface<ScatterModel>(*context);
}

} // namespace mlir::tenon::kernel
