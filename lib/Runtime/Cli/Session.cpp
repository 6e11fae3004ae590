//===- Session.cpp - what run and bench do before they run ----------------===//
#include "tenon/Runtime/Cli/Session.h"

#include "tenon/Runtime/Cli/Process.h"

#include "tenon/Runtime/Cpu/Binding.h"
#include "tenon/Runtime/Io/AtomicFile.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>

namespace tenon::runtime {

Result<std::unique_ptr<ByteSource>> openWeights(const Arguments &arguments,
                                                const tn_program &program, const char *where) {
  if (arguments.hasWeights && program.num_parameters == 0)
    return Status::error(ExitCode::Usage, where,
                         "--weights is given, but the model has no parameters");
  if (arguments.hasWeights)
    return openFile(arguments.weights);
  if (program.num_parameters == 0)
    return std::unique_ptr<ByteSource>();
  if (!program.embedded_weights)
    return Status::error(ExitCode::Usage, where,
                         format("--weights FILE is missing: the model has %llu parameters",
                                static_cast<unsigned long long>(program.num_parameters)));
  return openEmbedded("embedded weights", program.embedded_weights, program.embedded_size);
}

Status checkNotRead(const Arguments &arguments, const std::string &path, const char *where) {
  auto clash = [&](const std::string &what) {
    return Status::error(ExitCode::Usage, where,
                         "output file '" + displayPath(path) + "' is also " + what);
  };
  if (arguments.hasWeights && isSameFile(path, arguments.weights))
    return clash("the weights");
  if (isSameFile(path, "/proc/self/exe"))
    return clash("this executable");
  for (const Assignment<std::string> &input : arguments.inputs)
    if (isSameFile(path, input.value))
      return clash("input " + quoteName(input.name));
  for (const Assignment<std::string> &input : arguments.evalInputs)
    if (isSameFile(path, input.value))
      return clash("held-out input " + quoteName(input.name));
  return Status();
}

Result<std::unique_ptr<Context>> openContext(const Arguments &arguments,
                                             const tn_program &program) {
  ContextOptions options;
  options.device = arguments.device;
  options.deviceNumber = arguments.deviceNumber;
  options.threads = arguments.threads;
  options.cpuLevel = arguments.level;
  options.strictWeights = arguments.strict;
  options.stop = &stopSignal();
  return Context::create(program, options);
}

Status loadWeights(Context &context, const ByteSource *weights, bool averages) {
  if (!weights)
    return Status();
  Result<SafetensorsFile> file = SafetensorsFile::openWhole(*weights);
  if (!file.ok())
    return file.takeStatus();
  if (averages && file->takeAverages() == 0)
    return Status::error(ExitCode::Input, weights->name(),
                         "holds no averages, 'tenon.ema.NAME': it is from no training with 'ema'");
  return context.loadWeights(*file);
}

Result<std::vector<InputFile>> openInputs(const std::vector<Assignment<std::string>> &inputs) {
  std::vector<InputFile> files;
  for (const Assignment<std::string> &input : inputs) {
    InputFile file;
    file.name = input.name;
    Result<std::unique_ptr<ByteSource>> source = openFile(input.value);
    if (!source.ok())
      return source.takeStatus();
    file.source = std::move(*source);
    Result<NpyHeader> header = readNpyHeader(*file.source);
    if (!header.ok())
      return header.takeStatus();
    file.header = std::move(*header);
    files.push_back(std::move(file));
  }
  return files;
}

InputView viewOf(const InputFile &file) {
  return {file.name, file.header.dtype, file.header.dims.data(), file.header.dims.size()};
}

Status readInputs(const tn_program &program, const std::vector<InputFile> &files,
                  PreparedCall &prepared) {
  const tn_entry &entry = program.entries[prepared.call.entry];
  prepared.inputs.resize(entry.num_inputs);
  for (const InputFile &file : files) {
    size_t number = 0;
    while (file.name != entry.inputs[number].name)
      ++number;
    std::string purpose = "input " + quoteName(file.name);
    Result<AlignedBuffer> memory = AlignedBuffer::allocate(file.header.bytes, purpose.c_str());
    if (!memory.ok())
      return memory.takeStatus();
    if (Status status = readNpyData(*file.source, file.header, memory->data()); !status.ok())
      return status;
    prepared.inputs[number] = std::move(*memory);
    prepared.call.inputs[number] = prepared.inputs[number].data();
  }
  return Status();
}

Status allocateOutputs(PreparedCall &prepared, InPlace inPlace) {
  for (const CallOutput &output : prepared.call.outputs) {
    if (output.isInPlace && inPlace == InPlace::Stays) {
      prepared.outputPointers.push_back(nullptr);
      continue;
    }
    std::string purpose = "output " + quoteName(output.tensor->name);
    Result<AlignedBuffer> memory = AlignedBuffer::allocate(output.bytes, purpose.c_str());
    if (!memory.ok())
      return memory.takeStatus();
    prepared.outputPointers.push_back(memory->data());
    prepared.outputs.push_back(std::move(*memory));
  }
  return Status();
}

std::vector<int64_t> smallestSizes(const tn_program &program) {
  std::vector<int64_t> sizes(TN_MAX_SYMBOLS, 0);
  for (uint64_t s = 0; s < program.num_symbols; ++s)
    sizes[s] = std::min(std::max<int64_t>(program.symbols[s].min, 1), program.symbols[s].max);
  return sizes;
}

Result<std::vector<int64_t>> sizesOf(const std::vector<Assignment<int64_t>> &sizes,
                                     const tn_program &program, const char *where,
                                     const std::vector<int64_t> &fallback) {
  std::vector<int64_t> values = fallback;
  std::string known;
  for (uint64_t s = 0; s < program.num_symbols; ++s)
    known += std::string(s == 0 ? "" : ", ") + program.symbols[s].name;
  for (const Assignment<int64_t> &size : sizes) {
    uint64_t symbol = 0;
    while (symbol < program.num_symbols && size.name != program.symbols[symbol].name)
      ++symbol;
    if (symbol == program.num_symbols)
      return Status::error(ExitCode::Usage, where,
                           "size " + quoteName(size.name) + " is unknown; the model has " +
                               (known.empty() ? "no dynamic sizes" : known));
    const tn_symbol &bounds = program.symbols[symbol];
    if (size.value < bounds.min || size.value > bounds.max)
      return Status::error(ExitCode::Usage, where,
                           "size " + quoteName(size.name) + " is " + std::to_string(size.value) +
                               "; expected " + boundsText(bounds));
    values[symbol] = size.value;
  }
  return values;
}

} // namespace tenon::runtime
