//===- Evaluation.cpp - loss and metrics of held-out samples --------------===//
#include "tenon/Runtime/Cli/Evaluation.h"

#include "tenon/Runtime/Cli/TrainStep.h"

#include "tenon/Runtime/Io/Text.h"

namespace tenon::runtime {

Result<std::unique_ptr<Evaluation>> Evaluation::open(Context &context, size_t step,
                                                     const Arguments &arguments, int64_t batch,
                                                     uint64_t seed) {
  const tn_program &program = context.program();
  size_t number = entryOfKind(program, TN_ENTRY_EVALUATE);
  if (number == program.num_entries) {
    bool hasInputs = program.entries[step].num_inputs > 2;
    return Status::error(
        ExitCode::Usage, "train",
        hasInputs
            ? "--eval-input: the train section holds only while 'training' is true"
            : "--eval-input: the train section takes no inputs, so that none can be held out");
  }
  std::unique_ptr<Evaluation> evaluation(new Evaluation(context, number));
  Result<std::unique_ptr<TrainData>> data =
      TrainData::open(context, number, arguments, {TrainData::Samples::HeldOut, batch}, seed);
  if (!data.ok())
    return data.takeStatus();
  evaluation->data = std::move(*data);
  return evaluation;
}

Status Evaluation::run(int64_t steps) {
  std::vector<double> sums(entry.num_outputs, 0.0);
  double samples = static_cast<double>(data->samples());
  for (uint64_t k = 0; k < data->stepsPerPass(); ++k) {
    Call &call = data->prepareHeldOut(k, steps);
    if (Status status = outputs.allocate(call); !status.ok())
      return status;
    if (Status status = context.run(call, outputs.data()); !status.ok())
      return std::move(status).note("while held-out samples were evaluated");
    double share = static_cast<double>(data->samplesIn(k)) / samples;
    for (uint64_t i = 0; i < entry.num_outputs; ++i)
      sums[i] += share * outputs.scalar(i);
  }
  values = std::move(sums);
  return Status();
}

std::string Evaluation::jsonText() const {
  std::string text;
  for (uint64_t i = 0; i < entry.num_outputs; ++i)
    text += format(",\"eval_%s\":", entry.outputs[i].name) + jsonNumber(values[i]);
  return text;
}

std::string Evaluation::progressText() const {
  std::string text;
  for (size_t i = 0; i < values.size(); ++i)
    text += format("  eval_%s %.5g", entry.outputs[i].name, values[i]);
  return text;
}

} // namespace tenon::runtime
