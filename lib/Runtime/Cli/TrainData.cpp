//===- TrainData.cpp - batches of the arrays that a step takes ------------===//
#include "tenon/Runtime/Cli/TrainData.h"

#include "tenon/Runtime/Cpu/Random.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstring>

namespace tenon::runtime {

static Status inputError(std::string text) {
  return Status::error(ExitCode::Input, "train", std::move(text));
}

Result<std::unique_ptr<TrainData>> TrainData::open(const Context &context, size_t entry,
                                                   const Arguments &arguments, int64_t batch,
                                                   bool dropLast, uint64_t seed) {
  std::unique_ptr<TrainData> data(new TrainData(context, entry, seed));
  if (Status status = data->read(arguments); !status.ok())
    return status;
  if (Status status = data->findSamples(); !status.ok())
    return status;
  Result<AlignedBuffer> scalars = AlignedBuffer::allocate(2 * bufferAlignment, "a step");
  if (!scalars.ok())
    return scalars.takeStatus();
  data->scalars = std::move(*scalars);
  std::memcpy(static_cast<char *>(data->scalars.data()) + bufferAlignment, &seed, sizeof(seed));
  int64_t samples = data->numSamples;
  data->batch = batch == 0 ? samples : std::min(batch, samples);
  int64_t left = data->symbol < 0 ? 0 : samples % data->batch;
  data->numSteps = static_cast<uint64_t>(samples / data->batch + (left > 0 && !dropLast));

  Result<Call> full = data->bind(data->batch);
  if (!full.ok())
    return full.takeStatus();
  data->full = std::move(*full);
  if (left > 0 && !dropLast) {
    Result<Call> rest = data->bind(left);
    if (!rest.ok())
      return rest.takeStatus();
    data->rest = std::move(*rest);
  }
  if (data->batch < samples) {
    data->order.resize(static_cast<size_t>(samples));
    data->batches.resize(data->whole.size());
    for (size_t i = 0; i < data->whole.size(); ++i) {
      uint64_t bytes = data->whole[i].size() / static_cast<uint64_t>(samples);
      if (data->entry.inputs[i].rank == 0 ||
          bareSymbol(data->entry.inputs[i].dims[0]) != data->symbol)
        continue;
      Result<AlignedBuffer> memory =
          AlignedBuffer::allocate(bytes * static_cast<uint64_t>(data->batch), "a batch");
      if (!memory.ok())
        return memory.takeStatus();
      data->batches[i] = std::move(*memory);
    }
  }
  return data;
}

Status TrainData::read(const Arguments &arguments) {
  size_t numInputs = entry.num_inputs - 2; // the last are the step and the seed
  std::string list;
  std::vector<std::string_view> names;
  for (size_t i = 0; i < numInputs; ++i) {
    names.push_back(entry.inputs[i].name);
    list += (i == 0 ? "" : ", ") + quoteName(names.back());
  }
  files.resize(numInputs);
  Result<std::vector<InputFile>> opened = openInputs(arguments.inputs);
  if (!opened.ok())
    return opened.takeStatus();
  for (InputFile &file : *opened) {
    size_t i = 0;
    while (i < numInputs && file.name != names[i])
      ++i;
    if (i == numInputs) {
      Status status = Status::error(ExitCode::Usage, "train",
                                    "input " + quoteName(file.name) + " is unknown; expected " +
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
                           "input " + quoteName(names[i]) + " is missing: --input " +
                               std::string(names[i]) + "=FILE");
    Result<AlignedBuffer> memory =
        AlignedBuffer::allocate(files[i].header.bytes, ("input " + quoteName(names[i])).c_str());
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
    const tn_tensor &input = entry.inputs[i];
    if (input.rank == 0 || files[i].header.dims.empty())
      continue;
    int own = bareSymbol(input.dims[0]);
    if (own < 0 || (symbol >= 0 && own != symbol))
      continue;
    if (symbol < 0) {
      symbol = own;
      numSamples = files[i].header.dims[0];
      first = input.name;
    } else if (files[i].header.dims[0] != numSamples) {
      return inputError("input " + quoteName(input.name) + " has " +
                        std::to_string(files[i].header.dims[0]) + " samples; expected " +
                        std::to_string(numSamples) + " as input " + quoteName(first));
    }
  }
  if (numSamples < 1)
    return inputError("input " + quoteName(first) + " has no samples");
  return Status();
}

Result<Call> TrainData::bind(int64_t count) {
  std::vector<std::vector<int64_t>> dims;
  std::vector<InputView> views;
  for (size_t i = 0; i < files.size(); ++i) {
    dims.push_back(files[i].header.dims);
    if (symbol >= 0 && entry.inputs[i].rank > 0 && bareSymbol(entry.inputs[i].dims[0]) == symbol &&
        !dims.back().empty())
      dims.back()[0] = count;
  }
  for (size_t i = 0; i < files.size(); ++i)
    views.push_back({files[i].name, files[i].header.dtype, dims[i].data(), dims[i].size()});
  views.push_back({entry.inputs[files.size()].name, TN_F32, nullptr, 0});
  views.push_back({entry.inputs[files.size() + 1].name, TN_I64, nullptr, 0});
  Result<Call> call = context.bind(number, views);
  if (!call.ok())
    return call;
  for (size_t i = 0; i < files.size(); ++i)
    call->inputs[i] = whole[i].data();
  call->inputs[files.size()] = scalars.data();
  call->inputs[files.size() + 1] = static_cast<char *>(scalars.data()) + bufferAlignment;
  return call;
}

/// Fisher and Yates, by numbers of the pass's own stream.
void TrainData::shuffle(uint64_t pass) {
  RandomStream numbers(seed, shuffleStreams + pass);
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[numbers.bits(i) % i]);
  shuffledPass = pass;
}

void TrainData::take(uint64_t first, int64_t count) {
  for (size_t i = 0; i < batches.size(); ++i) {
    if (!batches[i].data())
      continue;
    uint64_t bytes = whole[i].size() / static_cast<uint64_t>(numSamples);
    for (uint64_t k = 0; k < static_cast<uint64_t>(count); ++k)
      std::memcpy(static_cast<char *>(batches[i].data()) + k * bytes,
                  static_cast<const char *>(whole[i].data()) + order[first + k] * bytes, bytes);
  }
}

Result<Call *> TrainData::prepare(uint64_t at) {
  *static_cast<float *>(scalars.data()) = static_cast<float>(at + 1);
  if (order.empty())
    return &full;
  uint64_t pass = at / numSteps, first = at % numSteps * static_cast<uint64_t>(batch);
  if (pass != shuffledPass)
    shuffle(pass);
  int64_t count = std::min(batch, numSamples - static_cast<int64_t>(first));
  Call &call = count == batch ? full : rest;
  take(first, count);
  for (size_t i = 0; i < batches.size(); ++i)
    if (batches[i].data())
      call.inputs[i] = batches[i].data();
  return &call;
}

} // namespace tenon::runtime
