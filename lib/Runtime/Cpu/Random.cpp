//===- Random.cpp - numbers that depend on their place alone --------------===//
#include "tenon/Runtime/Cpu/Random.h"

#include <cmath>

namespace tenon::runtime {

PhiloxBlock philox(PhiloxBlock counter, uint64_t key) {
  constexpr uint64_t multipliers[] = {0xD2511F53, 0xCD9E8D57};
  constexpr uint32_t increments[] = {0x9E3779B9, 0xBB67AE85};
  uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    uint64_t p0 = multipliers[0] * counter[0], p1 = multipliers[1] * counter[2];
    counter = {static_cast<uint32_t>(p1 >> 32) ^ counter[1] ^ k0, static_cast<uint32_t>(p1),
               static_cast<uint32_t>(p0 >> 32) ^ counter[3] ^ k1, static_cast<uint32_t>(p0)};
    k0 += increments[0];
    k1 += increments[1];
  }
  return counter;
}

/// The block at `index` of a stream.
static PhiloxBlock blockOf(uint64_t seed, uint64_t stream, uint64_t index) {
  return philox({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
                 static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)},
                seed);
}

static double unit(uint32_t high, uint32_t low) {
  uint64_t bits = uint64_t{high} << 32 | low;
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

uint64_t RandomStream::bits(uint64_t index) const {
  PhiloxBlock block = blockOf(seed, stream, index);
  return uint64_t{block[0]} << 32 | block[1];
}

double RandomStream::uniform(uint64_t index) const {
  PhiloxBlock block = blockOf(seed, stream, index);
  return unit(block[0], block[1]);
}

double RandomStream::normal(uint64_t index) const {
  PhiloxBlock block = blockOf(seed, stream, index);
  // 1 - u is above 0.
  double radius = std::sqrt(-2 * std::log(1 - unit(block[0], block[1])));
  return radius * std::cos(2 * 3.14159265358979323846 * unit(block[2], block[3]));
}

} // namespace tenon::runtime
