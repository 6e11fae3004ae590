//===- Difference.cpp - How far a result is from the reference ------------===//

#include "Difference.h"

#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mlir::tenon;

std::string Difference::toString() const {
  if (!incompatible.empty())
    return incompatible;
  std::string line =
      llvm::formatv("relative {0:e2}, largest {1:e2} at {2}", relative, largest, position);
  if (mismatches > 0)
    line += llvm::formatv(", {0} mismatches", mismatches);
  return line;
}

Difference mlir::tenon::compare(const HostTensor &y, const HostTensor &r) {
  Difference difference;
  if (y.getShape() != r.getShape()) {
    difference.incompatible =
        llvm::formatv("shape [{0:$[, ]}]; expected [{1:$[, ]}]",
                      llvm::make_range(y.getShape().begin(), y.getShape().end()),
                      llvm::make_range(r.getShape().begin(), r.getShape().end()));
    return difference;
  }
  if (y.isFloat() != r.isFloat()) {
    difference.incompatible = "one holds floating values and the other integers";
    return difference;
  }
  double squares = 0, norm = 0;
  for (int64_t k = 0; k < r.getNumElements(); ++k) {
    if (!r.isFloat()) {
      difference.mismatches += y.integer(k) != r.integer(k);
      continue;
    }
    double value = y.real(k), expected = r.real(k);
    if (!std::isfinite(value) || !std::isfinite(expected)) {
      bool isEqual = value == expected || (std::isnan(value) && std::isnan(expected));
      difference.mismatches += !isEqual;
      continue;
    }
    double error = std::fabs(value - expected);
    squares += error * error;
    norm += expected * expected;
    if (error > difference.largest) {
      difference.largest = error;
      difference.position = k;
    }
  }
  difference.relative = std::sqrt(norm > 0 ? squares / norm : squares);
  return difference;
}

bool mlir::tenon::compareResults(llvm::raw_ostream &os, ArrayRef<NamedTensor> results,
                                 const llvm::StringMap<HostTensor> &others, double bar) {
  bool isWithin = true;
  for (const NamedTensor &result : results) {
    auto other = others.find(result.name);
    if (other == others.end())
      continue;
    Difference difference = compare(other->second, result.tensor);
    os << result.name << ": " << difference.toString() << "\n";
    isWithin &= difference.isWithin(bar);
  }
  return isWithin;
}
