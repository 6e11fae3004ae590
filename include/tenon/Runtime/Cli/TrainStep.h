//===- TrainStep.h - a step, whole or in parts ------------------*- C++ -*-===//
#ifndef TENON_RUNTIME_CLI_TRAINSTEP_H
#define TENON_RUNTIME_CLI_TRAINSTEP_H

#include "tenon/Runtime/Cli/StepOutputs.h"
#include "tenon/Runtime/Cli/TrainData.h"

#include <memory>
#include <string>
#include <vector>

namespace tenon::runtime {

/// The loss, a metric, or the gradient's norm.
struct StepScalar {
  const char *name;
  double value;
  std::string text; ///< in JSON
};

/// Takes steps. One in several parts adds the gradients of the parts up, each by its share
/// of the samples, and updates once: the same as the whole, up to rounding, of a loss that
/// is a mean over samples, in the memory of a part.
class TrainStep {
public:
  /// `step` is the number of the program's entry that takes whole steps.
  static Result<std::unique_ptr<TrainStep>> open(Context &context, size_t step,
                                                 const Arguments &arguments, int64_t batch,
                                                 int64_t parts, uint64_t seed);

  /// Takes step `number`, from 0 on. After a failure everything is as it was before.
  Status run(uint64_t number);
  /// Of the last step, the loss first.
  const std::vector<StepScalar> &scalars() const { return values; }
  const TrainData &data() const { return *samples; }

private:
  TrainStep(Context &context, size_t entry, int64_t parts);

  Status runWhole(uint64_t number);
  Status runParts(uint64_t number);
  Status update(uint64_t number);
  void report(const tn_entry &entry, const StepOutputs &outputs);

  Context &context;
  const tn_program &program;
  size_t entry;       ///< of a whole step, or of a part
  size_t updateEntry; ///< of a step in parts
  std::unique_ptr<TrainData> samples;
  StepOutputs outputs, updates;
  std::vector<StepScalar> values;

  /// States of the model, which each part changes and a failure brings back.
  std::vector<size_t> states;
};

/// Whether the parameter is a sum of gradients, of no use between steps.
bool isGradientSum(std::string_view name);

/// The program's entry of this kind; the number of entries if there is none.
size_t entryOfKind(const tn_program &program, int64_t kind);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_TRAINSTEP_H
