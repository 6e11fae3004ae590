//===- KernelLoweringOpInterface.td - From a tenon op to kernels -*- tablegen -*-===//

#ifndef TENON_CONVERSION_TENONTOKERNEL_KERNELLOWERINGOPINTERFACE_TD
#define TENON_CONVERSION_TENONTOKERNEL_KERNELLOWERINGOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def KernelLoweringOpInterface : OpInterface<"KernelLoweringOpInterface"> {
  let cppNamespace = "::mlir::tenon";
  let description = [{
    How an op of the graph tier becomes kernels, or a view that costs nothing.
    Attached from outside; a plugin attaches its own. An op without it must have
    the `DecomposableOpInterface`.
  }];
  let methods = [
    InterfaceMethod<[{
      Builds the kernels through `lowering` and sets the view of each result; on
      failure says why on the op.
    }], "::llvm::LogicalResult", "lowerToKernel", (ins "::mlir::tenon::KernelLowering &":$lowering)>
  ];
}

#endif // TENON_CONVERSION_TENONTOKERNEL_KERNELLOWERINGOPINTERFACE_TD
