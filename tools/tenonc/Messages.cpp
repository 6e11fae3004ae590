//===- Messages.cpp - How MLIR's messages are printed ---------------------===//

#include "Messages.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace tenon::driver;

static llvm::StringRef getLabel(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return "error: ";
  case DiagnosticSeverity::Warning:
    return "warning: ";
  case DiagnosticSeverity::Note:
    return "note: ";
  case DiagnosticSeverity::Remark:
    return "remark: ";
  }
  llvm_unreachable("unknown severity");
}

static void print(Diagnostic &diagnostic) {
  Location location = diagnostic.getLocation();
  if (auto place = LocationAttr(location).findInstanceOf<FileLineColLoc>())
    llvm::errs() << place.getFilename().getValue() << ":" << std::max(place.getLine(), 1u) << ":"
                 << std::max(place.getColumn(), 1u) << ": ";
  else
    llvm::errs() << "tenonc: ";
  llvm::errs() << getLabel(diagnostic.getSeverity()) << diagnostic << "\n";
}

MessagePrinter::MessagePrinter(MLIRContext &context) : ScopedDiagnosticHandler(&context) {
  setHandler([](Diagnostic &diagnostic) {
    print(diagnostic);
    for (Diagnostic &note : diagnostic.getNotes())
      print(note);
    return success();
  });
}
