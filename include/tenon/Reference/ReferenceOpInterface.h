//===- ReferenceOpInterface.h - What an op computes -------------*- C++ -*-===//

#ifndef TENON_REFERENCE_REFERENCEOPINTERFACE_H
#define TENON_REFERENCE_REFERENCEOPINTERFACE_H

#include "tenon/Reference/EvalContext.h"
#include "tenon/Reference/HostTensor.h"

#include "mlir/IR/OpDefinition.h"

#include "tenon/Reference/ReferenceOpInterface.h.inc"

namespace mlir::tenon {

/// Attaches the reference model of every op of the tenon dialect.
void registerReferenceModels(DialectRegistry &registry);

} // namespace mlir::tenon

#endif // TENON_REFERENCE_REFERENCEOPINTERFACE_H
