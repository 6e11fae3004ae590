//===- BenchInputs.cpp - inputs for a measurement -------------------------===//
#include "tenon/Runtime/Cli/BenchInputs.h"

#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstring>

namespace tenon::runtime {

/// A linear congruential sequence; its upper bits give floats in [-1, 1).
static double nextRandom(uint64_t &state) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return static_cast<double>(static_cast<int64_t>(state) >> 11) * 0x1p-52;
}

static void fillInput(const tn_tensor &tensor, uint64_t seed, AlignedBuffer &memory) {
  uint64_t state = seed;
  if (tensor.dtype == TN_F32) {
    float *values = static_cast<float *>(memory.data());
    // The number of a step, a part's share of it: what a first, whole one has.
    bool isOwn = isOwnName(tensor.name);
    for (uint64_t i = 0; i < memory.size() / sizeof(float); ++i)
      values[i] = isOwn ? 1.0f : static_cast<float>(nextRandom(state));
  } else if (tensor.dtype == TN_F64) {
    double *values = static_cast<double *>(memory.data());
    for (uint64_t i = 0; i < memory.size() / sizeof(double); ++i)
      values[i] = nextRandom(state);
  } else {
    memset(memory.data(), tensor.dtype == TN_BOOL ? 1 : 0, memory.size());
  }
}

static const InputFile *findFile(const std::vector<InputFile> &files, const char *name) {
  for (const InputFile &file : files)
    if (file.name == name)
      return &file;
  return nullptr;
}

/// Sizes of symbols where neither a file nor --size tells them.
static std::vector<int64_t> fallbackSizes(const tn_program &program, const tn_entry &entry,
                                          const std::vector<InputFile> &files) {
  std::vector<int64_t> sizes = smallestSizes(program);
  for (uint64_t i = 0; i < entry.num_inputs; ++i) {
    const tn_tensor &input = entry.inputs[i];
    const InputFile *file = findFile(files, input.name);
    if (!file || file->header.dims.size() != static_cast<size_t>(input.rank))
      continue;
    for (int32_t d = 0; d < input.rank; ++d)
      if (int symbol = bareSymbol(input.dims[d]); symbol >= 0)
        sizes[static_cast<size_t>(symbol)] = file->header.dims[static_cast<size_t>(d)];
  }
  return sizes;
}

static Status evaluateDims(const tn_tensor &tensor, const std::vector<int64_t> &sizes,
                           std::vector<int64_t> &dims, uint64_t &bytes) {
  dims.resize(static_cast<size_t>(tensor.rank));
  bool fits = true;
  for (size_t d = 0; d < dims.size(); ++d)
    fits = fits && evaluateSize(tensor.dims[d], sizes.data(), dims[d]);
  int64_t product = 0;
  fits = fits && checkedProduct(dims.data(), dims.size(), dtypeInfo(tensor.dtype).size, product);
  bytes = static_cast<uint64_t>(product);
  if (fits)
    return Status();
  return Status::error(ExitCode::Input, "bench",
                       "input " + quoteName(tensor.name) + " has no valid shape for these sizes");
}

Result<PreparedCall> makeBenchCall(const Arguments &arguments, const tn_program &program,
                                   size_t entry, const Context &context) {
  const tn_entry &signature = program.entries[entry];
  Result<std::vector<InputFile>> files = openInputs(arguments.inputs);
  if (!files.ok())
    return files.takeStatus();
  Result<std::vector<int64_t>> sizes =
      sizesOf(arguments.sizes, program, "bench", fallbackSizes(program, signature, *files));
  if (!sizes.ok())
    return sizes.takeStatus();

  std::vector<InputView> views;
  for (const InputFile &file : *files)
    views.push_back(viewOf(file));
  std::vector<std::vector<int64_t>> dims(signature.num_inputs);
  std::vector<uint64_t> bytes(signature.num_inputs, 0);
  for (uint64_t i = 0; i < signature.num_inputs; ++i) {
    const tn_tensor &tensor = signature.inputs[i];
    if (findFile(*files, tensor.name))
      continue;
    if (Status status = evaluateDims(tensor, *sizes, dims[i], bytes[i]); !status.ok())
      return status;
    views.push_back({tensor.name, tensor.dtype, dims[i].data(), dims[i].size()});
  }

  PreparedCall prepared;
  Result<Call> call = context.bind(entry, views);
  if (!call.ok())
    return call.takeStatus();
  prepared.call = std::move(*call);
  if (Status status = readInputs(program, *files, prepared); !status.ok())
    return status;
  for (uint64_t i = 0; i < signature.num_inputs; ++i) {
    if (prepared.call.inputs[i])
      continue;
    std::string purpose = "input " + quoteName(signature.inputs[i].name);
    Result<AlignedBuffer> memory = AlignedBuffer::allocate(bytes[i], purpose.c_str());
    if (!memory.ok())
      return memory.takeStatus();
    fillInput(signature.inputs[i], i + 1, *memory);
    prepared.inputs[i] = std::move(*memory);
    prepared.call.inputs[i] = prepared.inputs[i].data();
  }
  if (Status status = allocateOutputs(prepared, InPlace::Stays); !status.ok())
    return status;
  return prepared;
}

} // namespace tenon::runtime
