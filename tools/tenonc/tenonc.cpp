//===- tenonc.cpp - The compiler driver -----------------------------------===//
//
//   tenonc MODEL.tenon -o EXE [-D k=v] [-C NAME | --config FILE] [--emit=...] [--stop-after=...]
//   tenonc MODEL.tenon --explain[=yaml] [--size NAME=VALUE,...]
//   tenonc verify MODEL.tenon --weights W --input NAME=FILE...
//   tenonc fmt [--check] FILE...
//
//===----------------------------------------------------------------------===//

#include "Compilation.h"
#include "Format.h"
#include "Input.h"
#include "Messages.h"
#include "Options.h"
#include "Verify.h"

#include "tenon/Pipelines/Registration.h"
#include "tenon/Reference/ReferenceOpInterface.h"
#include "tenon/Support/LargeStack.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <new>
#include <unistd.h>

using namespace tenon::driver;

/// Out of memory, in our code or in LLVM's: a message and exit 3, not an abort.
[[noreturn]] static void reportNoMemory() {
  static constexpr char message[] = "tenonc: error: out of memory\n";
  if (::write(STDERR_FILENO, message, sizeof(message) - 1) < 0) {
    // Nobody is left to tell.
  }
  ::_exit(kEnvironmentError);
}

/// What LLVM gives up on: a resource that the system did not grant, or our bug.
[[noreturn]] static void reportFatal(void *, const char *reason, bool) {
  llvm::errs() << "tenonc: error: " << reason << "\n";
  bool isResource = llvm::StringRef(reason).contains("pthread_create");
  ::_exit(isResource ? kEnvironmentError : kInternalError);
}

static int run(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::install_fatal_error_handler(reportFatal);
  // No output file may take the place of a closed stdin, stdout or stderr.
  if (std::error_code error = llvm::sys::Process::FixupStandardFileDescriptors()) {
    llvm::errs() << "tenonc: error: standard streams: " << error.message() << "\n";
    return kEnvironmentError;
  }
  // A closed pipe and a limit on file sizes are errors of the write that meets them.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::set_new_handler([] { reportNoMemory(); });
  llvm::install_bad_alloc_error_handler([](void *, const char *, bool) { reportNoMemory(); });

  if (argc > 1 && llvm::StringRef(argv[1]) == "fmt")
    return runFormat(argc - 1, argv + 1);

  mlir::DialectRegistry registry;
  mlir::tenon::registerDialects(registry);
  mlir::tenon::registerReferenceModels(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  MessagePrinter messages(context);
  if (argc > 1 && llvm::StringRef(argv[1]) == "verify")
    return runVerify(argc - 1, argv + 1, context);

  Options options;
  if (int code = parseOptions(argc, argv, options))
    return code;
  if (int code = loadPlugins(options, context))
    return code;
  if (options.checkOnly || options.listNames || options.emit == Emit::AST)
    return inspectInput(options, context);
  Compilation compilation(options, context);
  return options.explain == Explain::None ? compilation.run() : compilation.explain();
}

int main(int argc, char **argv) { return mlir::tenon::runOnLargeStack(run, argc, argv); }
