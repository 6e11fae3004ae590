//===- Api.cpp - the C functions of shared libraries ----------------------===//
#include "tenon.h"
#include "tenon/Runtime/Cli/Commands.h"
#include "tenon/Runtime/Cli/Session.h"
#include "tenon/Runtime/Context.h"
#include "tenon/Runtime/Cpu/CpuLevel.h"
#include "tenon/Runtime/Cpu/CpuLimits.h"
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Memory.h"

#include <cstring>

using namespace tenon::runtime;

#define TENON_EXPORT __attribute__((visibility("default")))

static_assert(int(TENON_F32) == TN_F32 && int(TENON_I64) == TN_I64 && int(TENON_I32) == TN_I32 &&
                  int(TENON_BOOL) == TN_BOOL && int(TENON_F64) == TN_F64,
              "the header's element types are the program's");
static_assert(TENON_BAD_INPUT == int(ExitCode::Input) && TENON_BAD_USE == int(ExitCode::Usage) &&
                  TENON_ENVIRONMENT == int(ExitCode::Environment) &&
                  TENON_INTERNAL == int(ExitCode::Internal),
              "the header's results are exit codes");

namespace {

/// Memory of the caller, and a copy that kernels may use when it is not aligned.
struct Place {
  void *data = nullptr;
  uint64_t bytes = 0;
  AlignedBuffer copy;

  static bool isAligned(const void *data) {
    return reinterpret_cast<uintptr_t>(data) % bufferAlignment == 0;
  }
  /// What kernels get; the copy is made once.
  Result<void *> aligned(const char *purpose) {
    if (isAligned(data) && data)
      return data;
    if (!copy.data()) {
      Result<AlignedBuffer> made = AlignedBuffer::allocate(bytes, purpose);
      if (!made.ok())
        return made.takeStatus();
      copy = std::move(*made);
    }
    return copy.data();
  }
};

} // namespace

struct tenon_context {
  std::unique_ptr<Context> context;
  Call call;
  bool isBound = false;
  /// By number of the entry's input; empty where defaulted.
  std::vector<Place> inputs;
  std::vector<Place> outputs;
  /// What kernels get for the outputs.
  std::vector<void *> pointers;
};

static thread_local std::string lastError;

static int32_t fail(const Status &status) {
  lastError.clear();
  for (const std::string &line : status.render())
    lastError += line + "\n";
  return static_cast<int32_t>(status.code());
}

static Status badUse(const char *function, std::string text) {
  return Status::error(ExitCode::Usage, function, std::move(text));
}

extern "C" {

TENON_EXPORT const char *tenon_last_error(void) { return lastError.c_str(); }

TENON_EXPORT const char *tenon_describe(void) {
  static const std::string text = [] {
    Result<const tn_level *> level = selectLevel(tenon_program, identifyCpu(), 0);
    // A library describes itself without waking a driver.
    Result<std::string> json = infoJson(tenon_program, level.ok() ? *level : nullptr,
                                        smallestSizes(tenon_program), DeviceReport());
    return json.ok() ? *json : std::string();
  }();
  return text.empty() ? nullptr : text.c_str();
}

TENON_EXPORT int32_t tenon_open(const char *weights, int32_t threads, tenon_context **context) {
  if (!context)
    return fail(badUse("tenon_open", "'context' is null"));
  *context = nullptr;
  if (threads < 0 || threads > maxThreads)
    return fail(badUse("tenon_open", "threads is " + std::to_string(threads) + "; expected 0 to " +
                                         std::to_string(maxThreads)));
  bool hasParameters = tenon_program.num_parameters > 0;
  if (hasParameters && !weights && !tenon_program.embedded_weights)
    return fail(badUse("tenon_open", "the model has parameters; expected a file of weights"));
  if (!hasParameters && weights)
    return fail(badUse("tenon_open", "weights are given, but the model has no parameters"));
  ContextOptions options;
  options.threads = threads;
  Result<std::unique_ptr<Context>> made = Context::create(tenon_program, options);
  if (!made.ok())
    return fail(made.takeStatus());
  if (hasParameters) {
    Result<std::unique_ptr<ByteSource>> source =
        weights ? openFile(weights)
                : openEmbedded("embedded weights", tenon_program.embedded_weights,
                               tenon_program.embedded_size);
    if (!source.ok())
      return fail(source.takeStatus());
    Result<SafetensorsFile> file = SafetensorsFile::openWhole(**source);
    if (!file.ok())
      return fail(file.takeStatus());
    if (Status status = (*made)->loadWeights(*file); !status.ok())
      return fail(status);
  }
  *context = new tenon_context{std::move(*made), {}, false, {}, {}, {}};
  return TENON_OK;
}

TENON_EXPORT void tenon_close(tenon_context *context) { delete context; }

TENON_EXPORT size_t tenon_bytes(const tenon_tensor *tensor) {
  size_t bytes = static_cast<size_t>(dtypeInfo(tensor->dtype).size);
  for (int32_t axis = 0; axis < tensor->rank; ++axis)
    bytes *= static_cast<size_t>(tensor->dims[axis]);
  return bytes;
}

TENON_EXPORT int32_t tenon_bind(tenon_context *context, const char *entry,
                                const tenon_tensor *inputs, size_t num_inputs,
                                tenon_tensor *outputs, size_t num_outputs) {
  if (!context || (num_inputs != 0 && !inputs) || (num_outputs != 0 && !outputs))
    return fail(badUse("tenon_bind", "a pointer is null"));
  context->isBound = false;
  Result<size_t> number = findEntry(tenon_program, entry ? entry : "");
  if (!number.ok())
    return fail(number.takeStatus());
  const tn_entry &called = tenon_program.entries[*number];
  if (called.kind != TN_ENTRY_CALL && called.kind != TN_ENTRY_EVALUATE)
    return fail(badUse("tenon_bind", "entry '" + std::string(called.name) +
                                         "' updates parameters: the command 'train' takes steps"));
  if (num_outputs != called.num_outputs)
    return fail(badUse("tenon_bind", "entry '" + std::string(called.name) + "' has " +
                                         std::to_string(called.num_outputs) + " outputs, got " +
                                         std::to_string(num_outputs)));
  std::vector<InputView> views;
  for (size_t i = 0; i < num_inputs; ++i) {
    const tenon_tensor &input = inputs[i];
    bool isComplete = input.name && input.dtype >= 0 && input.dtype < numDTypes &&
                      input.rank >= 0 && input.rank <= TN_MAX_RANK &&
                      (input.rank == 0 || input.dims);
    if (!isComplete)
      return fail(badUse("tenon_bind", "input number " + std::to_string(i) +
                                           " has no name, or no known dtype, rank and dims"));
    views.push_back({input.name, input.dtype, input.dims, static_cast<size_t>(input.rank)});
  }
  Result<Call> call = context->context->bind(*number, views);
  if (!call.ok())
    return fail(call.takeStatus());
  context->call = std::move(*call);
  context->inputs.clear();
  context->inputs.resize(called.num_inputs);
  for (size_t i = 0; i < num_inputs; ++i) {
    size_t place = 0;
    while (std::strcmp(called.inputs[place].name, inputs[i].name) != 0)
      ++place;
    context->inputs[place].data = inputs[i].data;
    context->inputs[place].bytes = tenon_bytes(&inputs[i]);
    if (!inputs[i].data && context->inputs[place].bytes != 0)
      return fail(badUse("tenon_bind", "input '" + std::string(inputs[i].name) + "' has no data"));
  }
  context->outputs.clear();
  context->outputs.resize(num_outputs);
  context->pointers.assign(num_outputs, nullptr);
  for (size_t i = 0; i < num_outputs; ++i) {
    const CallOutput &output = context->call.outputs[i];
    outputs[i] = {output.tensor->name, output.tensor->dtype, output.tensor->rank,
                  output.dims.data(), nullptr};
    context->outputs[i].bytes = output.bytes;
  }
  context->isBound = true;
  return TENON_OK;
}

TENON_EXPORT int32_t tenon_run(tenon_context *context, const tenon_tensor *outputs,
                               size_t num_outputs) {
  if (!context || (num_outputs != 0 && !outputs))
    return fail(badUse("tenon_run", "a pointer is null"));
  if (!context->isBound)
    return fail(badUse("tenon_run", "no call is bound"));
  if (num_outputs != context->outputs.size())
    return fail(badUse("tenon_run", "expected " + std::to_string(context->outputs.size()) +
                                        " outputs, got " + std::to_string(num_outputs)));
  const tn_entry &entry = tenon_program.entries[context->call.entry];
  for (size_t i = 0; i < context->inputs.size(); ++i) {
    if (context->call.defaulted >> i & 1)
      continue;
    Place &place = context->inputs[i];
    Result<void *> memory = place.aligned(entry.inputs[i].name);
    if (!memory.ok())
      return fail(memory.takeStatus());
    if (*memory != place.data && place.bytes != 0)
      std::memcpy(*memory, place.data, place.bytes);
    context->call.inputs[i] = *memory;
  }
  for (size_t i = 0; i < num_outputs; ++i) {
    Place &place = context->outputs[i];
    const char *name = entry.outputs[i].name;
    if (!outputs[i].data && place.bytes != 0)
      return fail(badUse("tenon_run", "output '" + std::string(name) + "' has no data"));
    place.data = outputs[i].data;
    Result<void *> memory = place.aligned(name);
    if (!memory.ok())
      return fail(memory.takeStatus());
    context->pointers[i] = *memory;
  }
  if (Status status = context->context->run(context->call, context->pointers.data()); !status.ok())
    return fail(status);
  for (size_t i = 0; i < num_outputs; ++i)
    if (Place &place = context->outputs[i]; place.data != context->pointers[i] && place.bytes != 0)
      std::memcpy(place.data, context->pointers[i], place.bytes);
  return TENON_OK;
}

} // extern "C"
