//===- TenonInterfaces.td - Questions passes ask of tenon ops -*- tablegen -*-===//

#ifndef TENON_DIALECT_TENON_IR_TENONINTERFACES_TD
#define TENON_DIALECT_TENON_IR_TENONINTERFACES_TD

include "mlir/IR/EnumAttr.td"
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

def Tenon_TokenOperand : I32EnumAttr<"TokenOperand", "how tokens read an operand", [
  I32EnumAttrCase<"Own", 0, "own">,
  I32EnumAttrCase<"Whole", 1, "whole">,
  I32EnumAttrCase<"Other", 2, "other">
]> {
  let cppNamespace = "::mlir::tenon";
  let genSpecializedAttr = 0;
}

def Tenon_TokenwiseOpInterface : OpInterface<"TokenwiseOpInterface"> {
  let cppNamespace = "::mlir::tenon";
  let description = [{
    An op that computes tokens one by one: element t of the result's leading
    axes depends on no other element t' of an operand's. Then the op can run once
    on operands that come from several places, each token's from its own
    (`tenon-merge-routes`).
  }];
  let methods = [
    InterfaceMethod<[{
      For each operand, when the result's first `numAxes` axes are those of tokens:
      `Own` when its first axes are these, `Whole` when every token reads all of it,
      else `Other`. Nothing when the op does not compute tokens one by one.
    }], "::std::optional<::llvm::SmallVector<::mlir::tenon::TokenOperand>>", "getTokenOperands",
      (ins "unsigned":$numAxes)>,
    InterfaceMethod<[{
      Builds the op on `operands`. Those listed in `widened` were `Whole` and now have
      the axes of tokens in front: each token has one of its own. Fails when the op
      has no such form.
    }], "::mlir::FailureOr<::mlir::Value>", "rebuildForTokens",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$operands,
           "::llvm::ArrayRef<unsigned>":$widened, "unsigned":$numAxes), "", [{
        if (!widened.empty())
          return ::mlir::failure();
        ::mlir::Operation *clone = builder.clone(*$_op.getOperation());
        clone->setOperands(operands);
        return clone->getResult(0);
      }]>
  ];
}

#endif // TENON_DIALECT_TENON_IR_TENONINTERFACES_TD
