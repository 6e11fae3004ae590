//===- Retarget.h - GPU code made to run on the host ------------*- C++ -*-===//

#ifndef TENON_EMULATION_RETARGET_H
#define TENON_EMULATION_RETARGET_H

#include "tenon/Emulation/Instrumentation.h"
#include "tenon/Emulation/Launch.h"

#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace tenon::emulation {

/// A kernel of a retargeted module: the function `entryName` has the type of
/// Kernel::entry.
struct RetargetedKernel {
  std::string entryName;
  Kernel kernel;
};

/// Rewrites `module`, made for nvptx64, for a host with `hostLayout` and
/// `hostTriple`. Every function gets the running thread as a first parameter;
/// special registers become loads from it; llvm.nvvm intrinsics and the device
/// functions of Target/PtxFunctions.h become calls of the emulator; shared
/// variables become places in the block's shared memory; a shared address as a
/// number is its offset there, as on the GPU. All other code stays as it is.
///
/// Fails, with the name of the kernel and of what it uses, on intrinsics and
/// functions without an emulation, inline assembly, and atomic operations:
/// results must not depend on the order of threads.
llvm::Expected<std::vector<RetargetedKernel>> retarget(llvm::Module &module,
                                                       const llvm::DataLayout &hostLayout,
                                                       const llvm::Triple &hostTriple,
                                                       Instrumentation instrumentation = {});

} // namespace tenon::emulation

#endif // TENON_EMULATION_RETARGET_H
