//===- MathTable.cpp - Look-up and cost of math programs ------------------===//

#include "tenon/Support/MathTable.h"

#include "tenon/Support/MathPrograms.h"

#include <iterator>

using namespace mlir::tenon;

namespace {

/// A builder of MathPrograms.h that computes nothing and counts.
struct CountingMath {
  struct Value {};
  struct Int {};
  struct Cond {};

  int count = 0;

  template <class Result> Result counted() {
    ++count;
    return {};
  }

  Value constant(float) { return {}; }
  Int intConstant(int32_t) { return {}; }
  Value add(Value, Value) { return counted<Value>(); }
  Value sub(Value, Value) { return counted<Value>(); }
  Value mul(Value, Value) { return counted<Value>(); }
  Value div(Value, Value) { return counted<Value>(); }
  Value fma(Value, Value, Value) { return counted<Value>(); }
  Value min(Value, Value) { return counted<Value>(); }
  Value max(Value, Value) { return counted<Value>(); }
  Value abs(Value) { return counted<Value>(); }
  Value copysign(Value, Value) { return counted<Value>(); }
  Cond less(Value, Value) { return counted<Cond>(); }
  Value select(Cond, Value, Value) { return counted<Value>(); }
  // Moving between a float and its pattern costs nothing.
  Int bits(Value) { return {}; }
  Value fromBits(Int) { return {}; }
  Value toFloat(Int) { return counted<Value>(); }
  Int addInt(Int, Int) { return counted<Int>(); }
  Int subInt(Int, Int) { return counted<Int>(); }
  Int shiftLeft(Int, unsigned) { return counted<Int>(); }
  Int shiftRight(Int, unsigned) { return counted<Int>(); }
};

} // namespace

static_assert(std::size(math_programs::kPrograms<CountingMath>) == std::size(kMathFunctions),
              "each program has its row");

const MathFunction *mlir::tenon::findMathFunction(std::string_view name) {
  for (const MathFunction &function : kMathFunctions)
    if (function.name == name)
      return &function;
  return nullptr;
}

int mlir::tenon::countOperations(const MathFunction &function) {
  CountingMath builder;
  math_programs::kPrograms<CountingMath>[&function - kMathFunctions].emit(builder, {});
  return builder.count;
}
