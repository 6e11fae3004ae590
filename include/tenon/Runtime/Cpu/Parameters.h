//===- Parameters.h - from a weight file to the program's parameters ------===//
#ifndef TENON_RUNTIME_CPU_PARAMETERS_H
#define TENON_RUNTIME_CPU_PARAMETERS_H

#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Cpu/ThreadPool.h"
#include "tenon/Runtime/Io/Safetensors.h"

#include <string>
#include <vector>

namespace tenon::runtime {

/// The constant dims of a parameter.
std::vector<int64_t> parameterDims(const tn_tensor &parameter);

/// The bytes of a parameter in the program's dtype; UINT64_MAX on overflow.
uint64_t parameterBytes(const tn_tensor &parameter);

/// Whether a tensor is a program's own (an optimizer's state, a counter), not the model's.
bool isOwnName(std::string_view name);

/// Compares the file with the program: every parameter of the model must be there, of its
/// exact shape, in its dtype; for f32 also F16, BF16 and F64 are taken and
/// converted, with one notice. Lists everything wrong in one Input error.
/// Tensors that no parameter asks for are one warning, or with `strict` errors.
Status checkParameters(const tn_program &program, const SafetensorsFile &file, bool strict,
                       std::vector<std::string> &warnings);

/// Where a parameter is to be read to; memory of parameterBytes.
struct ParameterTarget {
  size_t number;
  void *memory;
};

/// Reads parameters of a file that checkParameters accepted. All threads read,
/// each a piece at a time, so that one large parameter occupies all of them.
Status readParameters(const tn_program &program, const SafetensorsFile &file, ThreadPool &pool,
                      const std::vector<ParameterTarget> &targets);

/// Elementwise conversions to f32 (f64 rounds to nearest even).
void convertF16(const uint16_t *from, float *to, size_t count);
void convertBF16(const uint16_t *from, float *to, size_t count);
void convertF64(const double *from, float *to, size_t count);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_PARAMETERS_H
