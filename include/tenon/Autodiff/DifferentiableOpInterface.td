//===- DifferentiableOpInterface.td - Derivatives of ops -------*- tablegen -*-===//

#ifndef TENON_AUTODIFF_DIFFERENTIABLEOPINTERFACE_TD
#define TENON_AUTODIFF_DIFFERENTIABLEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def Tenon_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::mlir::tenon";
  let description = [{
    An op of one result whose vector-Jacobian product is a graph of tensor ops. Models
    are attached from outside (registerGradientModels). A block without one is
    differentiated as what it decomposes into.
  }];
  let methods = [
    InterfaceMethod<[{
      Whether the op has derivatives of its own by the operands that `wanted` marks; if
      not, it is differentiated as what it decomposes into.
    }], "bool", "hasGradients", (ins "::llvm::ArrayRef<bool>":$wanted), "", "return true;">,
    InterfaceMethod<[{
      Given the derivative of a scalar by the result, builds its derivatives by the
      operands: sum over i of gradient[i] * d result[i] / d operand[j]. Of the operands
      that `wanted` marks, all of floats; the others have a null value. Null stands
      for zeros, too. Fails, with a diagnostic at the op, where there is none.
    }], "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "buildGradients",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Value":$gradient,
           "::llvm::ArrayRef<bool>":$wanted)>
  ];
}

#endif // TENON_AUTODIFF_DIFFERENTIABLEOPINTERFACE_TD
