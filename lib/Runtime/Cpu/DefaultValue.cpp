//===- DefaultValue.cpp - what stands for an input left out ---------------===//
#include "tenon/Runtime/Cpu/DefaultValue.h"
#include "tenon/Runtime/Io/DType.h"

#include <cstring>

namespace tenon::runtime {

void fillDefault(const tn_tensor &tensor, void *memory, uint64_t bytes) {
  char *to = static_cast<char *>(memory);
  int64_t size = dtypeInfo(tensor.dtype).size;
  char element[8];
  memcpy(element, &tensor.default_value, sizeof(element));
  if (tensor.dtype == TN_F32) {
    double wide = 0;
    memcpy(&wide, element, sizeof(wide));
    float narrow = static_cast<float>(wide);
    memcpy(element, &narrow, sizeof(narrow));
  } else if (tensor.dtype == TN_BOOL) {
    element[0] = tensor.default_value != 0 ? 1 : 0;
  }
  // The low bytes of an integer come first on this architecture.
  for (uint64_t i = 0; i < bytes; i += static_cast<uint64_t>(size))
    memcpy(to + i, element, static_cast<size_t>(size));
}

} // namespace tenon::runtime
