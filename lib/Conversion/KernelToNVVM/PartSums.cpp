//===- PartSums.cpp - kernel.part_sums on GPUs ----------------------------===//
//
// Where rows lie side by side in memory and the elements of a row do not: a thread per row
// and part, neighbours on neighbouring rows. Else a block per row and part. A thread adds
// its elements in blocks in f32, the blocks in f64.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"

#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

constexpr int64_t kThreads = 256;
/// Elements of a thread that one sum in f32 takes.
constexpr int64_t kThreadSum = 64;

class PartSumsEmitter {
public:
  PartSumsEmitter(PartSumsOp op, GpuContext &context)
      : op(op), form(op), b(context), rowDims(form.getDims(DimRole::Rows)),
        sumDims(form.getDims(DimRole::Sum)), point(form.getNumDims()) {}

  LogicalResult emit();

private:
  bool hasThreadPerRow();
  void emitRowOfThread(Value tile, Value part);
  void emitRowOfBlock(Value row, Value part);
  SmallVector<Value> getZeros(Type type) {
    return SmallVector<Value>(op.getNumSums(), b.getFloat(type, 0));
  }
  SmallVector<Value> sumPart(Value part, Value first, int64_t numSharing);
  SmallVector<Value> sumBlock(Value begin, Value end, int64_t step);
  void store(Value part, ArrayRef<Value> sums);

  PartSumsOp op;
  KernelOpInterface form;
  GpuContext &b;
  SmallVector<unsigned> rowDims, sumDims;
  Point point;
};

} // namespace

bool PartSumsEmitter::hasThreadPerRow() {
  auto isContiguous = [&](unsigned dim) {
    return llvm::any_of(llvm::seq<unsigned>(0, op.getInputs().size()), [&](unsigned input) {
      return form.getAccess(input).getCoefficients()[dim].isOne();
    });
  };
  return !isContiguous(sumDims.back()) && llvm::any_of(rowDims, isContiguous);
}

LogicalResult PartSumsEmitter::emit() {
  bool isOfThreads = hasThreadPerRow();
  SizeAttr rows = countPoints(b, rowDims);
  GridAttr grid[] = {GridAttr::get(b.getContext(), b.makeSize(op.getParts()), 1),
                     GridAttr::get(b.getContext(), rows, isOfThreads ? kThreads : 1)};
  b.setLaunch(grid, kThreads);
  SmallVector<Value> coordinates = b.getTaskCoordinates(b.getBlock());
  if (isOfThreads)
    emitRowOfThread(coordinates[1], coordinates[0]);
  else
    emitRowOfBlock(coordinates[1], coordinates[0]);
  return success();
}

void PartSumsEmitter::emitRowOfThread(Value tile, Value part) {
  Value row = b.add(b.mul(tile, kThreads), b.getThread());
  Value isInside =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ult, row, b.getSize(countPoints(b, rowDims)));
  auto sumRow = [&] {
    setIndices(b, point, rowDims, row);
    SmallVector<Value> narrow;
    for (Value sum : sumPart(part, b.getIndex(0), 1))
      narrow.push_back(arith::TruncFOp::create(b, b.getF32Type(), sum));
    store(part, narrow);
  };
  b.ifElse(isInside, sumRow, [] {});
}

void PartSumsEmitter::emitRowOfBlock(Value row, Value part) {
  setIndices(b, point, rowDims, row);
  SmallVector<Value> all;
  for (Value sum : sumPart(part, b.getThread(), kThreads))
    all.push_back(
        arith::TruncFOp::create(b, b.getF32Type(), b.combineThreads(ReduceKind::Sum, sum)));
  b.ifElse(b.isFirstThread(), [&] { store(part, all); }, [] {});
}

/// This thread's elements of the part, of each `numSharing` the one of number `first`, in f64.
SmallVector<Value> PartSumsEmitter::sumPart(Value part, Value first, int64_t numSharing) {
  Value total = b.getSize(countPoints(b, sumDims));
  Value size = b.ceilDiv(total, op.getParts());
  Value begin = b.mul(part, size), end = b.min(b.add(begin, size), total);
  int64_t step = kThreadSum * numSharing;
  return b.forLoop(begin, end, step, getZeros(b.getF64Type()), [&](Value start, ValueRange before) {
    SmallVector<Value> next;
    SmallVector<Value> block =
        sumBlock(b.add(start, first), b.min(b.add(start, step), end), numSharing);
    for (auto [sum, added] : llvm::zip(before, block)) {
      Value wide = arith::ExtFOp::create(b, b.getF64Type(), added);
      next.push_back(arith::AddFOp::create(b, sum, wide));
    }
    return next;
  });
}

SmallVector<Value> PartSumsEmitter::sumBlock(Value begin, Value end, int64_t step) {
  return b.forLoop(begin, end, step, getZeros(b.getF32Type()),
                   [&](Value number, ValueRange before) {
                     Point at = point;
                     setIndices(b, at, sumDims, number);
                     RegionEmitter element(b, at, 0, 0);
                     SmallVector<Value> next;
                     for (auto [sum, term] :
                          llvm::zip(before, op.getBody().front().getTerminator()->getOperands()))
                       next.push_back(arith::AddFOp::create(b, sum, element.get(term)));
                     return next;
                   });
}

void PartSumsEmitter::store(Value part, ArrayRef<Value> sums) {
  Value place = b.add(getOffset(b, form.getDestinationAccess(), point), part);
  for (auto [number, sum] : llvm::enumerate(sums))
    memref::StoreOp::create(b, sum, b.getBuffer(op->getNumOperands() - 1),
                            b.add(place, int64_t(number) * op.getParts()));
}

namespace {
struct PartSumsModel : GpuEmitterOpInterface::ExternalModel<PartSumsModel, PartSumsOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    return PartSumsEmitter(cast<PartSumsOp>(op), context).emit();
  }
};
} // namespace

void attachGpuPartSumsEmitter(MLIRContext *context) {
  PartSumsOp::attachInterface<PartSumsModel>(*context);
}

} // namespace mlir::tenon::kernel
