//===- GpuEmitterOpInterface.h - GPU code for a kernel op -------*- C++ -*-===//

#ifndef TENON_CONVERSION_KERNELTONVVM_GPUEMITTEROPINTERFACE_H
#define TENON_CONVERSION_KERNELTONVVM_GPUEMITTEROPINTERFACE_H

#include "tenon/Conversion/KernelToNVVM/GpuContext.h"

#include "tenon/Conversion/KernelToNVVM/GpuEmitterOpInterface.h.inc"

namespace mlir::tenon::kernel {

/// Attaches the GPU emitters to the kernel ops.
void registerGpuEmitters(DialectRegistry &registry);

} // namespace mlir::tenon::kernel

#endif // TENON_CONVERSION_KERNELTONVVM_GPUEMITTEROPINTERFACE_H
