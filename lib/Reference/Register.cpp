//===- Register.cpp - The interface and all its models --------------------===//

#include "Models.h"

#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::tenon;

#include "tenon/Reference/ReferenceOpInterface.cpp.inc"

void mlir::tenon::registerReferenceModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TenonDialect *) {
    attachTensorModels(*context);
    attachMovementModels(*context);
    attachOrderModels(*context);
    attachAttentionModels(*context);
    attachFeedForwardModels(*context);
    attachKanModels(*context);
    attachMixtureModels(*context);
    attachNormModels(*context);
    attachConvModels(*context);
  });
}
