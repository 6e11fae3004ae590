//===- TenonInterfaces.td - Questions passes ask of tenon ops -*- tablegen -*-===//

#ifndef TENON_DIALECT_TENON_IR_TENONINTERFACES_TD
#define TENON_DIALECT_TENON_IR_TENONINTERFACES_TD

include "mlir/IR/OpBase.td"

def Tenon_DecomposableOpInterface : OpInterface<"DecomposableOpInterface"> {
  let cppNamespace = "::mlir::tenon";
  let description = [{
    A block that equals a graph of simpler ops. The decomposition defines what
    the block means in terms of tensor ops: reference(block) equals
    reference(decompose(block)).
  }];
  let methods = [
    InterfaceMethod<[{
      Builds the equal graph before the op and returns the value for each
      result, or fails, with a diagnostic, when there is none.
    }], "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "decompose",
      (ins "::mlir::OpBuilder &":$builder)>
  ];
}

#endif // TENON_DIALECT_TENON_IR_TENONINTERFACES_TD
