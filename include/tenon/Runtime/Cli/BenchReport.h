//===- BenchReport.h - what bench prints and writes -----------------------===//
#ifndef TENON_RUNTIME_CLI_BENCHREPORT_H
#define TENON_RUNTIME_CLI_BENCHREPORT_H

#include "tenon/Runtime/Cli/Measurement.h"

namespace tenon::runtime {

/// The text for people.
void printReport(const Arguments &arguments, const Context &context, const Call &call,
                 const Measurement &measurement);

/// All figures, in seconds, bytes and operations per second.
std::string benchJson(const Arguments &arguments, const Context &context, const Call &call,
                      const Measurement &measurement);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_BENCHREPORT_H
