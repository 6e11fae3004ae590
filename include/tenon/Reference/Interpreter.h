//===- Interpreter.h - Runs a module on host tensors ------------*- C++ -*-===//
//
// The meaning of a program: every op by its reference model, in f64, one after
// another. Errors are diagnostics of the module's context.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_REFERENCE_INTERPRETER_H
#define TENON_REFERENCE_INTERPRETER_H

#include "tenon/Reference/HostTensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

#include <string>

namespace mlir::tenon {

/// A result of an entry with its name (`tenon.name`, else "result0", ...).
struct NamedTensor {
  std::string name;
  HostTensor tensor;
};

/// Called after each op of an entry with its results.
using ReferenceObserver = function_ref<void(Operation *, ArrayRef<HostTensor>)>;

/// The entry called `name`; the first public function with a body when `name`
/// is empty. Fails with a diagnostic that lists the entries.
FailureOr<func::FuncOp> findEntry(ModuleOp module, StringRef name);

/// The name of an argument (`tenon.name`, else "arg0", ...) or a result.
std::string getArgumentName(func::FuncOp entry, unsigned index);
std::string getResultName(func::FuncOp entry, unsigned index);

/// Runs an entry. `inputs` and `parameters` are found by name; an input that is
/// missing takes its `tenon.default`. Symbols get their values from the shapes
/// of the inputs and must lie in their bounds. Parameters that the entry does
/// not read may be missing.
FailureOr<std::vector<NamedTensor>> interpret(ModuleOp module, StringRef entryName,
                                              const llvm::StringMap<HostTensor> &inputs,
                                              const llvm::StringMap<HostTensor> &parameters,
                                              ReferenceObserver observer = nullptr);

} // namespace mlir::tenon

#endif // TENON_REFERENCE_INTERPRETER_H
