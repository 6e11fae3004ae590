//===- KernelChecks.cpp - Checks shared by kernel ops ---------------------===//

#include "KernelChecks.h"

namespace mlir::tenon::kernel {

LogicalResult verifyRoles(KernelOpInterface op, ArrayRef<RoleCount> counts) {
  for (unsigned i = 0; i < op.getNumDims(); ++i)
    if (llvm::none_of(counts, [&](RoleCount c) { return c.role == op.getDim(i).getRole(); }))
      return op->emitOpError() << "C1: a dimension of role '"
                               << stringifyDimRole(op.getDim(i).getRole()) << "'";
  for (RoleCount count : counts) {
    unsigned found = op.getDims(count.role).size();
    if (found < count.least || found > count.most)
      return op->emitOpError() << "C1: " << found << " dimensions of role '"
                               << stringifyDimRole(count.role) << "'; expected "
                               << (count.least == count.most ? "" : "at least ") << count.least;
  }
  return success();
}

LogicalResult verifyInvariant(KernelOpInterface op, unsigned operand, DimRole role,
                              StringRef constraint) {
  for (unsigned dim : op.getDims(role))
    if (!op.getAccess(operand).getCoefficients()[dim].isZero())
      return op->emitOpError() << constraint << ": operand " << operand << " varies with '"
                               << op.getDim(dim).getName().getValue() << "' of role '"
                               << stringifyDimRole(role) << "'";
  return success();
}

LogicalResult verifyF32(KernelOpInterface op, unsigned operand) {
  if (!cast<TenonTensorType>(op->getOperand(operand).getType()).getElementType().isF32())
    return op->emitOpError() << "C2: operand " << operand << " of type "
                             << op->getOperand(operand).getType() << "; expected f32";
  return success();
}

LogicalResult verifyStored(KernelOpInterface op) {
  auto type = cast<TenonTensorType>(op.getDestinationOperand().getType());
  if (!type.getElementType().isF32() && !type.getElementType().isBF16())
    return op->emitOpError() << "C2: destination of type " << type << "; expected f32 or bf16";
  return success();
}

LogicalResult verifyFactors(KernelOpInterface op, ArrayRef<unsigned> operands) {
  auto getElementType = [&](unsigned operand) {
    return cast<TenonTensorType>(op->getOperand(operand).getType()).getElementType();
  };
  Type first = getElementType(operands.front());
  for (unsigned operand : operands) {
    Type type = getElementType(operand);
    if ((!type.isF32() && !type.isBF16()) || type != first)
      return op->emitOpError() << "C2: operand " << operand << " of type "
                               << op->getOperand(operand).getType()
                               << "; expected factors of f32, or all of bf16";
  }
  return success();
}

LogicalResult verifyContiguous(KernelOpInterface op, StringRef constraint, unsigned operand,
                               DimRole role) {
  unsigned dim = op.getDims(role).front();
  if (!op.getAccess(operand).getCoefficients()[dim].isOne() && !op.getDim(dim).getSize().isOne())
    return op->emitOpError() << constraint << ": operand " << operand << " has coefficient "
                             << op.getAccess(operand).getCoefficients()[dim].toString()
                             << " along '" << op.getDim(dim).getName().getValue()
                             << "'; expected 1";
  return success();
}

} // namespace mlir::tenon::kernel
