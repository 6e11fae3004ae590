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
      (ins "::mlir::tenon::kernel::EmitContext &":$context)>
  ];
}

#endif // TENON_CONVERSION_KERNELTOVECTOR_KERNELEMITTEROPINTERFACE_TD
