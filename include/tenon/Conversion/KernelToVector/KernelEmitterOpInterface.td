//===- KernelEmitterOpInterface.td - Code for a kernel op -*- tablegen -*-===//

#ifndef TENON_CONVERSION_KERNELTOVECTOR_KERNELEMITTEROPINTERFACE_TD
#define TENON_CONVERSION_KERNELTOVECTOR_KERNELEMITTEROPINTERFACE_TD

include "mlir/IR/OpBase.td"

def KernelEmitterOpInterface : OpInterface<"KernelEmitterOpInterface"> {
  let cppNamespace = "::mlir::tenon::kernel";
  let description = [{
    How a kernel op becomes loops and vectors. Attached to the ops from outside
    (`registerKernelEmitters`); a new kernel op brings its own model and no pass
    changes.
  }];
  let methods = [
    InterfaceMethod<[{
      Emits the body of the kernel's function into `context`: all tasks from
      `begin` to `end`, and the grid and scratch size. Returns the function's
      result. Fails with an error on the op that names the constraint.
    }], "::mlir::FailureOr<::mlir::Value>", "emit",
      (ins "::mlir::tenon::kernel::CpuContext &":$context)>,
    InterfaceMethod<[{
      The tile of results that the code for `target` keeps in registers. Unless a
      model says otherwise: the table's for a kernel that sums products of its
      own inputs, else one vector.
    }], "::mlir::tenon::TileShape", "getTile", (ins "const ::mlir::tenon::CpuTarget &":$target), "", [{
      auto form = ::llvm::cast<::mlir::tenon::kernel::KernelOpInterface>($_op.getOperation());
      bool isProduct = form.getFirstEpilogueInput() >= 2 &&
                       !(form.getDims(::mlir::tenon::kernel::DimRole::Sum).empty() &&
                         form.getDims(::mlir::tenon::kernel::DimRole::Keys).empty());
      return isProduct ? target.getProductTile() : target.getVectorTile();
    }]>
  ];
}

#endif // TENON_CONVERSION_KERNELTOVECTOR_KERNELEMITTEROPINTERFACE_TD
