//===- StepOutputs.cpp - what a step of training gives --------------------===//
#include "tenon/Runtime/Cli/StepOutputs.h"

#include "tenon/Runtime/Io/Text.h"

#include <cmath>

namespace tenon::runtime {

std::string jsonNumber(double value) {
  if (!std::isfinite(value))
    return "null";
  // What f32 holds is told by nine digits.
  bool isInteger = value == std::trunc(value) && std::fabs(value) < 0x1p53;
  return isInteger ? format("%.0f", value) : format("%.9g", value);
}

Status StepOutputs::allocate(const Call &call) {
  for (const CallOutput &output : call.outputs) {
    if (pointers.size() == call.outputs.size())
      break;
    dtypes.push_back(output.tensor->dtype);
    if (output.isInPlace) {
      pointers.push_back(nullptr);
      continue;
    }
    Result<AlignedBuffer> buffer =
        AlignedBuffer::allocate(output.bytes, quoteName(output.tensor->name).c_str());
    if (!buffer.ok())
      return buffer.takeStatus();
    pointers.push_back(buffer->data());
    memory.push_back(std::move(*buffer));
  }
  return Status();
}

double StepOutputs::scalar(size_t number) const {
  const void *value = pointers[number];
  switch (dtypes[number]) {
  case TN_F32:
    return *static_cast<const float *>(value);
  case TN_F64:
    return *static_cast<const double *>(value);
  case TN_I64:
    return static_cast<double>(*static_cast<const int64_t *>(value));
  case TN_I32:
    return *static_cast<const int32_t *>(value);
  default:
    return *static_cast<const bool *>(value);
  }
}

std::string StepOutputs::text(size_t number) const {
  if (dtypes[number] == TN_I64)
    return std::to_string(*static_cast<const int64_t *>(pointers[number]));
  return jsonNumber(scalar(number));
}

} // namespace tenon::runtime
