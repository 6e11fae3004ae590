//===- TensorText.h - Tensors as nested lists -------------------*- C++ -*-===//

#ifndef TENON_TOOLS_TENON_REFERENCE_TENSORTEXT_H
#define TENON_TOOLS_TENON_REFERENCE_TENSORTEXT_H

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"
#include "tenon/Reference/HostTensor.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::tenon {

/// Reads `[[1, 2.5], [nan, -inf]]` or a bare number; `true` and `false` stand
/// for 1 and 0. The lists' lengths give the shape and must be regular; where an
/// empty list leaves inner axes open, `type` gives their sizes, if constant,
/// else 0. Numbers are rounded to its element type.
llvm::Expected<HostTensor> parseTensor(StringRef text, TenonTensorType type);

/// Writes the values as parseTensor reads them, floats with `digits`
/// significant digits.
void printTensor(llvm::raw_ostream &os, const HostTensor &tensor, int digits);

} // namespace mlir::tenon

#endif // TENON_TOOLS_TENON_REFERENCE_TENSORTEXT_H
