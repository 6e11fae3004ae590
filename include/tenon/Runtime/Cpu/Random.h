//===- Random.h - numbers that depend on their place alone ----------------===//
//
// Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a
// function of a key and a counter, so that any number of a stream is computed by itself
// and neither threads nor what was drawn before change it.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CPU_RANDOM_H
#define TENON_RUNTIME_CPU_RANDOM_H

#include <array>
#include <cstdint>

namespace tenon::runtime {

using PhiloxBlock = std::array<uint32_t, 4>;

/// Four words for a counter under a key.
PhiloxBlock philox(PhiloxBlock counter, uint64_t key);

/// One stream of a seed.
class RandomStream {
public:
  RandomStream(uint64_t seed, uint64_t stream) : seed(seed), stream(stream) {}

  /// Number `index` as 64 bits.
  uint64_t bits(uint64_t index) const;
  /// From 0 to below 1, in steps of 2^-53.
  double uniform(uint64_t index) const;
  /// Of the standard normal distribution (Box and Muller 1958).
  double normal(uint64_t index) const;

private:
  uint64_t seed, stream;
};

/// The streams of a training: one for each parameter's first values, one for each pass
/// over the data.
constexpr uint64_t initialStreams = 0, shuffleStreams = uint64_t{1} << 32;

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_RANDOM_H
