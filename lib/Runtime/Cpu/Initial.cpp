//===- Initial.cpp - first values of parameters ---------------------------===//
#include "tenon/Runtime/Cpu/Initial.h"
#include "tenon/Runtime/Cpu/Orthogonal.h"
#include "tenon/Runtime/Cpu/Parameters.h"
#include "tenon/Runtime/Cpu/Random.h"
#include "tenon/Runtime/Io/DType.h"

#include <cmath>
#include <cstring>

namespace tenon::runtime {

/// Within two deviations: of the tries of one element, each a stream of its own, the
/// first that is.
static double truncatedNormal(uint64_t seed, uint64_t stream, uint64_t index) {
  for (uint64_t attempt = 0; attempt < 64; ++attempt) {
    double z = RandomStream(seed, stream + (attempt << 40)).normal(index);
    if (std::fabs(z) <= 2)
      return z;
  }
  return 0;
}

static double valueAt(const tn_initial &initial, uint64_t seed, uint64_t stream, uint64_t index) {
  RandomStream numbers(seed, stream);
  switch (initial.kind) {
  case TN_INITIAL_UNIFORM:
    return initial.a + (initial.b - initial.a) * numbers.uniform(index);
  case TN_INITIAL_NORMAL:
    return initial.a + initial.b * numbers.normal(index);
  case TN_INITIAL_TRUNC_NORMAL:
    return initial.a + initial.b * truncatedNormal(seed, stream, index);
  default:
    return initial.a;
  }
}

template <typename Element>
static void fill(const tn_initial &initial, uint64_t seed, uint64_t stream, uint64_t count,
                 void *memory) {
  Element *to = static_cast<Element *>(memory);
  for (uint64_t i = 0; i < count; ++i)
    to[i] = static_cast<Element>(valueAt(initial, seed, stream, i));
}

/// The first axis against the others.
static void fillOrthogonal(const tn_tensor &parameter, double gain, uint64_t seed, uint64_t stream,
                           float *to) {
  std::vector<int64_t> dims = parameterDims(parameter);
  size_t rows = static_cast<size_t>(dims[0]), columns = 1;
  for (size_t d = 1; d < dims.size(); ++d)
    columns *= static_cast<size_t>(dims[d]);
  std::vector<double> matrix = orthogonalMatrix(rows, columns, RandomStream(seed, stream));
  for (size_t i = 0; i < matrix.size(); ++i)
    to[i] = static_cast<float>(gain * matrix[i]);
}

void fillInitial(const tn_program &program, size_t number, uint64_t seed, void *memory) {
  const tn_tensor &parameter = program.parameters[number];
  uint64_t bytes = parameterBytes(parameter);
  tn_initial initial = program.initials ? program.initials[number] : tn_initial{};
  if (initial.kind == TN_INITIAL_NONE || initial.kind == TN_INITIAL_COMPUTED) {
    std::memset(memory, 0, bytes);
    return;
  }
  uint64_t count = bytes / static_cast<uint64_t>(dtypeInfo(parameter.dtype).size);
  uint64_t stream = initialStreams + number;
  if (initial.kind == TN_INITIAL_ORTHOGONAL)
    return fillOrthogonal(parameter, initial.a, seed, stream, static_cast<float *>(memory));
  switch (parameter.dtype) {
  case TN_F32:
    return fill<float>(initial, seed, stream, count, memory);
  case TN_F64:
    return fill<double>(initial, seed, stream, count, memory);
  case TN_I64:
    return fill<int64_t>(initial, seed, stream, count, memory);
  case TN_I32:
    return fill<int32_t>(initial, seed, stream, count, memory);
  default:
    return fill<bool>(initial, seed, stream, count, memory);
  }
}

} // namespace tenon::runtime
