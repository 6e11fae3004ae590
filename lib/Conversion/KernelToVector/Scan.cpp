//===- Scan.cpp - kernel.scan ---------------------------------------------===//
//
// A task is a line, or as many neighbouring lines as a vector has lanes where their
// results lie side by side.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "Reduction.h"
#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "tenon/Runtime/Abi.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kInput = 0;

class ScanEmitter {
public:
  explicit ScanEmitter(CpuContext &context)
      : form(context.getOp()), b(context), lineDim(form.getDims(DimRole::Sum).front()),
        lines(form.getNumDims()) {
    type = cast<TenonTensorType>(form.getInputs()[kInput].getType()).getElementType();
  }

  Value emit() {
    SmallVector<unsigned> dims = chooseLanes();
    SmallVector<GridAttr> grid;
    for (unsigned dim : dims) {
      int64_t lanes = lines.lanes != 0 && dim == lines.vectorDim ? lines.lanes : 1;
      grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), lanes));
    }
    b.forTasks(grid, [&](ArrayRef<Value> coordinates) {
      for (auto [dim, index] : llvm::zip(dims, coordinates))
        lines.indices[dim] = index;
      if (lines.lanes != 0) {
        Value first = b.mul(coordinates.back(), lines.lanes);
        Value size = b.getSize(form.getDim(lines.vectorDim).getSize());
        lines.indices[lines.vectorDim] = first;
        lines.mask = makeMask(b, lines.lanes, b.sub(size, first));
      }
      emitLines();
    });
    return b.getInteger(b.getI32Type(), TN_OK);
  }

private:
  SmallVector<unsigned> chooseLanes();
  void emitLines();

  KernelOpInterface form;
  CpuContext &b;
  unsigned lineDim;
  Point lines;
  Type type;
};

/// The dimensions of tasks; the one along which lanes differ, if there is one, is the
/// last.
SmallVector<unsigned> ScanEmitter::chooseLanes() {
  SmallVector<unsigned> dims = form.getDims(DimRole::Batch);
  auto match = llvm::find_if(dims, [&](unsigned dim) {
    return form.getDestinationAccess().getCoefficients()[dim].isOne() &&
           isUnitOrZero(form.getAccess(kInput).getCoefficients()[dim]);
  });
  if (match == dims.end())
    return dims;
  lines.vectorDim = *match;
  lines.lanes = b.getTarget().lanes;
  dims.erase(match);
  dims.push_back(lines.vectorDim);
  return dims;
}

void ScanEmitter::emitLines() {
  Type laneType = getLaneType(type, lines.lanes);
  Value zero = isa<FloatType>(type) ? b.getFloat(laneType, 0) : b.getInteger(laneType, 0);
  Value count = b.getSize(form.getDim(lineDim).getSize());
  b.forLoop(b.getIndex(0), count, 1, zero, [&](Value k, ValueRange carried) {
    Point point = lines.at(lineDim, k);
    Value element = broadcastLanes(b, loadElement(b, kInput, point), lines.lanes);
    Value sum = combine(b, ReduceKind::Sum, carried[0], element);
    Region &region = form.getEpilogueRegion();
    RegionEmitter emitter(b, point, form.getFirstEpilogueInput(), 1);
    emitter.bind(region.getArgument(0), sum);
    storeElement(b, emitter.getYielded(region), point);
    return SmallVector<Value>{sum};
  });
}

struct ScanModel : KernelEmitterOpInterface::ExternalModel<ScanModel, ScanOp> {
  FailureOr<Value> emit(Operation *, CpuContext &context) const {
    return ScanEmitter(context).emit();
  }
};

} // namespace

void attachScanEmitter(MLIRContext *context) { ScanOp::attachInterface<ScanModel>(*context); }

} // namespace mlir::tenon::kernel
