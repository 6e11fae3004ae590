//===- ReferenceOpInterface.td - What an op computes -------*- tablegen -*-===//

#ifndef TENON_REFERENCE_REFERENCEOPINTERFACE_TD
#define TENON_REFERENCE_REFERENCEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def Tenon_ReferenceOpInterface : OpInterface<"ReferenceOpInterface"> {
  let cppNamespace = "::mlir::tenon";
  let description = [{
    The meaning of an op on tensors, in f64 and 64-bit integers. Models are
    attached from outside (registerReferenceModels) and written to be read:
    everything else in the compiler is held against them.
  }];
  let methods = [
    InterfaceMethod<[{
      Computes the results from the operands. The results have their shapes and
      are filled with zeros. Fails, with a diagnostic at the op, when a value
      has no meaning for it, such as an index out of range.
    }], "::llvm::LogicalResult", "evaluate",
      (ins "::llvm::ArrayRef<const ::mlir::tenon::HostTensor *>":$operands,
           "::llvm::MutableArrayRef<::mlir::tenon::HostTensor>":$results,
           "::mlir::tenon::EvalContext &":$context)>
  ];
}

#endif // TENON_REFERENCE_REFERENCEOPINTERFACE_TD
