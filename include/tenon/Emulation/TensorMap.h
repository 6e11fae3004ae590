//===- TensorMap.h - Descriptors of tensor copies ---------------*- C++ -*-===//

#ifndef TENON_EMULATION_TENSORMAP_H
#define TENON_EMULATION_TENSORMAP_H

#include <cstddef>
#include <cstdint>
#include <string>

namespace tenon::emulation {

/// How the 16-byte pieces of a tile are mixed in shared memory: within `span`
/// bytes, by the bits of the address above 128.
struct Swizzle {
  /// 0 (as they come), 32, 64 or 128.
  uint32_t span = 0;

  /// The address of the byte that would be at `address` without.
  uint32_t operator()(uint32_t address) const {
    uint32_t mask = span == 0 ? 0 : span / 16 - 1;
    return address ^ ((address >> 7 & mask) << 4);
  }
  /// After how many bytes the pattern repeats: what tiles must be aligned to.
  uint32_t period() const { return span == 0 ? 128 : span * 8; }
};

/// What stands for a CUtensorMap, of the same size: a tensor in global memory
/// and the boxes that are copied from and to it. Innermost dimension first.
struct alignas(64) TensorMap {
  static constexpr uint32_t kMaxRank = 5;
  static constexpr uint64_t kMagic = 0x74656e736f726d70;

  uint64_t magic = kMagic;
  uint64_t address = 0;
  uint64_t size[kMaxRank] = {1, 1, 1, 1, 1};
  /// Bytes between neighbours in dimensions 1 and up.
  uint64_t stride[kMaxRank - 1] = {};
  uint16_t box[kMaxRank] = {1, 1, 1, 1, 1};
  uint8_t rank = 0, elementBytes = 0, swizzleSpan = 0;
  /// Elements outside of the tensor are read as NaN instead of zero.
  bool fillsNaN = false;

  Swizzle swizzle() const { return {swizzleSpan}; }
  uint32_t boxBytes() const {
    uint32_t bytes = elementBytes;
    for (uint16_t extent : box)
      bytes *= extent;
    return bytes;
  }
  /// What CUDA demands of a map, in words when it is not kept.
  std::string check() const;
};
static_assert(sizeof(TensorMap) == 128);

} // namespace tenon::emulation

#endif // TENON_EMULATION_TENSORMAP_H
