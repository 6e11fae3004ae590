//===- Pack.cpp - kernel.pack ---------------------------------------------===//
//
// Tasks are batches x panels, or panels x batches where batches share a source: its
// panel then stays in the first cache; or rows of the matrix where the op says how many
// (kTaskAttr). Sources that are contiguous along the columns are loaded, others gathered;
// lanes beyond the last column get 0. Where sources are contiguous along the sum instead,
// squares of elements are transposed in registers.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "Transpose.h"
#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {
namespace {

/// The code of one packing.
class Packer {
public:
  Packer(CpuContext &context, PackOp op);

  void emit();

private:
  bool isShared();
  /// `width` columns of a panel from `column` on, for the terms from one to another.
  struct Part {
    Value panel, column;
    int64_t width;
    Value firstTerm, endTerm;
  };
  void emitPart(ArrayRef<Value> batch, const Part &part);
  void emitPanel(ArrayRef<Value> batch, Value number);
  void emitPanels(Value begin, Value end, Value firstTerm, Value endTerm);
  void emitMatrixRows(unsigned rowDim, int64_t task);
  bool isContiguousAlongSum();
  void emitRow(Point point, Value firstColumn, Value k, int64_t column, bool isInside);
  void emitSquare(Point point, Value firstColumn, Value k, int64_t column);
  void store(Value elements, Value k, int64_t column);

  CpuContext &b;
  KernelOpInterface form;
  int64_t panel, lanes;
  unsigned colDim, sumDim;
  SizeAttr numCols, numTerms;
  bool isStreamed;
  /// Where the part of a panel starts.
  Value start;
};

} // namespace

Packer::Packer(CpuContext &context, PackOp op)
    : b(context), form(context.getOp()), panel(op.getPanel()), lanes(context.getTarget().lanes),
      colDim(form.getDims(DimRole::Cols).front()), sumDim(form.getDims(DimRole::Sum).front()),
      numCols(form.getDim(colDim).getSize()), numTerms(form.getDim(sumDim).getSize()),
      isStreamed(op->hasAttr(kStreamedAttr)) {}

/// True when no source needs a gather along the sum, and one does along the columns.
bool Packer::isContiguousAlongSum() {
  bool needsGather = false;
  for (unsigned i = 0; i < form.getInputs().size(); ++i) {
    ArrayRef<SizeAttr> coefficients = form.getAccess(i).getCoefficients();
    if (!isUnitOrZero(coefficients[sumDim]))
      return false;
    needsGather |= !isUnitOrZero(coefficients[colDim]);
  }
  return needsGather;
}

void Packer::store(Value elements, Value k, int64_t column) {
  Value offset = b.add(start, b.add(b.mul(k, panel), column));
  Value buffer = b.getBuffer(form->getNumOperands() - 1);
  auto store = vector::StoreOp::create(b, elements, buffer, offset, isStreamed);
  if (isStreamed)
    store.setAlignment(lanes * int64_t(sizeof(float)));
}

/// A vector of columns, of which some may lie beyond the last unless it `isInside`.
void Packer::emitRow(Point point, Value firstColumn, Value k, int64_t column, bool isInside) {
  point.vectorDim = colDim;
  point.indices[sumDim] = k;
  point.indices[colDim] = b.add(firstColumn, column);
  if (!isInside)
    point.mask = makeMask(b, lanes, b.sub(b.getSize(numCols), point.indices[colDim]));
  RegionEmitter emitter(b, point, 0, 0);
  Value elements = broadcastLanes(b, emitter.getYielded(form.getEpilogueRegion()), lanes);
  if (!isInside)
    elements =
        arith::SelectOp::create(b, point.mask, elements, b.getFloat(elements.getType(), 0.0));
  store(elements, k, column);
}

/// As many terms from `k` on as a vector has lanes, of as many columns: each column's
/// terms become a vector, then rows and columns change places.
void Packer::emitSquare(Point point, Value firstColumn, Value k, int64_t column) {
  point.vectorDim = sumDim;
  point.indices[sumDim] = k;
  SmallVector<Value> square;
  for (int64_t i = 0; i < lanes; ++i) {
    point.indices[colDim] = b.add(firstColumn, column + i);
    RegionEmitter emitter(b, point, 0, 0);
    square.push_back(broadcastLanes(b, emitter.getYielded(form.getEpilogueRegion()), lanes));
  }
  transposeSquare(b, square);
  for (auto [i, elements] : llvm::enumerate(square))
    store(elements, b.add(k, int64_t(i)), column);
}

/// Columns of one panel, for a range of terms.
void Packer::emitPart(ArrayRef<Value> batch, const Part &part) {
  Point point(form.getNumDims());
  for (auto [dim, index] : llvm::zip(form.getDims(DimRole::Batch), batch))
    point.indices[dim] = index;
  point.lanes = lanes;
  start = b.add(b.add(getOffset(b, form.getDestinationAccess(), point),
                      b.mul(part.panel, b.getSize(numTerms.mul(panel)))),
                part.column);
  Value firstColumn = b.add(b.mul(part.panel, panel), part.column);
  auto emitRows = [&](Value begin, int64_t firstVector, int64_t lastVector, bool isInside) {
    b.forLoop(begin, part.endTerm, 1, [&](Value k) {
      for (int64_t column = firstVector; column < lastVector; column += lanes)
        emitRow(point, firstColumn, k, column, isInside);
    });
  };
  // Columns up to `end` of the part lie inside the matrix, or some do not.
  auto ifInside = [&](int64_t end, llvm::function_ref<void(bool)> body) {
    if (std::optional<int64_t> cols = numCols.getConstant(); cols && *cols % panel == 0) {
      body(true);
      return;
    }
    Value isInside = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, b.add(firstColumn, end),
                                           b.getSize(numCols))
                         .getResult();
    b.ifElse(isInside, [&] { body(true); }, [&] { body(false); });
  };
  if (!isContiguousAlongSum()) {
    ifInside(part.width, [&](bool isInside) { emitRows(part.firstTerm, 0, part.width, isInside); });
    return;
  }
  Value terms = b.sub(part.endTerm, part.firstTerm);
  Value whole = b.sub(part.endTerm, b.rem(terms, b.getIndex(lanes)));
  for (int64_t column = 0; column < part.width; column += lanes)
    ifInside(column + lanes, [&](bool isInside) {
      if (isInside)
        b.forLoop(part.firstTerm, whole, lanes,
                  [&](Value k) { emitSquare(point, firstColumn, k, column); });
      emitRows(isInside ? whole : part.firstTerm, column, column + lanes, isInside);
    });
}

void Packer::emitPanel(ArrayRef<Value> batch, Value number) {
  emitPart(batch, {number, b.getIndex(0), panel, b.getIndex(0), b.getSize(numTerms)});
}

/// Whether all batches read the same of some source's panel.
bool Packer::isShared() {
  return llvm::any_of(llvm::seq<unsigned>(0, form.getInputs().size()), [&](unsigned input) {
    ArrayRef<SizeAttr> coefficients = form.getAccess(input).getCoefficients();
    return !coefficients[colDim].isZero() &&
           llvm::all_of(form.getDims(DimRole::Batch),
                        [&](unsigned dim) { return coefficients[dim].isZero(); });
  });
}

void Packer::emitPanels(Value begin, Value end, Value firstTerm, Value endTerm) {
  b.forLoop(begin, end, 1, [&](Value number) {
    emitPart({}, {number, b.getIndex(0), panel, firstTerm, endTerm});
  });
}

/// Tasks of `task` rows of the matrix. Rows are columns of panels, or they are terms.
void Packer::emitMatrixRows(unsigned rowDim, int64_t task) {
  SizeAttr rows = form.getDim(rowDim).getSize();
  b.forTasks({GridAttr::get(b.getContext(), rows, task)}, [&](ArrayRef<Value> number) {
    Value begin = b.mul(number.front(), task), zero = b.getIndex(0);
    Value terms = b.getSize(numTerms), numPanels = b.ceilDiv(b.getSize(numCols), panel);
    if (rowDim == sumDim) {
      emitPanels(zero, numPanels, begin, b.min(b.add(begin, task), terms));
    } else if (task % panel == 0) {
      Value first = b.mul(number.front(), task / panel);
      emitPanels(first, b.min(b.add(first, task / panel), numPanels), zero, terms);
    } else {
      Value width = b.getIndex(panel);
      emitPart({}, {b.div(begin, width), b.rem(begin, width), task, zero, terms});
    }
  });
}

void Packer::emit() {
  if (std::optional<int64_t> task = getTask(form)) {
    emitMatrixRows(*getMatrixRows(cast<PackOp>(form.getOperation())), *task);
    return;
  }
  SmallVector<GridAttr> grid;
  for (unsigned dim : form.getDims(DimRole::Batch))
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
  bool panelsFirst = isShared();
  grid.insert(panelsFirst ? grid.begin() : grid.end(),
              GridAttr::get(b.getContext(), numCols, panel));
  b.forTasks(grid, [&](ArrayRef<Value> task) {
    panelsFirst ? emitPanel(task.drop_front(), task.front())
                : emitPanel(task.drop_back(), task.back());
  });
}

namespace {

struct PackModel : KernelEmitterOpInterface::ExternalModel<PackModel, PackOp> {
  FailureOr<Value> emit(Operation *op, CpuContext &context) const {
    auto pack = cast<PackOp>(op);
    int64_t panel = pack.getPanel();
    if (panel % context.getTarget().lanes != 0)
      return op->emitOpError() << "cannot be emitted: panel of " << panel
                               << " columns; expected a multiple of " << context.getTarget().lanes;
    if (std::optional<int64_t> task = getTask(op);
        task && !fitsTasks(pack, *task, context.getTarget().lanes))
      return op->emitOpError() << "cannot be emitted: tasks of " << *task
                               << " rows do not fill its panels";
    if (!cast<TenonTensorType>(op->getResult(0).getType()).getElementType().isF32())
      return op->emitOpError("cannot be emitted: only f32 is packed");

    Packer(context, pack).emit();
    return context.getInteger(context.getI32Type(), 0);
  }
};

} // namespace

void attachPackEmitter(MLIRContext *context) { PackOp::attachInterface<PackModel>(*context); }

} // namespace mlir::tenon::kernel
