//===- Norm.cpp - Normalization -------------------------------------------===//

#include "Models.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// y = (x - mean) / sqrt(var + eps), the variance from the centered values.
struct NormalizeModel : ReferenceOpInterface::ExternalModel<NormalizeModel, NormalizeOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results, EvalContext &) const {
    auto normalize = cast<NormalizeOp>(op);
    const HostTensor &x = *operands[0];
    HostTensor &y = results[0];
    SmallVector<int64_t> outer(x.getShape()), inner(x.getShape());
    for (int64_t axis = 0; axis < x.getRank(); ++axis)
      (llvm::is_contained(normalize.getAxes(), axis) ? outer : inner)[axis] = 1;
    double eps = normalize.getEps().convertToDouble();
    SmallVector<int64_t> strides = x.getStrides();
    return forEachIndex(outer, strides, [&](ArrayRef<int64_t> line) {
      auto forEachOfLine = [&](function_ref<void(int64_t)> visit) {
        (void)forEachIndex(inner, strides, [&](ArrayRef<int64_t> at) {
          visit(line[0] + at[0]);
          return success();
        });
      };
      double count = 0, mean = 0, variance = 0;
      forEachOfLine([&](int64_t at) { count += 1, mean += x.real(at); });
      mean /= count;
      forEachOfLine([&](int64_t at) { variance += (x.real(at) - mean) * (x.real(at) - mean); });
      variance /= count;
      forEachOfLine(
          [&](int64_t at) { y[at] = realScalar((x.real(at) - mean) / std::sqrt(variance + eps)); });
      return success();
    });
  }
};

} // namespace

void mlir::tenon::attachNormModels(MLIRContext &context) {
  NormalizeOp::attachInterface<NormalizeModel>(context);
}
