//===- Rows.cpp - kernel.rows on GPUs -------------------------------------===//
//
// A map: a thread per element, or four neighbours where rows are made of fours, which are
// read and written as one; neighbouring threads next to one another in the destination.
// A reduction: a block per row, whose threads take every 128th element each and combine
// what they have; or, where rows lie side by side in memory and the elements of a row do
// not, a thread per row. Long sums in f32 go on in f64, as on the CPU.
//
//===----------------------------------------------------------------------===//

#include "CheckIds.h"
#include "Emitters.h"

#include "tenon/Conversion/Emission/Combine.h"
#include "tenon/Conversion/Emission/RowStages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::tenon::kernel {
namespace {

constexpr int64_t kMapThreads = 256, kRowThreads = 128;
/// Neighbouring elements of a map that a thread takes.
constexpr int64_t kNeighbours = 4;
/// Elements that a thread adds in f32 before its sum goes on in f64.
constexpr int64_t kThreadSum = 256;

class RowsEmitter {
public:
  RowsEmitter(RowsOp op, GpuContext &context)
      : op(op), form(op), b(context), sumDims(form.getDims(DimRole::Sum)),
        rowDims(form.getDims(DimRole::Rows)), values(op), point(form.getNumDims()) {
    // The last dimension varies fastest from thread to thread.
    for (size_t i = 0; i + 1 < rowDims.size(); ++i)
      if (isUnit(rowDims[i])) {
        std::rotate(rowDims.begin() + i, rowDims.begin() + i + 1, rowDims.end());
        break;
      }
  }

  LogicalResult emit();

private:
  bool isUnit(unsigned dim) { return form.getDestinationAccess().getCoefficients()[dim].isOne(); }
  bool hasThreadPerRow();
  Value getYielded() { return op.getBody().front().getTerminator()->getOperand(0); }
  bool isOfNeighbours();
  void emitThreadPerRow();
  void emitNeighbours();
  void emitRow();
  void emitStage(ArrayRef<ReduceOp> stage, RegionEmitter &row);
  using Terms = llvm::function_ref<SmallVector<Value>(Point &)>;
  SmallVector<Value> sweep(ArrayRef<ReduceOp> stage, Terms getTerms);
  SmallVector<Value> sweepRange(ArrayRef<ReduceOp> stage, Value begin, Value end, Terms getTerms);

  RowsOp op;
  KernelOpInterface form;
  GpuContext &b;
  SmallVector<unsigned> sumDims, rowDims;
  RowStages values;
  Point point;
  /// The threads that share a row, and which of them this one is.
  int64_t numSharing = 1;
  /// The elements of a map that a thread takes.
  int64_t numTogether = 1;
  Value first, total;
};

} // namespace

bool RowsEmitter::hasThreadPerRow() {
  if (sumDims.empty())
    return true;
  auto isContiguous = [&](unsigned dim) {
    return llvm::any_of(llvm::seq<unsigned>(0, form->getNumOperands()), [&](unsigned operand) {
      return form.getAccess(operand).getCoefficients()[dim].isOne();
    });
  };
  return !isContiguous(sumDims.back()) && llvm::any_of(rowDims, isContiguous);
}

/// Whether threads take neighbours: the last dimension is of fours, and along it elements are
/// the same or side by side.
bool RowsEmitter::isOfNeighbours() {
  if (!values.getStages().empty() || !sumDims.empty() || rowDims.empty() ||
      !isUnit(rowDims.back()) ||
      !form.getDim(rowDims.back()).getSize().divideExactly(b.makeSize(kNeighbours)))
    return false;
  bool areTogether = llvm::all_of(llvm::seq<unsigned>(0, op.getInputs().size()), [&](unsigned i) {
    SizeAttr coefficient = form.getAccess(i).getCoefficients()[rowDims.back()];
    return coefficient.isZero() || coefficient.isOne();
  });
  return areTogether;
}

LogicalResult RowsEmitter::emit() {
  bool isOfThreads = hasThreadPerRow();
  SmallVector<GridAttr> grid;
  if (isOfThreads) {
    numTogether = isOfNeighbours() ? kNeighbours : 1;
    grid.push_back(
        GridAttr::get(b.getContext(), countPoints(b, rowDims), kMapThreads * numTogether));
  } else {
    for (unsigned dim : rowDims)
      grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
    if (grid.empty())
      grid.push_back(GridAttr::get(b.getContext(), b.makeSize(1), 1));
  }
  b.setLaunch(grid, isOfThreads ? kMapThreads : kRowThreads);
  total =
      b.getSize(getDomainProduct(form, [](DimAttr dim) { return dim.getRole() == DimRole::Sum; }));
  if (isOfThreads) {
    first = b.getIndex(0);
    emitThreadPerRow();
    return success();
  }
  numSharing = kRowThreads;
  first = b.getThread();
  setIndices(b, point, rowDims, b.getBlock());
  emitRow();
  return success();
}

void RowsEmitter::emitThreadPerRow() {
  Value count = b.getSize(countPoints(b, rowDims));
  Value number = b.add(b.mul(b.getBlock(), kMapThreads), b.getThread());
  if (numTogether > 1)
    number = b.mul(number, numTogether);
  Value isInside = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, number, count);
  b.ifElse(
      isInside,
      [&] {
        setIndices(b, point, rowDims, number);
        if (numTogether > 1)
          emitNeighbours();
        else
          emitRow();
      },
      [] {});
}

/// The elements of a map from the point on. All are read before any is written, as one piece.
void RowsEmitter::emitNeighbours() {
  b.setWide();
  unsigned last = rowDims.back();
  SmallVector<Value> results;
  auto at = [&](int64_t i) { return point.at(last, b.add(point.indices[last], i)); };
  for (int64_t i = 0; i < numTogether; ++i) {
    Point here = at(i);
    RegionEmitter element(b, here, 0, 0);
    results.push_back(element.get(getYielded()));
  }
  for (auto [i, result] : llvm::enumerate(results))
    storeElement(b, result, at(int64_t(i)));
}

/// The row at the point.
void RowsEmitter::emitRow() {
  RegionEmitter row(b, point, 0, 0);
  for (ArrayRef<ReduceOp> stage : values.getStages())
    emitStage(stage, row);
  Value yielded = getYielded();
  values.bindRowValues(yielded, row);
  if (!values.variesWithSum(form.getDestinationAccess()) && values.isRowValue(yielded)) {
    Value result = row.get(yielded);
    if (numSharing == 1)
      storeElement(b, result, point);
    else
      b.ifElse(b.isFirstThread(), [&] { storeElement(b, result, point); }, [] {});
    return;
  }
  sweep({}, [&](Point &at) {
    RegionEmitter element(b, at, 0, 0, &row);
    storeElement(b, element.get(yielded), at);
    return SmallVector<Value>();
  });
}

/// Binds the reductions of a stage.
void RowsEmitter::emitStage(ArrayRef<ReduceOp> stage, RegionEmitter &row) {
  for (ReduceOp reduce : stage)
    values.bindRowValues(reduce.getValue(), row);
  SmallVector<Value> results = sweep(stage, [&](Point &at) {
    RegionEmitter element(b, at, 0, 0, &row);
    return llvm::map_to_vector(stage,
                               [&](ReduceOp reduce) { return element.get(reduce.getValue()); });
  });
  for (auto [number, result] : llvm::enumerate(results)) {
    ReduceOp reduce = stage[number];
    Value all = numSharing == 1 ? result : b.combineThreads(reduce.getKind(), result);
    row.bind(reduce.getResult(), all);
  }
}

/// This thread's elements from number `begin` to `end`.
SmallVector<Value> RowsEmitter::sweepRange(ArrayRef<ReduceOp> stage, Value begin, Value end,
                                           Terms getTerms) {
  SmallVector<Value> carried = llvm::map_to_vector(stage, [&](ReduceOp reduce) {
    return getIdentity(b, reduce.getKind(), reduce.getResult().getType());
  });
  return b.forLoop(begin, end, numSharing, carried, [&](Value number, ValueRange sums) {
    Point at = point;
    setIndices(b, at, sumDims, number);
    SmallVector<Value> terms = getTerms(at), next;
    for (auto [i, sum, term] : llvm::enumerate(sums, terms))
      next.push_back(combine(b, ReduceOp(stage[i]).getKind(), sum, term));
    return next;
  });
}

/// All of this thread's elements, reduced.
SmallVector<Value> RowsEmitter::sweep(ArrayRef<ReduceOp> stage, Terms getTerms) {
  auto isLongSum = [](ReduceOp reduce) {
    return reduce.getKind() == ReduceKind::Sum && reduce.getResult().getType().isF32();
  };
  std::optional<int64_t> known = getConstantIntValue(total);
  if (llvm::none_of(stage, isLongSum) || (known && *known <= kThreadSum * numSharing))
    return sweepRange(stage, first, total, getTerms);
  SmallVector<Value> carried = llvm::map_to_vector(stage, [&](ReduceOp reduce) {
    Type type = reduce.getResult().getType();
    return getIdentity(b, reduce.getKind(), isLongSum(reduce) ? b.getF64Type() : type);
  });
  int64_t step = kThreadSum * numSharing;
  SmallVector<Value> sums =
      b.forLoop(b.getIndex(0), total, step, carried, [&](Value start, ValueRange before) {
        SmallVector<Value> block =
            sweepRange(stage, b.add(start, first), b.min(b.add(start, step), total), getTerms);
        SmallVector<Value> next;
        for (auto [i, sum, part] : llvm::enumerate(before, block)) {
          ReduceOp reduce = stage[i];
          Value wide =
              isLongSum(reduce) ? arith::ExtFOp::create(b, b.getF64Type(), part).getResult() : part;
          next.push_back(combine(b, reduce.getKind(), sum, wide));
        }
        return next;
      });
  for (auto [i, sum] : llvm::enumerate(sums))
    if (isLongSum(stage[i]))
      sum = arith::TruncFOp::create(b, b.getF32Type(), sum);
  return sums;
}

namespace {
struct RowsModel : GpuEmitterOpInterface::ExternalModel<RowsModel, RowsOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    return RowsEmitter(cast<RowsOp>(op), context).emit();
  }
};
} // namespace

void attachGpuRowsEmitter(MLIRContext *context) { RowsOp::attachInterface<RowsModel>(*context); }

} // namespace mlir::tenon::kernel
