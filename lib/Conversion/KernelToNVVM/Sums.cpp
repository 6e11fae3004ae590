//===- Sums.cpp - kernel.sums on GPUs -------------------------------------===//
//
// A block per row: each thread takes every 256th element, in blocks that are summed in
// f32, the blocks in f64; then the threads' sums are combined in a tree.
//
//===----------------------------------------------------------------------===//

#include "CheckIds.h"
#include "Emitters.h"

#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

constexpr int64_t kThreads = 256;
/// Elements of a thread that one sum in f32 takes.
constexpr int64_t kThreadSum = 64;

class SumsEmitter {
public:
  SumsEmitter(SumsOp op, GpuContext &context)
      : op(op), form(op), b(context), rowDims(form.getDims(DimRole::Rows)),
        sumDims(form.getDims(DimRole::Sum)),
        numSums(op.getBody().front().getTerminator()->getNumOperands()), point(form.getNumDims()) {}

  LogicalResult emit();

private:
  SmallVector<Value> getZeros(Type type) {
    return SmallVector<Value>(numSums, b.getFloat(type, 0));
  }
  SmallVector<Value> sumBlock(Value begin, Value end);
  SmallVector<Value> getTerms(Value number);

  SumsOp op;
  KernelOpInterface form;
  GpuContext &b;
  SmallVector<unsigned> rowDims, sumDims;
  unsigned numSums;
  Point point;
};

} // namespace

LogicalResult SumsEmitter::emit() {
  SmallVector<GridAttr> grid;
  for (unsigned dim : rowDims)
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
  if (grid.empty())
    grid.push_back(GridAttr::get(b.getContext(), b.makeSize(1), 1));
  b.setLaunch(grid, kThreads);
  point = getPoint(b, rowDims, b.getBlock());
  Value total = b.getSize(countPoints(b, sumDims));
  int64_t step = kThreadSum * kThreads;
  SmallVector<Value> sums = b.forLoop(
      b.getIndex(0), total, step, getZeros(b.getF64Type()), [&](Value start, ValueRange before) {
        SmallVector<Value> block = sumBlock(b.add(start, b.getThread()),
                                            b.min(b.add(start, step), total)),
                           next;
        for (auto [sum, part] : llvm::zip(before, block))
          next.push_back(arith::AddFOp::create(
              b, sum, arith::ExtFOp::create(b, b.getF64Type(), part).getResult()));
        return next;
      });
  Value place = getOffset(b, form.getDestinationAccess(), point);
  for (auto [number, sum] : llvm::enumerate(sums)) {
    Value all = b.combineThreads(ReduceKind::Sum, sum);
    Value narrow = arith::TruncFOp::create(b, b.getF32Type(), all);
    auto store = [&, i = int64_t(number)] {
      memref::StoreOp::create(b, narrow, b.getBuffer(op->getNumOperands() - 1), b.add(place, i));
    };
    b.ifElse(b.isFirstThread(), store, [] {});
  }
  return success();
}

/// This thread's elements from number `begin` to `end`.
SmallVector<Value> SumsEmitter::sumBlock(Value begin, Value end) {
  return b.forLoop(begin, end, kThreads, getZeros(b.getF32Type()),
                   [&](Value number, ValueRange before) {
                     SmallVector<Value> next;
                     for (auto [sum, term] : llvm::zip(before, getTerms(number)))
                       next.push_back(arith::AddFOp::create(b, sum, term));
                     return next;
                   });
}

SmallVector<Value> SumsEmitter::getTerms(Value number) {
  Point at = getPoint(b, sumDims, number);
  for (unsigned dim : rowDims)
    at.indices[dim] = point.indices[dim];
  RegionEmitter element(b, at, 0, 0);
  return llvm::map_to_vector(op.getBody().front().getTerminator()->getOperands(),
                             [&](Value term) { return element.get(term); });
}

namespace {
struct SumsModel : GpuEmitterOpInterface::ExternalModel<SumsModel, SumsOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    return SumsEmitter(cast<SumsOp>(op), context).emit();
  }
};
} // namespace

void attachGpuSumsEmitter(MLIRContext *context) { SumsOp::attachInterface<SumsModel>(*context); }

} // namespace mlir::tenon::kernel
