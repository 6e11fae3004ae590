//===- OptimizeModule.h - LLVM's passes over a module -----------*- C++ -*-===//

#ifndef TENON_LIB_CODEGEN_OPTIMIZEMODULE_H
#define TENON_LIB_CODEGEN_OPTIMIZEMODULE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace mlir::tenon {

/// Runs `passes`, LLVM's text form of a pipeline of module passes, for a machine.
llvm::Error optimizeModule(llvm::Module &module, llvm::TargetMachine &machine,
                           llvm::StringRef passes);

} // namespace mlir::tenon

#endif // TENON_LIB_CODEGEN_OPTIMIZEMODULE_H
