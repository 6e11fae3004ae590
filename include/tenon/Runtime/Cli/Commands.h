//===- Commands.h - the commands of a compiled model ----------------------===//
#ifndef TENON_RUNTIME_CLI_COMMANDS_H
#define TENON_RUNTIME_CLI_COMMANDS_H

#include "tenon/Runtime/Cli/DeviceReport.h"
#include "tenon/Runtime/Cli/Options.h"

#include "tenon/Runtime/Abi.h"

#include <string>
#include <vector>

namespace tenon::runtime {

/// Computes the outputs of one entry from .npy files and writes them. All
/// outputs are written to the disk before the first gets its name.
Status runCommand(const Arguments &arguments, const tn_program &program);

/// Prints signature, sizes, parameters, work per block, levels and versions.
Status infoCommand(const Arguments &arguments, const tn_program &program);

/// Measures whole runs and each kernel.
Status benchCommand(const Arguments &arguments, const tn_program &program);

/// Trains the parameters step by step, with a log and checkpoints.
Status trainCommand(const Arguments &arguments, const tn_program &program);

/// What `info --json` prints; memory is that of a run on the CPU at `sizes`. An Input error
/// if that overflows 64 bits.
Result<std::string> infoJson(const tn_program &program, const tn_level *used,
                             const std::vector<int64_t> &sizes, const DeviceReport &device);

/// The newest symbol version of glibc that this program or library asks for ("2.34"),
/// from its own dynamic section; empty if it asks for none.
std::string glibcFloor();

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_COMMANDS_H
