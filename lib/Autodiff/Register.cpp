//===- Register.cpp - The interface and all its models --------------------===//

#include "Models.h"

#include "mlir/IR/DialectRegistry.h"

using namespace mlir;
using namespace mlir::tenon;

#include "tenon/Autodiff/DifferentiableOpInterface.cpp.inc"

void mlir::tenon::registerGradientModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TenonDialect *) {
    attachAttentionGradients(*context);
    attachConvGradients(*context);
    attachKanGradients(*context);
    attachMovementGradients(*context);
    attachNormGradients(*context);
    attachOrderGradients(*context);
    attachRationalGradients(*context);
    attachTensorGradients(*context);
  });
}
