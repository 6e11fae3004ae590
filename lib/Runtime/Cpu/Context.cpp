//===- Context.cpp - a compiled model, loaded and ready to run ------------===//
#include "tenon/Runtime/Context.h"
#include "tenon/Runtime/Cpu/Batch.h"
#include "tenon/Runtime/Cpu/Binding.h"
#include "tenon/Runtime/Cpu/CpuLevel.h"
#include "tenon/Runtime/Cpu/CpuLimits.h"
#include "tenon/Runtime/Cpu/Executor.h"
#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Cpu/Plan.h"
#include "tenon/Runtime/Cpu/ThreadPool.h"
#include "tenon/Runtime/Cpu/Validation.h"
#include "tenon/Runtime/Cpu/Weights.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstring>

namespace tenon::runtime {

struct Context::Implementation {
  Implementation(const tn_program &program, const tn_level &level, int threads,
                 const ContextOptions &options)
      : program(program), level(level), options(options), pool(threads),
        executor(pool, allLists(), options.stop), weights(program, level) {
    for (uint64_t i = 0; i < program.num_entries; ++i) {
      partInputs.resize(std::max(partInputs.size(), size_t{program.entries[i].num_inputs}));
      partOutputs.resize(std::max(partOutputs.size(), size_t{program.entries[i].num_outputs}));
    }
    isPrepared.resize(program.num_parameters, false);
    for (uint64_t b = 0; b < level.prepare.num_buffers; ++b)
      if (level.prepare.buffers[b].kind == TN_BUFFER_PARAMETER)
        isPrepared[static_cast<size_t>(level.prepare.buffers[b].index)] = true;
  }

  std::vector<const tn_launch_list *> allLists() const;
  Status load(const SafetensorsFile *file);
  Status pack();
  Result<const Plan *> planFor(const PlanKey &key);
  Result<int64_t> samplesPerPart(const PlanKey &key);
  Result<LaunchOutcome> runPart(const Call &call, const PlanKey &key, BufferTable &table,
                                void *const *outputs, int64_t begin, uint64_t *nanoseconds);
  Result<LaunchOutcome> runParts(const Call &call, const PlanKey &key, int64_t part,
                                 void *const *outputs, uint64_t *nanoseconds);
  BufferTable tableOf(const Call &call, void *const *outputs) const;
  Status describe(const LaunchOutcome &outcome, const tn_launch_list &list, const Call *call) const;

  const tn_program &program;
  const tn_level &level;
  ContextOptions options;
  ThreadPool pool;
  Executor executor;
  PlanCache plans;
  Weights weights;
  /// Inputs and outputs of a part of a batch.
  std::vector<const void *> partInputs;
  std::vector<void *> partOutputs;
  /// By parameter: `prepare` reads it.
  std::vector<bool> isPrepared;
  std::vector<std::string> warnings;
  bool isLoaded = false;
};

std::vector<const tn_launch_list *> Context::Implementation::allLists() const {
  std::vector<const tn_launch_list *> lists{&level.prepare};
  for (uint64_t i = 0; i < program.num_entries; ++i)
    lists.push_back(&level.entries[i]);
  return lists;
}

Context::Context() = default;
Context::~Context() = default;

Result<std::unique_ptr<Context>> Context::create(const tn_program &program,
                                                 const ContextOptions &options) {
  if (Status status = validateProgram(program); !status.ok())
    return status;
  Result<const tn_level *> level = selectLevel(program, identifyCpu(), options.cpuLevel);
  if (!level.ok())
    return level.takeStatus();
  int threads = options.threads > 0 ? std::min(options.threads, maxThreads) : defaultThreadCount();
  std::unique_ptr<Context> context(new Context());
  context->implementation = std::make_unique<Implementation>(program, **level, threads, options);
  Implementation &self = *context->implementation;
  if (options.threads > self.pool.size())
    self.warnings.push_back(format("threads: warning: %d were asked for, the system granted %d",
                                   options.threads, self.pool.size()));
  // Constants of a program are prepared as its parameters are.
  if (program.num_parameters == 0)
    if (Status status = self.load(nullptr); !status.ok())
      return status;
  return context;
}

Status Context::Implementation::load(const SafetensorsFile *file) {
  isLoaded = false;
  LaunchOutcome outcome;
  if (Status status = weights.load(file, pool, executor, outcome); !status.ok())
    return status;
  if (Status status = describe(outcome, level.prepare, nullptr); !status.ok())
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
  if (Status status = self.weights.start(file, resumes, seed, self.pool); !status.ok())
    return status;
  return self.pack();
}

Status Context::Implementation::pack() {
  LaunchOutcome outcome;
  if (Status status = weights.pack(executor, outcome); !status.ok())
    return status;
  // After a signal nothing runs any more.
  isLoaded = outcome.kind != LaunchOutcome::KernelError;
  return describe(outcome, level.prepare, nullptr);
}

Status Context::step(const Call &call, void **outputs, uint64_t *nanoseconds) {
  Implementation &self = *implementation;
  const tn_entry &entry = self.program.entries[call.entry];
  if (Status status = run(call, outputs, nanoseconds); !status.ok())
    return status;
  bool packs = false;
  for (uint64_t i = 0; i < entry.num_outputs; ++i) {
    if (entry.updates[i] < 0)
      continue;
    size_t number = static_cast<size_t>(entry.updates[i]);
    self.weights.exchange(number, outputs[i]);
    packs = packs || self.isPrepared[number];
  }
  Status packed = packs ? self.pack() : Status();
  // The parameters are the next ones whatever a signal has left of their packing.
  return packed.code() >= ExitCode::Hangup ? Status() : std::move(packed);
}

const void *Context::parameter(size_t number) const {
  return implementation->weights.parameters()[number];
}

void Context::setParameter(size_t number, const void *value) {
  std::memcpy(implementation->weights.parameters()[number], value,
              parameterBytes(implementation->program.parameters[number]));
}

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
  return bindCall(self.program, entry, self.level.entries[entry], inputs);
}

Result<const Plan *> Context::Implementation::planFor(const PlanKey &key) {
  const Plan *plan = plans.find(key);
  if (!plan) {
    Result<Plan> made = makePlan(level.entries[key.list], program, key);
    if (!made.ok())
      return made.takeStatus();
    plan = plans.insert(std::move(*made));
  }
  if (Status status = executor.reserve(*plan); !status.ok())
    return status;
  return plan;
}

Status Context::reserve(size_t entry, const std::vector<int64_t> &symbols) {
  const tn_program &program = implementation->program;
  for (size_t s = 0; s < program.num_symbols && s < symbols.size(); ++s)
    if (Status status = checkBounds(program, s, symbols[s], "asked for"); !status.ok())
      return status;
  PlanKey key = planKeyOf(entry, 0, symbols);
  Result<int64_t> part = implementation->samplesPerPart(key);
  if (!part.ok())
    return part.takeStatus();
  if (int symbol = batchSymbol(program.entries[entry]); symbol >= 0)
    key = withSamples(key, symbol, *part);
  Result<const Plan *> plan = implementation->planFor(key);
  return plan.ok() ? Status() : plan.takeStatus();
}

/// How many samples pass at a time; 0 for an entry without a batch.
Result<int64_t> Context::Implementation::samplesPerPart(const PlanKey &key) {
  int symbol = batchSymbol(program.entries[key.list]);
  int64_t samples = symbol < 0 ? 0 : key.symbols[static_cast<size_t>(symbol)];
  int64_t fewest = fewestSamples(program.entries[key.list]);
  if (samples <= fewest)
    return samples;
  Result<const Plan *> few = planFor(withSamples(key, symbol, fewest));
  if (!few.ok())
    return few.takeStatus();
  return runtime::samplesPerPart(level.entries[key.list], **few, fewest, samples);
}

/// "[3, 7]": the index of the element at flat position `position`.
static std::string indexText(int64_t position, const std::vector<int64_t> &dims) {
  std::vector<int64_t> index(dims.size());
  for (size_t i = dims.size(); i-- > 0;) {
    index[i] = dims[i] > 0 ? position % dims[i] : 0;
    position = dims[i] > 0 ? position / dims[i] : position;
  }
  return shapeText(index);
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
  std::string held = " holds " + std::to_string(error.value) + " at ";
  std::string expected = error.bound > 0 ? "; expected 0.." + std::to_string(error.bound - 1)
                                         : "; expected no index: the table is empty";
  if (call && buffer && buffer->kind == TN_BUFFER_INPUT) {
    size_t input = static_cast<size_t>(buffer->index);
    const char *name = program.entries[call->entry].inputs[input].name;
    return Status::error(ExitCode::Input, "run",
                         "input " + quoteName(name) + held + "index " +
                             indexText(error.position, call->inputDims[input]) + expected)
        .note(block);
  }
  return Status::error(ExitCode::Input, "run",
                       "an index tensor computed " + block + held + "flat position " +
                           std::to_string(error.position) + expected);
}

Status Context::run(const Call &call, void *const *outputs, uint64_t *nanoseconds) {
  Implementation &self = *implementation;
  if (!self.isLoaded)
    return Status::error(ExitCode::Usage, "run", "the model has no weights yet");
  const tn_launch_list &list = self.level.entries[call.entry];
  PlanKey key = planKeyOf(call.entry, call.defaulted, call.symbols);
  Result<int64_t> part = self.samplesPerPart(key);
  if (!part.ok())
    return part.takeStatus();
  int symbol = batchSymbol(self.program.entries[call.entry]);
  if (symbol >= 0 && *part < key.symbols[static_cast<size_t>(symbol)]) {
    Result<LaunchOutcome> outcome = self.runParts(call, key, *part, outputs, nanoseconds);
    if (!outcome.ok())
      return outcome.takeStatus();
    if (outcome->kind != LaunchOutcome::KernelError)
      return self.describe(*outcome, list, &call);
    // All samples at once: the error is then the first of all, at its place in the batch.
  }
  Result<const Plan *> plan = self.planFor(key);
  if (!plan.ok())
    return plan.takeStatus();
  BufferTable table = self.tableOf(call, outputs);
  return self.describe(self.executor.run(list, **plan, table, nanoseconds), list, &call);
}

BufferTable Context::Implementation::tableOf(const Call &call, void *const *outputs) const {
  BufferTable table;
  table.inputs = call.inputs.data();
  table.outputs = outputs;
  table.parameters = weights.parameters();
  table.packed = weights.packed();
  table.inputTensors = program.entries[call.entry].inputs;
  return table;
}

/// Runs the samples from `begin` on, as many as `key` says.
Result<LaunchOutcome> Context::Implementation::runPart(const Call &call, const PlanKey &key,
                                                       BufferTable &table, void *const *outputs,
                                                       int64_t begin, uint64_t *nanoseconds) {
  const tn_entry &entry = program.entries[call.entry];
  int symbol = batchSymbol(entry);
  auto distance = [&](const tn_tensor &tensor) {
    return static_cast<uint64_t>(begin) * sampleBytes(tensor, symbol, key.symbols.data());
  };
  for (uint64_t i = 0; i < entry.num_inputs; ++i) {
    const void *whole = call.inputs[i];
    partInputs[i] = whole ? static_cast<const char *>(whole) + distance(entry.inputs[i]) : nullptr;
  }
  for (uint64_t i = 0; i < entry.num_outputs; ++i)
    partOutputs[i] = static_cast<char *>(outputs[i]) + distance(entry.outputs[i]);
  table.inputs = partInputs.data();
  table.outputs = partOutputs.data();
  Result<const Plan *> plan = planFor(key);
  if (!plan.ok())
    return plan.takeStatus();
  return executor.run(level.entries[call.entry], **plan, table, nanoseconds);
}

/// Runs `part` samples after the other, to the first that do not succeed.
Result<LaunchOutcome> Context::Implementation::runParts(const Call &call, const PlanKey &key,
                                                        int64_t part, void *const *outputs,
                                                        uint64_t *nanoseconds) {
  BufferTable table = tableOf(call, outputs);
  int symbol = batchSymbol(program.entries[call.entry]);
  int64_t samples = key.symbols[static_cast<size_t>(symbol)];
  for (int64_t begin = 0; begin < samples; begin += part) {
    PlanKey own = withSamples(key, symbol, std::min(part, samples - begin));
    Result<LaunchOutcome> outcome = runPart(call, own, table, outputs, begin, nanoseconds);
    if (!outcome.ok() || outcome->kind != LaunchOutcome::Done)
      return outcome;
  }
  return LaunchOutcome();
}

const tn_program &Context::program() const { return implementation->program; }
const tn_level &Context::level() const { return implementation->level; }
int Context::threads() const { return implementation->pool.size(); }
ThreadPool &Context::pool() { return implementation->pool; }
uint64_t Context::arenaBytes() const { return implementation->executor.arenaBytes(); }
const std::vector<std::string> &Context::warnings() const { return implementation->warnings; }

} // namespace tenon::runtime
