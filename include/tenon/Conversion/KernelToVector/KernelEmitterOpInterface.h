//===- KernelEmitterOpInterface.h - Code for a kernel op --------*- C++ -*-===//

#ifndef TENON_CONVERSION_KERNELTOVECTOR_KERNELEMITTEROPINTERFACE_H
#define TENON_CONVERSION_KERNELTOVECTOR_KERNELEMITTEROPINTERFACE_H

#include "tenon/Conversion/KernelToVector/CpuContext.h"

#include "tenon/Conversion/KernelToVector/KernelEmitterOpInterface.h.inc"

namespace mlir::tenon::kernel {

/// Attaches the CPU emitters to the kernel ops.
void registerKernelEmitters(DialectRegistry &registry);

} // namespace mlir::tenon::kernel

#endif // TENON_CONVERSION_KERNELTOVECTOR_KERNELEMITTEROPINTERFACE_H
