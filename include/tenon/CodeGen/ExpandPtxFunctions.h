//===- ExpandPtxFunctions.h - Device functions become PTX -------*- C++ -*-===//

#ifndef TENON_CODEGEN_EXPANDPTXFUNCTIONS_H
#define TENON_CODEGEN_EXPANDPTXFUNCTIONS_H

#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace mlir::tenon {

/// Replaces calls of the functions of Target/PtxFunctions.h in `module`, made
/// for nvptx64, by inline assembly, and removes their declarations. Fails on a
/// function of that family that the table does not know, and on one whose type
/// is not what the table says.
llvm::Error expandPtxFunctions(llvm::Module &module);

} // namespace mlir::tenon

#endif // TENON_CODEGEN_EXPANDPTXFUNCTIONS_H
