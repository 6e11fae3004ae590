//===- TensorOrderOps.cpp - Cumsum, argsort -------------------------------===//

#include "OpSupport.h"

using namespace mlir;
using namespace mlir::tenon;

/// C1 and C3 of ops that walk along an axis.
static LogicalResult verifyLines(Operation *op, TenonTensorType input, int64_t axis) {
  if (axis < 0 || axis >= input.getRank())
    return emitMismatch(op, "C1", "axis", "0.." + Twine(input.getRank() - 1), Twine(axis));
  if (input.getElementType().isInteger(1))
    return op->emitOpError() << "C3: elements of type i1; expected numbers";
  return success();
}

LogicalResult CumsumOp::verify() {
  TenonTensorType input = getInput().getType();
  if (failed(verifyLines(*this, input, getAxis())))
    return failure();
  if (getResult().getType() != input)
    return emitOpError() << "C2: result; expected " << input << ", got " << getResult().getType();
  return success();
}

LogicalResult ArgsortOp::verify() {
  TenonTensorType input = getInput().getType();
  if (failed(verifyLines(*this, input, getAxis())))
    return failure();
  TenonTensorType expected = input.withElementType(IntegerType::get(getContext(), 64));
  if (getResult().getType() != expected)
    return emitOpError() << "C2: result; expected " << expected << ", got "
                         << getResult().getType();
  return success();
}
