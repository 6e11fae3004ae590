//===- Main.cpp - the entry point of compiled models ----------------------===//
#include "tenon/Runtime/Cli/Commands.h"
#include "tenon/Runtime/Cli/Process.h"

#include "tenon/Runtime/Io/Text.h"

using namespace tenon::runtime;

static Status dispatch(const Arguments &arguments) {
  switch (arguments.command) {
  case Command::Run:
    return runCommand(arguments, tenon_program);
  case Command::Info:
    return infoCommand(arguments, tenon_program);
  case Command::Bench:
    return benchCommand(arguments, tenon_program);
  case Command::Train:
    return trainCommand(arguments, tenon_program);
  case Command::Help:
    print(helpText(arguments.topic, tenon_program.model_name));
    return Status();
  case Command::Version:
    print(format("%s, compiled by %s, runtime ABI %u\n", tenon_program.model_name,
                 tenon_program.compiler_version, tenon_program.abi_version));
    return Status();
  }
  return Status();
}

int main(int argc, char **argv) {
  prepareProcess();
  catchStopSignals();
  Result<Arguments> arguments = parseArguments(argc, argv);
  if (!arguments.ok())
    return reportFailure(arguments.takeStatus());
  Status status = dispatch(*arguments);
  Status output = finishOutput();
  if (!status.ok())
    return reportFailure(status);
  if (!output.ok())
    return reportFailure(output);
  return static_cast<int>(ExitCode::Success);
}
