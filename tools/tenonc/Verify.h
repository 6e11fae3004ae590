//===- Verify.h - Compiled code beside the f64 interpreter ------*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_VERIFY_H
#define TENON_TOOLS_TENONC_VERIFY_H

namespace mlir {
class MLIRContext;
}

namespace tenon::driver {

/// `tenonc verify MODEL --weights W --input NAME=FILE...`: compiles the model,
/// runs it and the reference interpreter on the same data, and prints the error
/// of each output; with --blocks also of each block, from a second compilation
/// that returns their results. Exit 4 when an output is above the tolerance.
int runVerify(int argc, char **argv, mlir::MLIRContext &context);

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_VERIFY_H
