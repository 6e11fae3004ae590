//===- BandwidthV4.cpp - memory through 512-bit registers ----------------===//
#include "tenon/Runtime/Cpu/Bandwidth.h"

#include <immintrin.h>

namespace tenon::runtime {

constexpr uint64_t lanes = 16, unroll = 8;
static_assert(bandwidthElements % (unroll * lanes) == 0, "the loops have no rest");

__attribute__((target("avx512f,avx512vl"))) float readOnceV4(const float *from, uint64_t elements) {
  // Several sums: one would wait for its own additions, not for the memory.
  __m512 sums[unroll];
  for (uint64_t u = 0; u < unroll; ++u)
    sums[u] = _mm512_setzero_ps();
  for (uint64_t i = 0; i < elements; i += unroll * lanes)
    for (uint64_t u = 0; u < unroll; ++u)
      sums[u] = _mm512_add_ps(sums[u], _mm512_load_ps(from + i + u * lanes));
  for (uint64_t u = 1; u < unroll; ++u)
    sums[0] = _mm512_add_ps(sums[0], sums[u]);
  return _mm512_cvtss_f32(sums[0]);
}

__attribute__((target("avx512f,avx512vl"))) void scaleOnceV4(const float *from, float *to,
                                                             uint64_t elements) {
  __m512 factor = _mm512_set1_ps(3);
  for (uint64_t i = 0; i < elements; i += unroll * lanes)
    for (uint64_t u = 0; u < unroll; ++u)
      _mm512_store_ps(to + i + u * lanes,
                      _mm512_mul_ps(factor, _mm512_load_ps(from + i + u * lanes)));
}

} // namespace tenon::runtime
