//===- Options.h - the command line of a compiled model -------------------===//
#ifndef TENON_RUNTIME_CLI_OPTIONS_H
#define TENON_RUNTIME_CLI_OPTIONS_H

#include "tenon/Runtime/Context.h"
#include "tenon/Runtime/Io/Status.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tenon::runtime {

enum class Command { Run, Info, Bench, Train, Help, Version };

/// NAME=FILE or NAME=NUMBER.
template <typename Value> struct Assignment {
  std::string name;
  Value value;
};

/// Everything a command line says.
struct Arguments {
  Command command = Command::Help;
  /// Of `help`: the command to explain, Command::Help for the overview.
  Command topic = Command::Help;
  bool hasWeights = false;
  std::string weights;
  std::vector<Assignment<std::string>> inputs;
  std::vector<Assignment<std::string>> outputs;
  std::string outputDir; ///< empty: not given
  std::string entry;     ///< empty: the first
  int threads = 0;       ///< 0: not given
  int64_t level = 0;     ///< 0: not given
  DeviceKind device = DeviceKind::Auto;
  int deviceNumber = -1; ///< -1: not given
  bool strict = false;
  bool ema = false;
  bool checkFinite = false;
  bool json = false;
  std::string jsonFile; ///< of bench; empty: not given
  bool list = false;
  std::vector<Assignment<int64_t>> sizes; ///< of --max or --size
  int64_t repeat = 30;
  int64_t warmup = 5;
  // Of train.
  bool hasSteps = false, hasBatch = false, hasSeed = false, hasResume = false;
  int64_t steps = 0, batch = 0, seed = 0;
  int64_t accumulate = 0; ///< 0: not given
  int64_t every = 0;      ///< 0: at the end
  std::vector<Assignment<std::string>> evalInputs;
  int64_t evalEvery = 0;       ///< 0: after each pass
  std::string checkpoint, log; ///< empty: not given
  std::string resume;
};

/// Reads argv. Everything that the text alone shows to be wrong is a Usage
/// error, with the nearest flag where there is one.
Result<Arguments> parseArguments(int argc, char **argv);

/// The text of --help for one command, or the overview.
std::string helpText(Command topic, const char *modelName);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_OPTIONS_H
