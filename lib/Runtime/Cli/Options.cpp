//===- Options.cpp - the command line of a compiled model -----------------===//
#include "tenon/Runtime/Cli/Options.h"

#include "tenon/Runtime/Cpu/CpuLimits.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstdlib>

namespace tenon::runtime {

namespace {

/// Steps are counted in f32, which holds each of them.
constexpr int64_t kMostSteps = 1 << 24;
constexpr int64_t kMostDevices = 1024;

enum class OptionId {
  Weights,
  Input,
  Output,
  OutputDir,
  Threads,
  Entry,
  Level,
  Device,
  Strict,
  Ema,
  CheckFinite,
  Max,
  Size,
  Repeat,
  Warmup,
  Json,
  JsonFile,
  List,
  Steps,
  Batch,
  Accumulate,
  Seed,
  Checkpoint,
  Every,
  Resume,
  Log,
  EvalInput,
  EvalEvery,
  Help,
};

enum : unsigned { InRun = 1, InInfo = 2, InBench = 4, InTrain = 8 };

struct OptionRow {
  OptionId id;
  unsigned commands;
  const char *flag;
  const char *value; ///< what stands for the value in help; null for none
  bool isRepeatable;
  const char *help;
};

struct CommandRow {
  Command command;
  unsigned bit;
  const char *name;
  const char *usage;
  const char *help;
};

} // namespace

static constexpr OptionRow options[] = {
    {OptionId::Weights, InRun | InInfo | InBench | InTrain, "--weights", "FILE", false,
     "safetensors file with the model's parameters"},
    {OptionId::Input, InRun | InBench | InTrain, "--input", "NAME=FILE", true,
     "an input, as a .npy file; once per input"},
    {OptionId::Output, InRun, "--output", "NAME=FILE", true,
     "where to write an output, as a .npy file"},
    {OptionId::OutputDir, InRun, "--output-dir", "DIR", false,
     "write every other output to DIR/NAME.npy"},
    {OptionId::Entry, InRun | InBench, "--entry", "NAME", false,
     "which entry of the model to run (default: the first)"},
    {OptionId::Threads, InRun | InBench | InTrain, "--threads", "N", false,
     "number of threads (default: $TENON_THREADS, else what the system "
     "grants)"},
    {OptionId::Level, InRun | InBench | InTrain, "--level", "v3|v4", false,
     "run the code of this x86-64 level (default: the best the CPU has)"},
    {OptionId::Device, InRun | InBench | InTrain, "--device", "auto|cpu|cuda[:N]", false,
     "where to run (default: auto, a GPU if there is one and code for it)"},
    {OptionId::Max, InRun, "--max", "B=32,S=512", false,
     "reserve the memory for these sizes before the run"},
    {OptionId::Size, InBench | InInfo, "--size", "B=1,S=128", false,
     "sizes to measure or to state the memory for (default: the smallest, but 1)"},
    {OptionId::Repeat, InBench, "--repeat", "N", false, "measured runs (default: 30)"},
    {OptionId::Warmup, InBench, "--warmup", "N", false,
     "runs before the measured ones (default: 5)"},
    {OptionId::Strict, InRun | InBench | InTrain, "--strict", nullptr, false,
     "tensors in the weights that the model does not use are an error"},
    {OptionId::Ema, InRun, "--ema", nullptr, false,
     "take the moving averages of the parameters, which a training with 'ema' keeps"},
    {OptionId::CheckFinite, InRun, "--check-finite", nullptr, false,
     "NaN or infinity in weights, inputs or outputs ends the run with 4"},
    {OptionId::Json, InInfo, "--json", nullptr, false, "print JSON"},
    {OptionId::JsonFile, InBench, "--json", "FILE", false, "write all figures to FILE as JSON"},
    {OptionId::List, InInfo, "--list", nullptr, false,
     "list the parameters, with a hash of each if there are weights"},
    {OptionId::Steps, InTrain, "--steps", "N", false,
     "the step to end after (default: the model's)"},
    {OptionId::Batch, InTrain, "--batch", "N", false,
     "samples in a step (default: the model's, else all)"},
    {OptionId::Accumulate, InTrain, "--accumulate", "N", false,
     "parts that a step is taken in, to need less memory (default: the model's, else 1)"},
    {OptionId::Seed, InTrain, "--seed", "N", false,
     "of first values and of the order of samples (default: the model's, else 0)"},
    {OptionId::Checkpoint, InTrain, "--checkpoint", "FILE", false,
     "where to write parameters and the state of the training, as safetensors"},
    {OptionId::Every, InTrain, "--every", "N", false,
     "write the checkpoint every N steps, too (default: at the end)"},
    {OptionId::Resume, InTrain, "--resume", "FILE", false, "go on from this checkpoint"},
    {OptionId::Log, InTrain, "--log", "FILE", false,
     "write loss and metrics of each step to FILE, a line of JSON each"},
    {OptionId::EvalInput, InTrain, "--eval-input", "NAME=FILE", true,
     "an input of held-out samples, whose loss and metrics are logged, too"},
    {OptionId::EvalEvery, InTrain, "--eval-every", "N", false,
     "evaluate held-out samples every N steps (default: after each pass)"},
    {OptionId::Help, InRun | InInfo | InBench | InTrain, "--help", nullptr, false,
     "print this help"},
};

static constexpr CommandRow commands[] = {
    {Command::Run, InRun, "run",
     "run --weights FILE --input NAME=FILE... (--output NAME=FILE... | "
     "--output-dir DIR)",
     "compute the outputs for the inputs given"},
    {Command::Info, InInfo, "info", "info [--json] [--size B=1,N=128] [--weights FILE] [--list]",
     "print signature, parameters, work per block and versions"},
    {Command::Bench, InBench, "bench",
     "bench --weights FILE [--size B=1,N=128] [--input NAME=FILE...] [--json FILE]",
     "measure the time of a run and of each kernel"},
    {Command::Train, InTrain, "train",
     "train --input NAME=FILE... [--checkpoint FILE] [--steps N] [--log FILE] [--resume FILE]",
     "train the parameters (of programs compiled with --train)"},
    {Command::Help, 0, "help", "help [COMMAND]", "explain a command"},
};

static const CommandRow *findCommand(std::string_view name) {
  for (const CommandRow &row : commands)
    if (name == row.name)
      return &row;
  return nullptr;
}

static Status usageError(const char *where, std::string text) {
  return Status::error(ExitCode::Usage, where, std::move(text));
}

static Status withNearest(Status status, std::string_view word,
                          const std::vector<std::string_view> &known) {
  std::string_view similar = nearest(word, known);
  if (similar.empty())
    return status;
  return std::move(status).hint("did you mean " + quoteName(similar) + "?");
}

namespace {

/// Reads the options of one command.
class OptionParser {
public:
  OptionParser(const CommandRow &row, int argc, char **argv) : row(row), argc(argc), argv(argv) {}

  Result<Arguments> parse();

private:
  Status fail(std::string text) { return usageError(row.name, std::move(text)); }
  const OptionRow *find(std::string_view flag) const;
  Status parseOne(std::string_view argument);
  Status apply(const OptionRow &option, const std::string &value);
  Status applyThreads(const char *source, const std::string &value);
  Status applyCount(const OptionRow &option, const std::string &value, int64_t smallest,
                    int64_t &count, int64_t largest = 1'000'000);
  Status applyLevel(const std::string &value);
  Status applyDevice(const std::string &value);
  Status applyFile(const OptionRow &option, const std::string &value,
                   std::vector<Assignment<std::string>> &files);
  Status applySizes(const OptionRow &option, const std::string &value);
  Status finish();

  const CommandRow &row;
  int argc;
  char **argv;
  int position = 2;
  uint32_t seen = 0;
  Arguments arguments;
};

} // namespace

const OptionRow *OptionParser::find(std::string_view flag) const {
  for (const OptionRow &option : options)
    if ((option.commands & row.bit) && flag == option.flag)
      return &option;
  return nullptr;
}

Result<Arguments> OptionParser::parse() {
  arguments.command = row.command;
  while (position < argc)
    if (Status status = parseOne(argv[position++]); !status.ok())
      return status;
  if (Status status = finish(); !status.ok())
    return status;
  return std::move(arguments);
}

Status OptionParser::parseOne(std::string_view argument) {
  if (argument == "-h")
    argument = "--help";
  size_t equals = argument.find('=');
  bool isInline = argument.substr(0, 2) == "--" && equals != argument.npos;
  std::string_view flag = isInline ? argument.substr(0, equals) : argument;
  const OptionRow *option = find(flag);
  if (!option) {
    bool isFlag = !flag.empty() && flag[0] == '-';
    std::vector<std::string_view> known;
    for (const OptionRow &candidate : options)
      if (candidate.commands & row.bit)
        known.push_back(candidate.flag);
    return withNearest(fail((isFlag ? "unknown flag " : "unexpected argument ") + quoteName(flag)),
                       flag, known);
  }
  uint32_t bit = 1u << static_cast<int>(option->id);
  if ((seen & bit) && !option->isRepeatable)
    return fail(std::string(option->flag) + " is given twice");
  seen |= bit;
  if (!option->value && isInline)
    return fail(std::string(option->flag) + " takes no value");
  if (!option->value)
    return apply(*option, std::string());
  if (isInline)
    return apply(*option, std::string(argument.substr(equals + 1)));
  if (position >= argc || find(argv[position]))
    return fail(std::string(option->flag) + " needs a value: " + option->flag + " " +
                option->value);
  return apply(*option, argv[position++]);
}

Status OptionParser::applyThreads(const char *source, const std::string &value) {
  int64_t count = 0;
  if (!parseInteger(value, count) || count < 1 || count > maxThreads)
    return fail(std::string(source) + " is " + quoteName(value) + "; expected a number from 1 to " +
                std::to_string(maxThreads));
  arguments.threads = static_cast<int>(count);
  return Status();
}

Status OptionParser::applyCount(const OptionRow &option, const std::string &value, int64_t smallest,
                                int64_t &count, int64_t largest) {
  if (!parseInteger(value, count) || count < smallest || count > largest)
    return fail(std::string(option.flag) + " is " + quoteName(value) + "; expected a number from " +
                std::to_string(smallest) + " to " + std::to_string(largest));
  return Status();
}

Status OptionParser::applyLevel(const std::string &value) {
  if (value != "v3" && value != "v4")
    return fail("--level is " + quoteName(value) + "; expected v3 or v4");
  arguments.level = value[1] - '0';
  return Status();
}

Status OptionParser::applyDevice(const std::string &value) {
  constexpr std::string_view numbered = "cuda:";
  int64_t number = -1;
  if (value == "auto") {
    arguments.device = DeviceKind::Auto;
  } else if (value == "cpu") {
    arguments.device = DeviceKind::Cpu;
  } else if (value == "cuda") {
    arguments.device = DeviceKind::Cuda;
  } else if (value.compare(0, numbered.size(), numbered) == 0 &&
             parseInteger(std::string_view(value).substr(numbered.size()), number) && number >= 0 &&
             number < kMostDevices) {
    arguments.device = DeviceKind::Cuda;
    arguments.deviceNumber = static_cast<int>(number);
  } else {
    return fail("device " + quoteName(value) + " is unknown; expected auto, cpu, cuda or cuda:N");
  }
  return Status();
}

/// Splits NAME=FILE at the first '='.
Status OptionParser::applyFile(const OptionRow &option, const std::string &value,
                               std::vector<Assignment<std::string>> &files) {
  size_t equals = value.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == value.size())
    return fail(std::string(option.flag) + " is " + quoteName(value) + "; expected " +
                option.value);
  std::string name = value.substr(0, equals);
  for (const Assignment<std::string> &file : files)
    if (file.name == name)
      return fail(std::string(option.flag) + " gives " + quoteName(name) + " twice");
  files.push_back({std::move(name), value.substr(equals + 1)});
  return Status();
}

Status OptionParser::applySizes(const OptionRow &option, const std::string &value) {
  for (size_t begin = 0; begin <= value.size();) {
    size_t end = std::min(value.find(',', begin), value.size());
    std::string part = value.substr(begin, end - begin);
    size_t equals = part.find('=');
    int64_t number = 0;
    if (equals == std::string::npos || equals == 0 ||
        !parseInteger(std::string_view(part).substr(equals + 1), number) || number < 0)
      return fail(std::string(option.flag) + " holds " + quoteName(part) +
                  "; expected NAME=NUMBER, as in " + option.value);
    part.resize(equals);
    for (const Assignment<int64_t> &size : arguments.sizes)
      if (size.name == part)
        return fail(std::string(option.flag) + " gives " + quoteName(part) + " twice");
    arguments.sizes.push_back({std::move(part), number});
    begin = end + 1;
  }
  return Status();
}

Status OptionParser::apply(const OptionRow &option, const std::string &value) {
  if (option.value && value.empty())
    return option.id == OptionId::Threads
               ? applyThreads(option.flag, value)
               : fail(std::string(option.flag) + " has an empty value; expected " + option.value);
  switch (option.id) {
  case OptionId::Weights:
    arguments.hasWeights = true;
    arguments.weights = value;
    return Status();
  case OptionId::Input:
    return applyFile(option, value, arguments.inputs);
  case OptionId::Output:
    return applyFile(option, value, arguments.outputs);
  case OptionId::OutputDir:
    arguments.outputDir = value;
    return Status();
  case OptionId::Threads:
    return applyThreads(option.flag, value);
  case OptionId::Entry:
    arguments.entry = value;
    return Status();
  case OptionId::Level:
    return applyLevel(value);
  case OptionId::Device:
    return applyDevice(value);
  case OptionId::Strict:
    arguments.strict = true;
    return Status();
  case OptionId::Ema:
    arguments.ema = true;
    return Status();
  case OptionId::CheckFinite:
    arguments.checkFinite = true;
    return Status();
  case OptionId::Max:
  case OptionId::Size:
    return applySizes(option, value);
  case OptionId::Repeat:
    return applyCount(option, value, 1, arguments.repeat);
  case OptionId::Warmup:
    return applyCount(option, value, 0, arguments.warmup);
  case OptionId::Json:
    arguments.json = true;
    return Status();
  case OptionId::JsonFile:
    arguments.jsonFile = value;
    return Status();
  case OptionId::List:
    arguments.list = true;
    return Status();
  case OptionId::Steps:
    arguments.hasSteps = true;
    return applyCount(option, value, 1, arguments.steps, kMostSteps);
  case OptionId::Batch:
    arguments.hasBatch = true;
    return applyCount(option, value, 1, arguments.batch, 1'000'000'000);
  case OptionId::Accumulate:
    return applyCount(option, value, 1, arguments.accumulate, 1'000'000);
  case OptionId::Seed:
    arguments.hasSeed = true;
    return applyCount(option, value, 0, arguments.seed, 1'000'000'000);
  case OptionId::Checkpoint:
    arguments.checkpoint = value;
    return Status();
  case OptionId::Every:
    return applyCount(option, value, 1, arguments.every, 1'000'000'000);
  case OptionId::Resume:
    arguments.hasResume = true;
    arguments.resume = value;
    return Status();
  case OptionId::Log:
    arguments.log = value;
    return Status();
  case OptionId::EvalInput:
    return applyFile(option, value, arguments.evalInputs);
  case OptionId::EvalEvery:
    return applyCount(option, value, 1, arguments.evalEvery, 1'000'000'000);
  case OptionId::Help:
    arguments.command = Command::Help;
    arguments.topic = row.command;
    position = argc;
    return Status();
  }
  return Status();
}

/// What only the whole line shows.
Status OptionParser::finish() {
  if (arguments.command == Command::Run && arguments.outputs.empty() && arguments.outputDir.empty())
    return fail("no output is asked for; give --output NAME=FILE or "
                "--output-dir DIR");
  if (arguments.evalEvery > 0 && arguments.evalInputs.empty())
    return fail("--eval-every is given without held-out samples: --eval-input NAME=FILE");
  const char *variable = getenv("TENON_THREADS");
  if (variable && arguments.threads == 0 && (row.bit & (InRun | InBench | InTrain)) &&
      arguments.command != Command::Help)
    return applyThreads("the environment variable TENON_THREADS", variable);
  return Status();
}

Result<Arguments> parseArguments(int argc, char **argv) {
  if (argc < 2)
    return usageError("command line", "no command; expected run, info, bench, "
                                      "train or help")
        .hint("--help explains them");
  std::string_view word = argv[1];
  Arguments arguments;
  if (word == "--help" || word == "-h")
    return arguments;
  if (word == "--version") {
    arguments.command = Command::Version;
    return arguments;
  }
  const CommandRow *row = findCommand(word);
  if (!row) {
    std::vector<std::string_view> known;
    for (const CommandRow &candidate : commands)
      known.push_back(candidate.name);
    known.push_back("--help");
    known.push_back("--version");
    return withNearest(usageError("command line", "unknown command " + quoteName(word) +
                                                      "; expected run, info, bench, train or help"),
                       word, known);
  }
  if (row->command != Command::Help)
    return OptionParser(*row, argc, argv).parse();
  if (argc > 3)
    return usageError("help", "unexpected argument " + quoteName(argv[3]));
  const CommandRow *topic = argc == 3 ? findCommand(argv[2]) : row;
  if (!topic)
    return usageError("help", "unknown command " + quoteName(argv[2]) +
                                  "; expected run, info, bench or train");
  arguments.topic = topic->command;
  return arguments;
}

std::string helpText(Command topic, const char *modelName) {
  std::string text = std::string("The model '") + modelName + "', compiled by Tenon.\n\nusage:\n";
  unsigned bit = 0;
  for (const CommandRow &row : commands) {
    if (topic != Command::Help && row.command != topic)
      continue;
    text += std::string("  ") + row.usage + "\n      " + row.help + "\n";
    bit |= row.bit;
  }
  if (topic == Command::Help)
    return text + "  --version\n      print model, compiler and ABI version\n\n"
                  "COMMAND --help lists the options of a command.\n\n"
                  "exit codes: 0 done, 1 wrong input, 2 wrong command line, "
                  "3 failed environment,\n4 a numeric check fired, 70 "
                  "internal error, 129, 130 and 143 stopped by a signal\n";
  text += "\noptions:\n";
  for (const OptionRow &option : options) {
    if (!(option.commands & bit))
      continue;
    std::string left = std::string("  ") + option.flag;
    if (option.value)
      left += std::string(" ") + option.value;
    left.resize(std::max<size_t>(left.size() + 2, 26), ' ');
    text += left + option.help + "\n";
  }
  return text;
}

} // namespace tenon::runtime
