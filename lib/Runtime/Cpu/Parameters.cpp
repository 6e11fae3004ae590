//===- Parameters.cpp - from a weight file to the program's parameters ----===//
#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Cpu/Size.h"
#include "tenon/Runtime/Io/DType.h"
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>

namespace tenon::runtime {

std::vector<int64_t> parameterDims(const tn_tensor &parameter) {
  static constexpr int64_t noSymbols[TN_MAX_SYMBOLS] = {};
  std::vector<int64_t> dims(static_cast<size_t>(parameter.rank));
  for (size_t i = 0; i < dims.size(); ++i)
    if (!evaluateSize(parameter.dims[i], noSymbols, dims[i]))
      dims[i] = INT64_MAX;
  return dims;
}

uint64_t parameterBytes(const tn_tensor &parameter) {
  std::vector<int64_t> dims = parameterDims(parameter);
  int64_t bytes = 0;
  bool fits = checkedProduct(dims.data(), dims.size(), dtypeInfo(parameter.dtype).size, bytes);
  return fits ? static_cast<uint64_t>(bytes) : UINT64_MAX;
}

bool isOwnName(std::string_view name) { return name.substr(0, 6) == "tenon."; }

static bool isConvertible(WeightDType dtype) {
  return dtype == WeightDType::F16 || dtype == WeightDType::BF16 || dtype == WeightDType::F64;
}

static bool isSameDType(WeightDType found, int32_t wanted) {
  return std::string_view(weightDTypeName(found)) == dtypeInfo(wanted).safetensors;
}

/// A missing name that the file has behind or without a prefix, or misspelled.
static std::string_view similarName(std::string_view name,
                                    const std::vector<WeightTensor> &tensors) {
  constexpr size_t mostCompared = 2000;
  std::vector<std::string_view> candidates;
  for (const WeightTensor &tensor : tensors) {
    std::string_view longer = tensor.name, shorter = name;
    if (longer.size() < shorter.size())
      std::swap(longer, shorter);
    size_t extra = longer.size() - shorter.size();
    if (extra > 0 && !shorter.empty() && longer[extra - 1] == '.' &&
        longer.substr(extra) == shorter)
      return tensor.name;
    if (candidates.size() < mostCompared)
      candidates.push_back(tensor.name);
  }
  return nearest(name, candidates);
}

static std::string typeText(const tn_tensor &parameter) {
  return std::string(dtypeInfo(parameter.dtype).name) + " " + shapeText(parameterDims(parameter));
}

static Status checkParameter(const tn_tensor &parameter, const SafetensorsFile &file,
                             size_t &numConverted) {
  auto fail = [&](std::string text) {
    return Status::error(ExitCode::Input,
                         file.source().name() + ": tensor " + quoteName(parameter.name),
                         std::move(text));
  };
  const WeightTensor *tensor = file.find(parameter.name);
  if (!tensor && isOwnName(parameter.name))
    return Status();
  if (!tensor) {
    Status status = fail("is missing; expected " + typeText(parameter));
    std::string_view similar = similarName(parameter.name, file.tensors());
    if (similar.empty())
      return status;
    return std::move(status).hint("the file has " + quoteName(similar));
  }
  std::vector<int64_t> dims = parameterDims(parameter);
  if (!std::equal(dims.begin(), dims.end(), tensor->dims, tensor->dims + tensor->rank))
    return fail("has shape " + shapeText(tensor->dims, tensor->rank) + "; expected " +
                shapeText(dims));
  if (isSameDType(tensor->dtype, parameter.dtype))
    return Status();
  if (parameter.dtype != TN_F32 || !isConvertible(tensor->dtype))
    return fail(std::string("has dtype ") + weightDTypeName(tensor->dtype) + "; expected " +
                dtypeInfo(parameter.dtype).safetensors +
                (parameter.dtype == TN_F32 ? " (or F16, BF16, F64)" : ""));
  ++numConverted;
  return Status();
}

/// Tensors of the file that are no parameter of the program.
static std::vector<std::string_view> unusedTensors(const tn_program &program,
                                                   const SafetensorsFile &file) {
  std::vector<std::string_view> wanted, unused;
  for (uint64_t i = 0; i < program.num_parameters; ++i)
    wanted.push_back(program.parameters[i].name);
  std::sort(wanted.begin(), wanted.end());
  for (const WeightTensor &tensor : file.tensors())
    if (!isOwnName(tensor.name) && !std::binary_search(wanted.begin(), wanted.end(), tensor.name))
      unused.push_back(tensor.name);
  return unused;
}

static std::string unusedText(const std::vector<std::string_view> &unused) {
  constexpr size_t mostNamed = 3;
  std::string text = unused.size() == 1
                         ? std::string("1 tensor is not used by the model: ")
                         : format("%zu tensors are not used by the model: ", unused.size());
  for (size_t i = 0; i < unused.size() && i < mostNamed; ++i)
    text += (i == 0 ? "" : ", ") + quoteName(unused[i]);
  return text + (unused.size() > mostNamed ? ", ..." : "");
}

Status checkParameters(const tn_program &program, const SafetensorsFile &file, bool strict,
                       std::vector<std::string> &warnings) {
  Status all;
  size_t numConverted = 0;
  for (uint64_t i = 0; i < program.num_parameters; ++i)
    all.append(checkParameter(program.parameters[i], file, numConverted));
  const std::string &label = file.source().name();
  std::vector<std::string_view> unused = unusedTensors(program, file);
  if (!unused.empty() && strict)
    all.append(Status::error(ExitCode::Input, label, unusedText(unused)));
  if (!all.ok())
    return all;
  if (!unused.empty())
    warnings.push_back(label + ": warning: " + unusedText(unused));
  if (numConverted > 0)
    warnings.push_back(label + format(": note: %zu tensor%s converted to f32", numConverted,
                                      numConverted == 1 ? " was" : "s were"));
  return Status();
}

namespace {

/// Some elements of a parameter and the tensor that holds them.
struct Piece {
  const tn_tensor *parameter;
  const WeightTensor *tensor;
  char *memory; ///< of the piece
  uint64_t first, count;
};

} // namespace

/// Reads a piece in blocks and converts each to f32.
static Status readConverted(const SafetensorsFile &file, const Piece &piece) {
  constexpr uint64_t blockElements = 65536;
  WeightDType dtype = piece.tensor->dtype;
  uint64_t size = weightDTypeSize(dtype), offset = piece.tensor->offset + piece.first * size;
  float *to = reinterpret_cast<float *>(piece.memory);
  std::vector<uint64_t> block(blockElements * size / sizeof(uint64_t));
  for (uint64_t done = 0; done < piece.count; done += blockElements) {
    uint64_t here = std::min(blockElements, piece.count - done);
    if (Status status = file.source().read(offset + done * size, block.data(), here * size);
        !status.ok())
      return status;
    // Blocks of 8-byte words may hold any of these formats' elements.
    const void *bytes = block.data();
    if (dtype == WeightDType::F16)
      convertF16(static_cast<const uint16_t *>(bytes), to + done, here);
    else if (dtype == WeightDType::BF16)
      convertBF16(static_cast<const uint16_t *>(bytes), to + done, here);
    else
      convertF64(static_cast<const double *>(bytes), to + done, here);
  }
  return Status();
}

static Status readPiece(const SafetensorsFile &file, const Piece &piece) {
  if (!isSameDType(piece.tensor->dtype, piece.parameter->dtype))
    return readConverted(file, piece);
  uint64_t size = weightDTypeSize(piece.tensor->dtype), bytes = piece.count * size;
  if (Status status =
          file.source().read(piece.tensor->offset + piece.first * size, piece.memory, bytes);
      !status.ok())
    return status;
  if (piece.parameter->dtype == TN_BOOL)
    for (uint64_t i = 0; i < bytes; ++i)
      piece.memory[i] = piece.memory[i] != 0 ? 1 : 0;
  return Status();
}

static std::vector<Piece> piecesOf(const tn_program &program, const SafetensorsFile &file,
                                   const std::vector<ParameterTarget> &targets) {
  constexpr uint64_t pieceElements = 65536;
  std::vector<Piece> pieces;
  for (const ParameterTarget &target : targets) {
    const tn_tensor &parameter = program.parameters[target.number];
    const WeightTensor *tensor = file.find(parameter.name);
    uint64_t count = tensor->bytes / weightDTypeSize(tensor->dtype);
    uint64_t size = static_cast<uint64_t>(dtypeInfo(parameter.dtype).size);
    for (uint64_t first = 0; first < count; first += pieceElements)
      pieces.push_back({&parameter, tensor, static_cast<char *>(target.memory) + first * size,
                        first, std::min(pieceElements, count - first)});
  }
  return pieces;
}

Status readParameters(const tn_program &program, const SafetensorsFile &file, ThreadPool &pool,
                      const std::vector<ParameterTarget> &targets) {
  struct Job {
    const SafetensorsFile &file;
    std::vector<Piece> pieces;
    std::vector<Status> outcomes;
  } job{file, piecesOf(program, file, targets), {}};
  job.outcomes.resize(job.pieces.size());
  pool.run(
      static_cast<int64_t>(job.pieces.size()),
      [](void *context, int64_t begin, int64_t end, int) {
        Job &job = *static_cast<Job *>(context);
        for (size_t i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i)
          job.outcomes[i] = readPiece(job.file, job.pieces[i]);
      },
      &job);
  for (size_t i = 0; i < job.pieces.size(); ++i)
    if (!job.outcomes[i].ok())
      return std::move(job.outcomes[i]);
  for (const ParameterTarget &target : targets) {
    const WeightTensor &tensor = *file.find(program.parameters[target.number].name);
    file.source().release(tensor.offset, tensor.bytes);
  }
  return Status();
}

} // namespace tenon::runtime
