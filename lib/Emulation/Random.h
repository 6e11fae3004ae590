//===- Random.h - Random numbers for schedules ------------------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_RANDOM_H
#define TENON_LIB_EMULATION_RANDOM_H

#include <cstdint>

namespace tenon::emulation {

/// SplitMix64: small, fast, and any two seeds give unrelated numbers.
class Random {
public:
  explicit Random(uint64_t seed = 0) : state(seed) {}

  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  /// A number below `bound`.
  uint32_t below(uint32_t bound) {
    return static_cast<uint32_t>((next() >> 32) * uint64_t{bound} >> 32);
  }

private:
  uint64_t state;
};

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_RANDOM_H
