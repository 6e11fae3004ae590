//===- HostMath.h - Math programs evaluated on the host ---------*- C++ -*-===//
//
// The builder of MathPrograms.h that computes at once, on one f32. Its results
// are the bits that generated code gives.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_HOSTMATH_H
#define TENON_SUPPORT_HOSTMATH_H

#include <cmath>
#include <cstdint>
#include <cstring>

namespace mlir::tenon {

/// Evaluates a math program: `HostMath b; float y = math_programs::exp(b, x);`.
struct HostMath {
  using Value = float;
  using Int = uint32_t;
  using Cond = bool;

  Value constant(float value) { return value; }
  Int intConstant(int32_t value) { return static_cast<uint32_t>(value); }

  Value add(Value a, Value b) { return a + b; }
  Value sub(Value a, Value b) { return a - b; }
  Value mul(Value a, Value b) { return a * b; }
  Value div(Value a, Value b) { return a / b; }
  Value fma(Value a, Value b, Value c) { return std::fma(a, b, c); }
  Value min(Value a, Value b) { return a < b ? a : b; }
  Value max(Value a, Value b) { return a > b ? a : b; }
  Value abs(Value a) { return std::fabs(a); }
  Value copysign(Value a, Value b) { return std::copysign(a, b); }
  Cond less(Value a, Value b) { return a < b; }
  Value select(Cond c, Value a, Value b) { return c ? a : b; }

  Int bits(Value a) {
    Int pattern;
    std::memcpy(&pattern, &a, sizeof(pattern));
    return pattern;
  }
  Value fromBits(Int pattern) {
    Value a;
    std::memcpy(&a, &pattern, sizeof(a));
    return a;
  }
  Value toFloat(Int a) { return static_cast<float>(static_cast<int32_t>(a)); }
  Int addInt(Int a, Int b) { return a + b; }
  Int subInt(Int a, Int b) { return a - b; }
  Int shiftLeft(Int a, unsigned by) { return a << by; }
  Int shiftRight(Int a, unsigned by) { return static_cast<Int>(static_cast<int32_t>(a) >> by); }
};

} // namespace mlir::tenon

#endif // TENON_SUPPORT_HOSTMATH_H
