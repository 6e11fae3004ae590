//===- Index.cpp - kernel.index on GPUs -----------------------------------===//
//
// A thread per element; one whose id is out of range stores nothing.
//
//===----------------------------------------------------------------------===//

#include "CheckIds.h"
#include "Emitters.h"

#include "tenon/Conversion/Emission/RegionEmitter.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kTable = 0, kIds = 1;
constexpr int64_t kThreads = 256;

struct IndexModel : GpuEmitterOpInterface::ExternalModel<IndexModel, IndexOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &b) const {
    KernelOpInterface form = b.getOp();
    SmallVector<unsigned> rowDims = form.getDims(DimRole::Rows), dims = rowDims;
    llvm::append_range(dims, form.getDims(DimRole::Cols));
    SizeAttr count = countPoints(b, dims);
    b.setLaunch(GridAttr::get(b.getContext(), count, kThreads), kThreads);
    Value bound = b.getSize(cast<IndexOp>(op).getBound());
    checkIds(b, kIds, rowDims, bound);
    Value element = b.add(b.mul(b.getBlock(), kThreads), b.getThread());
    b.ifElse(
        isIdValid(b, element, b.getSize(count)),
        [&] { emitElement(cast<IndexOp>(op), b, getPoint(b, dims, element), bound); }, [] {});
    return success();
  }

  static void emitElement(IndexOp op, GpuContext &b, const Point &point, Value bound) {
    KernelOpInterface form = op;
    Value id = loadIndex(b, kIds, getOffset(b, form.getAccess(kIds), point));
    auto take = [&] {
      Value offset =
          b.add(getOffset(b, form.getAccess(kTable), point), b.mul(id, b.getSize(op.getStride())));
      Type type = cast<TenonTensorType>(form->getOperand(kTable).getType()).getElementType();
      Value element = loadLanes(b, b.getBuffer(kTable), offset, b.makeSize(0), type, point);
      Region &region = op.getEpilogue();
      RegionEmitter emitter(b, point, op.getFirstEpilogueInput(), 1);
      emitter.bind(region.getArgument(0), element);
      storeElement(b, emitter.getYielded(region), point);
    };
    b.ifElse(isIdValid(b, id, bound), take, [] {});
  }
};

} // namespace

void attachGpuIndexEmitter(MLIRContext *context) { IndexOp::attachInterface<IndexModel>(*context); }

} // namespace mlir::tenon::kernel
