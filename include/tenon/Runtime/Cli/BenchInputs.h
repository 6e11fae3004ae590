//===- BenchInputs.h - inputs for a measurement ---------------------------===//
#ifndef TENON_RUNTIME_CLI_BENCHINPUTS_H
#define TENON_RUNTIME_CLI_BENCHINPUTS_H

#include "tenon/Runtime/Cli/Session.h"

namespace tenon::runtime {

/// A bound call whose inputs are the files given and, for the others, made up:
/// floats from a fixed sequence in [-1, 1), integers 0, booleans true. Sizes
/// come from the files, from --size, or are the smallest allowed but at
/// least 1.
Result<PreparedCall> makeBenchCall(const Arguments &arguments, const tn_program &program,
                                   size_t entry, const Context &context);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_BENCHINPUTS_H
