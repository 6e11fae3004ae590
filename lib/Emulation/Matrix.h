//===- Matrix.h - Matrix instructions of a warp -----------------*- C++ -*-===//
///
/// Fragment layouts follow the PTX ISA, "Warp Level Matrix Multiply-Accumulate
/// Instructions". Products of bf16, f16 and tf32 are exact in f32; sums are f32
/// with k ascending, one chain per output. (Tensor cores sum in an order and
/// width of their own that NVIDIA does not document.)
///
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_EMULATION_MATRIX_H
#define TENON_LIB_EMULATION_MATRIX_H

#include "Operation.h"

#include <cstdint>
#include <cstring>

// Compiled twice and chosen when loaded: these loops are where the time goes.
#if defined(__x86_64__) && defined(__clang__)
#define TENON_FOR_EACH_CPU __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define TENON_FOR_EACH_CPU
#endif

namespace tenon::emulation {

class Block;
struct Warp;

/// Mail: an address (two words) of each lane; then one word per matrix.
void loadMatrix(Block &block, Warp &warp, Operation operation);
/// Mail: an address (two words) and one word per matrix.
void storeMatrix(Block &block, Warp &warp, Operation operation);
/// m16n8kE with f32 accumulators. Mail: A, B, C; then D.
void multiply(Warp &warp, Operation operation);

inline float floatFromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

float floatFromHalf(uint16_t bits);

/// One of the two 16-bit elements.
inline float elementToFloat(Element element, uint16_t bits) {
  return element == Element::BF16 ? floatFromBits(uint32_t{bits} << 16) : floatFromHalf(bits);
}

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_MATRIX_H
