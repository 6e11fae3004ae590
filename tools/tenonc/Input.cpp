//===- Input.cpp - Model text or MLIR to a module -------------------------===//

#include "Input.h"

#include "Output.h"

#include "frontends/lang/ASTPrinter.h"
#include "frontends/lang/Import.h"
#include "frontends/lang/Parser.h"
#include "tenon/Dialect/Tenon/IR/ComputeAttribute.h"
#include "tenon/Pipelines/Plugins.h"
#include "tenon/Support/Nesting.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tenon::driver;
namespace lang = tenon::lang;

static bool isMlir(StringRef path) { return path.ends_with(".mlir"); }

/// The exit code for what the messages blame.
static int exitCode(const lang::DiagnosticsEngine &diagnostics) {
  if (!diagnostics.hasErrors())
    return kSuccess;
  switch (diagnostics.getFault()) {
  case lang::Fault::Input:
    return kInputError;
  case lang::Fault::CommandLine:
    return kUsageError;
  case lang::Fault::Environment:
    return kEnvironmentError;
  }
  llvm_unreachable("unknown fault");
}

int tenon::driver::loadPlugins(const Options &options, mlir::MLIRContext &context) {
  std::string flaw = mlir::tenon::loadPlugins(options.plugins, context);
  if (flaw.empty())
    return kSuccess;
  errs() << "tenonc: error: " << flaw << "\n";
  return kEnvironmentError;
}

static std::unique_ptr<lang::SourceFile> readSource(StringRef path) {
  std::string reason;
  std::unique_ptr<lang::SourceFile> source = lang::SourceFile::read(path, reason);
  if (!source)
    errs() << "tenonc: error: " << reason << "\n"; // which names the file
  return source;
}

/// What the options say about the model, the configuration file read. Returns an
/// exit code.
static int readImportOptions(const Options &options, lang::DiagnosticsEngine &diagnostics,
                             lang::ImportOptions &importOptions) {
  importOptions.defines = options.defines;
  importOptions.config = options.config;
  importOptions.train = options.train;
  importOptions.weights = options.weights;
  if (options.configFile.empty())
    return kSuccess;
  SmallString<128> path(options.configFile);
  if (sys::fs::is_directory(path))
    sys::path::append(path, "config.json");
  std::unique_ptr<lang::SourceFile> file = readSource(path);
  if (!file)
    return kEnvironmentError;
  importOptions.configFile = &diagnostics.adopt(std::move(file));
  return kSuccess;
}

static int readMlir(const Options &options, mlir::MLIRContext &context,
                    mlir::OwningOpRef<mlir::ModuleOp> &module) {
  if (!options.defines.empty() || !options.config.empty() || !options.configFile.empty() ||
      options.train || !options.weights.empty() || !options.compute.empty()) {
    errs() << "tenonc: error: -D, -C, --config, --precision and --train are for model text; '"
           << options.input << "' is MLIR\n";
    return kUsageError;
  }
  // A pipe without a writer must not be waited for.
  sys::fs::file_status status;
  if (std::error_code error = sys::fs::status(options.input, status))
    return environmentError(options.input, error.message());
  if (status.type() != sys::fs::file_type::regular_file)
    return environmentError(options.input, "is not a regular file");
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFile(options.input);
  if (std::error_code error = buffer.getError())
    return environmentError(options.input, error.message());
  std::string flaw = mlir::tenon::refuseMlirText(options.input, (*buffer)->getBuffer());
  if (!flaw.empty()) {
    errs() << flaw << "\n";
    return kInputError;
  }
  auto sources = std::make_shared<SourceMgr>();
  sources->AddNewSourceBuffer(std::move(*buffer), SMLoc());
  mlir::SourceMgrDiagnosticHandler handler(*sources, &context, errs());
  module = mlir::parseSourceFile<mlir::ModuleOp>(sources, &context);
  return module ? kSuccess : kInputError;
}

/// What products are computed in, instead of what the model says.
static void setCompute(StringRef dtype, mlir::ModuleOp module) {
  mlir::Builder builder(module.getContext());
  module->removeAttr(mlir::tenon::kComputeAttr);
  if (dtype == "f32")
    return;
  mlir::Type type = dtype == "bf16" ? mlir::Type(builder.getBF16Type()) : builder.getTF32Type();
  module->setAttr(mlir::tenon::kComputeAttr, mlir::TypeAttr::get(type));
}

int tenon::driver::readInput(const Options &options, mlir::MLIRContext &context,
                             mlir::OwningOpRef<mlir::ModuleOp> &module) {
  if (isMlir(options.input))
    return readMlir(options, context, module);
  std::unique_ptr<lang::SourceFile> source = readSource(options.input);
  if (!source)
    return kEnvironmentError;
  lang::DiagnosticsEngine diagnostics;
  lang::ImportOptions importOptions;
  if (int code = readImportOptions(options, diagnostics, importOptions))
    return code;
  module = lang::importModel(context, *source, importOptions, diagnostics);
  diagnostics.print(errs());
  int code = exitCode(diagnostics);
  if (code == kSuccess && !options.compute.empty())
    setCompute(options.compute, *module);
  return code;
}

int tenon::driver::inspectInput(const Options &options, mlir::MLIRContext &context) {
  if (isMlir(options.input)) {
    errs() << "tenonc: error: --check, --names and --emit=ast need model text, not MLIR\n";
    return kUsageError;
  }
  std::unique_ptr<lang::SourceFile> source = readSource(options.input);
  if (!source)
    return kEnvironmentError;
  lang::DiagnosticsEngine diagnostics;
  lang::ImportOptions importOptions;
  if (int code = readImportOptions(options, diagnostics, importOptions))
    return code;
  std::string text;
  raw_string_ostream os(text);
  if (options.checkOnly) {
    lang::checkModel(context, *source, importOptions, diagnostics);
  } else if (options.listNames) {
    lang::listNames(context, *source, importOptions, diagnostics, os);
  } else {
    lang::ASTContext nodes;
    lang::printTree(lang::parseFile(*source, nodes, diagnostics), os);
  }
  diagnostics.print(errs());
  if (int code = exitCode(diagnostics))
    return code;
  return text.empty() ? kSuccess : writeText(options.output, text);
}
