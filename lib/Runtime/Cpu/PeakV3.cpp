//===- PeakV3.cpp - multiply-adds with 256-bit registers ------------------===//
#include "tenon/Runtime/Cpu/Peak.h"

#include <immintrin.h>

namespace tenon::runtime {

__attribute__((target("avx2,fma"))) uint64_t multiplyAddV3(uint64_t rounds, float *sink) {
  // Latency times throughput needs at least 10 chains; 12 fit the registers.
  constexpr int chains = 12, lanes = 8;
  __m256 sums[chains];
  // Start values that the compiler does not know: it would compute the chain that
  // starts at 1, and stays there, beforehand.
  for (int c = 0; c < chains; ++c)
    sums[c] = _mm256_set1_ps(*sink + static_cast<float>(c));
  __m256 factor = _mm256_set1_ps(0.999f), term = _mm256_set1_ps(0.001f);
  for (uint64_t round = 0; round < rounds; ++round)
    for (int c = 0; c < chains; ++c)
      sums[c] = _mm256_fmadd_ps(sums[c], factor, term);
  for (int c = 1; c < chains; ++c)
    sums[0] = _mm256_add_ps(sums[0], sums[c]);
  *sink = _mm256_cvtss_f32(sums[0]);
  return rounds * chains * lanes * 2;
}

} // namespace tenon::runtime
