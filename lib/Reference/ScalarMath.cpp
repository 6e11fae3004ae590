//===- ScalarMath.cpp - Elementary functions ------------------------------===//

#include "ScalarRuleSets.h"

#include "llvm/ADT/bit.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tenon;

namespace {

using Unary = double (*)(double);
using Binary = double (*)(double, double);

template <class Function> ScalarRule classifying(Function f) {
  return [f](Operation *, const EvalContext &) -> FailureOr<ScalarStep> {
    return ScalarStep([f](ArrayRef<Scalar> x, Scalar &result) {
      result = integerScalar(f(x[0].real));
      return success();
    });
  };
}

FailureOr<ScalarStep> fusedMultiplyAdd(Operation *, const EvalContext &) {
  return ScalarStep([](ArrayRef<Scalar> x, Scalar &result) {
    result = realScalar(std::fma(x[0].real, x[1].real, x[2].real));
    return success();
  });
}

FailureOr<ScalarStep> absoluteInteger(Operation *op, const EvalContext &) {
  Type type = op->getResult(0).getType();
  return ScalarStep([type](ArrayRef<Scalar> x, Scalar &result) {
    int64_t a = x[0].integer;
    uint64_t magnitude = a < 0 ? -static_cast<uint64_t>(a) : a;
    result = integerScalar(wrapInteger(static_cast<int64_t>(magnitude), type));
    return success();
  });
}

/// The ones among the bits of the operand's type.
FailureOr<ScalarStep> countOnes(Operation *op, const EvalContext &) {
  unsigned width = op->getResult(0).getType().getIntOrFloatBitWidth();
  return ScalarStep([width](ArrayRef<Scalar> x, Scalar &result) {
    uint64_t bits = static_cast<uint64_t>(x[0].integer) << (64 - width);
    result = integerScalar(llvm::popcount(bits));
    return success();
  });
}

} // namespace

void mlir::tenon::addMathRules(ScalarRules &rules) {
  const std::pair<StringRef, Unary> unary[] = {
      {"math.absf", std::fabs},
      {"math.acos", std::acos},
      {"math.asin", std::asin},
      {"math.atan", std::atan},
      {"math.ceil", std::ceil},
      {"math.cos", std::cos},
      {"math.cosh", std::cosh},
      {"math.erf", std::erf},
      {"math.erfc", std::erfc},
      {"math.exp", std::exp},
      {"math.exp2", std::exp2},
      {"math.expm1", std::expm1},
      {"math.floor", std::floor},
      {"math.log", std::log},
      {"math.log10", std::log10},
      {"math.log1p", std::log1p},
      {"math.log2", std::log2},
      {"math.round", std::round},
      {"math.roundeven", std::nearbyint},
      {"math.sin", std::sin},
      {"math.sinh", std::sinh},
      {"math.sqrt", std::sqrt},
      {"math.tan", std::tan},
      {"math.tanh", std::tanh},
      {"math.trunc", std::trunc},
      {"math.rsqrt", [](double x) { return 1 / std::sqrt(x); }},
  };
  for (auto [name, f] : unary)
    rules.add(name, unaryReal(f));

  const std::pair<StringRef, Binary> binary[] = {
      {"math.atan2", std::atan2},
      {"math.copysign", std::copysign},
      {"math.powf", std::pow},
  };
  for (auto [name, f] : binary)
    rules.add(name, binaryReal(f));

  rules.add("math.fma", fusedMultiplyAdd);
  rules.add("math.absi", absoluteInteger);
  rules.add("math.ctpop", countOnes);
  rules.add("math.isnan", classifying([](double x) { return std::isnan(x); }));
  rules.add("math.isinf", classifying([](double x) { return std::isinf(x); }));
  rules.add("math.isfinite", classifying([](double x) { return std::isfinite(x); }));
}
