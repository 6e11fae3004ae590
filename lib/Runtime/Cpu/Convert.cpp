//===- Convert.cpp - floating-point formats of weight files to f32 --------===//
#include "tenon/Runtime/Cpu/Parameters.h"

#include <cstring>

namespace tenon::runtime {

static float fromBits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

static float halfToFloat(uint16_t half) {
  uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  uint32_t exponent = half >> 10 & 0x1F, fraction = half & 0x3FF;
  if (exponent == 0x1F) // infinity or NaN
    return fromBits(sign | 0x7F800000 | fraction << 13);
  if (exponent == 0) { // zero or denormal: fraction * 2^-24
    float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  constexpr uint32_t biasDifference = 127 - 15;
  return fromBits(sign | (exponent + biasDifference) << 23 | fraction << 13);
}

void convertF16(const uint16_t *from, float *to, size_t count) {
  for (size_t i = 0; i < count; ++i)
    to[i] = halfToFloat(from[i]);
}

void convertBF16(const uint16_t *from, float *to, size_t count) {
  for (size_t i = 0; i < count; ++i)
    to[i] = fromBits(static_cast<uint32_t>(from[i]) << 16);
}

void convertF64(const double *from, float *to, size_t count) {
  for (size_t i = 0; i < count; ++i)
    to[i] = static_cast<float>(from[i]);
}

} // namespace tenon::runtime
