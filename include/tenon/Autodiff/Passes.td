//===- Passes.td - Differentiation -*- tablegen -*-===//

#ifndef TENON_AUTODIFF_PASSES_TD
#define TENON_AUTODIFF_PASSES_TD

include "mlir/Pass/PassBase.td"

def TenonDifferentiate : Pass<"tenon-differentiate", "::mlir::func::FuncOp"> {
  let summary = "Replaces `tenon.gradient` by the graph of the derivatives";
  let description = [{
    From the loss back to the inputs, every op that floats pass through is asked for its
    vector-Jacobian product (`DifferentiableOpInterface`); a block that has none is
    replaced by its decomposition first. Derivatives that reach a value on several ways
    are added in the order of the ops, last op first. `tenon.stop_gradient` becomes its
    operand in the end.

    Refused, at the op: one that has neither a product nor a decomposition.

    Before:
    ```mlir
    %y = tenon.contract %x[a, b], %w[c, b] -> [a, c]
    ...
    %g = tenon.gradient of %l by %w : ...
    ```
    After, where %d is the derivative by %y:
    ```mlir
    %g = tenon.contract %d[a, c], %x[a, b] -> [c, b]
    ```
  }];
  let statistics = [Statistic<"numGradients", "gradients-built", "Gradients built">];
  let dependentDialects = ["::mlir::tenon::TenonDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

#endif // TENON_AUTODIFF_PASSES_TD
