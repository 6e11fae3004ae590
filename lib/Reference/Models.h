//===- Models.h - Attaches the models of each op family ---------*- C++ -*-===//

#ifndef TENON_LIB_REFERENCE_MODELS_H
#define TENON_LIB_REFERENCE_MODELS_H

#include "tenon/Reference/ReferenceOpInterface.h"
#include "tenon/Reference/ScalarRegion.h"

namespace mlir::tenon {

void attachTensorModels(MLIRContext &context);
void attachMovementModels(MLIRContext &context);
void attachOrderModels(MLIRContext &context);
void attachAttentionModels(MLIRContext &context);
void attachFeedForwardModels(MLIRContext &context);
void attachKanModels(MLIRContext &context);
void attachMixtureModels(MLIRContext &context);
void attachNormModels(MLIRContext &context);
void attachConvModels(MLIRContext &context);

/// What `evaluate` is given.
using Operands = ArrayRef<const HostTensor *>;
using Results = MutableArrayRef<HostTensor>;

/// Elements of a tensor at equal distances.
struct Line {
  const HostTensor *tensor;
  int64_t start, step;
};

/// The sum of the products of two lines of `count` elements, in order.
inline double dot(Line a, Line b, int64_t count) {
  const Scalar *x = a.tensor->data().data() + a.start;
  const Scalar *y = b.tensor->data().data() + b.start;
  double sum = 0;
  for (int64_t k = 0; k < count; ++k)
    sum += x[k * a.step].real * y[k * b.step].real;
  return sum;
}

/// The place of element `offset` of a tensor, for messages: `[0, 3]`.
std::string indexAt(int64_t offset, ArrayRef<int64_t> shape);

/// exp(x[k] - max x) and their sum, for a line of f64 values.
struct SoftmaxLine {
  double maximum, sum;
  SmallVector<double> exponentials;

  explicit SoftmaxLine(ArrayRef<double> x);
};

} // namespace mlir::tenon

#endif // TENON_LIB_REFERENCE_MODELS_H
