//===- TrainData.h - batches of the arrays that a step takes --------------===//
#ifndef TENON_RUNTIME_CLI_TRAINDATA_H
#define TENON_RUNTIME_CLI_TRAINDATA_H

#include "tenon/Runtime/Cli/Session.h"

#include <map>
#include <memory>
#include <vector>

namespace tenon::runtime {

/// The inputs of a step in memory, and batches of them. Samples are along the first
/// axis of the inputs that begin with the symbol that the first input with axes begins
/// with; inputs that do not are whole in every step. Each pass over the samples has an
/// order of its own, a function of the seed and the number of the pass; full batches
/// keep the order of the files, and so do held-out samples.
class TrainData {
public:
  enum class Samples { Trained, HeldOut };
  struct Options {
    Samples kind = Samples::Trained;
    int64_t batch = 0; ///< samples of a step; 0: all
    int64_t parts = 1; ///< that a step is taken in
    bool dropLast = false;
  };

  /// Reads the files. With `dropLast` a pass ends before a batch that would be smaller.
  /// Held-out inputs that hold no samples are those of the training, if they are not given.
  static Result<std::unique_ptr<TrainData>> open(const Context &context, size_t entry,
                                                 const Arguments &arguments, const Options &options,
                                                 uint64_t seed);

  int64_t parts() const { return options.parts; }
  /// How many parts step `number` (from 0 on) has: no part is without samples.
  int64_t partsOf(uint64_t number) const;
  /// The share of a part of the step's samples.
  double share(uint64_t number, int64_t part) const;
  /// The call of a part of step `number`, its inputs in place. Draws of parts differ.
  Call &prepare(uint64_t number, int64_t part);
  /// The call of an entry that takes the number of the step and the seed alone.
  Result<Call> bindScalars(size_t entry, uint64_t number);
  /// The call of batch `index` of held-out samples after `steps` steps. Draws of each
  /// batch are others, and others than those of steps.
  Call &prepareHeldOut(uint64_t index, int64_t steps);

  /// Whether an input begins with a dynamic size.
  bool hasSamples() const { return symbol >= 0; }
  int64_t samples() const { return numSamples; }
  /// How many of them batch `index` of a pass has.
  int64_t samplesIn(uint64_t index) const;
  uint64_t stepsPerPass() const { return numSteps; }

private:
  /// Samples that follow one another in the order at hand.
  struct Span {
    uint64_t first;
    int64_t count;
  };

  TrainData(const Context &context, size_t entry, const Options &options, uint64_t seed)
      : context(context), entry(context.program().entries[entry]), number(entry), options(options),
        seed(seed) {}

  Span spanOf(uint64_t index, int64_t part) const;
  size_t numFiles() const;

  void findSymbol();
  std::string nameOf(std::string_view input) const;
  std::vector<Assignment<std::string>> chooseFiles(const Arguments &arguments) const;
  Status read(const Arguments &arguments);
  Status findSamples();
  Status allocateBatches();
  bool holdsSamples(size_t input) const;
  Status bind(int64_t count);
  void addScalars(const tn_entry &of, std::vector<InputView> &views) const;
  void setScalars(Call &call) const;
  void shuffle(uint64_t pass);
  Call &take(const Span &span);

  const Context &context;
  const tn_entry &entry;
  size_t number;
  Options options;
  uint64_t seed;

  std::vector<InputFile> files;       ///< by input number
  std::vector<AlignedBuffer> whole;   ///< by input number
  std::vector<AlignedBuffer> batches; ///< by input number; empty for inputs that are whole
  int symbol = -1;
  int64_t numSamples = 1, batch = 1;
  uint64_t numSteps = 1;
  std::map<int64_t, Call> calls; ///< by number of samples
  std::vector<uint64_t> order;
  uint64_t shuffledPass = UINT64_MAX;
  AlignedBuffer scalars; ///< each at a multiple of the alignment, in the order below
  enum Scalar : size_t { Share, Part, Step, Seed, numScalars };
  template <typename T> void setScalar(Scalar scalar, T value);
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_TRAINDATA_H
