//===- TensorOrder.cpp - Cumsum, argsort ----------------------------------===//

#include "Models.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// Calls `visit` with the first element of every line of x along `axis`.
void forEachLine(const HostTensor &x, int64_t axis, function_ref<void(int64_t)> visit) {
  SmallVector<int64_t> lines(x.getShape());
  lines[axis] = lines[axis] == 0 ? 0 : 1;
  (void)forEachIndex(lines, x.getStrides(), [&](ArrayRef<int64_t> at) {
    visit(at[0]);
    return success();
  });
}

/// result[i] = result[i - 1] + x[i].
struct CumsumModel : ReferenceOpInterface::ExternalModel<CumsumModel, CumsumOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results, EvalContext &) const {
    const HostTensor &x = *operands[0];
    int64_t axis = cast<CumsumOp>(op).getAxis();
    int64_t count = x.getShape()[axis], step = x.getStrides()[axis];
    forEachLine(x, axis, [&](int64_t first) {
      double real = 0;
      uint64_t integer = 0;
      for (int64_t i = first; i < first + count * step; i += step)
        if (x.isFloat())
          results[0][i] = realScalar(real += x.real(i));
        else
          results[0][i] = integerScalar(
              wrapInteger(static_cast<int64_t>(integer += x.integer(i)), x.getElementType()));
    });
    return success();
  }
};

/// The places along the axis, sorted.
struct ArgsortModel : ReferenceOpInterface::ExternalModel<ArgsortModel, ArgsortOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results, EvalContext &) const {
    const HostTensor &x = *operands[0];
    auto argsort = cast<ArgsortOp>(op);
    int64_t count = x.getShape()[argsort.getAxis()], step = x.getStrides()[argsort.getAxis()];
    forEachLine(x, argsort.getAxis(), [&](int64_t first) {
      auto isLess = [&](int64_t i, int64_t j) {
        if (!x.isFloat())
          return x.integer(first + i * step) < x.integer(first + j * step);
        double a = x.real(first + i * step), b = x.real(first + j * step);
        return a < b || (std::isnan(b) && !std::isnan(a));
      };
      SmallVector<int64_t> order(count);
      std::iota(order.begin(), order.end(), 0);
      llvm::sort(order, [&](int64_t i, int64_t j) {
        bool isBefore = argsort.getDescending() ? isLess(j, i) : isLess(i, j);
        bool isBehind = argsort.getDescending() ? isLess(i, j) : isLess(j, i);
        return isBefore || (!isBehind && i < j);
      });
      for (int64_t k = 0; k < count; ++k)
        results[0][first + k * step] = integerScalar(order[k]);
    });
    return success();
  }
};

} // namespace

void mlir::tenon::attachOrderModels(MLIRContext &context) {
  CumsumOp::attachInterface<CumsumModel>(context);
  ArgsortOp::attachInterface<ArgsortModel>(context);
}
