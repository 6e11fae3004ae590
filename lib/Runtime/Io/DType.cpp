//===- DType.cpp - what the runtime knows of each element type ------------===//
#include "tenon/Runtime/Io/DType.h"

namespace tenon::runtime {

static constexpr DTypeInfo table[numDTypes] = {
    {TN_F32, 4, "f32", "f4", "F32"}, {TN_I64, 8, "i64", "i8", "I64"},
    {TN_I32, 4, "i32", "i4", "I32"}, {TN_BOOL, 1, "bool", "b1", "BOOL"},
    {TN_F64, 8, "f64", "f8", "F64"},
};

const DTypeInfo &dtypeInfo(int32_t dtype) { return table[dtype]; }

const DTypeInfo *findNpyDType(std::string_view descriptor) {
  for (const DTypeInfo &row : table)
    if (descriptor == row.npy)
      return &row;
  return nullptr;
}

const DTypeInfo *findSafetensorsDType(std::string_view name) {
  for (const DTypeInfo &row : table)
    if (name == row.safetensors)
      return &row;
  return nullptr;
}

} // namespace tenon::runtime
