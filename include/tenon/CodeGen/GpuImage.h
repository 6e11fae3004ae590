//===- GpuImage.h - From the LLVM dialect to code for GPUs ------*- C++ -*-===//

#ifndef TENON_CODEGEN_GPUIMAGE_H
#define TENON_CODEGEN_GPUIMAGE_H

#include "tenon/Target/GpuTarget.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir::tenon {

/// What is made of a module of GPU kernels.
enum class GpuImageKind {
  /// Optimized LLVM IR as text.
  LLVM,
  /// The same as bitcode, which the emulated driver runs.
  Bitcode,
  /// PTX as text, which the driver compiles for the device.
  PTX,
};

/// Optimizes `module`, which buildNVVMToLLVMPipeline left in the LLVM dialect, for GPUs of
/// a kind, and writes it as `kind` to `output`. Equal modules give equal bytes. Fails with an error
/// on the module when a kernel calls a function that is not there.
LogicalResult emitGpuImage(ModuleOp module, const GpuTarget &target, GpuImageKind kind,
                           llvm::SmallVectorImpl<char> &output);

} // namespace mlir::tenon

#endif // TENON_CODEGEN_GPUIMAGE_H
