//===- TensorFiles.h - Host tensors from and to files -----------*- C++ -*-===//

#ifndef TENON_TOOLS_TENON_REFERENCE_TENSORFILES_H
#define TENON_TOOLS_TENON_REFERENCE_TENSORFILES_H

#include "tenon/Reference/HostTensor.h"
#include "tenon/Runtime/Io/Status.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::tenon {

/// Reads a .npy file.
::tenon::runtime::Result<HostTensor> readNpy(MLIRContext *context, const std::string &path);

/// Writes a .npy file; floats as f64.
::tenon::runtime::Status writeNpy(const HostTensor &tensor, const std::string &path);

/// Reads the tensors of a safetensors file that `module` declares as
/// parameters, into `parameters`. Element types must be those declared.
::tenon::runtime::Status readParameters(ModuleOp module, const std::string &path,
                                        llvm::StringMap<HostTensor> &parameters);

} // namespace mlir::tenon

#endif // TENON_TOOLS_TENON_REFERENCE_TENSORFILES_H
