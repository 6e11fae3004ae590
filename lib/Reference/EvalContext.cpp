//===- EvalContext.cpp - Symbols and parameters of a run ------------------===//

#include "tenon/Reference/EvalContext.h"

using namespace mlir;
using namespace mlir::tenon;

int64_t EvalContext::setSymbol(StringRef name, int64_t value) {
  return symbols.try_emplace(name, value).first->second;
}

std::optional<int64_t> EvalContext::getSymbol(StringRef name) const {
  auto found = symbols.find(name);
  if (found == symbols.end())
    return std::nullopt;
  return found->second;
}

FailureOr<int64_t> EvalContext::evaluate(Operation *op, SizeAttr size) const {
  std::optional<int64_t> value = size.evaluate([&](StringRef name) { return getSymbol(name); });
  if (!value)
    return op->emitError() << "size " << size.toString()
                           << " has no value: a symbol is not bound by an "
                              "input, or the value leaves 64 bits";
  if (*value < 0)
    return op->emitError() << "size " << size.toString() << " is negative: " << *value;
  return *value;
}

FailureOr<SmallVector<int64_t>> EvalContext::evaluate(Operation *op,
                                                      ArrayRef<SizeAttr> sizes) const {
  SmallVector<int64_t> values;
  for (SizeAttr size : sizes) {
    FailureOr<int64_t> value = evaluate(op, size);
    if (failed(value))
      return failure();
    values.push_back(*value);
  }
  return values;
}

const HostTensor *EvalContext::getParameter(StringRef name) const {
  auto found = parameters.find(name);
  return found == parameters.end() ? nullptr : &found->second;
}
