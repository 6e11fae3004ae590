//===- TrainData.cpp - batches of the arrays that a step takes ------------===//
#include "tenon/Runtime/Cli/TrainData.h"

#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Cpu/Random.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace tenon::runtime {

static Status inputError(std::string text) {
  return Status::error(ExitCode::Input, "train", std::move(text));
}

/// The number and the dtype of each input of the program's own.
static constexpr struct {
  std::string_view name;
  int32_t dtype;
} ownInputs[] = {{"tenon.share", TN_F32},
                 {"tenon.part", TN_F32},
                 {"tenon.step", TN_F32},
                 {"tenon.seed", TN_I64}};

Result<std::unique_ptr<TrainData>> TrainData::open(const Context &context, size_t entry,
                                                   const Arguments &arguments,
                                                   const Options &options, uint64_t seed) {
  std::unique_ptr<TrainData> data(new TrainData(context, entry, options, seed));
  data->findSymbol();
  if (Status status = data->read(arguments); !status.ok())
    return status;
  if (Status status = data->findSamples(); !status.ok())
    return status;
  Result<AlignedBuffer> scalars = AlignedBuffer::allocate(numScalars * bufferAlignment, "a step");
  if (!scalars.ok())
    return scalars.takeStatus();
  data->scalars = std::move(*scalars);
  if (Status status = data->allocateBatches(); !status.ok())
    return status;
  return data;
}

/// Sizes of steps and of their parts, and memory for those that are not whole.
Status TrainData::allocateBatches() {
  batch = options.batch == 0 ? numSamples : std::min(options.batch, numSamples);
  int64_t left = symbol < 0 || options.dropLast ? 0 : numSamples % batch;
  numSteps = static_cast<uint64_t>(numSamples / batch + (left > 0));
  int64_t largest = 0;
  for (uint64_t index : {uint64_t{0}, numSteps - 1})
    for (int64_t part : {int64_t{0}, partsOf(index) - 1}) {
      int64_t count = spanOf(index, part).count;
      largest = std::max(largest, count);
      if (Status status = bind(count); !status.ok())
        return status;
    }
  if (largest == numSamples)
    return Status();
  order.resize(static_cast<size_t>(numSamples));
  std::iota(order.begin(), order.end(), uint64_t{0});
  batches.resize(whole.size());
  for (size_t i = 0; i < whole.size(); ++i) {
    if (!holdsSamples(i))
      continue;
    uint64_t bytes = whole[i].size() / static_cast<uint64_t>(numSamples);
    Result<AlignedBuffer> memory =
        AlignedBuffer::allocate(bytes * static_cast<uint64_t>(largest), "a batch");
    if (!memory.ok())
      return memory.takeStatus();
    batches[i] = std::move(*memory);
  }
  return Status();
}

/// Inputs that are read from files.
size_t TrainData::numFiles() const {
  size_t count = entry.num_inputs;
  while (count > 0 && isOwnName(entry.inputs[count - 1].name))
    --count;
  return count;
}

bool TrainData::holdsSamples(size_t input) const {
  return symbol >= 0 && entry.inputs[input].rank > 0 &&
         bareSymbol(entry.inputs[input].dims[0]) == symbol;
}

/// The first dimension of the first input that has a size of its own there.
void TrainData::findSymbol() {
  for (size_t i = 0; i < numFiles() && symbol < 0; ++i)
    if (entry.inputs[i].rank > 0)
      symbol = bareSymbol(entry.inputs[i].dims[0]);
}

/// "held-out input 'x'".
std::string TrainData::nameOf(std::string_view input) const {
  return (options.kind == Samples::HeldOut ? "held-out input " : "input ") + quoteName(input);
}

/// The files of the command line that are meant.
std::vector<Assignment<std::string>> TrainData::chooseFiles(const Arguments &arguments) const {
  if (options.kind == Samples::Trained)
    return arguments.inputs;
  std::vector<Assignment<std::string>> files = arguments.evalInputs;
  for (const Assignment<std::string> &input : arguments.inputs) {
    size_t i = 0;
    while (i < entry.num_inputs && input.name != entry.inputs[i].name)
      ++i;
    bool isGiven = std::any_of(files.begin(), files.end(),
                               [&](const auto &file) { return file.name == input.name; });
    if (i < entry.num_inputs && !holdsSamples(i) && !isGiven)
      files.push_back(input);
  }
  return files;
}

Status TrainData::read(const Arguments &arguments) {
  size_t numInputs = numFiles();
  const char *option = options.kind == Samples::HeldOut ? "--eval-input" : "--input";
  std::string list;
  std::vector<std::string_view> names;
  for (size_t i = 0; i < numInputs; ++i) {
    names.push_back(entry.inputs[i].name);
    list += (i == 0 ? "" : ", ") + quoteName(names.back());
  }
  files.resize(numInputs);
  Result<std::vector<InputFile>> opened = openInputs(chooseFiles(arguments));
  if (!opened.ok())
    return opened.takeStatus();
  for (InputFile &file : *opened) {
    size_t i = 0;
    while (i < numInputs && file.name != names[i])
      ++i;
    if (i == numInputs) {
      Status status = Status::error(ExitCode::Usage, "train",
                                    nameOf(file.name) + " is unknown; expected " +
                                        (list.empty() ? "none" : list));
      std::string_view similar = nearest(file.name, names);
      return similar.empty() ? std::move(status)
                             : std::move(status).hint("did you mean " + quoteName(similar) + "?");
    }
    files[i] = std::move(file);
  }
  for (size_t i = 0; i < numInputs; ++i) {
    if (!files[i].source)
      return Status::error(ExitCode::Usage, "train",
                           nameOf(names[i]) + " is missing: " + option + " " +
                               std::string(names[i]) + "=FILE");
    Result<AlignedBuffer> memory =
        AlignedBuffer::allocate(files[i].header.bytes, nameOf(names[i]).c_str());
    if (!memory.ok())
      return memory.takeStatus();
    if (Status status = readNpyData(*files[i].source, files[i].header, memory->data());
        !status.ok())
      return status;
    whole.push_back(std::move(*memory));
  }
  return Status();
}

Status TrainData::findSamples() {
  std::string first;
  for (size_t i = 0; i < files.size(); ++i) {
    if (!holdsSamples(i) || files[i].header.dims.empty())
      continue;
    int64_t found = files[i].header.dims[0];
    if (first.empty())
      numSamples = found;
    else if (found != numSamples)
      return inputError(nameOf(entry.inputs[i].name) + " has " + std::to_string(found) +
                        " samples; expected " + std::to_string(numSamples) + " as " +
                        nameOf(first));
    if (first.empty())
      first = entry.inputs[i].name;
  }
  if (numSamples < 1)
    return inputError(nameOf(first) + " has no samples");
  return Status();
}

void TrainData::addScalars(const tn_entry &of, std::vector<InputView> &views) const {
  for (const auto &own : ownInputs)
    for (uint64_t i = 0; i < of.num_inputs; ++i)
      if (own.name == of.inputs[i].name)
        views.push_back({own.name, own.dtype, nullptr, 0});
}

void TrainData::setScalars(Call &call) const {
  const tn_entry &of = context.program().entries[call.entry];
  for (uint64_t i = 0; i < of.num_inputs; ++i)
    for (size_t k = 0; k < numScalars; ++k)
      if (ownInputs[k].name == of.inputs[i].name)
        call.inputs[i] = static_cast<const char *>(scalars.data()) + k * bufferAlignment;
}

/// The call of `count` samples.
Status TrainData::bind(int64_t count) {
  std::vector<std::vector<int64_t>> dims;
  std::vector<InputView> views;
  for (size_t i = 0; i < files.size(); ++i) {
    dims.push_back(files[i].header.dims);
    if (holdsSamples(i) && !dims.back().empty())
      dims.back()[0] = count;
  }
  for (size_t i = 0; i < files.size(); ++i)
    views.push_back({files[i].name, files[i].header.dtype, dims[i].data(), dims[i].size()});
  addScalars(entry, views);
  Result<Call> call = context.bind(number, views);
  if (!call.ok() && options.kind == Samples::HeldOut)
    return call.takeStatus().note("the inputs are those of --eval-input");
  if (!call.ok())
    return call.takeStatus();
  for (size_t i = 0; i < files.size(); ++i)
    call->inputs[i] = whole[i].data();
  setScalars(*call);
  calls[count] = std::move(*call);
  return Status();
}

Result<Call> TrainData::bindScalars(size_t of, uint64_t at) {
  std::vector<InputView> views;
  addScalars(context.program().entries[of], views);
  Result<Call> call = context.bind(of, views);
  if (call.ok())
    setScalars(*call);
  setScalar(Step, static_cast<float>(at + 1));
  setScalar(Seed, seed);
  return call;
}

/// Fisher and Yates, by numbers of the pass's own stream.
void TrainData::shuffle(uint64_t pass) {
  RandomStream numbers(seed, shuffleStreams + pass);
  std::iota(order.begin(), order.end(), uint64_t{0});
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[numbers.bits(i) % i]);
  shuffledPass = pass;
}

int64_t TrainData::samplesIn(uint64_t index) const {
  return std::min(batch, numSamples - static_cast<int64_t>(index) * batch);
}

int64_t TrainData::partsOf(uint64_t at) const {
  return std::min(options.parts, samplesIn(at % numSteps));
}

double TrainData::share(uint64_t at, int64_t part) const {
  uint64_t index = at % numSteps;
  return static_cast<double>(spanOf(index, part).count) / static_cast<double>(samplesIn(index));
}

/// The first parts have one sample more where they cannot be equal.
TrainData::Span TrainData::spanOf(uint64_t index, int64_t part) const {
  int64_t count = samplesIn(index), parts = partsOf(index), more = count % parts;
  int64_t first =
      static_cast<int64_t>(index) * batch + part * (count / parts) + std::min(part, more);
  return {static_cast<uint64_t>(first), count / parts + (part < more)};
}

/// Puts samples of the order at hand in place.
Call &TrainData::take(const Span &span) {
  Call &call = calls.find(span.count)->second;
  call.rowNumbers.resize(batches.size());
  for (size_t i = 0; i < batches.size(); ++i) {
    if (!batches[i].data())
      continue;
    uint64_t bytes = whole[i].size() / static_cast<uint64_t>(numSamples);
    for (uint64_t k = 0; k < static_cast<uint64_t>(span.count); ++k)
      std::memcpy(static_cast<char *>(batches[i].data()) + k * bytes,
                  static_cast<const char *>(whole[i].data()) + order[span.first + k] * bytes,
                  bytes);
    call.inputs[i] = batches[i].data();
    call.rowNumbers[i] = order.data() + span.first;
  }
  return call;
}

template <typename T> void TrainData::setScalar(Scalar scalar, T value) {
  std::memcpy(static_cast<char *>(scalars.data()) + scalar * bufferAlignment, &value,
              sizeof(value));
}

Call &TrainData::prepare(uint64_t at, int64_t part) {
  uint64_t pass = at / numSteps;
  setScalar(Share, static_cast<float>(share(at, part)));
  setScalar(Part, static_cast<float>(part));
  setScalar(Step, static_cast<float>(at + 1));
  // Seeds of the command line are below 2^32.
  setScalar(Seed, seed | static_cast<uint64_t>(part) << 32);
  if (batch < numSamples && pass != shuffledPass)
    shuffle(pass);
  return take(spanOf(at % numSteps, part));
}

Call &TrainData::prepareHeldOut(uint64_t index, int64_t steps) {
  setScalar(Step, static_cast<float>(std::max<int64_t>(steps, 1)));
  setScalar(Seed, seed | uint64_t{1} << 62 | index << 32);
  return take(spanOf(index, 0));
}

} // namespace tenon::runtime
