//===- Window.cpp - kernel.window -----------------------------------------===//
//
// Tasks are batches x blocks of rows. A task first lays the windows of its rows
// out as rows of a matrix in scratch memory, zero where they leave the source;
// from there on it is a product with panels.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "PanelProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {
namespace {

/// Tiles of rows that a task takes.
constexpr int64_t kTilesPerBlock = 4;

class WindowEmitter {
public:
  WindowEmitter(WindowOp op, CpuContext &context, PanelProduct &product)
      : form(context.getOp()), context(context), product(product),
        sumDims(form.getDims(DimRole::Sum)), bounds(op.getBounds()),
        windows(
            context.allocateScratch(product.getSumSize().mul(product.getRows().getBlockRows()))) {}

  Value emit() {
    SmallVector<GridAttr> grid;
    for (unsigned dim : product.getBatchDims())
      grid.push_back(GridAttr::get(context.getContext(), form.getDim(dim).getSize(), 1));
    grid.push_back(product.getRows().getFactor());
    context.forTasks(grid, [&](ArrayRef<Value> task) { emitTask(task); });
    return context.getInteger(context.getI32Type(), 0);
  }

private:
  void emitTask(ArrayRef<Value> task);
  void emitWindow(Point point, Value start, ArrayRef<unsigned> dims);
  void emitRun(Point point, Value start, bool isTail);
  Value makeBoundsMask(const Point &point);

  KernelOpInterface form;
  CpuContext &context;
  PanelProduct &product;
  SmallVector<unsigned> sumDims;
  ArrayRef<int64_t> bounds;
  Value windows;
};

void WindowEmitter::emitTask(ArrayRef<Value> task) {
  PanelProduct::Block block(form.getNumDims());
  for (auto [dim, index] : llvm::zip(product.getBatchDims(), task))
    block.batch.indices[dim] = index;
  Value sumSize = context.getSize(product.getSumSize());
  std::tie(block.begin, block.end) = product.getRows().getBounds(task.back());
  context.forLoop(block.begin, block.end, 1, [&](Value row) {
    Point point = block.batch;
    product.setRow(point, row);
    emitWindow(point, context.mul(context.sub(row, block.begin), sumSize), sumDims);
  });

  auto getLhs = [&](Value firstRow, unsigned rows) -> PanelProduct::LhsOfRow {
    SmallVector<Value> starts;
    for (unsigned i = 0; i < rows; ++i)
      starts.push_back(context.mul(context.add(context.sub(firstRow, block.begin), i), sumSize));
    return [this, starts](unsigned row, Value k) -> Value {
      return memref::LoadOp::create(context, windows, context.add(starts[row], k));
    };
  };
  int64_t group = context.getTarget().blockPanels;
  Value numPanels = product.getNumPanels();
  context.forLoop(context.getIndex(0), numPanels, group, [&](Value panel) {
    block.firstPanel = panel;
    block.lastPanel = context.min(context.add(panel, group), numPanels);
    product.emitBlock(block, getLhs);
  });
}

/// Copies one row's window to `start` in row-major order of `dims`.
void WindowEmitter::emitWindow(Point point, Value start, ArrayRef<unsigned> dims) {
  unsigned dim = dims.front();
  Value size = context.getSize(form.getDim(dim).getSize());
  if (dims.size() > 1) {
    SizeAttr stride = context.makeSize(1);
    for (unsigned inner : dims.drop_front())
      stride = stride.mul(form.getDim(inner).getSize());
    context.forLoop(context.getIndex(0), size, 1, [&](Value index) {
      Value part = context.add(start, context.mul(index, context.getSize(stride)));
      emitWindow(point.at(dim, index), part, dims.drop_front());
    });
    return;
  }
  point.lanes = context.getTarget().lanes;
  point.vectorDim = dim;
  Value whole = context.mul(context.div(size, context.getIndex(point.lanes)), point.lanes);
  auto run = [&](Value begin, Value end, bool isTail) {
    context.forLoop(begin, end, point.lanes, [&](Value index) {
      Value first = isTail ? begin : index;
      emitRun(point.at(dim, first), context.add(start, first), isTail);
    });
  };
  run(context.getIndex(0), whole, false);
  run(whole, size, true);
}

/// Copies a vector along the innermost dimension of the window.
void WindowEmitter::emitRun(Point point, Value start, bool isTail) {
  Value size = context.getSize(form.getDim(point.vectorDim).getSize());
  Value exists;
  if (isTail)
    exists = makeMask(context, point.lanes, context.sub(size, point.indices[point.vectorDim]));
  Value inside = makeBoundsMask(point);
  point.mask = exists && inside ? Value(arith::AndIOp::create(context, exists, inside))
                                : (exists ? exists : inside);
  Value elements = broadcastLanes(context, loadElement(context, 0, point), point.lanes);
  // A scalar, which does not vary along the dimension, is read without a mask.
  if (point.mask)
    elements = arith::SelectOp::create(context, point.mask, elements,
                                       context.getFloat(elements.getType(), 0.0));
  if (exists)
    vector::MaskedStoreOp::create(context, windows, start, exists, elements);
  else
    vector::StoreOp::create(context, elements, windows, start);
}

/// The lanes that read inside the source; null when there are no bounds.
Value WindowEmitter::makeBoundsMask(const Point &point) {
  Value mask;
  auto also = [&](Value other) {
    other = broadcastLanes(context, other, point.lanes);
    mask = mask ? Value(arith::AndIOp::create(context, mask, other)) : other;
  };
  for (size_t i = 0; i < bounds.size(); i += 6) {
    unsigned row = bounds[i], sum = bounds[i + 1];
    int64_t stride = bounds[i + 2], dilation = bounds[i + 3], pad = bounds[i + 4];
    Value position = context.add(context.mul(point.indices[row], stride),
                                 context.mul(point.indices[sum], dilation));
    position = context.sub(position, context.getIndex(pad));
    Value extent = context.getIndex(bounds[i + 5]);
    if (sum == point.vectorDim) {
      auto type = VectorType::get({int64_t(point.lanes)}, context.getIndexType());
      Value steps = vector::StepOp::create(context, type);
      steps = arith::MulIOp::create(
          context, steps, broadcastLanes(context, context.getIndex(dilation), point.lanes));
      position = arith::AddIOp::create(context,
                                       vector::BroadcastOp::create(context, type, position), steps);
      extent = broadcastLanes(context, extent, point.lanes);
    }
    // As unsigned numbers, negative positions are large.
    also(arith::CmpIOp::create(context, arith::CmpIPredicate::ult, position, extent));
  }
  return mask;
}

struct WindowModel : KernelEmitterOpInterface::ExternalModel<WindowModel, WindowOp> {
  FailureOr<Value> emit(Operation *op, CpuContext &context) const {
    auto window = cast<WindowOp>(op);
    FailureOr<PanelProduct> product = PanelProduct::create(
        context, window.getPanel(), kTilesPerBlock * context.getTarget().tileRows);
    if (failed(product))
      return failure();
    return WindowEmitter(window, context, *product).emit();
  }
};

} // namespace

void attachWindowEmitter(MLIRContext *context) { WindowOp::attachInterface<WindowModel>(*context); }

} // namespace mlir::tenon::kernel
