//===- FeedForward.cpp - Feed-forward blocks ------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// x W^T + b for the row of x that starts at `start`; `bias` may be null.
SmallVector<double> linear(const HostTensor &x, int64_t start, const HostTensor &weight,
                           const HostTensor *bias) {
  SmallVector<double> y;
  int64_t width = weight.getShape()[1];
  for (int64_t o = 0; o < weight.getShape()[0]; ++o) {
    double sum = dot({&x, start, 1}, {&weight, o * width, 1}, width);
    y.push_back(bias ? sum + bias->real(o) : sum);
  }
  return y;
}

/// y = act(x W1^T + b1) W2^T + b2, row by row.
struct FfnModel : ReferenceOpInterface::ExternalModel<FfnModel, FfnOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results,
                         EvalContext &context) const {
    auto ffn = cast<FfnOp>(op);
    FailureOr<ScalarRegion> activation = ScalarRegion::build(ffn.getActivation(), context);
    if (failed(activation))
      return failure();
    const HostTensor &x = *operands[0], &w1 = *operands[1], &w2 = *operands[2];
    const HostTensor *b1 = ffn.getBias1() ? operands[3] : nullptr;
    const HostTensor *b2 = ffn.getBias2() ? operands.back() : nullptr;

    int64_t rows = 1, width = x.getShape().back();
    for (int64_t size : x.getShape().drop_back())
      rows *= size;
    HostTensor hidden(x.getElementType(), {w1.getShape()[0]});
    for (int64_t row = 0; row < rows; ++row) {
      for (auto [h, value] : llvm::enumerate(linear(x, row * width, w1, b1))) {
        FailureOr<Scalar> activated = activation->evaluate({realScalar(value)});
        if (failed(activated))
          return failure();
        hidden[h] = *activated;
      }
      SmallVector<double> y = linear(hidden, 0, w2, b2);
      for (auto [o, value] : llvm::enumerate(y))
        results[0][row * y.size() + o] = realScalar(value);
    }
    return success();
  }
};

} // namespace

void mlir::tenon::attachFeedForwardModels(MLIRContext &context) {
  FfnOp::attachInterface<FfnModel>(context);
}
