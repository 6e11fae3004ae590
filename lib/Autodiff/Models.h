//===- Models.h - Attaches the gradients of each op family ------*- C++ -*-===//

#ifndef TENON_LIB_AUTODIFF_MODELS_H
#define TENON_LIB_AUTODIFF_MODELS_H

#include "TensorBuilder.h"

#include "tenon/Autodiff/DifferentiableOpInterface.h"

namespace mlir::tenon {

void attachAttentionGradients(MLIRContext &context);
void attachConvGradients(MLIRContext &context);
void attachKanGradients(MLIRContext &context);
void attachMovementGradients(MLIRContext &context);
void attachNormGradients(MLIRContext &context);
void attachOrderGradients(MLIRContext &context);
void attachRationalGradients(MLIRContext &context);
void attachTensorGradients(MLIRContext &context);

/// What `buildGradients` returns.
using Gradients = FailureOr<SmallVector<Value>>;

} // namespace mlir::tenon

#endif // TENON_LIB_AUTODIFF_MODELS_H
