//===- Initial.h - first values of parameters -----------------------------===//
#ifndef TENON_RUNTIME_CPU_INITIAL_H
#define TENON_RUNTIME_CPU_INITIAL_H

#include "tenon/Runtime/Abi.h"

#include <cstddef>
#include <cstdint>

namespace tenon::runtime {

/// Writes the first value of a parameter: the same for a seed on every machine up to the
/// last bit of its library's logarithm and cosine. Zeros where the program gives none or
/// computes it.
void fillInitial(const tn_program &program, size_t number, uint64_t seed, void *memory);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_INITIAL_H
