//===- Validation.h - is a tn_program one that this runtime can walk ------===//
#ifndef TENON_RUNTIME_CPU_VALIDATION_H
#define TENON_RUNTIME_CPU_VALIDATION_H

#include "tenon/Runtime/Abi.h"
#include "tenon/Runtime/Io/Status.h"

namespace tenon::runtime {

/// Checks magic, ABI version, limits and that every number in the launch lists
/// names something that exists. A foreign ABI version is an Environment error
/// with both versions, everything else an Internal one.
Status validateProgram(const tn_program &program);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_VALIDATION_H
