//===- DType.h - what the runtime knows of each element type --------------===//
#ifndef TENON_RUNTIME_IO_DTYPE_H
#define TENON_RUNTIME_IO_DTYPE_H

#include "tenon/Runtime/Abi.h"

#include <string_view>

namespace tenon::runtime {

/// One row per tn_dtype.
struct DTypeInfo {
  tn_dtype dtype;
  int64_t size;            ///< bytes of one element
  const char *name;        ///< "f32": ours, used in messages
  const char *npy;         ///< "f4": NumPy's descriptor without the byte order
  const char *safetensors; ///< "F32"
};

/// Number of element types; a tn_dtype is an index below it.
constexpr int32_t numDTypes = 5;

/// The row of `dtype`, which must be a tn_dtype.
const DTypeInfo &dtypeInfo(int32_t dtype);

/// The row with this NumPy or safetensors spelling, or null.
const DTypeInfo *findNpyDType(std::string_view descriptor);
const DTypeInfo *findSafetensorsDType(std::string_view name);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_IO_DTYPE_H
