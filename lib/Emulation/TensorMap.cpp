//===- TensorMap.cpp - Descriptors of tensor copies -----------------------===//

#include "tenon/Emulation/TensorMap.h"

namespace tenon::emulation {

std::string TensorMap::check() const {
  if (rank < 1 || rank > kMaxRank)
    return "rank " + std::to_string(rank);
  if (address % 16 != 0)
    return "the tensor's address is not a multiple of 16";
  for (uint32_t i = 0; i < rank; ++i) {
    std::string dimension = "dimension " + std::to_string(i) + ": ";
    if (size[i] == 0 || size[i] > uint64_t{1} << 32)
      return dimension + "size " + std::to_string(size[i]);
    if (box[i] == 0 || box[i] > 256)
      return dimension + "box of " + std::to_string(box[i]);
    if (i > 0 && (stride[i - 1] % 16 != 0 || stride[i - 1] >= uint64_t{1} << 40))
      return dimension + "stride of " + std::to_string(stride[i - 1]) + " bytes";
  }
  uint32_t innerBytes = uint32_t{box[0]} * elementBytes;
  if (innerBytes % 16 != 0)
    return "rows of boxes have " + std::to_string(innerBytes) + " bytes, not a multiple of 16";
  if (swizzleSpan != 0 && innerBytes > swizzleSpan)
    return "rows of boxes have " + std::to_string(innerBytes) + " bytes, more than the swizzle's " +
           std::to_string(swizzleSpan);
  return {};
}

} // namespace tenon::emulation
