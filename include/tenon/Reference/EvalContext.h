//===- EvalContext.h - What an evaluation knows beside values ---*- C++ -*-===//

#ifndef TENON_REFERENCE_EVALCONTEXT_H
#define TENON_REFERENCE_EVALCONTEXT_H

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"
#include "tenon/Reference/HostTensor.h"

#include "llvm/ADT/StringMap.h"

namespace mlir::tenon {

/// The values of the symbols, and the parameters by name, during one run.
class EvalContext {
public:
  explicit EvalContext(const llvm::StringMap<HostTensor> &parameters) : parameters(parameters) {}

  /// Gives the symbol `name` a value; returns the value it has, which is
  /// another one when it was already set.
  int64_t setSymbol(StringRef name, int64_t value);
  std::optional<int64_t> getSymbol(StringRef name) const;

  /// The value of `size`; fails with a diagnostic at `op` when a symbol has
  /// none, or when the value is negative or leaves 64 bits.
  FailureOr<int64_t> evaluate(Operation *op, SizeAttr size) const;
  FailureOr<SmallVector<int64_t>> evaluate(Operation *op, ArrayRef<SizeAttr> sizes) const;

  /// The parameter `name`, or null.
  const HostTensor *getParameter(StringRef name) const;

private:
  const llvm::StringMap<HostTensor> &parameters;
  llvm::StringMap<int64_t> symbols;
};

} // namespace mlir::tenon

#endif // TENON_REFERENCE_EVALCONTEXT_H
