//===- CpuRunner.cpp - runs a program on the threads of a pool ------------===//
#include "tenon/Runtime/Cpu/CpuRunner.h"
#include "tenon/Runtime/Cpu/Batch.h"
#include "tenon/Runtime/Cpu/Parameters.h"

#include <algorithm>
#include <cstring>

namespace tenon::runtime {

CpuRunner::CpuRunner(const tn_program &program, const tn_level &level, ThreadPool &pool,
                     const std::atomic<int> *stop)
    : program(program), code(level), pool(pool), executor(pool, allLists(), stop),
      weights(program, level) {
  for (uint64_t i = 0; i < program.num_entries; ++i) {
    partInputs.resize(std::max(partInputs.size(), size_t{program.entries[i].num_inputs}));
    partOutputs.resize(std::max(partOutputs.size(), size_t{program.entries[i].num_outputs}));
  }
}

std::vector<const tn_launch_list *> CpuRunner::allLists() const {
  std::vector<const tn_launch_list *> lists{&code.prepare};
  for (uint64_t i = 0; i < program.num_entries; ++i)
    lists.push_back(&code.entries[i]);
  return lists;
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

Result<LaunchOutcome> CpuRunner::load(const SafetensorsFile *file) {
  LaunchOutcome outcome;
  if (Status status = weights.load(file, pool, executor, outcome); !status.ok())
    return status;
  return outcome;
}

Status CpuRunner::start(const SafetensorsFile *file, bool resumes, uint64_t seed) {
  return weights.start(file, resumes, seed, pool);
}

Result<LaunchOutcome> CpuRunner::pack(std::optional<size_t> entry) {
  LaunchOutcome outcome;
  if (Status status = weights.pack(entry, executor, outcome); !status.ok())
    return status;
  return outcome;
}

void CpuRunner::exchange(const tn_entry &entry, void **outputs) {
  for (uint64_t i = 0; i < entry.num_outputs; ++i)
    if (entry.updates[i] >= 0 && outputs[i])
      weights.exchange(static_cast<size_t>(entry.updates[i]), outputs[i]);
}

Result<const void *> CpuRunner::parameter(size_t number) {
  return static_cast<const void *>(weights.parameters()[number]);
}

Status CpuRunner::keep(const std::vector<size_t> &numbers) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    uint64_t bytes = parameterBytes(program.parameters[numbers[i]]);
    if (kept.size() == i) {
      Result<AlignedBuffer> value = AlignedBuffer::allocate(bytes, "the states before a step");
      if (!value.ok())
        return value.takeStatus();
      kept.push_back({numbers[i], std::move(*value)});
    }
    std::memcpy(kept[i].value.data(), weights.parameters()[numbers[i]], bytes);
  }
  return Status();
}

Status CpuRunner::restore() {
  for (const KeptParameter &parameter : kept)
    std::memcpy(weights.parameters()[parameter.number], parameter.value.data(),
                parameter.value.size());
  return Status();
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

Result<const Plan *> CpuRunner::planFor(const PlanKey &key) {
  const Plan *plan = plans.find(key);
  if (!plan) {
    Result<Plan> made = makePlan(code.entries[key.list], program, key);
    if (!made.ok())
      return made.takeStatus();
    plan = plans.insert(std::move(*made));
  }
  if (Status status = executor.reserve(*plan); !status.ok())
    return status;
  return plan;
}

Status CpuRunner::reserve(const PlanKey &key) {
  Result<int64_t> part = samplesPerPart(key);
  if (!part.ok())
    return part.takeStatus();
  int symbol = batchSymbol(program.entries[key.list]);
  Result<const Plan *> plan = planFor(symbol >= 0 ? withSamples(key, symbol, *part) : key);
  return plan.ok() ? Status() : plan.takeStatus();
}

/// How many samples pass at a time; 0 for an entry without a batch.
Result<int64_t> CpuRunner::samplesPerPart(const PlanKey &key) {
  int symbol = batchSymbol(program.entries[key.list]);
  int64_t samples = symbol < 0 ? 0 : key.symbols[static_cast<size_t>(symbol)];
  int64_t fewest = fewestSamples(program.entries[key.list]);
  if (samples <= fewest)
    return samples;
  Result<const Plan *> few = planFor(withSamples(key, symbol, fewest));
  if (!few.ok())
    return few.takeStatus();
  return runtime::samplesPerPart(code.entries[key.list], **few, fewest, samples);
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

Result<LaunchOutcome> CpuRunner::run(const Call &call, void *const *outputs,
                                     uint64_t *nanoseconds) {
  PlanKey key = planKeyOf(call.entry, call.defaulted, call.symbols);
  Result<int64_t> part = samplesPerPart(key);
  if (!part.ok())
    return part.takeStatus();
  int symbol = batchSymbol(program.entries[call.entry]);
  if (symbol >= 0 && *part < key.symbols[static_cast<size_t>(symbol)]) {
    Result<LaunchOutcome> outcome = runParts(call, key, *part, outputs, nanoseconds);
    if (!outcome.ok() || outcome->kind != LaunchOutcome::KernelError)
      return outcome;
    // All samples at once: the error is then the first of all, at its place in the batch.
  }
  Result<const Plan *> plan = planFor(key);
  if (!plan.ok())
    return plan.takeStatus();
  LaunchOutcome outcome =
      executor.run(code.entries[call.entry], **plan, tableOf(call, outputs), nanoseconds);
  copyInPlace(call, outputs);
  return outcome;
}

/// Who gives memory for values that are written in place gets copies of them.
void CpuRunner::copyInPlace(const Call &call, void *const *outputs) const {
  const int32_t *updates = program.entries[call.entry].updates;
  for (size_t i = 0; i < call.outputs.size(); ++i)
    if (call.outputs[i].isInPlace && outputs[i])
      std::memcpy(outputs[i], weights.parameters()[updates[i]], call.outputs[i].bytes);
}

BufferTable CpuRunner::tableOf(const Call &call, void *const *outputs) const {
  BufferTable table;
  table.inputs = call.inputs.data();
  table.outputs = outputs;
  table.parameters = weights.parameters();
  table.packed = weights.packed();
  table.inputTensors = program.entries[call.entry].inputs;
  return table;
}

/// Runs the samples from `begin` on, as many as `key` says.
Result<LaunchOutcome> CpuRunner::runPart(const Call &call, const PlanKey &key, BufferTable &table,
                                         void *const *outputs, int64_t begin,
                                         uint64_t *nanoseconds) {
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
  return executor.run(code.entries[call.entry], **plan, table, nanoseconds);
}

/// Runs `part` samples after the other, to the first that do not succeed.
Result<LaunchOutcome> CpuRunner::runParts(const Call &call, const PlanKey &key, int64_t part,
                                          void *const *outputs, uint64_t *nanoseconds) {
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

} // namespace tenon::runtime
