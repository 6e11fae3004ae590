//===- ObjectEmitter.h - From the LLVM dialect to machine code --*- C++ -*-===//

#ifndef TENON_CODEGEN_OBJECTEMITTER_H
#define TENON_CODEGEN_OBJECTEMITTER_H

#include "tenon/Target/CpuTarget.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"

namespace mlir::tenon {

/// What is made of a module.
enum class CodeKind {
  /// Optimized LLVM IR as text.
  LLVM,
  /// Assembly as text.
  Assembly,
  /// A relocatable object file.
  Object,
};

/// Optimizes `module`, which buildVectorToLLVMPipeline left in the LLVM
/// dialect, for `target` and writes it as `kind` to `output`. Functions are
/// position independent and each has a section of its own. Equal modules give
/// equal bytes. Fails with an error on the module when code would call a
/// function that the module does not define.
///
/// Uses an LLVM context of its own: calls for different modules may run at the
/// same time.
LogicalResult emitCode(ModuleOp module, const CpuTarget &target, CodeKind kind,
                       llvm::SmallVectorImpl<char> &output);

} // namespace mlir::tenon

#endif // TENON_CODEGEN_OBJECTEMITTER_H
