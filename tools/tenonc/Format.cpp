//===- Format.cpp - tenonc fmt: model text in its one layout --------------===//

#include "Format.h"

#include "Options.h"
#include "Output.h"

#include "frontends/lang/Formatter.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace tenon::driver;
namespace lang = tenon::lang;

static std::unique_ptr<lang::SourceFile> readStandardInput() {
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getSTDIN();
  if (std::error_code error = buffer.getError()) {
    environmentError("standard input", error.message());
    return nullptr;
  }
  if ((*buffer)->getBufferSize() > lang::kMaxSourceBytes) {
    environmentError("standard input",
                     "has more than " + std::to_string(lang::kMaxSourceBytes) + " bytes");
    return nullptr;
  }
  return std::make_unique<lang::SourceFile>("<stdin>", (*buffer)->getBuffer().str());
}

/// Reports the first place at which `source` is not `formatted`.
static void reportDifference(const lang::SourceFile &source, StringRef formatted,
                             lang::DiagnosticsEngine &diagnostics) {
  lang::SourceFile wanted(source.getName().str(), formatted.str());
  StringRef text = source.getText();
  uint32_t at = source.getStart(), end = 0;
  while (at < text.size() && end < formatted.size() && text[at] == formatted[end])
    ++at, ++end;
  unsigned line = source.getLineColumn(at).line;
  diagnostics.error(lang::SourceRange{&source, at, at}, "the layout is not that of 'tenonc fmt'")
      .expected("'" + lang::escapeForMessage(wanted.getLine(line)) + "'",
                "'" + lang::escapeForMessage(source.getLine(line)) + "'");
}

static int formatFile(const std::string &path, bool checkOnly) {
  std::string reason;
  bool isStandardInput = path == "-";
  std::unique_ptr<lang::SourceFile> source =
      isStandardInput ? readStandardInput() : lang::SourceFile::read(path, reason);
  if (!source)
    return reason.empty() ? int(kEnvironmentError) : environmentError(path, reason);
  lang::DiagnosticsEngine diagnostics;
  std::optional<std::string> formatted = lang::formatSource(*source, diagnostics);
  bool isSame = formatted && *formatted == source->getText();
  if (formatted && checkOnly && !isSame)
    reportDifference(*source, *formatted, diagnostics);
  diagnostics.print(errs());
  if (diagnostics.hasErrors())
    return kInputError;
  if (checkOnly || (isSame && !isStandardInput))
    return kSuccess;
  return writeText(path, *formatted);
}

int tenon::driver::runFormat(int argc, char **argv) {
  cl::ResetCommandLineParser();
  cl::OptionCategory category("tenonc fmt options");
  cl::list<std::string> files(cl::Positional, cl::desc("FILE.tenon... ('-': standard input)"),
                              cl::cat(category));
  cl::opt<bool> check("check", cl::desc("Change nothing; say where a file is laid out otherwise"),
                      cl::cat(category));
  if (!cl::ParseCommandLineOptions(argc, argv, "Lays model text out in its one way\n", &errs()))
    return kUsageError;
  if (files.empty()) {
    errs() << "tenonc fmt: error: no input file; expected FILE.tenon or '-' (see --help)\n";
    return kUsageError;
  }
  int code = kSuccess;
  for (const std::string &file : files)
    if (int problem = formatFile(file, check); problem && !code)
      code = problem;
  return code;
}
