//===- Sums.cpp - kernel.sums ---------------------------------------------===//
//
// Vectors run along the last `sum` dimension where its elements are neighbours. Each
// dimension is summed in blocks, in f32, and the blocks' sums in f64: rounding errors
// do not grow with the number of terms. Where the last dimension is short, as the channels
// of a group are, memory is read with large steps: what comes next is asked for.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "Reduction.h"
#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

/// Indices of a dimension but the last that one sum in f32 takes.
constexpr int64_t kRowBlock = 256;
/// Elements side by side from which on hardware foresees what is read next, and the most
/// indices of the dimension before the last that are looked ahead.
constexpr int64_t kLongRun = 1024, kMostAhead = 8;
/// The locality that brings a line into the first cache.
constexpr unsigned kFirstCache = 3;

class SumsEmitter {
public:
  SumsEmitter(SumsOp op, CpuContext &context)
      : op(op), form(context.getOp()), b(context), rowDims(form.getDims(DimRole::Rows)),
        sumDims(form.getDims(DimRole::Sum)), point(form.getNumDims()) {
    unsigned last = sumDims.back();
    bool isUnit = llvm::all_of(llvm::seq<unsigned>(0, op.getInputs().size()), [&](unsigned input) {
      return isUnitOrZero(form.getAccess(input).getCoefficients()[last]);
    });
    lanes = isUnit ? b.getTarget().lanes : 0;
    point.vectorDim = last;
  }

  Value emit();

private:
  SmallVector<Value> makeZeros();
  SmallVector<Value> addUp(ValueRange sums, ArrayRef<Value> more);
  /// As f64, or back as f32.
  SmallVector<Value> convert(ValueRange sums, bool isWide);
  SmallVector<Value> sumDim(unsigned number);
  SmallVector<Value> sumBlock(Value begin, Value end);
  SmallVector<Value> addElements(ValueRange sums);
  void prefetch();

  SumsOp op;
  KernelOpInterface form;
  CpuContext &b;
  SmallVector<unsigned> rowDims, sumDims;
  /// 0: elements one by one.
  unsigned lanes;
  Point point;
};

Value SumsEmitter::emit() {
  SmallVector<GridAttr> grid;
  for (unsigned dim : rowDims)
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
  if (grid.empty())
    grid.push_back(GridAttr::get(b.getContext(), b.makeSize(1), 1));
  b.forTasks(grid, [&](ArrayRef<Value> task) {
    for (auto [dim, index] : llvm::zip(rowDims, task))
      point.indices[dim] = index;
    Value start = getOffset(b, form.getDestinationAccess(), point);
    for (auto [k, sum] : llvm::enumerate(sumDim(0))) {
      Value total = lanes ? combineLanes(b, ReduceKind::Sum, sum) : sum;
      memref::StoreOp::create(b, total, b.getBuffer(op.getInputs().size()),
                              b.add(start, int64_t(k)));
    }
  });
  return b.getInteger(b.getI32Type(), 0);
}

SmallVector<Value> SumsEmitter::makeZeros() {
  return SmallVector<Value>(op.getNumSums(), b.getFloat(getLaneType(b.getF32Type(), lanes), 0.0));
}

SmallVector<Value> SumsEmitter::addUp(ValueRange sums, ArrayRef<Value> more) {
  SmallVector<Value> added;
  for (auto [sum, value] : llvm::zip(sums, more))
    added.push_back(combine(b, ReduceKind::Sum, sum, value));
  return added;
}

SmallVector<Value> SumsEmitter::convert(ValueRange sums, bool isWide) {
  Type type = getLaneType(isWide ? Type(b.getF64Type()) : b.getF32Type(), lanes);
  SmallVector<Value> converted;
  for (Value sum : sums)
    converted.push_back(isWide ? Value(arith::ExtFOp::create(b, type, sum))
                               : Value(arith::TruncFOp::create(b, type, sum)));
  return converted;
}

/// The sums over dimension number `number` and those after it: blocks in f32, their
/// sums in f64.
SmallVector<Value> SumsEmitter::sumDim(unsigned number) {
  unsigned dim = sumDims[number];
  Value size = b.getSize(form.getDim(dim).getSize());
  bool isLast = number + 1 == sumDims.size();
  auto sumPart = [&](Value begin, Value end) {
    if (isLast)
      return sumBlock(begin, end);
    return b.forLoop(begin, end, 1, makeZeros(), [&](Value index, ValueRange sums) {
      point.indices[dim] = index;
      return addUp(sums, sumDim(number + 1));
    });
  };
  int64_t block = isLast ? kSumBlock : kRowBlock;
  std::optional<int64_t> constant = form.getDim(dim).getSize().getConstant();
  if (constant && *constant <= block)
    return sumPart(b.getIndex(0), size);
  SmallVector<Value> totals = b.forLoop(
      b.getIndex(0), size, block, convert(makeZeros(), true), [&](Value begin, ValueRange current) {
        SmallVector<Value> sums = sumPart(begin, b.min(b.add(begin, block), size));
        return addUp(current, convert(sums, true));
      });
  return convert(totals, false);
}

/// The sums over elements `begin` to `end` - 1 of the last dimension.
SmallVector<Value> SumsEmitter::sumBlock(Value begin, Value end) {
  unsigned dim = sumDims.back();
  auto add = [&](Value index, ValueRange sums) {
    point.indices[dim] = index;
    if (lanes != 0)
      prefetch();
    return addElements(sums);
  };
  if (lanes == 0)
    return b.forLoop(begin, end, 1, makeZeros(), add);
  Value size = b.sub(end, begin);
  Value whole = b.add(begin, b.mul(b.div(size, b.getIndex(lanes)), lanes));
  point.lanes = lanes;
  SmallVector<Value> sums = b.forLoop(begin, whole, lanes, makeZeros(), add);
  sums = b.forLoop(whole, end, lanes, sums, [&](Value index, ValueRange current) {
    point.mask = makeMask(b, lanes, b.sub(end, index));
    SmallVector<Value> next = add(index, current);
    point.mask = Value();
    return next;
  });
  point.lanes = 0;
  return sums;
}

/// Asks for the vectors that stand where the next index but some of the dimension before
/// the last comes to.
void SumsEmitter::prefetch() {
  std::optional<int64_t> run = form.getDim(sumDims.back()).getSize().getConstant();
  if (sumDims.size() < 2 || !run || *run >= kLongRun || point.mask)
    return;
  int64_t ahead =
      std::clamp<int64_t>(b.getTarget().rowsAhead / std::max<int64_t>(*run, 1), 1, kMostAhead);
  for (unsigned input = 0; input < op.getInputs().size(); ++input) {
    AccessAttr access = form.getAccess(input);
    SizeAttr step = access.getCoefficients()[sumDims[sumDims.size() - 2]];
    if (step.isZero() || !access.getCoefficients()[sumDims.back()].isOne())
      continue;
    Value offset = b.add(getOffset(b, access, point), b.getSize(step.mul(ahead)));
    memref::PrefetchOp::create(b, b.getBuffer(input), offset, /*isWrite=*/false, kFirstCache, true);
  }
}

SmallVector<Value> SumsEmitter::addElements(ValueRange sums) {
  RegionEmitter element(b, point, 0, 0);
  SmallVector<Value> values;
  for (Value yielded : op.getBody().front().getTerminator()->getOperands()) {
    Value value = broadcastLanes(b, element.get(yielded), lanes);
    if (point.mask)
      value = arith::SelectOp::create(b, point.mask, value, b.getFloat(value.getType(), 0.0));
    values.push_back(value);
  }
  return addUp(sums, values);
}

struct SumsModel : KernelEmitterOpInterface::ExternalModel<SumsModel, SumsOp> {
  FailureOr<Value> emit(Operation *op, CpuContext &context) const {
    return SumsEmitter(cast<SumsOp>(op), context).emit();
  }
};

} // namespace

void attachSumsEmitter(MLIRContext *context) { SumsOp::attachInterface<SumsModel>(*context); }

} // namespace mlir::tenon::kernel
