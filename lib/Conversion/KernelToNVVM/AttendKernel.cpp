//===- AttendKernel.cpp - What attention computes -------------------------===//

#include "AttendKernel.h"

#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

namespace mlir::tenon::kernel {

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

static int64_t getConstantSize(KernelOpInterface form, unsigned dim) {
  return *form.getDim(dim).getSize().getConstant();
}

AttendKernel::AttendKernel(AttendOp op, GpuContext &context)
    : op(op), form(op), b(context), batchDims(form.getDims(DimRole::Batch)),
      queryDim(form.getDims(DimRole::Queries).front()), keyDim(form.getDims(DimRole::Keys).front()),
      depthDim(form.getDims(DimRole::Depth).front()),
      valueDim(form.getDims(DimRole::Values).front()), depth(getConstantSize(form, depthDim)),
      width(getConstantSize(form, valueDim)), batch(form.getNumDims()) {}

Value AttendKernel::launch(int64_t queries, int64_t threads) {
  SmallVector<GridAttr> grid;
  for (unsigned dim : batchDims)
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
  grid.push_back(GridAttr::get(b.getContext(), form.getDim(queryDim).getSize(), queries));
  b.setLaunch(grid, threads);
  SmallVector<Value> task = b.getTaskCoordinates(b.getBlock());
  for (auto [dim, index] : llvm::zip(batchDims, task))
    batch.indices[dim] = index;
  numQueries = b.getSize(form.getDim(queryDim).getSize());
  numKeys = b.getSize(form.getDim(keyDim).getSize());
  return b.mul(task.back(), queries);
}

Value AttendKernel::compare(arith::CmpFPredicate predicate, Value lhs, double rhs) {
  return arith::CmpFOp::create(b, predicate, lhs, b.getFloat(b.getF32Type(), rhs));
}

Value AttendKernel::isBelow(Value lhs, Value rhs) {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lhs, rhs);
}

Value AttendKernel::getHidden() { return b.getFloat(b.getF32Type(), -kInfinity); }

Value AttendKernel::isVisible(Value key) {
  if (!op.getKeyMask())
    return {};
  return loadElement(b, *op.getKeyMaskOperand(), batch.at(keyDim, key));
}

Value AttendKernel::getLastKey(Value query) {
  Value last = numKeys;
  if (op.getCausal()) {
    Value visible = b.sub(b.add(b.add(query, 1), numKeys), numQueries);
    last = b.max(b.min(visible, numKeys), b.getIndex(0));
  }
  if (!op.getSkipsHidden())
    return last;
  return arith::SelectOp::create(b, isVisible(query), last, b.getIndex(0));
}

Value AttendKernel::getProduct(const Point &point, llvm::function_ref<void()> beforeTerm) {
  Value zero = b.getFloat(b.getF32Type(), 0);
  auto add = [&](Value d, ValueRange sum) {
    beforeTerm();
    Value q = widen(b, loadElement(b, kQuery, point.at(depthDim, d)));
    Value k = widen(b, loadElement(b, kKey, point.at(depthDim, d)));
    return SmallVector<Value>{math::FmaOp::create(b, q, k, sum[0])};
  };
  return b.forLoop(b.getIndex(0), b.getIndex(depth), 1, zero, add).front();
}

Value AttendKernel::getScore(const Point &point, Value product) {
  Value scale = b.getFloat(b.getF32Type(), op.getScale().convertToDouble());
  Value score = arith::MulFOp::create(b, product, scale);
  if (op.getScore().empty())
    return score;
  RegionEmitter emitter(b, point, kFirstScoreInput, 1);
  emitter.bind(op.getScore().getArgument(0), score);
  return emitter.getYielded(op.getScore());
}

Value AttendKernel::getWeight(Value score, Value maximum) {
  Value isNone = compare(arith::CmpFPredicate::OEQ, maximum, -kInfinity);
  Value shift = arith::SelectOp::create(b, isNone, b.getFloat(b.getF32Type(), 0), maximum);
  return math::ExpOp::create(b, arith::SubFOp::create(b, score, shift));
}

Value AttendKernel::getValue(const Point &point, Value column) {
  Value value = widen(b, loadElement(b, kValue, point.at(valueDim, column)));
  if (Value isShown = isVisible(point.indices[keyDim]))
    value = arith::SelectOp::create(b, isShown, value, b.getFloat(b.getF32Type(), 0));
  return value;
}

Value AttendKernel::isNothing(Value sum) {
  if (op.getStrict())
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, numKeys, b.getIndex(0));
  return compare(arith::CmpFPredicate::OEQ, sum, 0);
}

Value AttendKernel::divide(Value weighted, Value sum) {
  Value quotient = arith::DivFOp::create(b, weighted, sum);
  return arith::SelectOp::create(b, isNothing(sum), b.getFloat(b.getF32Type(), 0), quotient);
}

void AttendKernel::store(const Point &point, Value column, Value result) {
  Point place = point.at(valueDim, column);
  Region &region = op.getEpilogue();
  RegionEmitter emitter(b, place, op.getFirstEpilogueInput(), 1);
  emitter.bind(region.getArgument(0), result);
  storeElement(b, emitter.getYielded(region), place);
}

} // namespace mlir::tenon::kernel
