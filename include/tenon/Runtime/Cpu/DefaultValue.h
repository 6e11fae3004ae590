//===- DefaultValue.h - what stands for an input left out -----------------===//
#ifndef TENON_RUNTIME_CPU_DEFAULTVALUE_H
#define TENON_RUNTIME_CPU_DEFAULTVALUE_H

#include "tenon/Runtime/Abi.h"

namespace tenon::runtime {

/// Fills `bytes` bytes with the default of an input.
void fillDefault(const tn_tensor &tensor, void *memory, uint64_t bytes);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_DEFAULTVALUE_H
