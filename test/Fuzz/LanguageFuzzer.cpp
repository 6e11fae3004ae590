//===- LanguageFuzzer.cpp - Any bytes as a model file ---------------------===//
//
// Bytes are parsed, checked and imported as `tenonc` does. What is read must
// print; an import says what is wrong, or gives a module that verifies.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/ASTPrinter.h"
#include "frontends/lang/Import.h"
#include "frontends/lang/Parser.h"

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Verifier.h"

#include <cstdlib>

using namespace tenon::lang;

// The bytes of LLVM's allocators are marked by code that is not instrumented.
extern "C" const char *__asan_default_options() { return "allow_user_poisoning=0"; }

static void require(bool holds) {
  if (!holds)
    std::abort();
}

static void parse(const SourceFile &source) {
  DiagnosticsEngine diagnostics;
  ASTContext context;
  FileTree tree = parseFile(source, context, diagnostics);
  printTree(tree, llvm::nulls());
  diagnostics.print(llvm::nulls());
}

static void import(mlir::MLIRContext &context, const SourceFile &source) {
  DiagnosticsEngine diagnostics;
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(context, source, {}, diagnostics);
  diagnostics.print(llvm::nulls());
  require(bool(module) != diagnostics.hasErrors());
  require(!module || mlir::succeeded(mlir::verify(*module)));
}

static void check(mlir::MLIRContext &context, const SourceFile &source) {
  DiagnosticsEngine diagnostics;
  bool isRight = checkModel(context, source, {}, diagnostics);
  require(isRight != diagnostics.hasErrors());
}

/// One context for all inputs: to make one takes longer than to import a model.
static mlir::MLIRContext &sharedContext() {
  static mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<mlir::tenon::TenonDialect, mlir::func::FuncDialect, mlir::arith::ArithDialect,
                      mlir::math::MathDialect>();
  return context;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  mlir::MLIRContext &context = sharedContext();
  // A folder that does not exist: an import reads no file.
  SourceFile source("/nowhere/fuzzed.tenon",
                    std::string(reinterpret_cast<const char *>(data), size));
  parse(source);
  import(context, source);
  check(context, source);
  return 0;
}
