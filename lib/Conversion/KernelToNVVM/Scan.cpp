//===- Scan.cpp - kernel.scan on GPUs -------------------------------------===//
//
// A block per line, of which it takes 256 elements at a time: each thread adds to its
// element's sum that of the element 1, 2, 4, ... before, and all add what was before.
//
//===----------------------------------------------------------------------===//

#include "CheckIds.h"
#include "Emitters.h"

#include "tenon/Conversion/Emission/Combine.h"
#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kInput = 0;
constexpr int64_t kThreads = 256;

class ScanEmitter {
public:
  explicit ScanEmitter(GpuContext &context)
      : form(context.getOp()), b(context), lineDim(form.getDims(DimRole::Sum).front()),
        line(form.getNumDims()),
        type(cast<TenonTensorType>(form.getInputs()[kInput].getType()).getElementType()) {}

  LogicalResult emit();

private:
  Value isInLine(Value place) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, place, count);
  }
  Value load(Value thread) { return memref::LoadOp::create(b, sums, thread); }
  void store(Value sum, Value thread) { memref::StoreOp::create(b, sum, sums, thread); }
  Value addRun(Value place, Value before);
  void storeResult(Value sum, Value place);

  KernelOpInterface form;
  GpuContext &b;
  unsigned lineDim;
  Point line;
  Type type;
  Value count;
  /// A sum per thread.
  Value sums;
};

} // namespace

LogicalResult ScanEmitter::emit() {
  SmallVector<unsigned> dims = form.getDims(DimRole::Batch);
  b.setLaunch(GridAttr::get(b.getContext(), countPoints(b, dims), 1), kThreads);
  sums = b.allocateShared(kThreads, type);
  line = getPoint(b, dims, b.getBlock());
  count = b.getSize(form.getDim(lineDim).getSize());
  b.forLoop(b.getIndex(0), count, kThreads, getIdentity(b, ReduceKind::Sum, type),
            [&](Value first, ValueRange before) {
              return SmallVector<Value>{addRun(b.add(first, b.getThread()), before[0])};
            });
  return success();
}

/// Stores the sums up to the places of all threads; returns the last one.
Value ScanEmitter::addRun(Value place, Value before) {
  Value thread = b.getThread();
  // What others still read of the run before.
  b.barrier();
  store(getIdentity(b, ReduceKind::Sum, type), thread);
  b.ifElse(
      isInLine(place), [&] { store(loadElement(b, kInput, line.at(lineDim, place)), thread); },
      [] {});
  b.barrier();
  for (int64_t distance = 1; distance < kThreads; distance *= 2) {
    Value hasOther =
        arith::CmpIOp::create(b, arith::CmpIPredicate::uge, thread, b.getIndex(distance));
    Value other = arith::SelectOp::create(b, hasOther, b.sub(thread, b.getIndex(distance)), thread);
    Value own = load(thread);
    Value sum = combine(b, ReduceKind::Sum, load(other), own);
    b.barrier();
    store(arith::SelectOp::create(b, hasOther, sum, own), thread);
    b.barrier();
  }
  Value sum = combine(b, ReduceKind::Sum, before, load(thread));
  b.ifElse(isInLine(place), [&] { storeResult(sum, place); }, [] {});
  return combine(b, ReduceKind::Sum, before, load(b.getIndex(kThreads - 1)));
}

void ScanEmitter::storeResult(Value sum, Value place) {
  Point point = line.at(lineDim, place);
  Region &region = form.getEpilogueRegion();
  RegionEmitter emitter(b, point, form.getFirstEpilogueInput(), 1);
  emitter.bind(region.getArgument(0), sum);
  storeElement(b, emitter.getYielded(region), point);
}

namespace {
struct ScanModel : GpuEmitterOpInterface::ExternalModel<ScanModel, ScanOp> {
  LogicalResult emitForGpu(Operation *, GpuContext &context) const {
    return ScanEmitter(context).emit();
  }
};
} // namespace

void attachGpuScanEmitter(MLIRContext *context) { ScanOp::attachInterface<ScanModel>(*context); }

} // namespace mlir::tenon::kernel
