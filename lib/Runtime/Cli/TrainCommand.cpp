//===- TrainCommand.cpp - step by step to a checkpoint --------------------===//
#include "tenon/Runtime/Cli/Commands.h"
#include "tenon/Runtime/Cli/Evaluation.h"
#include "tenon/Runtime/Cli/Process.h"
#include "tenon/Runtime/Cli/TrainPosition.h"
#include "tenon/Runtime/Cli/TrainStep.h"

#include "tenon/Runtime/Cpu/Clock.h"
#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Io/AtomicFile.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <optional>
#include <unistd.h>

namespace tenon::runtime {

namespace {

/// One run of the command.
class Training {
public:
  Training(const Arguments &arguments, const tn_program &program, size_t entry)
      : arguments(arguments), program(program), number(entry), entry(program.entries[entry]) {}

  Status run();

private:
  Status open();
  Status begin();
  Status initialize();
  Status load();
  Result<TrainPosition> readCheckpoint(const std::string &path) const;
  bool keepsPrevious();
  Status checkMetadata(const SafetensorsFile &file) const;
  Status readPosition(const SafetensorsFile &file);
  Status evaluateFirst();
  Status loop();
  Status checkFinite(int64_t savedAt) const;
  bool isEvaluationDue() const;
  Status report(uint64_t nanoseconds, bool isEvaluated);
  Status writeLog(const std::string &line);
  Status openLog();
  void showProgress(bool isLast);
  Status checkParameters() const;
  Status save();
  int64_t wanted(bool isGiven, int64_t given, int64_t fallback) const {
    return isGiven ? given : fallback;
  }

  const Arguments &arguments;
  const tn_program &program;
  size_t number;
  const tn_entry &entry;
  std::unique_ptr<Context> context;
  std::unique_ptr<TrainStep> step;
  std::unique_ptr<Evaluation> evaluation; ///< null without held-out samples
  TrainPosition position;
  int64_t numSteps = 0;
  std::vector<StepOutputs> firstValues; ///< memory that parameters have taken
  std::optional<bool> mayKeep;          ///< checkpoints before the last, once one is written
  std::unique_ptr<FILE, int (*)(FILE *)> log{nullptr, fclose};
  uint64_t firstStep = 0, startedAt = 0, shownAt = 0;
};

} // namespace

/// Keys of a checkpoint's metadata, and the version that is written.
static constexpr const char *formatKey = "tenon.format", *formatVersion = "1",
                            *optimizersKey = "tenon.optimizers";

static Status usageError(std::string text) {
  return Status::error(ExitCode::Usage, "train", std::move(text));
}

/// What the checkpoint says of itself in words.
Status Training::checkMetadata(const SafetensorsFile &file) const {
  auto differs = [&](const char *what, const std::string &has, const std::string &expected) {
    return Status::error(ExitCode::Input, file.source().name(),
                         format("is of %s ", what) + quoteName(has) + "; expected " +
                             quoteName(expected));
  };
  const std::string *version = file.metadata(formatKey);
  if (version && *version != formatVersion)
    return differs("the checkpoint format", *version, formatVersion);
  const std::string *optimizers = file.metadata(optimizersKey);
  std::string own = entry.training.optimizers ? entry.training.optimizers : "";
  if (optimizers && *optimizers != own)
    return differs("another training: its optimizer is", *optimizers, own);
  return Status();
}

Status Training::readPosition(const SafetensorsFile &file) {
  if (Status status = checkMetadata(file); !status.ok())
    return status;
  Result<TrainPosition> read = readTrainPosition(file);
  if (!read.ok())
    return read.takeStatus();
  position = *read;
  struct {
    bool isGiven;
    const char *option;
    int64_t given, had;
  } options[] = {
      {arguments.hasSeed, "--seed", arguments.seed, position.seed},
      {arguments.hasBatch, "--batch", arguments.batch, position.batch},
      {arguments.accumulate > 0, "--accumulate", arguments.accumulate, position.accumulate}};
  if (arguments.hasBatch && arguments.batch != position.batch && position.batch == 0)
    return usageError(
        format("--batch is %lld; the checkpoint was trained with all samples in a step",
               static_cast<long long>(arguments.batch)));
  for (const auto &option : options)
    if (option.isGiven && option.given != option.had)
      return usageError(format("%s is %lld; the checkpoint was trained with %lld", option.option,
                               static_cast<long long>(option.given),
                               static_cast<long long>(option.had)));
  for (uint64_t i = 0; i < program.num_parameters; ++i)
    if (!isGradientSum(program.parameters[i].name) && !file.find(program.parameters[i].name))
      return Status::error(ExitCode::Input, file.source().name(),
                           "tensor " + quoteName(program.parameters[i].name) + " is missing");
  // States that this training has no use for are another optimizer's.
  for (const WeightTensor &tensor : file.tensors()) {
    auto isSame = [&](const tn_tensor &parameter) { return parameter.name == tensor.name; };
    if (isOwnName(tensor.name) && !isTrainPosition(tensor.name) &&
        std::none_of(program.parameters, program.parameters + program.num_parameters, isSame))
      return Status::error(ExitCode::Input, file.source().name(),
                           "is of another training: this one has no state " +
                               quoteName(tensor.name));
  }
  return Status();
}

/// Values that are computed from nothing else.
Status Training::initialize() {
  for (uint64_t e = 0; e < program.num_entries; ++e) {
    if (program.entries[e].kind != TN_ENTRY_INITIALIZE)
      continue;
    Result<Call> call = context->bind(e, {});
    if (!call.ok())
      return call.takeStatus();
    StepOutputs &values = firstValues.emplace_back();
    if (Status status = values.allocate(*call); !status.ok())
      return status;
    if (Status status = context->step(*call, values.data()); !status.ok())
      return status;
  }
  return Status();
}

/// The parameters, from a checkpoint, from weights, or from the seed.
Status Training::begin() {
  const std::string &path = arguments.hasResume ? arguments.resume : arguments.weights;
  position.seed = wanted(arguments.hasSeed, arguments.seed, entry.training.seed);
  position.batch = wanted(arguments.hasBatch, arguments.batch, entry.training.batch);
  position.accumulate = wanted(arguments.accumulate > 0, arguments.accumulate,
                               std::max<int64_t>(entry.training.accumulate, 1));
  if (path.empty() && !program.embedded_weights) {
    if (Status status =
            context->beginTraining(nullptr, false, static_cast<uint64_t>(position.seed));
        !status.ok())
      return status;
    return initialize();
  }
  Status status = load();
  bool isOfFile = status.code() == ExitCode::Input || status.code() == ExitCode::Environment;
  if (!arguments.hasResume || !isOfFile)
    return status;
  // What is wrong with this file may be right with the one before it.
  std::string previous = previousOf(path);
  Result<TrainPosition> before = readCheckpoint(previous);
  return before.ok() ? std::move(status).hint("--resume " + displayPath(previous) +
                                              ": the checkpoint before it, of step " +
                                              std::to_string(before->steps))
                     : std::move(status);
}

/// The position of a file that is whole, and of this training.
Result<TrainPosition> Training::readCheckpoint(const std::string &path) const {
  Result<std::unique_ptr<ByteSource>> source = openFile(path);
  if (!source.ok())
    return source.takeStatus();
  Result<SafetensorsFile> file = SafetensorsFile::openWhole(**source);
  if (!file.ok())
    return file.takeStatus();
  if (Status status = checkMetadata(*file); !status.ok())
    return status;
  return readTrainPosition(*file);
}

/// Whether what has the checkpoint's name is kept when the next one takes its place: where
/// the name for it is free or that of a checkpoint, and of nothing that this run reads or
/// writes. Before the first save it must be a whole checkpoint of such a training itself.
bool Training::keepsPrevious() {
  if (!mayKeep) {
    std::string previous = previousOf(arguments.checkpoint);
    bool isTaken = !checkNotRead(arguments, previous, "train").ok() ||
                   isSameFile(previous, arguments.log) ||
                   (arguments.hasResume && isSameFile(previous, arguments.resume));
    mayKeep = !isTaken && (access(previous.c_str(), F_OK) != 0 || readCheckpoint(previous).ok());
    Result<TrainPosition> present = readCheckpoint(arguments.checkpoint);
    return *mayKeep && present.ok() && present->steps != position.steps;
  }
  return *mayKeep;
}

Status Training::load() {
  Result<std::unique_ptr<ByteSource>> source =
      arguments.hasResume ? openFile(arguments.resume) : openWeights(arguments, program, "train");
  if (!source.ok())
    return source.takeStatus();
  Result<SafetensorsFile> file = SafetensorsFile::openWhole(**source);
  if (!file.ok())
    return file.takeStatus();
  if (arguments.hasResume) {
    if (Status status = readPosition(*file); !status.ok())
      return status;
    if (position.capability != context->capability())
      printMessage("train: note: the checkpoint is from " + deviceName(position.capability) +
                   ", it goes on with " + deviceName(context->capability()) +
                   ": sums may differ in their last bits");
  }
  return context->beginTraining(&*file, arguments.hasResume, static_cast<uint64_t>(position.seed));
}

Status Training::open() {
  numSteps = wanted(arguments.hasSteps, arguments.steps, entry.training.steps);
  if (numSteps == 0)
    return usageError("the number of steps is missing: --steps N");
  if (arguments.hasResume && arguments.hasWeights)
    return usageError("--resume and --weights exclude each other");
  for (const std::string *path : {&arguments.checkpoint, &arguments.log})
    if (!path->empty()) {
      if (Status status = checkNotRead(arguments, *path, "train"); !status.ok())
        return status;
      if (Status status = checkWritable(*path); !status.ok())
        return status;
    }
  if (!arguments.log.empty() && !arguments.checkpoint.empty() &&
      isSameFile(arguments.log, arguments.checkpoint))
    return usageError("--log and --checkpoint are one file");
  if (!arguments.log.empty() && arguments.hasResume && isSameFile(arguments.log, arguments.resume))
    return usageError("--log and --resume are one file");
  if (arguments.every > 0 && arguments.checkpoint.empty())
    return usageError("--every is given, but no --checkpoint");
  Result<std::unique_ptr<Context>> opened = openContext(arguments, program);
  if (!opened.ok())
    return opened.takeStatus();
  context = std::move(*opened);
  Status status = begin();
  for (const std::string &warning : context->warnings())
    printMessage(warning);
  if (!status.ok())
    return status;
  Result<std::unique_ptr<TrainStep>> made =
      TrainStep::open(*context, number, arguments, position.batch, position.accumulate,
                      static_cast<uint64_t>(position.seed));
  if (!made.ok())
    return made.takeStatus();
  step = std::move(*made);
  for (const char *option : {arguments.hasBatch ? "--batch" : nullptr,
                             arguments.accumulate > 1 ? "--accumulate" : nullptr})
    if (option && !step->data().hasSamples())
      return usageError(std::string(option) +
                        " is given, but no input has samples along its first axis");
  if (!arguments.evalInputs.empty()) {
    Result<std::unique_ptr<Evaluation>> held = Evaluation::open(
        *context, number, arguments, position.batch, static_cast<uint64_t>(position.seed));
    if (!held.ok())
      return held.takeStatus();
    evaluation = std::move(*held);
  }
  if (position.steps > numSteps)
    return usageError((arguments.hasSteps ? "--steps is " : "the section's number of steps is ") +
                      std::to_string(numSteps) + "; the checkpoint has " +
                      std::to_string(position.steps) + " already");
  return openLog();
}

/// What a run that was killed has left of a line is cut off; what is no log stays as it is.
static Status repairLog(const std::string &path) {
  std::unique_ptr<FILE, int (*)(FILE *)> file(fopen(path.c_str(), "r+"), fclose);
  int first = file ? fgetc(file.get()) : EOF;
  if (first == EOF)
    return Status();
  if (first != '{')
    return Status::error(ExitCode::Input, displayPath(path),
                         "is no log, which --resume goes on with");
  rewind(file.get());
  long whole = 0, at = 0;
  for (int c = fgetc(file.get()); c != EOF; c = fgetc(file.get())) {
    ++at;
    if (c == '\n')
      whole = at;
  }
  if (whole != at && ftruncate(fileno(file.get()), whole) != 0)
    return Status::error(ExitCode::Environment, displayPath(path),
                         std::string("cannot be written: ") + strerror(errno));
  return Status();
}

Status Training::openLog() {
  if (arguments.log.empty())
    return Status();
  if (arguments.hasResume)
    if (Status status = repairLog(arguments.log); !status.ok())
      return status;
  log.reset(fopen(arguments.log.c_str(), arguments.hasResume ? "a" : "w"));
  if (!log)
    return Status::error(ExitCode::Environment, displayPath(arguments.log),
                         std::string("cannot be opened: ") + strerror(errno));
  return Status();
}

bool Training::isEvaluationDue() const {
  if (!evaluation)
    return false;
  int64_t every = wanted(arguments.evalEvery > 0, arguments.evalEvery,
                         static_cast<int64_t>(step->data().stepsPerPass()));
  return position.steps % every == 0 || position.steps == numSteps;
}

Status Training::writeLog(const std::string &line) {
  if (!log ||
      (fwrite(line.data(), 1, line.size(), log.get()) == line.size() && fflush(log.get()) == 0))
    return Status();
  return Status::error(ExitCode::Environment, displayPath(arguments.log),
                       std::string("cannot be written: ") + strerror(errno));
}

/// The line of the log: {"step":1,"loss":0.5,"accuracy":1,"eval_loss":0.6,"seconds":0.01}.
Status Training::report(uint64_t nanoseconds, bool isEvaluated) {
  std::string line = "{\"step\":" + std::to_string(position.steps);
  for (const StepScalar &scalar : step->scalars())
    line += format(",\"%s\":", scalar.name) + scalar.text;
  line += isEvaluated ? evaluation->jsonText() : "";
  return writeLog(line + format(",\"seconds\":%.6g}\n", static_cast<double>(nanoseconds) * 1e-9));
}

void Training::showProgress(bool isLast) {
  uint64_t now = nowNanoseconds();
  constexpr uint64_t pause = 200'000'000;
  if (!isatty(2) || (!isLast && now - shownAt < pause))
    return;
  shownAt = now;
  double done = static_cast<double>(position.steps) - static_cast<double>(firstStep);
  double rate = done / (static_cast<double>(now - startedAt) * 1e-9);
  std::string line = format("\rstep %lld of %lld", static_cast<long long>(position.steps),
                            static_cast<long long>(numSteps));
  for (const StepScalar &scalar : step->scalars())
    line += format("  %s %.5g", scalar.name, scalar.value);
  line += evaluation && evaluation->hasValues() ? evaluation->progressText() : "";
  line += format("  %.1f steps/s  %.0f s left ", rate,
                 static_cast<double>(numSteps - position.steps) / rate);
  fputs((line + (isLast ? "\n" : "")).c_str(), stderr);
}

/// What holds NaN or infinity is not written over what does not.
Status Training::checkParameters() const {
  for (uint64_t i = 0; i < program.num_parameters; ++i) {
    const tn_tensor &parameter = program.parameters[i];
    Result<const void *> memory = context->parameter(i);
    if (!memory.ok())
      return memory.takeStatus();
    const float *values = static_cast<const float *>(*memory);
    uint64_t count = parameter.dtype == TN_F32 ? parameterBytes(parameter) / sizeof(float) : 0;
    for (uint64_t k = 0; k < count; ++k)
      if (!std::isfinite(values[k]))
        return Status::error(ExitCode::Numeric, "train",
                             "parameter " + quoteName(parameter.name) +
                                 " is not finite after step " + std::to_string(position.steps) +
                                 "; no checkpoint is written");
  }
  return Status();
}

Status Training::save() {
  if (arguments.checkpoint.empty())
    return Status();
  if (Status status = checkParameters(); !status.ok())
    return status;
  std::vector<TensorToWrite> tensors;
  for (uint64_t i = 0; i < program.num_parameters; ++i) {
    const tn_tensor &parameter = program.parameters[i];
    if (isGradientSum(parameter.name))
      continue;
    Result<const void *> value = context->parameter(i);
    if (!value.ok())
      return value.takeStatus();
    tensors.push_back({parameter.name, parameter.dtype, parameterDims(parameter), *value});
  }
  position.capability = context->capability();
  appendTrainPosition(position, tensors);
  std::vector<MetadataEntry> metadata = {{formatKey, formatVersion}};
  if (entry.training.optimizers)
    metadata.push_back({optimizersKey, entry.training.optimizers});
  return writeSafetensors(arguments.checkpoint, tensors, std::move(metadata), keepsPrevious());
}

/// What ends a run after its step is logged: a loss, or with `clip_norm` a gradient, that
/// is no number.
Status Training::checkFinite(int64_t savedAt) const {
  std::string at = " at step " + std::to_string(position.steps);
  double loss = step->scalars().front().value;
  if (!std::isfinite(loss))
    return Status::error(ExitCode::Numeric, "train",
                         "the loss is " + format("%g", std::isnan(loss) ? std::fabs(loss) : loss) +
                             at +
                             (arguments.checkpoint.empty() || savedAt < 0
                                  ? ""
                                  : "; the checkpoint has step " + std::to_string(savedAt)));
  for (const StepScalar &scalar : step->scalars())
    if (std::string_view(scalar.name) == "gradient_norm" && !std::isfinite(scalar.value))
      return Status::error(ExitCode::Numeric, "train", "the gradient is not finite" + at);
  return Status();
}

/// What is wrong with held-out samples shows before the first step; a run that was stopped
/// in an evaluation goes on with it; one without steps left evaluates what it has.
Status Training::evaluateFirst() {
  bool isDue = position.steps == 0 || position.steps == numSteps || position.isEvaluationDue != 0;
  position.isEvaluationDue = 0;
  if (!evaluation || !isDue)
    return Status();
  if (Status status = evaluation->run(position.steps); !status.ok()) {
    position.isEvaluationDue = 1;
    return status;
  }
  return writeLog("{\"step\":" + std::to_string(position.steps) + evaluation->jsonText() + "}\n");
}

Status Training::loop() {
  auto isSignal = [](const Status &status) { return status.code() >= ExitCode::Hangup; };
  Status stopped = evaluateFirst();
  if (!stopped.ok() && !isSignal(stopped))
    return stopped;
  firstStep = static_cast<uint64_t>(position.steps);
  startedAt = nowNanoseconds();
  int64_t savedAt = -1;
  bool isLogLost = false;
  while (position.steps < numSteps && stopped.ok()) {
    uint64_t before = nowNanoseconds();
    stopped = step->run(static_cast<uint64_t>(position.steps));
    // A signal stops between kernels: the step has changed nothing.
    if (!stopped.ok())
      break;
    uint64_t taken = nowNanoseconds() - before;
    ++position.steps;
    Status finite = checkFinite(savedAt);
    bool isEvaluated = finite.ok() && isEvaluationDue();
    if (isEvaluated) {
      stopped = evaluation->run(position.steps);
      position.isEvaluationDue = !stopped.ok();
    }
    Status written = report(taken, isEvaluated && stopped.ok());
    if (!finite.ok())
      return finite;
    // What was learned stays, as after a signal.
    if (!written.ok()) {
      stopped = std::move(written);
      isLogLost = true;
      break;
    }
    showProgress(position.steps == numSteps);
    if (arguments.every > 0 && position.steps % arguments.every == 0) {
      if (Status saved = save(); !saved.ok())
        return saved;
      savedAt = position.steps;
    }
    if (stopped.ok())
      stopped = checkStopSignal("train");
  }
  bool isEarly = isSignal(stopped) || isLogLost;
  if ((stopped.ok() || isEarly) && savedAt != position.steps)
    if (Status saved = save(); !saved.ok())
      return saved;
  if (!isEarly)
    return stopped;
  std::string message = "stopped after step " + std::to_string(position.steps) +
                        (arguments.checkpoint.empty()
                             ? ""
                             : "; --resume " + displayPath(arguments.checkpoint) + " goes on");
  if (isLogLost)
    return std::move(stopped).note(message);
  printMessage("train: " + message);
  return stopped;
}

Status Training::run() {
  if (Status status = open(); !status.ok())
    return status;
  return loop();
}

Status trainCommand(const Arguments &arguments, const tn_program &program) {
  for (uint64_t e = 0; e < program.num_entries; ++e)
    if (program.entries[e].kind == TN_ENTRY_TRAIN)
      // The context calls what it does a run.
      return Training(arguments, program, e).run().relocate("run", "train");
  return usageError("this program does not train; compile the model with --train");
}

} // namespace tenon::runtime
