//===- Pack.cpp - kernel.pack ---------------------------------------------===//
//
// Tasks are batches x panels. Sources that are contiguous along the columns are
// loaded, others gathered; lanes beyond the last column get 0.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {
namespace {

struct PackModel : KernelEmitterOpInterface::ExternalModel<PackModel, PackOp> {
  FailureOr<Value> emit(Operation *op, EmitContext &context) const {
    KernelOpInterface form = context.getOp();
    int64_t panel = cast<PackOp>(op).getPanel();
    unsigned lanes = context.getTarget().lanes;
    unsigned colDim = form.getDims(DimRole::Cols).front();
    unsigned sumDim = form.getDims(DimRole::Sum).front();
    SizeAttr cols = form.getDim(colDim).getSize(), sum = form.getDim(sumDim).getSize();
    if (panel % lanes != 0)
      return op->emitOpError() << "cannot be emitted: panel of " << panel
                               << " columns; expected a multiple of " << lanes;
    if (!cast<TenonTensorType>(op->getResult(0).getType()).getElementType().isF32())
      return op->emitOpError("cannot be emitted: only f32 is packed");

    SmallVector<GridAttr> grid;
    for (unsigned dim : form.getDims(DimRole::Batch))
      grid.push_back(GridAttr::get(context.getContext(), form.getDim(dim).getSize(), 1));
    grid.push_back(GridAttr::get(context.getContext(), cols, panel));

    context.forTasks(grid, [&](ArrayRef<Value> task) {
      Point point(form.getNumDims());
      for (auto [dim, index] : llvm::zip(form.getDims(DimRole::Batch), task))
        point.indices[dim] = index;
      Value start = context.add(getOffset(context, form.getDestinationAccess(), point),
                                context.mul(task.back(), context.getSize(sum.mul(panel))));
      Value firstColumn = context.mul(task.back(), panel);
      point.lanes = lanes;
      point.vectorDim = colDim;
      context.forLoop(context.getIndex(0), context.getSize(sum), 1, [&](Value k) {
        point.indices[sumDim] = k;
        for (int64_t column = 0; column < panel; column += lanes) {
          point.indices[colDim] = context.add(firstColumn, column);
          point.mask =
              makeMask(context, lanes, context.sub(context.getSize(cols), point.indices[colDim]));
          RegionEmitter emitter(context, point, 0, 0);
          Value elements = emitter.getYielded(form.getEpilogueRegion());
          elements = broadcastLanes(context, elements, lanes);
          elements = arith::SelectOp::create(context, point.mask, elements,
                                             context.getFloat(elements.getType(), 0.0));
          Value offset = context.add(start, context.add(context.mul(k, panel), column));
          vector::StoreOp::create(context, elements, context.getBuffer(op->getNumOperands() - 1),
                                  offset);
        }
      });
    });
    return context.getInteger(context.getI32Type(), 0);
  }
};

} // namespace

void attachPackEmitter(MLIRContext *context) { PackOp::attachInterface<PackModel>(*context); }

} // namespace mlir::tenon::kernel
