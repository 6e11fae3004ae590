//===- RunCommand.cpp - from .npy files to .npy files ---------------------===//
#include "tenon/Runtime/Cli/Commands.h"
#include "tenon/Runtime/Cli/Process.h"
#include "tenon/Runtime/Cli/Session.h"

#include "tenon/Runtime/Io/AtomicFile.h"
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Text.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <sys/stat.h>

namespace tenon::runtime {

namespace {

/// Where an output of the entry goes.
struct OutputTarget {
  size_t output;
  std::string path;
};

} // namespace

static Status usageError(std::string text) {
  return Status::error(ExitCode::Usage, "run", std::move(text));
}

/// A name that can be a file name of its own.
static bool isPlainName(const std::string &name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
}

static Result<std::vector<OutputTarget>> chooseTargets(const Arguments &arguments,
                                                       const tn_entry &entry) {
  std::vector<OutputTarget> targets;
  std::vector<std::string_view> names;
  std::vector<bool> isNamed(entry.num_outputs, false);
  std::string list;
  for (uint64_t i = 0; i < entry.num_outputs; ++i) {
    names.push_back(entry.outputs[i].name);
    list += (i == 0 ? "" : ", ") + quoteName(names.back());
  }
  for (const Assignment<std::string> &output : arguments.outputs) {
    size_t number = 0;
    while (number < names.size() && names[number] != output.name)
      ++number;
    if (number == names.size()) {
      Status status =
          usageError("output " + quoteName(output.name) + " is unknown; expected " + list);
      std::string_view similar = nearest(output.name, names);
      if (!similar.empty())
        status = std::move(status).hint("did you mean " + quoteName(similar) + "?");
      return status;
    }
    isNamed[number] = true;
    targets.push_back({number, output.value});
  }
  for (size_t i = 0; i < names.size() && !arguments.outputDir.empty(); ++i) {
    std::string name(names[i]);
    if (isNamed[i])
      continue;
    if (!isPlainName(name))
      return usageError("output " + quoteName(name) + " is no file name; give --output");
    targets.push_back({i, arguments.outputDir + "/" + name + ".npy"});
  }
  return targets;
}

/// No output may be one of the files that are read, or another output.
static Status checkTargets(const Arguments &arguments, const std::vector<OutputTarget> &targets) {
  for (size_t i = 0; i < targets.size(); ++i) {
    const std::string &path = targets[i].path;
    if (Status status = checkNotRead(arguments, path, "run"); !status.ok())
      return status;
    for (size_t other = 0; other < i; ++other)
      if (isSameFile(path, targets[other].path))
        return usageError("output file '" + displayPath(path) + "' is also another output");
  }
  return Status();
}

/// Makes the last component of --output-dir, as often as it is missing.
static Status makeOutputDir(const std::string &path) {
  if (path.empty() || mkdir(path.c_str(), 0777) == 0 || errno == EEXIST)
    return Status();
  return Status::error(ExitCode::Environment, displayPath(path),
                       std::string("cannot be made: ") + strerror(errno));
}

static Status writeOutputs(const PreparedCall &prepared, const std::vector<OutputTarget> &targets) {
  std::vector<AtomicFile> files;
  for (const OutputTarget &target : targets) {
    const CallOutput &output = prepared.call.outputs[target.output];
    Result<AtomicFile> file = AtomicFile::create(target.path);
    if (!file.ok())
      return file.takeStatus();
    std::string preamble = npyPreamble(output.tensor->dtype, output.dims);
    if (Status status = file->write(preamble.data(), preamble.size()); !status.ok())
      return status;
    if (Status status = file->write(prepared.outputPointers[target.output], output.bytes);
        !status.ok())
      return status;
    if (Status status = file->flush(); !status.ok())
      return status;
    files.push_back(std::move(*file));
  }
  if (Status status = checkStopSignal("run"); !status.ok())
    return status;
  for (AtomicFile &file : files)
    if (Status status = file.commit(); !status.ok())
      return status;
  return Status();
}

/// For --check-finite: names the first element that is NaN or infinite.
template <typename Float>
static Status checkFloats(const Float *values, uint64_t count, const std::string &what) {
  for (uint64_t i = 0; i < count; ++i)
    if (!std::isfinite(values[i]))
      return Status::error(ExitCode::Numeric, "run",
                           what + " holds " +
                               (std::isnan(values[i]) ? "NaN" : (values[i] > 0 ? "inf" : "-inf")) +
                               " at flat position " + std::to_string(i));
  return Status();
}

static Status checkFinite(const tn_tensor &tensor, const void *data, uint64_t bytes,
                          const char *kind) {
  std::string what = std::string(kind) + " " + quoteName(tensor.name);
  if (data && tensor.dtype == TN_F32)
    return checkFloats(static_cast<const float *>(data), bytes / 4, what);
  if (data && tensor.dtype == TN_F64)
    return checkFloats(static_cast<const double *>(data), bytes / 8, what);
  return Status();
}

static Status checkFiniteInputs(const tn_entry &entry, const PreparedCall &prepared) {
  for (uint64_t i = 0; i < entry.num_inputs; ++i)
    if (Status status = checkFinite(entry.inputs[i], prepared.inputs[i].data(),
                                    prepared.inputs[i].size(), "input");
        !status.ok())
      return status;
  return Status();
}

static Status checkFiniteOutputs(const PreparedCall &prepared) {
  for (size_t i = 0; i < prepared.outputs.size(); ++i)
    if (Status status = checkFinite(*prepared.call.outputs[i].tensor, prepared.outputs[i].data(),
                                    prepared.outputs[i].size(), "output");
        !status.ok())
      return status;
  return Status();
}

/// The weights are checked as the file has them, before any conversion.
static Status checkFiniteWeights(const ByteSource &weights) {
  Result<SafetensorsFile> file = SafetensorsFile::open(weights);
  if (!file.ok())
    return file.takeStatus();
  for (const WeightTensor &tensor : file->tensors()) {
    bool isF32 = tensor.dtype == WeightDType::F32;
    if (!isF32 && tensor.dtype != WeightDType::F64)
      continue;
    std::string what = "weight " + quoteName(tensor.name);
    Result<AlignedBuffer> memory = AlignedBuffer::allocate(tensor.bytes, what.c_str());
    if (!memory.ok())
      return memory.takeStatus();
    if (Status status = weights.read(tensor.offset, memory->data(), tensor.bytes); !status.ok())
      return status;
    Status status =
        isF32 ? checkFloats(static_cast<float *>(memory->data()), tensor.bytes / 4, what)
              : checkFloats(static_cast<double *>(memory->data()), tensor.bytes / 8, what);
    if (!status.ok())
      return status;
  }
  return Status();
}

/// Binds, loads, reads and computes; the outputs are then in `prepared`.
static Status computeOutputs(const Arguments &arguments, const tn_program &program, size_t entry,
                             PreparedCall &prepared) {
  Result<std::unique_ptr<ByteSource>> weights = openWeights(arguments, program, "run");
  if (!weights.ok())
    return weights.takeStatus();
  Result<std::vector<InputFile>> files = openInputs(arguments.inputs);
  if (!files.ok())
    return files.takeStatus();
  Result<std::vector<int64_t>> largest =
      sizesOf(arguments.sizes, program, "run", std::vector<int64_t>(TN_MAX_SYMBOLS, 0));
  if (!largest.ok())
    return largest.takeStatus();
  Result<std::unique_ptr<Context>> opened = openContext(arguments, program);
  if (!opened.ok())
    return opened.takeStatus();
  Context &context = **opened;

  std::vector<InputView> views;
  for (const InputFile &file : *files)
    views.push_back(viewOf(file));
  Result<Call> call = context.bind(entry, views);
  if (!call.ok())
    return call.takeStatus();
  prepared.call = std::move(*call);
  if (arguments.checkFinite && *weights)
    if (Status status = checkFiniteWeights(**weights); !status.ok())
      return status;
  Status status = loadWeights(context, weights->get(), arguments.ema);
  for (const std::string &warning : context.warnings())
    printMessage(warning);
  if (!status.ok())
    return status;

  if (!arguments.sizes.empty()) {
    for (size_t s = 0; s < largest->size(); ++s)
      if ((*largest)[s] == 0)
        (*largest)[s] = prepared.call.symbols[s];
    if (Status reserved = context.reserve(entry, *largest); !reserved.ok())
      return reserved;
  }
  if (Status read = readInputs(program, *files, prepared); !read.ok())
    return read;
  if (Status allocated = allocateOutputs(prepared, InPlace::IsCopied); !allocated.ok())
    return allocated;
  if (Status stopped = checkStopSignal("run"); !stopped.ok())
    return stopped;
  if (arguments.checkFinite)
    if (Status finite = checkFiniteInputs(program.entries[entry], prepared); !finite.ok())
      return finite;
  return context.run(prepared.call, prepared.outputPointers.data());
}

Status runCommand(const Arguments &arguments, const tn_program &program) {
  Result<size_t> entry = findEntry(program, arguments.entry);
  if (!entry.ok())
    return entry.takeStatus();
  Result<std::vector<OutputTarget>> targets = chooseTargets(arguments, program.entries[*entry]);
  if (!targets.ok())
    return targets.takeStatus();
  if (Status status = checkTargets(arguments, *targets); !status.ok())
    return status;
  if (Status status = makeOutputDir(arguments.outputDir); !status.ok())
    return status;
  for (const OutputTarget &target : *targets)
    if (Status status = checkWritable(target.path); !status.ok())
      return status;

  PreparedCall prepared;
  if (Status status = computeOutputs(arguments, program, *entry, prepared); !status.ok())
    return status;
  if (arguments.checkFinite)
    if (Status status = checkFiniteOutputs(prepared); !status.ok())
      return status;
  return writeOutputs(prepared, *targets);
}

} // namespace tenon::runtime
