//===- TrainCommand.cpp - step by step to a checkpoint --------------------===//
#include "tenon/Runtime/Cli/Commands.h"
#include "tenon/Runtime/Cli/Process.h"
#include "tenon/Runtime/Cli/TrainData.h"

#include "tenon/Runtime/Cpu/Clock.h"
#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Io/AtomicFile.h"
#include "tenon/Runtime/Io/SafetensorsWriter.h"
#include "tenon/Runtime/Io/Text.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace tenon::runtime {

namespace {

/// What a checkpoint says besides parameters.
struct Position {
  int64_t steps = 0;
  int64_t seed = 0;
  int64_t batch = 0;
};

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
  Status readPosition(const SafetensorsFile &file);
  Status allocateOutputs(const Call &call);
  Status loop();
  Status report(uint64_t nanoseconds);
  Status openLog();
  void showProgress(bool isLast);
  Status checkParameters() const;
  Status save();
  double scalar(size_t output) const;
  int64_t wanted(bool isGiven, int64_t given, int64_t fallback) const {
    return isGiven ? given : fallback;
  }

  const Arguments &arguments;
  const tn_program &program;
  size_t number;
  const tn_entry &entry;
  std::unique_ptr<Context> context;
  std::unique_ptr<TrainData> data;
  Position position;
  int64_t numSteps = 0;
  std::vector<AlignedBuffer> memory;
  std::vector<void *> outputs;
  std::unique_ptr<FILE, int (*)(FILE *)> log{nullptr, fclose};
  uint64_t firstStep = 0, startedAt = 0, shownAt = 0;
};

} // namespace

static Status usageError(std::string text) {
  return Status::error(ExitCode::Usage, "train", std::move(text));
}

/// A count of the file's own.
static Result<int64_t> readCounter(const SafetensorsFile &file, std::string_view name) {
  const WeightTensor *tensor = file.find(name);
  if (!tensor || tensor->dtype != WeightDType::I64 || tensor->bytes != sizeof(int64_t))
    return Status::error(ExitCode::Input, file.source().name(),
                         "is no checkpoint of a training: " + quoteName(name) + " is missing");
  int64_t value = 0;
  if (Status status = file.source().read(tensor->offset, &value, sizeof(value)); !status.ok())
    return status;
  if (value < 0)
    return Status::error(ExitCode::Input, file.source().name(),
                         "tensor " + quoteName(name) + " is " + std::to_string(value) +
                             "; expected at least 0");
  return value;
}

Status Training::readPosition(const SafetensorsFile &file) {
  std::pair<const char *, int64_t *> counters[] = {{"tenon.step", &position.steps},
                                                   {"tenon.seed", &position.seed},
                                                   {"tenon.batch", &position.batch}};
  for (auto [name, value] : counters) {
    Result<int64_t> read = readCounter(file, name);
    if (!read.ok())
      return read.takeStatus();
    *value = *read;
  }
  if (arguments.hasSeed && arguments.seed != position.seed)
    return usageError("--seed is " + std::to_string(arguments.seed) +
                      "; the checkpoint was trained with " + std::to_string(position.seed));
  if (arguments.hasBatch && arguments.batch != position.batch)
    return usageError("--batch is " + std::to_string(arguments.batch) +
                      "; the checkpoint was trained with " + std::to_string(position.batch));
  for (uint64_t i = 0; i < program.num_parameters; ++i)
    if (!file.find(program.parameters[i].name))
      return Status::error(ExitCode::Input, file.source().name(),
                           "tensor " + quoteName(program.parameters[i].name) + " is missing");
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
    std::vector<void *> values;
    for (const CallOutput &output : call->outputs) {
      Result<AlignedBuffer> buffer = AlignedBuffer::allocate(output.bytes, "first values");
      if (!buffer.ok())
        return buffer.takeStatus();
      values.push_back(buffer->data());
      memory.push_back(std::move(*buffer));
    }
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
  if (path.empty() && !program.embedded_weights) {
    if (Status status =
            context->beginTraining(nullptr, false, static_cast<uint64_t>(position.seed));
        !status.ok())
      return status;
    return initialize();
  }
  Result<std::unique_ptr<ByteSource>> source =
      arguments.hasResume ? openFile(path) : openWeights(arguments, program, "train");
  if (!source.ok())
    return source.takeStatus();
  Result<SafetensorsFile> file = SafetensorsFile::open(**source);
  if (!file.ok())
    return file.takeStatus();
  if (arguments.hasResume)
    if (Status status = readPosition(*file); !status.ok())
      return status;
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
  Result<std::unique_ptr<Context>> opened = openContext(arguments, program);
  if (!opened.ok())
    return opened.takeStatus();
  context = std::move(*opened);
  Status status = begin();
  for (const std::string &warning : context->warnings())
    printMessage(warning);
  if (!status.ok())
    return status;
  Result<std::unique_ptr<TrainData>> read =
      TrainData::open(*context, number, arguments, position.batch, entry.training.drop_last != 0,
                      static_cast<uint64_t>(position.seed));
  if (!read.ok())
    return read.takeStatus();
  data = std::move(*read);
  if (position.steps > numSteps)
    return usageError("--steps is " + std::to_string(numSteps) + "; the checkpoint has " +
                      std::to_string(position.steps) + " already");
  return openLog();
}

Status Training::openLog() {
  if (arguments.log.empty())
    return Status();
  log.reset(fopen(arguments.log.c_str(), arguments.hasResume ? "a" : "w"));
  if (!log)
    return Status::error(ExitCode::Environment, displayPath(arguments.log),
                         std::string("cannot be opened: ") + strerror(errno));
  return Status();
}

/// The sizes of what is updated do not depend on the batch, the others are scalars.
Status Training::allocateOutputs(const Call &call) {
  for (const CallOutput &output : call.outputs) {
    Result<AlignedBuffer> buffer = AlignedBuffer::allocate(
        output.bytes, ("the next " + quoteName(output.tensor->name)).c_str());
    if (!buffer.ok())
      return buffer.takeStatus();
    outputs.push_back(buffer->data());
    memory.push_back(std::move(*buffer));
  }
  return Status();
}

double Training::scalar(size_t output) const {
  switch (entry.outputs[output].dtype) {
  case TN_F32:
    return *static_cast<const float *>(outputs[output]);
  case TN_F64:
    return *static_cast<const double *>(outputs[output]);
  case TN_I64:
    return static_cast<double>(*static_cast<const int64_t *>(outputs[output]));
  case TN_I32:
    return *static_cast<const int32_t *>(outputs[output]);
  default:
    return *static_cast<const bool *>(outputs[output]);
  }
}

/// The line of the log: {"step":1,"loss":0.5,"accuracy":1,"seconds":0.01}.
Status Training::report(uint64_t nanoseconds) {
  if (!log)
    return Status();
  std::string line = "{\"step\":" + std::to_string(position.steps);
  for (uint64_t i = 0; i < entry.num_outputs; ++i)
    if (entry.updates[i] < 0) {
      double value = scalar(i);
      line += format(",\"%s\":", entry.outputs[i].name) +
              (std::isfinite(value) ? format("%.9g", value) : std::string("null"));
    }
  line += format(",\"seconds\":%.6g}\n", static_cast<double>(nanoseconds) * 1e-9);
  if (fwrite(line.data(), 1, line.size(), log.get()) != line.size() || fflush(log.get()) != 0)
    return Status::error(ExitCode::Environment, displayPath(arguments.log),
                         std::string("cannot be written: ") + strerror(errno));
  return Status();
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
  for (uint64_t i = 0; i < entry.num_outputs; ++i)
    if (entry.updates[i] < 0)
      line += format("  %s %.5g", entry.outputs[i].name, scalar(i));
  line += format("  %.1f steps/s  %.0f s left ", rate,
                 static_cast<double>(numSteps - position.steps) / rate);
  fputs((line + (isLast ? "\n" : "")).c_str(), stderr);
}

/// What holds NaN or infinity is not written over what does not.
Status Training::checkParameters() const {
  for (uint64_t i = 0; i < program.num_parameters; ++i) {
    const tn_tensor &parameter = program.parameters[i];
    const float *values = static_cast<const float *>(context->parameter(i));
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
    tensors.push_back(
        {parameter.name, parameter.dtype, parameterDims(parameter), context->parameter(i)});
  }
  tensors.push_back({"tenon.step", TN_I64, {}, &position.steps});
  tensors.push_back({"tenon.seed", TN_I64, {}, &position.seed});
  tensors.push_back({"tenon.batch", TN_I64, {}, &position.batch});
  return writeSafetensors(arguments.checkpoint, tensors);
}

Status Training::loop() {
  firstStep = static_cast<uint64_t>(position.steps);
  startedAt = nowNanoseconds();
  int64_t savedAt = -1;
  Status stopped;
  while (position.steps < numSteps && stopped.ok()) {
    Result<Call *> call = data->prepare(static_cast<uint64_t>(position.steps));
    if (!call.ok())
      return call.takeStatus();
    if (outputs.empty())
      if (Status status = allocateOutputs(**call); !status.ok())
        return status;
    uint64_t before = nowNanoseconds();
    Status status = context->step(**call, outputs.data());
    if (!status.ok()) {
      // A signal stops between kernels: the step has changed nothing.
      stopped = std::move(status);
      break;
    }
    ++position.steps;
    if (Status written = report(nowNanoseconds() - before); !written.ok())
      return written;
    for (uint64_t i = 0; i < entry.num_outputs; ++i)
      if (std::string_view(entry.outputs[i].name) == "gradient_norm" && !std::isfinite(scalar(i)))
        return Status::error(ExitCode::Numeric, "train",
                             "the gradient is not finite at step " +
                                 std::to_string(position.steps));
    if (!std::isfinite(scalar(0)))
      return Status::error(
          ExitCode::Numeric, "train",
          "the loss is " + format("%g", std::isnan(scalar(0)) ? std::fabs(scalar(0)) : scalar(0)) +
              " at step " + std::to_string(position.steps) +
              (arguments.checkpoint.empty() || savedAt < 0
                   ? ""
                   : "; the checkpoint has step " + std::to_string(savedAt)));
    showProgress(position.steps == numSteps);
    if (arguments.every > 0 && position.steps % arguments.every == 0) {
      if (Status saved = save(); !saved.ok())
        return saved;
      savedAt = position.steps;
    }
    stopped = checkStopSignal("train");
  }
  bool isSignal = !stopped.ok() && (stopped.code() == ExitCode::Interrupted ||
                                    stopped.code() == ExitCode::Terminated);
  if ((stopped.ok() || isSignal) && savedAt != position.steps)
    if (Status saved = save(); !saved.ok())
      return saved;
  if (isSignal)
    printMessage("train: stopped after step " + std::to_string(position.steps) +
                 (arguments.checkpoint.empty()
                      ? ""
                      : "; --resume " + displayPath(arguments.checkpoint) + " goes on"));
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
      return Training(arguments, program, e).run();
  return usageError("this program does not train; compile the model with --train");
}

} // namespace tenon::runtime
