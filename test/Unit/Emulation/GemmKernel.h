//===- GemmKernel.h - A tensor core product as GPUs since 8.0 do it -*- C++ -*-===//

#ifndef TENON_TEST_UNIT_EMULATION_GEMMKERNEL_H
#define TENON_TEST_UNIT_EMULATION_GEMMKERNEL_H

#include <cstdint>
#include <string>
#include <vector>

namespace tenon::emulation {

/// One thing done wrong.
enum class GemmFault {
  None,
  NoBarrierBeforeRead,
  CopiesOverStageInUse,
  WaitOneGroupLess,
  NoWait,
  NotTransposed,
  StoresWithoutSwizzle,
  MisalignedRow,
  RowOutsideOfShared,
  CopyOutsideOfGlobal,
  StoreOutsideOfGlobal,
  DivergentBarrier,
  /// Not wrong, but slow.
  NoSwizzle,
};

/// C[M, N] = A[M, K] B[K, N] in bf16 with f32 sums: blocks of 64 threads make
/// 32 x 32 tiles; three stages of 32 rows of k come by cp.async into swizzled
/// shared memory, ldmatrix and mma.sync m16n8k16 take them from there. N and K
/// are multiples of 8. A kernel is made for one K.
struct GemmKernel {
  static constexpr uint32_t kThreads = 64, kTile = 32;
  static constexpr uint32_t kSharedBytes = 3 * 2 * kTile * kTile * 2;

  /// Parameters: A, B, C, M, N.
  static std::string text(uint32_t depth, GemmFault fault = GemmFault::None);
};

inline uint16_t toBF16(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
inline float fromBF16(uint16_t value) {
  uint32_t bits = uint32_t{value} << 16;
  float result;
  __builtin_memcpy(&result, &bits, 4);
  return result;
}

/// Numbers of magnitude below 1, the same for the same seed.
std::vector<uint16_t> randomBF16(size_t count, uint32_t seed);

} // namespace tenon::emulation

#endif // TENON_TEST_UNIT_EMULATION_GEMMKERNEL_H
