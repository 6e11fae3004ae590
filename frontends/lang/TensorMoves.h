//===- TensorMoves.h - Joining and cutting tensors --------------*- C++ -*-===//
//
// Steps that several built-in functions take along one axis.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_TENSORMOVES_H
#define TENON_FRONTENDS_LANG_TENSORMOVES_H

#include "frontends/lang/Builtins.h"

namespace tenon::lang {

/// `type` with another size of one axis.
TensorType resized(TensorType type, int64_t axis, Size size);

/// size / divisor, rounded down, where only the constant term leaves a rest; null otherwise.
Size divideDown(Size size, int64_t divisor);

/// The tensors `parts`, at least one, one after the other along `axis`; poison
/// after an error.
Value concatTensors(BuiltinCall &call, llvm::ArrayRef<mlir::Value> parts, int64_t axis);

/// x between `before` and `after` elements of `value` along `axis`; poison after
/// an error.
Value padTensor(BuiltinCall &call, mlir::Value x, int64_t axis, Size before, Size after,
                const Value &value);

/// `length` elements of x along `axis`, every `step`th from `first` on. The
/// caller has checked that they exist.
mlir::Value sliceTensor(BuiltinCall &call, mlir::Value x, int64_t axis, Size first, Size length,
                        int64_t step = 1);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_TENSORMOVES_H
