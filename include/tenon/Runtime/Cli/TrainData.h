//===- TrainData.h - batches of the arrays that a step takes --------------===//
#ifndef TENON_RUNTIME_CLI_TRAINDATA_H
#define TENON_RUNTIME_CLI_TRAINDATA_H

#include "tenon/Runtime/Cli/Session.h"

#include <memory>
#include <vector>

namespace tenon::runtime {

/// The inputs of a step in memory, and batches of them. Samples are along the first
/// axis of the inputs that begin with the symbol that the first input with axes begins
/// with; inputs that do not are whole in every step. Each pass over the samples has an
/// order of its own, a function of the seed and the number of the pass; full batches
/// keep the order of the files.
class TrainData {
public:
  /// Reads the files. `batch` samples make a step, all if it is 0; with `dropLast` a pass
  /// ends before a batch that would be smaller.
  static Result<std::unique_ptr<TrainData>> open(const Context &context, size_t entry,
                                                 const Arguments &arguments, int64_t batch,
                                                 bool dropLast, uint64_t seed);

  /// The call of step `number` (from 0 on), its inputs in place.
  Result<Call *> prepare(uint64_t number);

  int64_t samples() const { return numSamples; }
  int64_t batchSize() const { return batch; }
  uint64_t stepsPerPass() const { return numSteps; }

private:
  TrainData(const Context &context, size_t entry, uint64_t seed)
      : context(context), entry(context.program().entries[entry]), number(entry), seed(seed) {}

  Status read(const Arguments &arguments);
  Status findSamples();
  Result<Call> bind(int64_t count);
  void shuffle(uint64_t pass);
  void take(uint64_t first, int64_t count);

  const Context &context;
  const tn_entry &entry;
  size_t number;
  uint64_t seed;

  std::vector<InputFile> files;       ///< by input number
  std::vector<AlignedBuffer> whole;   ///< by input number
  std::vector<AlignedBuffer> batches; ///< by input number; empty for inputs that are whole
  int symbol = -1;
  int64_t numSamples = 1, batch = 1;
  uint64_t numSteps = 1;
  Call full, rest; ///< of `batch` samples, and of those left at the end of a pass
  std::vector<uint64_t> order;
  uint64_t shuffledPass = UINT64_MAX;
  AlignedBuffer scalars; ///< the number of the step, and the seed
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_TRAINDATA_H
