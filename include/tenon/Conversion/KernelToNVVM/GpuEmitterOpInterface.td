//===- GpuEmitterOpInterface.td - GPU code for a kernel op -*- tablegen -*-===//

#ifndef TENON_CONVERSION_KERNELTONVVM_GPUEMITTEROPINTERFACE_TD
#define TENON_CONVERSION_KERNELTONVVM_GPUEMITTEROPINTERFACE_TD

include "mlir/IR/OpBase.td"

def GpuEmitterOpInterface : OpInterface<"GpuEmitterOpInterface"> {
  let cppNamespace = "::mlir::tenon::kernel";
  let description = [{
    How a kernel op becomes the code of a GPU thread. Attached to the ops from outside
    (`registerGpuEmitters`); a new kernel op brings its own model and no pass changes.
  }];
  let methods = [
    InterfaceMethod<[{
      Emits into `context` what a thread of a block does, and sets the grid. Fails with an
      error on the op that names what it cannot do.
    }], "::mlir::LogicalResult", "emitForGpu", (ins "::mlir::tenon::kernel::GpuContext &":$context)>
  ];
}

#endif // TENON_CONVERSION_KERNELTONVVM_GPUEMITTEROPINTERFACE_TD
