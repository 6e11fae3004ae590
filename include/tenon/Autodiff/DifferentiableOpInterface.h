//===- DifferentiableOpInterface.h - Derivatives of ops ---------*- C++ -*-===//

#ifndef TENON_AUTODIFF_DIFFERENTIABLEOPINTERFACE_H
#define TENON_AUTODIFF_DIFFERENTIABLEOPINTERFACE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

#include "tenon/Autodiff/DifferentiableOpInterface.h.inc"

namespace mlir::tenon {

/// Attaches the gradient models of the tenon dialect.
void registerGradientModels(DialectRegistry &registry);

} // namespace mlir::tenon

#endif // TENON_AUTODIFF_DIFFERENTIABLEOPINTERFACE_H
