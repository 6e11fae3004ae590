//===- ApiTensorMap.cpp - Descriptors of tensor copies --------------------===//

#include "Driver.h"

#include "tenon/Emulation/TensorMap.h"

#include <cstdio>
#include <cstring>

using namespace tenon::emulation;

/// Bytes of CUtensorMapDataType, in its order: u8, u16, u32, i32, u64, i64, f16,
/// f32, f64, bf16, f32 flushed, tf32, tf32 flushed.
static constexpr uint8_t kElementBytes[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4};
/// Bytes of CUtensorMapSwizzle: none, 32, 64, 128.
static constexpr uint8_t kSwizzleSpans[] = {0, 32, 64, 128};

/// Without interleaving, and with steps of one element.
TENON_CUDA_API cuTensorMapEncodeTiled(TensorMap *map, int type, unsigned rank, void *address,
                                      const uint64_t *sizes, const uint64_t *strides,
                                      const uint32_t *box, const uint32_t *steps, int interleave,
                                      int swizzle, int, int fill) {
  TENON_LOCK_DRIVER;
  if (!map || reinterpret_cast<uintptr_t>(map) % 64 != 0 || type < 0 ||
      type >= static_cast<int>(sizeof kElementBytes) || rank < 1 || rank > TensorMap::kMaxRank ||
      swizzle < 0 || swizzle >= static_cast<int>(sizeof kSwizzleSpans))
    return CUDA_ERROR_INVALID_VALUE;
  if (interleave != 0)
    return CUDA_ERROR_NOT_SUPPORTED;
  TensorMap encoded;
  encoded.address = reinterpret_cast<uint64_t>(address);
  encoded.rank = static_cast<uint8_t>(rank);
  encoded.elementBytes = kElementBytes[type];
  encoded.swizzleSpan = kSwizzleSpans[swizzle];
  encoded.fillsNaN = fill != 0;
  for (unsigned i = 0; i < rank; ++i) {
    if (steps[i] != 1)
      return CUDA_ERROR_NOT_SUPPORTED;
    if (box[i] > 256)
      return CUDA_ERROR_INVALID_VALUE;
    encoded.size[i] = sizes[i];
    encoded.box[i] = static_cast<uint16_t>(box[i]);
    if (i > 0)
      encoded.stride[i - 1] = strides[i - 1];
  }
  if (std::string wrong = encoded.check(); !wrong.empty()) {
    std::fprintf(stderr, "tenon emulation: tensor map: %s\n", wrong.c_str());
    return CUDA_ERROR_INVALID_VALUE;
  }
  std::memcpy(map, &encoded, sizeof encoded);
  return CUDA_SUCCESS;
}
