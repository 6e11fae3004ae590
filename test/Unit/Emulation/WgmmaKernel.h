//===- WgmmaKernel.h - A product as compute capability 9.0 does it -*- C++ -*-===//

#ifndef TENON_TEST_UNIT_EMULATION_WGMMAKERNEL_H
#define TENON_TEST_UNIT_EMULATION_WGMMAKERNEL_H

#include <cstdint>
#include <string>

namespace tenon::emulation {

/// One thing done wrong.
enum class WgmmaFault {
  None,
  NoWaitForFull,
  NoWaitForEmpty,
  NoArriveAtEmpty,
  TooManyArrivals,
  NotInitialized,
  ExpectsHalf,
  NoInitFence,
  NoBarrierAfterInit,
  WrongStride,
  WrongSlice,
  ReadsBeforeWait,
  ReleasesTooEarly,
  NoWgmmaFence,
  DescriptorDiffers,
  MisalignedTile,
  NoWaitForStore,
  NoProxyFenceBeforeStore,
};

/// C[M, N] = A[M, K] B[N, K]^T, or B[K, N] when B has N innermost, in bf16 with
/// f32 sums. Blocks of 256 threads make 64 x 64 tiles: a producer warpgroup
/// fills a ring of two stages of 64 k with tensor copies, the other multiplies;
/// the tile goes out through shared memory by a tensor store. A kernel is made
/// for one number of steps of 64 k.
struct WgmmaKernel {
  static constexpr uint32_t kThreads = 256, kTile = 64;
  static constexpr uint32_t kTileBytes = kTile * kTile * 2;
  /// Two stages of A and B, then C, then barriers.
  static constexpr uint32_t kBarriers = 5 * kTileBytes, kSharedBytes = kBarriers + 64;

  /// Parameters: the tensor maps of A, B and C, with boxes of 64 x 64 and a
  /// swizzle of 128 bytes.
  static std::string text(uint32_t steps, bool bMajorMN, bool aInRegisters,
                          WgmmaFault fault = WgmmaFault::None);
};

} // namespace tenon::emulation

#endif // TENON_TEST_UNIT_EMULATION_WGMMAKERNEL_H
