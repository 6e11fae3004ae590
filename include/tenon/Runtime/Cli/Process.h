//===- Process.h - descriptors, signals and messages of the process -------===//
#ifndef TENON_RUNTIME_CLI_PROCESS_H
#define TENON_RUNTIME_CLI_PROCESS_H

#include "tenon/Runtime/Io/Status.h"

#include <atomic>
#include <string>

namespace tenon::runtime {

/// Makes descriptors 0, 1 and 2 safe to use if they were closed, has writes to
/// closed pipes and past file limits return errors, and ends with exit code 3
/// when memory runs out.
void prepareProcess();

/// From now on the first SIGHUP, SIGINT or SIGTERM sets the flag below; the second
/// removes unfinished files and ends the process.
void catchStopSignals();

/// The number of the signal that asked to stop, or 0.
const std::atomic<int> &stopSignal();

/// A failure with exit code 128 + signal if a signal came, else success.
Status checkStopSignal(const char *where);

/// Writes a line to stderr. Failures are ignored.
void printMessage(const std::string &line);

/// Prints all lines of a failure and returns its exit code as a number.
int reportFailure(const Status &status);

/// Adds text to stdout.
void print(const std::string &text);

/// Flushes stdout. An Environment error if anything printed was lost.
Status finishOutput();

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_PROCESS_H
