//===- tenon-opt.cpp - Runs passes and shows the IR -----------------------===//
//
// Upstream's opt tool with what it lacks: limits before the parser runs, and exit
// codes that tell a wrong command line (2) and our own failures (70) from a wrong
// input (1) and an unreadable one (3).
//
//===----------------------------------------------------------------------===//

#include "tenon/Pipelines/Registration.h"
#include "tenon/Support/LargeStack.h"
#include "tenon/Support/Nesting.h"

#include "mlir/Debug/Counter.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Support/Timing.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/ToolOutputFile.h"

namespace cl = llvm::cl;

static cl::opt<std::string> inputPath(cl::Positional, cl::desc("<input file>"), cl::init("-"));
static cl::opt<std::string> outputPath("o", cl::desc("Output file"), cl::value_desc("file"),
                                       cl::init("-"));

/// A pass that does not fit its pipeline is fatal upstream; it is the command line's fault.
[[noreturn]] static void reportFatal(void *isSettingUp, const char *reason, bool) {
  llvm::errs() << "tenon-opt: error: " << reason << "\n";
  std::_Exit(*static_cast<bool *>(isSettingUp) ? 2 : 70);
}

static int run(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  mlir::DialectRegistry registry;
  mlir::tenon::registerDialects(registry);
  mlir::tenon::registerPasses();
  mlir::registerTransformsPasses();
  mlir::MlirOptMainConfig::registerCLOptions(registry);
  mlir::registerAsmPrinterCLOptions();
  mlir::registerMLIRContextCLOptions();
  mlir::registerPassManagerCLOptions();
  mlir::registerDefaultTimingManagerCLOptions();
  mlir::tracing::DebugCounter::registerCLOptions();
  if (!cl::ParseCommandLineOptions(argc, argv, "Tenon: inspect the compiler's stages\n",
                                   &llvm::errs()))
    return 2;
  auto config = mlir::MlirOptMainConfig::createFromCLOptions();

  static bool isSettingUp = true;
  llvm::install_fatal_error_handler(reportFatal, &isSettingUp);
  {
    mlir::MLIRContext context(registry);
    mlir::PassManager manager(&context);
    if (!config.shouldShowDialects() && failed(config.setupPassPipeline(manager)))
      return 2;
  }
  isSettingUp = false;

  std::string reason;
  std::unique_ptr<llvm::MemoryBuffer> input = mlir::openInputFile(inputPath, &reason);
  if (!input) {
    llvm::errs() << "tenon-opt: error: " << reason << "\n";
    return 3;
  }
  std::string flaw = mlir::tenon::refuseMlirText(inputPath, input->getBuffer());
  if (!flaw.empty()) {
    llvm::errs() << flaw << "\n";
    return 1;
  }
  std::unique_ptr<llvm::ToolOutputFile> output = mlir::openOutputFile(outputPath, &reason);
  if (!output) {
    llvm::errs() << "tenon-opt: error: " << reason << "\n";
    return 3;
  }
  if (failed(mlir::MlirOptMain(output->os(), std::move(input), registry, config)))
    return 1;
  output->keep();
  return 0;
}

int main(int argc, char **argv) { return mlir::tenon::runOnLargeStack(run, argc, argv); }
