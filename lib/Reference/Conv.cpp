//===- Conv.cpp - Convolution ---------------------------------------------===//

#include "Models.h"

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// y[b,o,p..] = sum over c, t.. of x[b, g*C/groups + c, p*stride + t*dilation
/// - pad] * w[o,c,t..], g = o / (O/groups), x zero outside its bounds.
struct ConvModel : ReferenceOpInterface::ExternalModel<ConvModel, ConvOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results, EvalContext &) const {
    auto conv = cast<ConvOp>(op);
    const HostTensor &x = *operands[0], &w = *operands[1];
    HostTensor &y = results[0];
    SmallVector<int64_t> xStrides = x.getStrides(), wStrides = w.getStrides();
    int64_t channels = w.getShape()[1];
    int64_t outputsPerGroup = y.getShape()[1] / conv.getGroups();

    // The value that output index `out` sees at window index `window`, both
    // with their two leading axes (b, o) and (o, c).
    auto product = [&](ArrayRef<int64_t> out, ArrayRef<int64_t> window) {
      int64_t channel = out[1] / outputsPerGroup * channels + window[1];
      int64_t at = out[0] * xStrides[0] + channel * xStrides[1];
      for (size_t axis = 2; axis < out.size(); ++axis) {
        int64_t position = out[axis] * conv.getStrides()[axis - 2] +
                           window[axis] * conv.getDilations()[axis - 2] - conv.getPads()[axis - 2];
        if (position < 0 || position >= x.getShape()[axis])
          return 0.0;
        at += position * xStrides[axis];
      }
      int64_t weight = 0;
      for (auto [index, stride] : llvm::zip(window, wStrides))
        weight += index * stride;
      return x.real(at) * w.real(weight);
    };

    SmallVector<int64_t> windowShape(w.getShape());
    windowShape[0] = 1;
    forEach(y.getShape(), [&](ArrayRef<int64_t> out, int64_t at) {
      double sum = 0;
      forEach(windowShape, [&](ArrayRef<int64_t> position, int64_t) {
        SmallVector<int64_t> window(position);
        window[0] = out[1];
        sum += product(out, window);
      });
      y[at] = realScalar(sum);
    });
    return success();
  }

  /// Visits the indices of `shape` in row-major order with their offsets.
  static void forEach(ArrayRef<int64_t> shape,
                      function_ref<void(ArrayRef<int64_t>, int64_t)> visit) {
    // Along axis a, a tensor of strides (0, .., 1, .., 0) counts the index.
    SmallVector<SmallVector<int64_t>> strides;
    for (size_t axis = 0; axis < shape.size(); ++axis)
      strides.emplace_back(shape.size(), 0)[axis] = 1;
    strides.push_back(rowMajorStrides(shape));
    (void)forEachIndex(shape, strides, [&](ArrayRef<int64_t> at) {
      visit(at.drop_back(), at.back());
      return success();
    });
  }
};

} // namespace

void mlir::tenon::attachConvModels(MLIRContext &context) {
  ConvOp::attachInterface<ConvModel>(context);
}
