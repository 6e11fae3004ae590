//===- Messages.h - How MLIR's messages are printed -------------*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_MESSAGES_H
#define TENON_TOOLS_TENONC_MESSAGES_H

#include "mlir/IR/Diagnostics.h"

namespace tenon::driver {

/// Prints the messages of passes as those of the language are printed, as long
/// as it lives: `FILE:LINE:COL: error: ...`, whatever the location holds besides.
class MessagePrinter : public mlir::ScopedDiagnosticHandler {
public:
  explicit MessagePrinter(mlir::MLIRContext &context);
};

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_MESSAGES_H
