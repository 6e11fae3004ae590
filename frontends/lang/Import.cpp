//===- Import.cpp - From model text to the tenon dialect ------------------===//

#include "frontends/lang/Import.h"

#include "frontends/lang/Elaborator.h"

namespace tenon::lang {

/// The model that the last file of `files` defines, or null.
static const Declaration *findModel(const Loader &files) {
  for (const Statement *statement : files.getUnits().back()->tree.statements)
    if (statement->kind == StatementKind::Model)
      return llvm::cast<Declaration>(statement);
  return nullptr;
}

/// The train sections of the model, in text order.
static std::vector<const Declaration *> findTrainSections(const Loader &files) {
  std::vector<const Declaration *> sections;
  if (const Declaration *model = findModel(files))
    for (const Statement *statement : model->suite)
      if (statement->kind == StatementKind::Train)
        sections.push_back(llvm::cast<Declaration>(statement));
  return sections;
}

/// The section that `--train=NAME` chooses; null after an error.
static const Declaration *chooseTrainSection(const Loader &files, llvm::StringRef name,
                                             DiagnosticsEngine &diagnostics) {
  std::vector<const Declaration *> sections = findTrainSections(files);
  llvm::SmallVector<llvm::StringRef> names;
  for (const Declaration *section : sections) {
    if (name.empty() || section->name.name == name)
      return section;
    names.push_back(section->name.name);
  }
  llvm::StringRef near = nearestName(name, names);
  diagnostics.error(Fault::CommandLine,
                    "--train: the model has no train section" +
                        (name.empty() ? "" : " '" + escapeForMessage(name) + "'") +
                        (near.empty() ? "" : "; did you mean '" + near.str() + "'?"));
  return nullptr;
}

/// Whether the section has a loss where `training` is false, and data to hold out; a warning
/// says why not.
static bool canEvaluate(mlir::MLIRContext &context, Loader &files, const ImportOptions &options,
                        const Declaration &section, DiagnosticsEngine &diagnostics) {
  if (section.inputs.empty())
    return false;
  DiagnosticsEngine own;
  Elaborator(context, files, options, own)
      .run(options.config, &section, Elaborator::Training::Evaluated);
  for (const Diagnostic &found : own.getDiagnostics()) {
    if (found.getSeverity() != Severity::Error)
      continue;
    diagnostics
        .warning(section.name.range,
                 "train section '" + section.name.name +
                     "' is not made for '--eval-input': it holds only while 'training' is true")
        .note(placeOf(found.getRange(), section.name.range.file) + ": " + found.getMessage());
    return false;
  }
  return true;
}

mlir::OwningOpRef<mlir::ModuleOp> importModel(mlir::MLIRContext &context, const SourceFile &source,
                                              const ImportOptions &options,
                                              DiagnosticsEngine &diagnostics) {
  Loader files(diagnostics);
  files.load(source);
  if (!options.train)
    return Elaborator(context, files, options, diagnostics)
        .run(options.config, nullptr, Elaborator::Training::Ignored);
  if (diagnostics.hasErrors())
    return nullptr;
  const Declaration *section = chooseTrainSection(files, *options.train, diagnostics);
  if (!section)
    return nullptr;
  Elaborator(context, files, options, diagnostics)
      .run(options.config, section, Elaborator::Training::Checked);
  if (diagnostics.hasErrors())
    return nullptr;
  // Warnings are those of the check.
  DiagnosticsEngine own;
  bool isEvaluated = canEvaluate(context, files, options, *section, diagnostics);
  mlir::OwningOpRef<mlir::ModuleOp> module =
      Elaborator(context, files, options, own)
          .run(options.config, section,
               isEvaluated ? Elaborator::Training::BuiltAndEvaluated : Elaborator::Training::Built);
  if (own.hasErrors())
    diagnostics.absorb(own, "in train section " + section->name.name);
  return module;
}

/// Elaborates the model with `config`, once for each train section: what one of them
/// applies does not exist in the others.
static void checkSections(mlir::MLIRContext &context, Loader &files, const ImportOptions &options,
                          llvm::StringRef config, DiagnosticsEngine &diagnostics) {
  std::vector<const Declaration *> sections = findTrainSections(files);
  if (sections.size() < 2) {
    const Declaration *only = sections.empty() ? nullptr : sections.front();
    Elaborator(context, files, options, diagnostics)
        .run(config, only, Elaborator::Training::Checked);
    return;
  }
  for (const Declaration *section : sections) {
    DiagnosticsEngine own;
    Elaborator(context, files, options, own).run(config, section, Elaborator::Training::Checked);
    diagnostics.absorb(own, "in train section " + section->name.name);
  }
}

bool checkModel(mlir::MLIRContext &context, const SourceFile &source, const ImportOptions &options,
                DiagnosticsEngine &diagnostics) {
  Loader files(diagnostics);
  files.load(source);
  if (!diagnostics.hasErrors())
    checkSections(context, files, options, options.config, diagnostics);
  // What is wrong in the model itself is wrong in every config, with more words.
  if (!options.config.empty() || options.configFile || diagnostics.hasErrors())
    return !diagnostics.hasErrors();
  for (const Statement *row : findModel(files)->suite) {
    const auto *config = llvm::dyn_cast<ConfigStatement>(row);
    if (!config)
      continue;
    // Each row on its own, so that one broken row does not hide the others.
    DiagnosticsEngine own;
    checkSections(context, files, options, config->name.name, own);
    diagnostics.absorb(own, "in config " + config->name.name);
  }
  return !diagnostics.hasErrors();
}

bool listNames(mlir::MLIRContext &context, const SourceFile &source, const ImportOptions &options,
               DiagnosticsEngine &diagnostics, llvm::raw_ostream &os) {
  Loader files(diagnostics);
  files.load(source);
  Elaborator elaborator(context, files, options, diagnostics);
  if (!elaborator.run(options.config, nullptr, Elaborator::Training::Ignored))
    return false;
  for (const Parameter &parameter : elaborator.getParameters())
    os << parameter.name << ' '
       << formatElement(parameter.storage ? mlir::Type(parameter.storage)
                                          : parameter.type.getElementType())
       << formatShape(parameter.type.getShape()) << '\n';
  return true;
}

} // namespace tenon::lang
