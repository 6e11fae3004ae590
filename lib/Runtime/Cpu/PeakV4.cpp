//===- PeakV4.cpp - multiply-adds with 512-bit registers ------------------===//
#include "tenon/Runtime/Cpu/Peak.h"

#include <immintrin.h>

namespace tenon::runtime {

__attribute__((target("avx512f,avx512vl"))) uint64_t multiplyAddV4(uint64_t rounds, float *sink) {
  constexpr int chains = 24, lanes = 16;
  __m512 sums[chains];
  // Start values that the compiler does not know: it would compute the chain that
  // starts at 1, and stays there, beforehand.
  for (int c = 0; c < chains; ++c)
    sums[c] = _mm512_set1_ps(*sink + static_cast<float>(c));
  __m512 factor = _mm512_set1_ps(0.999f), term = _mm512_set1_ps(0.001f);
  for (uint64_t round = 0; round < rounds; ++round)
    for (int c = 0; c < chains; ++c)
      sums[c] = _mm512_fmadd_ps(sums[c], factor, term);
  for (int c = 1; c < chains; ++c)
    sums[0] = _mm512_add_ps(sums[0], sums[c]);
  *sink = _mm512_cvtss_f32(sums[0]);
  return rounds * chains * lanes * 2;
}

} // namespace tenon::runtime
