//===- Context.h - a compiled model, loaded and ready to run --------------===//
//
//   auto context = Context::create(tenon_program, {});
//   context->loadWeights(file);
//   auto call = context->bind(entry, views);    // checks shapes, gives outputs
//   call->inputs[0] = ids;                      // 64-byte aligned memory
//   context->run(*call, outputs);               // may be repeated
//
// A context has no global state: a process may have any number of them, of one
// or of several programs. One context serves one caller at a time.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CONTEXT_H
#define TENON_RUNTIME_CONTEXT_H

#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Io/Safetensors.h"
#include "tenon/Runtime/Io/Status.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::runtime {

class ThreadPool;

/// Where a program runs. Auto is the first GPU that the program has code for, if there is
/// one, else the CPU.
enum class DeviceKind { Auto, Cpu, Cuda };

struct ContextOptions {
  DeviceKind device = DeviceKind::Auto;
  /// Of the GPUs; negative: the first that the program has code for.
  int deviceNumber = -1;
  /// 0: as many as affinity mask and quota allow.
  int threads = 0;
  /// A tn_cpu_level to use, or 0 for the best that the CPU has.
  int64_t cpuLevel = 0;
  /// Tensors of the weight file that the model does not use are an error.
  bool strictWeights = false;
  /// If not null and not 0: stop before the next launch with the exit code
  /// 128 + its value.
  const std::atomic<int> *stop = nullptr;
};

/// The type and shape of an input that a caller has.
struct InputView {
  std::string_view name;
  int32_t dtype = TN_F32;
  const int64_t *dims = nullptr;
  size_t rank = 0;
};

/// The type and shape of an output that a call will write.
struct CallOutput {
  const tn_tensor *tensor = nullptr;
  std::vector<int64_t> dims;
  uint64_t bytes = 0;
  /// The entry writes it, a next value, into the memory of the parameter.
  bool isInPlace = false;
};

/// A checked call: sizes are known, memory is the caller's to give.
struct Call {
  size_t entry = 0;
  std::vector<int64_t> symbols;
  /// Bit i: input i was left out and takes its default.
  uint64_t defaulted = 0;
  /// Memory of each input of the entry, 64-byte aligned, in C order; to be set
  /// by the caller except where defaulted. Booleans hold 0 or 1.
  std::vector<const void *> inputs;
  /// Shapes of the inputs, for messages; empty where defaulted.
  std::vector<std::vector<int64_t>> inputDims;
  /// For messages, by input: the numbers that the caller's rows have, where they are others
  /// than 0, 1, ...; null or left out where they are not.
  std::vector<const uint64_t *> rowNumbers;
  std::vector<CallOutput> outputs;
};

/// The number of the entry called `name`; of the first one if `name` is empty.
/// A Usage error lists the names there are.
Result<size_t> findEntry(const tn_program &program, std::string_view name);

class Context {
public:
  /// Checks the program, chooses the CPU level and starts the threads.
  static Result<std::unique_ptr<Context>> create(const tn_program &program,
                                                 const ContextOptions &options);
  ~Context();
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;

  /// Loads all parameters and runs `prepare`. The file may be closed after.
  /// Must come before run() for a program with parameters.
  Status loadWeights(const SafetensorsFile &file);

  /// For training, instead of loadWeights: parameters of the file, or, where it is null or
  /// lacks one of the program's own, their first values. An Input error if one has none.
  /// Optimizers' states are taken from the file when it `resumes` a training.
  Status beginTraining(const SafetensorsFile *file, bool resumes, uint64_t seed);
  /// Runs a call of a part of training; its next values take effect after it. Memory of
  /// outputs that are next values changes hands: `outputs` then has that of the last.
  Status step(const Call &call, void **outputs, uint64_t *nanoseconds = nullptr);
  /// The value of a parameter while training, in row-major order; valid until the next step.
  Result<const void *> parameter(size_t number) const;
  /// Keeps the values of parameters, always of the same ones, in place of those kept before.
  Status keepParameters(const std::vector<size_t> &numbers);
  /// Gives them back what was kept, which entries see after the next step.
  Status restoreParameters();

  /// Compares the inputs with the entry's signature. Nothing is allocated for
  /// the tensors.
  Result<Call> bind(size_t entry, const std::vector<InputView> &inputs) const;

  /// Places and reserves the memory of a call with these symbol values, which
  /// must lie within the program's bounds.
  Status reserve(size_t entry, const std::vector<int64_t> &symbols);

  /// Runs the call. `outputs` are 64-byte aligned, of the sizes that the call
  /// states; after a failure their contents are undefined. Allocates nothing if
  /// the sizes are among the last 16. `nanoseconds`, if not null, receives the
  /// added time of every launch of the entry.
  Status run(const Call &call, void *const *outputs, uint64_t *nanoseconds = nullptr);

  const tn_program &program() const;
  const tn_level &level() const;
  /// The compute capability of the GPU that runs the program, as in 90; 0 on the CPU.
  int64_t capability() const;
  /// "x86-64-v4", or "cuda:0, NVIDIA H200, compute capability 9.0".
  std::string deviceText() const;
  int threads() const;
  /// The threads, for measurements between runs; never during one.
  ThreadPool &pool();
  /// Bytes of the arena; it never shrinks.
  uint64_t arenaBytes() const;
  /// Sentences for the user that are not errors, in the order they arose.
  const std::vector<std::string> &warnings() const;

private:
  Context();
  struct Implementation;
  std::unique_ptr<Implementation> implementation;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CONTEXT_H
