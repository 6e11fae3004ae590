//===- Context.cpp - a compiled model, loaded and ready to run ------------===//
#include "tenon/Runtime/Context.h"
#include "tenon/Runtime/ChooseRunner.h"
#include "tenon/Runtime/Cpu/Binding.h"
#include "tenon/Runtime/Cpu/CpuLimits.h"
#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Cpu/Plan.h"
#include "tenon/Runtime/Cpu/ThreadPool.h"
#include "tenon/Runtime/Cpu/Validation.h"
#include "tenon/Runtime/Io/Text.h"
#include "tenon/Runtime/ProgramRunner.h"

#include <algorithm>

namespace tenon::runtime {

struct Context::Implementation {
  Implementation(const tn_program &program, int threads, const ContextOptions &options)
      : program(program), options(options), pool(threads) {}

  void findPrepared();
  Status load(const SafetensorsFile *file);
  Status pack(std::optional<size_t> entry);
  bool updatesPrepared(const tn_entry &entry) const;
  Status describe(const LaunchOutcome &outcome, const tn_launch_list &list, const Call *call) const;

  const tn_program &program;
  ContextOptions options;
  ThreadPool pool;
  std::unique_ptr<ProgramRunner> runner;
  /// By parameter: `prepare` reads it.
  std::vector<bool> isPrepared;
  std::vector<std::string> warnings;
  bool isLoaded = false;
};

Context::Context() = default;
Context::~Context() = default;

Result<std::unique_ptr<Context>> Context::create(const tn_program &program,
                                                 const ContextOptions &options) {
  if (Status status = validateProgram(program); !status.ok())
    return status;
  int threads = options.threads > 0 ? std::min(options.threads, maxThreads) : defaultThreadCount();
  std::unique_ptr<Context> context(new Context());
  context->implementation = std::make_unique<Implementation>(program, threads, options);
  Implementation &self = *context->implementation;
  Result<std::unique_ptr<ProgramRunner>> runner =
      chooseRunner(program, options, self.pool, self.warnings);
  if (!runner.ok())
    return runner.takeStatus();
  self.runner = std::move(*runner);
  self.findPrepared();
  if (options.threads > self.pool.size())
    self.warnings.push_back(format("threads: warning: %d were asked for, the system granted %d",
                                   options.threads, self.pool.size()));
  // Constants of a program are prepared as its parameters are.
  if (program.num_parameters == 0)
    if (Status status = self.load(nullptr); !status.ok())
      return status;
  return context;
}

void Context::Implementation::findPrepared() {
  const tn_launch_list &list = runner->level().prepare;
  isPrepared.assign(program.num_parameters, false);
  for (uint64_t b = 0; b < list.num_buffers; ++b)
    if (list.buffers[b].kind == TN_BUFFER_PARAMETER)
      isPrepared[static_cast<size_t>(list.buffers[b].index)] = true;
}

Status Context::Implementation::load(const SafetensorsFile *file) {
  isLoaded = false;
  Result<LaunchOutcome> outcome = runner->load(file);
  if (!outcome.ok())
    return outcome.takeStatus();
  if (Status status = describe(*outcome, runner->level().prepare, nullptr); !status.ok())
    return status;
  isLoaded = true;
  return Status();
}

Status Context::loadWeights(const SafetensorsFile &file) {
  Implementation &self = *implementation;
  if (Status status =
          checkParameters(self.program, file, self.options.strictWeights, self.warnings);
      !status.ok())
    return status;
  return self.load(&file);
}

Status Context::beginTraining(const SafetensorsFile *file, bool resumes, uint64_t seed) {
  Implementation &self = *implementation;
  const tn_program &program = self.program;
  self.isLoaded = false;
  if (file)
    if (Status status = checkParameters(program, *file, self.options.strictWeights, self.warnings);
        !status.ok())
      return status;
  Status all;
  for (uint64_t i = 0; i < program.num_parameters && !file; ++i)
    if (program.initials[i].kind == TN_INITIAL_NONE)
      all.append(Status::error(ExitCode::Usage, "train",
                               "parameter " + quoteName(program.parameters[i].name) +
                                   " has no first value; give --weights FILE"));
  if (!all.ok())
    return all;
  if (Status status = self.runner->start(file, resumes, seed); !status.ok())
    return status;
  return self.pack(std::nullopt);
}

Status Context::Implementation::pack(std::optional<size_t> entry) {
  Result<LaunchOutcome> outcome = runner->pack(entry);
  if (!outcome.ok())
    return outcome.takeStatus();
  // After a signal nothing runs any more.
  isLoaded = outcome->kind != LaunchOutcome::KernelError;
  return describe(*outcome, runner->level().prepare, nullptr);
}

/// Whether `prepare` reads a parameter that the entry updates.
bool Context::Implementation::updatesPrepared(const tn_entry &entry) const {
  return std::any_of(entry.updates, entry.updates + entry.num_outputs, [&](int32_t number) {
    return number >= 0 && isPrepared[static_cast<size_t>(number)];
  });
}

Status Context::step(const Call &call, void **outputs, uint64_t *nanoseconds) {
  Implementation &self = *implementation;
  const tn_entry &entry = self.program.entries[call.entry];
  if (Status status = run(call, outputs, nanoseconds); !status.ok()) {
    // Some next values may be packed already.
    self.isLoaded = false;
    return status;
  }
  self.runner->exchange(entry, outputs);
  Status packed = self.updatesPrepared(entry) ? self.pack(call.entry) : Status();
  // The parameters are the next ones whatever a signal has left of their packing.
  return packed.code() >= ExitCode::Hangup ? Status() : std::move(packed);
}

Result<const void *> Context::parameter(size_t number) const {
  return implementation->runner->parameter(number);
}

Status Context::keepParameters(const std::vector<size_t> &numbers) {
  return implementation->runner->keep(numbers);
}

Status Context::restoreParameters() { return implementation->runner->restore(); }

Result<size_t> findEntry(const tn_program &program, std::string_view name) {
  if (name.empty())
    return size_t{0};
  std::vector<std::string_view> names;
  std::string list;
  for (uint64_t i = 0; i < program.num_entries; ++i) {
    if (program.entries[i].kind == TN_ENTRY_INITIALIZE)
      continue;
    if (name == program.entries[i].name)
      return size_t{i};
    names.push_back(program.entries[i].name);
    list += (i == 0 ? "" : ", ") + quoteName(names.back());
  }
  Status status = Status::error(ExitCode::Usage, "run",
                                "entry " + quoteName(name) + " is unknown; expected " + list);
  std::string_view similar = nearest(name, names);
  if (!similar.empty())
    status = std::move(status).hint("did you mean " + quoteName(similar) + "?");
  return status;
}

Result<Call> Context::bind(size_t entry, const std::vector<InputView> &inputs) const {
  const Implementation &self = *implementation;
  return bindCall(self.program, entry, self.runner->level().entries[entry], inputs);
}

Status Context::reserve(size_t entry, const std::vector<int64_t> &symbols) {
  const tn_program &program = implementation->program;
  for (size_t s = 0; s < program.num_symbols && s < symbols.size(); ++s)
    if (Status status = checkBounds(program, s, symbols[s], "asked for"); !status.ok())
      return status;
  return implementation->runner->reserve(planKeyOf(entry, 0, symbols));
}

/// "[3, 7]": the index of the element at flat position `position`.
static std::string indexText(int64_t position, const std::vector<int64_t> &dims) {
  std::vector<int64_t> index(dims.size());
  for (size_t i = dims.size(); i-- > 0;) {
    index[i] = i > 0 && dims[i] > 0 ? position % dims[i] : position;
    position = dims[i] > 0 ? position / dims[i] : position;
  }
  return shapeText(index);
}

/// "input 'label' holds 12 at index [3]", the index as the caller counts; or "also holds".
static std::string holdsText(const tn_entry &entry, const Call &call, size_t input, int64_t value,
                             int64_t position, bool isOther = false) {
  const std::vector<int64_t> &dims = call.inputDims[input];
  const uint64_t *rows = input < call.rowNumbers.size() ? call.rowNumbers[input] : nullptr;
  int64_t row = 1;
  for (size_t i = 1; i < dims.size(); ++i)
    row *= dims[i];
  if (rows && row > 0)
    position += (static_cast<int64_t>(rows[position / row]) - position / row) * row;
  return "input " + quoteName(entry.inputs[input].name) + (isOther ? " also holds " : " holds ") +
         std::to_string(value) + " at index " + indexText(position, dims);
}

/// Where inputs of integers hold `value` first: where ids that are computed come from, if they
/// come from there as they are.
static std::vector<std::string> findInInputs(const tn_entry &entry, const Call &call,
                                             int64_t value) {
  std::vector<std::string> found;
  for (size_t input = 0; input < entry.num_inputs; ++input) {
    int32_t dtype = entry.inputs[input].dtype;
    if ((dtype != TN_I64 && dtype != TN_I32) || call.inputDims[input].empty() ||
        call.defaulted >> input & 1)
      continue;
    int64_t count = 1, i = 0;
    for (int64_t size : call.inputDims[input])
      count *= size;
    auto at = [&](int64_t k) -> int64_t {
      return dtype == TN_I64 ? static_cast<const int64_t *>(call.inputs[input])[k]
                             : static_cast<const int32_t *>(call.inputs[input])[k];
    };
    while (i < count && at(i) != value)
      ++i;
    if (i < count)
      found.push_back(holdsText(entry, call, input, value, i, /*isOther=*/true));
  }
  return found;
}

Status Context::Implementation::describe(const LaunchOutcome &outcome, const tn_launch_list &list,
                                         const Call *call) const {
  if (outcome.kind == LaunchOutcome::Done)
    return Status();
  if (outcome.kind == LaunchOutcome::Stopped)
    return Status::error(static_cast<ExitCode>(128 + options.stop->load()), "run",
                         "stopped by a signal");
  const tn_launch &launch = list.launches[outcome.launch];
  const tn_error &error = outcome.error;
  std::string block = launch.block[0] ? "in block " + quoteName(launch.block) : "in the entry";
  block += " (" + displayPath(launch.location) + ")";
  if (outcome.code != TN_INDEX_OUT_OF_RANGE)
    return Status::error(
               ExitCode::Internal, "run",
               format("kernel '%s' returned the unknown code %d", launch.kernel_name, outcome.code))
        .note(block);
  const tn_buffer *buffer = nullptr;
  if (error.buffer >= 0 && static_cast<uint64_t>(error.buffer) < launch.num_buffers)
    buffer = &list.buffers[launch.buffers[error.buffer]];
  std::string expected = error.bound > 0 ? "; expected 0.." + std::to_string(error.bound - 1)
                                         : "; expected no index: the table is empty";
  if (call && buffer && buffer->kind == TN_BUFFER_INPUT) {
    size_t input = static_cast<size_t>(buffer->index);
    return Status::error(
               ExitCode::Input, "run",
               holdsText(program.entries[call->entry], *call, input, error.value, error.position) +
                   expected)
        .note(block);
  }
  Status status =
      Status::error(ExitCode::Input, "run",
                    "an index tensor computed " + block + " holds " + std::to_string(error.value) +
                        " at flat position " + std::to_string(error.position) + expected);
  if (call)
    for (std::string &origin : findInInputs(program.entries[call->entry], *call, error.value))
      status = std::move(status).note(std::move(origin));
  return status;
}

Status Context::run(const Call &call, void *const *outputs, uint64_t *nanoseconds) {
  Implementation &self = *implementation;
  if (!self.isLoaded)
    return Status::error(ExitCode::Usage, "run", "the model has no weights yet");
  Result<LaunchOutcome> outcome = self.runner->run(call, outputs, nanoseconds);
  if (!outcome.ok())
    return outcome.takeStatus();
  return self.describe(*outcome, self.runner->level().entries[call.entry], &call);
}

const tn_program &Context::program() const { return implementation->program; }
const tn_level &Context::level() const { return implementation->runner->level(); }
int Context::threads() const { return implementation->pool.size(); }
int64_t Context::capability() const { return implementation->runner->capability(); }
std::string Context::deviceText() const { return implementation->runner->deviceText(); }
ThreadPool &Context::pool() { return implementation->pool; }
uint64_t Context::arenaBytes() const { return implementation->runner->arenaBytes(); }
const std::vector<std::string> &Context::warnings() const { return implementation->warnings; }

} // namespace tenon::runtime
