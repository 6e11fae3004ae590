//===- TrainingOps.cpp - Gradients ----------------------------------------===//

#include "OpSupport.h"

using namespace mlir;
using namespace mlir::tenon;

LogicalResult GradientOp::verify() {
  TenonTensorType loss = getLoss().getType();
  if (loss.getRank() != 0)
    return emitMismatch(*this, "C1", "loss", "a tensor without axes",
                        shapeToString(loss.getShape()));
  if (getInputs().size() != getGradients().size())
    return emitMismatch(*this, "C2", "results", Twine(getInputs().size()) + ", one for each input",
                        Twine(getGradients().size()));
  for (auto [index, input, gradient] : llvm::enumerate(getInputs(), getGradients())) {
    if (input.getType() != gradient.getType())
      return emitOpError() << "C2: result " << index << "; expected " << input.getType() << ", got "
                           << gradient.getType();
    if (!isa<BlockArgument>(input) && !input.getDefiningOp<ReadOp>())
      return emitOpError() << "C3: input " << index
                           << " is computed; expected an argument of the entry or a parameter";
  }
  return success();
}
