//===- Input.h - Model text or MLIR to a module -----------------*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_INPUT_H
#define TENON_TOOLS_TENONC_INPUT_H

#include "Options.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace tenon::driver {

/// Adds the ops of the plugins that the options name. Returns an exit code.
int loadPlugins(const Options &options, mlir::MLIRContext &context);

/// Reads the input: `.mlir` is parsed, anything else is model text. Returns an
/// exit code; `module` is set on success.
int readInput(const Options &options, mlir::MLIRContext &context,
              mlir::OwningOpRef<mlir::ModuleOp> &module);

/// Prints the syntax tree (--emit=ast), the parameters (--names), or checks the
/// model and its configs (--check). Returns an exit code.
int inspectInput(const Options &options, mlir::MLIRContext &context);

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_INPUT_H
