//===- Context.cpp - a compiled model, loaded and ready to run ------------===//
#include "tenon/Runtime/Context.h"
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

namespace tenon::runtime {

struct Context::Implementation {
  Implementation(const tn_program &program, const tn_level &level, int threads,
                 const ContextOptions &options)
      : program(program), level(level), options(options), pool(threads),
        executor(pool, allLists(), options.stop), weights(program, level) {}

  std::vector<const tn_launch_list *> allLists() const;
  Status load(const SafetensorsFile *file);
  Result<const Plan *> planFor(const PlanKey &key);
  Status describe(const LaunchOutcome &outcome, const tn_launch_list &list, const Call *call) const;

  const tn_program &program;
  const tn_level &level;
  ContextOptions options;
  ThreadPool pool;
  Executor executor;
  PlanCache plans;
  Weights weights;
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

Result<size_t> findEntry(const tn_program &program, std::string_view name) {
  if (name.empty())
    return size_t{0};
  std::vector<std::string_view> names;
  std::string list;
  for (uint64_t i = 0; i < program.num_entries; ++i) {
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
  Result<const Plan *> plan = implementation->planFor(planKeyOf(entry, 0, symbols));
  return plan.ok() ? Status() : plan.takeStatus();
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
  Result<const Plan *> plan = self.planFor(planKeyOf(call.entry, call.defaulted, call.symbols));
  if (!plan.ok())
    return plan.takeStatus();
  BufferTable table;
  table.inputs = call.inputs.data();
  table.outputs = outputs;
  table.parameters = self.weights.parameters();
  table.packed = self.weights.packed();
  table.inputTensors = self.program.entries[call.entry].inputs;
  return self.describe(self.executor.run(list, **plan, table, nanoseconds), list, &call);
}

const tn_program &Context::program() const { return implementation->program; }
const tn_level &Context::level() const { return implementation->level; }
int Context::threads() const { return implementation->pool.size(); }
ThreadPool &Context::pool() { return implementation->pool; }
uint64_t Context::arenaBytes() const { return implementation->executor.arenaBytes(); }
const std::vector<std::string> &Context::warnings() const { return implementation->warnings; }

} // namespace tenon::runtime
