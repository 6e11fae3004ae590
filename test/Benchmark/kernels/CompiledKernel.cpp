//===- CompiledKernel.cpp - a shared library of tenonc as a candidate -----===//
#include "CompiledKernel.h"
#include "tenon/Runtime/Cpu/Binding.h"
#include "tenon/Runtime/Cpu/CpuLevel.h"
#include "tenon/Runtime/Cpu/Executor.h"
#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Cpu/Validation.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <memory>

namespace tenon::bench {

using runtime::AlignedBuffer;
using runtime::ExitCode;
using runtime::Plan;
using runtime::PlanKey;
using runtime::Result;
using runtime::Status;
using runtime::ThreadPool;

namespace {

/// A program with its parameters packed, and its first entry planned for the
/// sizes of the problem.
class CompiledKernel {
public:
  CompiledKernel(const tn_program &program, const tn_level &level, ThreadPool &pool)
      : program(program), level(level),
        executor(pool, {&level.prepare, &level.entries[0]}, nullptr) {}

  Status load(const Problem &problem, const Buffers &buffers);
  void run(const BufferSet &set);

private:
  Status checkParameters(const Problem &problem) const;
  Status prepare(const Problem &problem, const Buffers &buffers);

  const tn_program &program;
  const tn_level &level;
  runtime::Executor executor;
  Plan plan;
  std::vector<AlignedBuffer> memory; ///< of all below
  std::vector<void *> parameters;
  std::vector<void *> packed;
};

} // namespace

static Status mismatch(const std::string &text) {
  return Status::error(ExitCode::Input, "model", text);
}

Status CompiledKernel::checkParameters(const Problem &problem) const {
  if (program.num_parameters != problem.parameters.size())
    return mismatch(runtime::format("has %llu parameters; expected %zu",
                                    static_cast<unsigned long long>(program.num_parameters),
                                    problem.parameters.size()));
  for (uint64_t i = 0; i < program.num_parameters; ++i) {
    std::vector<int64_t> dims = runtime::parameterDims(program.parameters[i]);
    if (dims != problem.parameters[i].dims)
      return mismatch(runtime::quoteName(program.parameters[i].name) + " has shape " +
                      runtime::shapeText(dims) + "; expected " +
                      runtime::shapeText(problem.parameters[i].dims));
  }
  return Status();
}

static Result<AlignedBuffer> copyOf(const AlignedBuffer &from) {
  Result<AlignedBuffer> copy = AlignedBuffer::allocate(from.size(), "memory for a parameter");
  if (copy.ok())
    memcpy(copy->data(), from.data(), from.size());
  return copy;
}

Status CompiledKernel::prepare(const Problem &problem, const Buffers &buffers) {
  if (Status status = checkParameters(problem); !status.ok())
    return status;
  for (const AlignedBuffer &parameter : buffers.parameters) {
    Result<AlignedBuffer> copy = copyOf(parameter);
    if (!copy.ok())
      return copy.takeStatus();
    parameters.push_back(copy->data());
    memory.push_back(std::move(*copy));
  }
  static constexpr int64_t noSymbols[TN_MAX_SYMBOLS] = {};
  for (uint64_t i = 0; i < level.num_packed; ++i) {
    int64_t bytes = 0;
    if (!runtime::evaluateSize(level.packed[i], noSymbols, bytes))
      return mismatch("the size of a packed parameter overflows 64 bits");
    Result<AlignedBuffer> buffer =
        AlignedBuffer::allocate(static_cast<uint64_t>(bytes), "memory for packed parameters");
    if (!buffer.ok())
      return buffer.takeStatus();
    packed.push_back(buffer->data());
    memory.push_back(std::move(*buffer));
  }
  Result<Plan> preparing = runtime::makePlan(level.prepare, program, PlanKey());
  if (!preparing.ok())
    return preparing.takeStatus();
  if (Status status = executor.reserve(*preparing); !status.ok())
    return status;
  runtime::BufferTable table;
  table.parameters = parameters.data();
  table.packed = packed.data();
  if (executor.run(level.prepare, *preparing, table, nullptr).kind != runtime::LaunchOutcome::Done)
    return mismatch("the packing of the parameters failed");
  return Status();
}

Status CompiledKernel::load(const Problem &problem, const Buffers &buffers) {
  if (Status status = prepare(problem, buffers); !status.ok())
    return status;
  const tn_entry &entry = program.entries[0];
  if (entry.num_inputs != problem.inputs.size() || entry.num_outputs != 1)
    return mismatch("its first entry has another number of inputs or outputs");
  std::vector<runtime::InputView> views;
  for (uint64_t i = 0; i < entry.num_inputs; ++i) {
    const std::vector<int64_t> &dims = problem.inputs[i].dims;
    views.push_back({entry.inputs[i].name, TN_F32, dims.data(), dims.size()});
  }
  Result<runtime::Call> call = runtime::bindCall(program, 0, level.entries[0], views);
  if (!call.ok())
    return call.takeStatus();
  if (call->outputs[0].dims != problem.output.dims)
    return mismatch("returns " + runtime::shapeText(call->outputs[0].dims) + "; expected " +
                    runtime::shapeText(problem.output.dims));
  PlanKey key;
  std::copy_n(call->symbols.begin(), std::min(call->symbols.size(), key.symbols.size()),
              key.symbols.begin());
  Result<Plan> made = runtime::makePlan(level.entries[0], program, key);
  if (!made.ok())
    return made.takeStatus();
  plan = std::move(*made);
  return executor.reserve(plan);
}

void CompiledKernel::run(const BufferSet &set) {
  const void *inputs[TN_MAX_RANK] = {};
  for (size_t i = 0; i < set.inputs.size(); ++i)
    inputs[i] = set.inputs[i].data();
  void *outputs[] = {set.output.data()};
  runtime::BufferTable table;
  table.inputs = inputs;
  table.outputs = outputs;
  table.parameters = parameters.data();
  table.packed = packed.data();
  table.inputTensors = program.entries[0].inputs;
  if (executor.run(level.entries[0], plan, table, nullptr).kind != runtime::LaunchOutcome::Done) {
    fprintf(stderr, "model: error: a kernel failed\n");
    exit(static_cast<int>(ExitCode::Internal));
  }
}

Status addCompiledKernel(const std::string &name, const std::string &path, const Problem &problem,
                         const Buffers &buffers, int64_t cpuLevel, ThreadPool &pool,
                         std::vector<Candidate> &candidates) {
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return Status::error(ExitCode::Environment, "model", dlerror());
  const auto *program = static_cast<const tn_program *>(dlsym(library, "tenon_program"));
  if (!program)
    return Status::error(ExitCode::Input, "model", path + " does not export tenon_program");
  if (Status status = runtime::validateProgram(*program); !status.ok())
    return status;
  Result<const tn_level *> level = runtime::selectLevel(*program, runtime::identifyCpu(), cpuLevel);
  if (!level.ok())
    return level.takeStatus();
  auto kernel = std::make_shared<CompiledKernel>(*program, **level, pool);
  if (Status status = kernel->load(problem, buffers); !status.ok())
    return status;
  Candidate candidate;
  candidate.name = name;
  candidate.role = Role::Model;
  candidate.threads = pool.size();
  candidate.flops = problem.flops;
  candidate.bytes = problem.bytes;
  candidate.run = [kernel, &buffers](size_t set) { kernel->run(buffers.sets[set]); };
  candidates.push_back(std::move(candidate));
  return Status();
}

} // namespace tenon::bench
