//===- Import.h - From model text to the tenon dialect ----------*- C++ -*-===//
//
// The front door of the language: elaborates a model in one pass in text order
// and builds a module of the tenon dialect.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_IMPORT_H
#define TENON_FRONTENDS_LANG_IMPORT_H

#include "frontends/lang/Diagnostics.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tenon::lang {

/// What the command line says about a model.
struct ImportOptions {
  /// Hyper-parameters by name (`-D heads=5`), the value as written. A later one
  /// of the same name wins; all of them win over the config.
  std::vector<std::pair<std::string, std::string>> defines;
  /// The config to take hyper-parameters from (`-C tiny`), or empty.
  std::string config;
  /// The JSON file to take them from (`--config`) by the keys that the model
  /// names, instead of a config; or null.
  const SourceFile *configFile = nullptr;
  /// The dtype of the model's parameters (`--precision weights=bf16`), instead of what
  /// the model says; empty to take that.
  std::string weights;
  /// The train section to compile (`--train=NAME`), or an empty name for the first;
  /// nothing to compile the entries.
  std::optional<std::string> train;
};

/// Elaborates the model of `source` and returns its module: one `tenon.size`
/// per dynamic size, one `tenon.param` per parameter under its checkpoint name,
/// one `func.func` per entry in text order. Null after an error; what is wrong,
/// and whether the text or the command line is at fault, is in `diagnostics`.
/// Locations are the text's, named after the part (`encoder.layer.0`).
mlir::OwningOpRef<mlir::ModuleOp> importModel(mlir::MLIRContext &context, const SourceFile &source,
                                              const ImportOptions &options,
                                              DiagnosticsEngine &diagnostics);

/// Elaborates the model as given by `options` with each of its train sections, then, if
/// it is right and no config is named there, with every config of the model. Returns true
/// when nothing is wrong.
bool checkModel(mlir::MLIRContext &context, const SourceFile &source, const ImportOptions &options,
                DiagnosticsEngine &diagnostics);

/// Prints one line per parameter, `NAME DTYPE[SIZES]`, in the order of their
/// declaration. Returns false after an error.
bool listNames(mlir::MLIRContext &context, const SourceFile &source, const ImportOptions &options,
               DiagnosticsEngine &diagnostics, llvm::raw_ostream &os);

/// The text of the standard library.
llvm::StringRef standardLibrary();

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_IMPORT_H
