//===- TrainStep.cpp - a step, whole or in parts --------------------------===//
#include "tenon/Runtime/Cli/TrainStep.h"

#include "tenon/Runtime/Io/Text.h"

namespace tenon::runtime {

bool isGradientSum(std::string_view name) { return name.substr(0, 15) == "tenon.gradient."; }

size_t entryOfKind(const tn_program &program, int64_t kind) {
  size_t number = 0;
  while (number < program.num_entries && program.entries[number].kind != kind)
    ++number;
  return number;
}

TrainStep::TrainStep(Context &context, size_t entry, int64_t parts)
    : context(context), program(context.program()), entry(entry),
      updateEntry(entryOfKind(program, TN_ENTRY_UPDATE)) {
  const tn_entry &step = program.entries[entry];
  for (uint64_t i = 0; i < step.num_outputs && parts > 1; ++i)
    if (step.updates[i] >= 0 && !isGradientSum(step.outputs[i].name))
      states.push_back(static_cast<size_t>(step.updates[i]));
}

Result<std::unique_ptr<TrainStep>> TrainStep::open(Context &context, size_t step,
                                                   const Arguments &arguments, int64_t batch,
                                                   int64_t parts, uint64_t seed) {
  const tn_program &program = context.program();
  size_t entry = parts > 1 ? entryOfKind(program, TN_ENTRY_ACCUMULATE) : step;
  if (entry == program.num_entries)
    return Status::error(ExitCode::Usage, "train",
                         "--accumulate: the train section does not say 'defaults accumulate = N'");
  std::unique_ptr<TrainStep> made(new TrainStep(context, entry, parts));
  Result<std::unique_ptr<TrainData>> data = TrainData::open(
      context, entry, arguments,
      {TrainData::Samples::Trained, batch, parts, program.entries[step].training.drop_last != 0},
      seed);
  if (!data.ok())
    return data.takeStatus();
  made->samples = std::move(*data);
  return made;
}

Status TrainStep::run(uint64_t number) {
  values.clear();
  return samples->parts() == 1 ? runWhole(number) : runParts(number);
}

/// Takes over the scalars of the outputs.
void TrainStep::report(const tn_entry &from, const StepOutputs &given) {
  for (uint64_t i = 0; i < from.num_outputs; ++i)
    if (from.updates[i] < 0)
      values.push_back({from.outputs[i].name, given.scalar(i), given.text(i)});
}

Status TrainStep::runWhole(uint64_t number) {
  Call &call = samples->prepare(number, 0);
  if (Status status = outputs.allocate(call); !status.ok())
    return status;
  if (Status status = context.step(call, outputs.data()); !status.ok())
    return status;
  report(program.entries[entry], outputs);
  return Status();
}

Status TrainStep::runParts(uint64_t number) {
  if (Status status = context.keepParameters(states); !status.ok())
    return status;
  const tn_entry &part = program.entries[entry];
  std::vector<double> means(part.num_outputs, 0.0);
  for (int64_t k = 0; k < samples->partsOf(number); ++k) {
    Call &call = samples->prepare(number, k);
    if (Status status = outputs.allocate(call); !status.ok())
      return status;
    if (Status status = context.step(call, outputs.data()); !status.ok()) {
      // The failure counts, whatever becomes of the states.
      (void)context.restoreParameters();
      return status;
    }
    for (uint64_t i = 0; i < part.num_outputs; ++i)
      if (part.updates[i] < 0)
        means[i] += samples->share(number, k) * outputs.scalar(i);
  }
  if (Status status = update(number); !status.ok()) {
    (void)context.restoreParameters();
    return status;
  }
  for (uint64_t i = 0; i < part.num_outputs; ++i)
    if (part.updates[i] < 0)
      values.push_back({part.outputs[i].name, means[i], jsonNumber(means[i])});
  report(program.entries[updateEntry], updates);
  return Status();
}

Status TrainStep::update(uint64_t number) {
  Result<Call> call = samples->bindScalars(updateEntry, number);
  if (!call.ok())
    return call.takeStatus();
  if (Status status = updates.allocate(*call); !status.ok())
    return status;
  return context.step(*call, updates.data());
}

} // namespace tenon::runtime
