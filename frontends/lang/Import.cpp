//===- Import.cpp - From model text to the tenon dialect ------------------===//

#include "frontends/lang/Import.h"

#include "frontends/lang/Elaborator.h"

namespace tenon::lang {

mlir::OwningOpRef<mlir::ModuleOp> importModel(mlir::MLIRContext &context, const SourceFile &source,
                                              const ImportOptions &options,
                                              DiagnosticsEngine &diagnostics) {
  Loader files(diagnostics);
  files.load(source);
  return Elaborator(context, files, options, diagnostics).run(options.config);
}

bool checkModel(mlir::MLIRContext &context, const SourceFile &source, const ImportOptions &options,
                DiagnosticsEngine &diagnostics) {
  Loader files(diagnostics);
  files.load(source);
  Elaborator(context, files, options, diagnostics).run(options.config);
  // What is wrong in the model itself is wrong in every config, with more words.
  if (!options.config.empty() || options.configFile || diagnostics.hasErrors())
    return !diagnostics.hasErrors();
  for (const Statement *statement : files.getUnits().back()->tree.statements) {
    if (statement->kind != StatementKind::Model)
      continue;
    for (const Statement *row : llvm::cast<Declaration>(statement)->suite) {
      const auto *config = llvm::dyn_cast<ConfigStatement>(row);
      if (!config)
        continue;
      // Each row on its own, so that one broken row does not hide the others.
      DiagnosticsEngine own;
      Elaborator(context, files, options, own).run(config->name.name);
      diagnostics.absorb(own, "in config " + config->name.name);
    }
  }
  return !diagnostics.hasErrors();
}

bool listNames(mlir::MLIRContext &context, const SourceFile &source, const ImportOptions &options,
               DiagnosticsEngine &diagnostics, llvm::raw_ostream &os) {
  Loader files(diagnostics);
  files.load(source);
  Elaborator elaborator(context, files, options, diagnostics);
  if (!elaborator.run(options.config))
    return false;
  for (const Parameter &parameter : elaborator.getParameters())
    os << parameter.name << ' '
       << formatElement(parameter.storage ? mlir::Type(parameter.storage)
                                          : parameter.type.getElementType())
       << formatShape(parameter.type.getShape()) << '\n';
  return true;
}

} // namespace tenon::lang
