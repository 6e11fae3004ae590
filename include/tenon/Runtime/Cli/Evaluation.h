//===- Evaluation.h - loss and metrics of held-out samples ------*- C++ -*-===//
#ifndef TENON_RUNTIME_CLI_EVALUATION_H
#define TENON_RUNTIME_CLI_EVALUATION_H

#include "tenon/Runtime/Cli/StepOutputs.h"
#include "tenon/Runtime/Cli/TrainData.h"

namespace tenon::runtime {

/// Loss and metrics of the samples of --eval-input under the parameters as they are.
/// Batches are as large as those of a step, in the order of the files; each counts by its
/// samples. Nothing that a training goes on from changes.
class Evaluation {
public:
  /// `step` is the number of the program's entry that trains.
  static Result<std::unique_ptr<Evaluation>>
  open(Context &context, size_t step, const Arguments &arguments, int64_t batch, uint64_t seed);

  /// Computes the values after `steps` steps.
  Status run(int64_t steps);
  /// Whether run() has succeeded once.
  bool hasValues() const { return !values.empty(); }
  /// `,"eval_loss":0.5,"eval_accuracy":1`.
  std::string jsonText() const;
  /// `  eval_loss 0.5  eval_accuracy 1`.
  std::string progressText() const;

private:
  Evaluation(Context &context, size_t entry)
      : context(context), entry(context.program().entries[entry]) {}

  Context &context;
  const tn_entry &entry;
  std::unique_ptr<TrainData> data;
  StepOutputs outputs;
  std::vector<double> values; ///< by output
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_EVALUATION_H
