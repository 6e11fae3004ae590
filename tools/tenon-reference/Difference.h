//===- Difference.h - How far a result is from the reference ----*- C++ -*-===//

#ifndef TENON_TOOLS_TENON_REFERENCE_DIFFERENCE_H
#define TENON_TOOLS_TENON_REFERENCE_DIFFERENCE_H

#include "tenon/Reference/Interpreter.h"

#include "llvm/Support/raw_ostream.h"

#include <string>

namespace mlir::tenon {

/// The distance of a result from its reference.
struct Difference {
  /// ||y - r|| / ||r|| over the finite values of the reference (Frobenius);
  /// the numerator alone when the reference is zero.
  double relative = 0;
  /// Largest |y - r|, and where (row-major).
  double largest = 0;
  int64_t position = 0;
  /// Elements that are not comparable: NaN or infinite in one tensor and not
  /// equal in the other; for integers, any that differ.
  int64_t mismatches = 0;
  /// Set when shapes or kinds of element differ; the rest is then unset.
  std::string incompatible;

  /// Compatible, no mismatch, and `relative` at most `bar`.
  bool isWithin(double bar) const {
    return incompatible.empty() && mismatches == 0 && relative <= bar;
  }
  /// One line: `relative 1.2e-07, largest 3e-06 at 17`.
  std::string toString() const;
};

/// Compares `y` with the reference `r`.
Difference compare(const HostTensor &y, const HostTensor &r);

/// Compares those of `results` that `others` has by name and prints a line for
/// each: `NAME: relative ...`. True when all are within `bar`.
bool compareResults(llvm::raw_ostream &os, ArrayRef<NamedTensor> results,
                    const llvm::StringMap<HostTensor> &others, double bar);

} // namespace mlir::tenon

#endif // TENON_TOOLS_TENON_REFERENCE_DIFFERENCE_H
