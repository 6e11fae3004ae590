//===- Put.cpp - kernel.put on GPUs ---------------------------------------===//
//
// A thread per element; one whose id is out of range stores nothing.
//
//===----------------------------------------------------------------------===//

#include "CheckIds.h"
#include "Emitters.h"

#include "tenon/Conversion/Emission/RegionEmitter.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kIds = 0;
constexpr int64_t kThreads = 256;

struct PutModel : GpuEmitterOpInterface::ExternalModel<PutModel, PutOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &b) const {
    KernelOpInterface form = b.getOp();
    SmallVector<unsigned> dims = form.getDims(DimRole::Rows);
    llvm::append_range(dims, form.getDims(DimRole::Cols));
    SizeAttr count = countPoints(b, dims);
    b.setLaunch(GridAttr::get(b.getContext(), count, kThreads), kThreads);
    Value element = b.add(b.mul(b.getBlock(), kThreads), b.getThread());
    b.ifElse(
        isIdValid(b, element, b.getSize(count)),
        [&] { emitElement(cast<PutOp>(op), b, getPoint(b, dims, element)); }, [] {});
    return success();
  }

  static void emitElement(PutOp op, GpuContext &b, const Point &point) {
    KernelOpInterface form = op;
    Value id = loadIndex(b, kIds, getOffset(b, form.getAccess(kIds), point));
    auto store = [&] {
      Value offset = b.add(getOffset(b, form.getDestinationAccess(), point),
                           b.mul(id, b.getSize(op.getStride())));
      RegionEmitter emitter(b, point, op.getFirstEpilogueInput(), 0);
      storeLanes(b, emitter.getYielded(op.getEpilogue()), offset, b.makeSize(0), point);
    };
    b.ifElse(isIdValid(b, id, b.getSize(op.getBound())), store, [] {});
  }
};

} // namespace

void attachGpuPutEmitter(MLIRContext *context) { PutOp::attachInterface<PutModel>(*context); }

} // namespace mlir::tenon::kernel
