//===- Session.h - what run and bench do before they run ------------------===//
#ifndef TENON_RUNTIME_CLI_SESSION_H
#define TENON_RUNTIME_CLI_SESSION_H

#include "tenon/Runtime/Cli/Options.h"

#include "tenon/Runtime/Context.h"
#include "tenon/Runtime/Io/Memory.h"
#include "tenon/Runtime/Io/Npy.h"

namespace tenon::runtime {

/// A call with the memory of its inputs and outputs.
struct PreparedCall {
  Call call;
  std::vector<AlignedBuffer> inputs;  ///< by input number
  std::vector<AlignedBuffer> outputs; ///< by output number
  std::vector<void *> outputPointers;
};

/// An input file whose header is read.
struct InputFile {
  std::string name;
  std::unique_ptr<ByteSource> source;
  NpyHeader header;
};

/// The weights of the command line or else the embedded ones; null for a model
/// without parameters. A Usage error if they are needed and not there, or there
/// and not needed.
Result<std::unique_ptr<ByteSource>> openWeights(const Arguments &arguments,
                                                const tn_program &program, const char *where);

/// A Usage error if the file to be written at `path` is one that is read: the
/// weights, an input, or the executable.
Status checkNotRead(const Arguments &arguments, const std::string &path, const char *where);

/// A context for the options; weights are not loaded yet.
Result<std::unique_ptr<Context>> openContext(const Arguments &arguments, const tn_program &program);

/// Loads the weights, if the model has any; with `averages` those that a training with
/// `ema` has kept.
Status loadWeights(Context &context, const ByteSource *weights, bool averages);

/// Opens the files of --input and reads their headers.
Result<std::vector<InputFile>> openInputs(const std::vector<Assignment<std::string>> &inputs);

/// The type and shape of an opened input.
InputView viewOf(const InputFile &file);

/// Reads the elements of the files that belong to the call and allocates its
/// outputs.
Status readInputs(const tn_program &program, const std::vector<InputFile> &files,
                  PreparedCall &prepared);

/// What becomes of next values that a step of training writes where parameters lie.
enum class InPlace { Stays, IsCopied };

/// Allocates the outputs of the call; null for those that stay in place.
Status allocateOutputs(PreparedCall &prepared, InPlace inPlace);

/// By symbol number, the smallest value allowed, but at least 1.
std::vector<int64_t> smallestSizes(const tn_program &program);

/// Sizes by symbol number from --max or --size; `fallback` where not given. A
/// Usage error for a name that is no symbol.
Result<std::vector<int64_t>> sizesOf(const std::vector<Assignment<int64_t>> &sizes,
                                     const tn_program &program, const char *where,
                                     const std::vector<int64_t> &fallback);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_SESSION_H
