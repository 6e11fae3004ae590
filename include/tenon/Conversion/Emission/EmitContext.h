//===- EmitContext.h - The function a kernel is emitted into ----*- C++ -*-===//
//
// What every emitter gets, whatever the machine: a builder inside the new function,
// the op, buffers, sizes and constants as values, control flow.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CONVERSION_EMISSION_EMITCONTEXT_H
#define TENON_CONVERSION_EMISSION_EMITCONTEXT_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::tenon::kernel {

/// A builder at the end of the function that is being emitted.
class EmitContext : public ImplicitLocOpBuilder {
public:
  /// `op` stays where it is; `function` has an empty entry block, and one buffer per
  /// argument of the op's function, then the values of `symbols`, the program's size
  /// symbols, as its first arguments; the error slot is its last.
  EmitContext(KernelOpInterface op, func::FuncOp function, ArrayRef<StringAttr> symbols);

  KernelOpInterface getOp() { return op; }

  /// The memory of an operand of the op, and its argument number.
  Value getBuffer(unsigned operand) { return function.getArgument(getArgumentNumber(operand)); }
  unsigned getArgumentNumber(unsigned operand);
  /// Four i64: position, value, bound, buffer.
  Value getErrorSlot() { return function.getArguments().back(); }
  /// Leaves what TN_INDEX_OUT_OF_RANGE reports: the id at flat `position` of operand
  /// number `operand` is not in 0..bound-1.
  void reportIndex(unsigned operand, Value position, Value id, Value bound);

  /// Sizes and constants; computed once, at the start of the function.
  Value getSize(SizeAttr size);
  Value getIndex(int64_t value);
  Value getConstant(TypedAttr value);
  /// `value` in every element of `type`, a float scalar or vector.
  Value getFloat(Type type, double value);
  /// `value` in every element of `type`, an integer or index scalar or vector.
  Value getInteger(Type type, int64_t value);

  /// Index arithmetic, which folds the trivial cases.
  Value add(Value lhs, Value rhs);
  Value sub(Value lhs, Value rhs);
  Value mul(Value lhs, Value rhs);
  Value div(Value lhs, Value rhs);
  Value rem(Value lhs, Value rhs);
  Value min(Value lhs, Value rhs);
  Value max(Value lhs, Value rhs);
  Value ceilDiv(Value lhs, int64_t rhs);
  Value add(Value lhs, int64_t rhs) { return add(lhs, getIndex(rhs)); }
  Value mul(Value lhs, int64_t rhs) { return mul(lhs, getIndex(rhs)); }

  /// `for (i = begin; i < end; i += step)`. `body` gets i and the carried
  /// values and returns the next ones. Emits nothing when the range is known
  /// empty.
  using LoopBody = llvm::function_ref<SmallVector<Value>(Value, ValueRange)>;
  SmallVector<Value> forLoop(Value begin, Value end, int64_t step, ValueRange carried,
                             LoopBody body);
  void forLoop(Value begin, Value end, int64_t step, llvm::function_ref<void(Value)> body);
  /// `if (condition) thenBody() else elseBody()`.
  void ifElse(Value condition, llvm::function_ref<void()> thenBody,
              llvm::function_ref<void()> elseBody);

  /// Numbers of `number` in a mixed-radix system whose digits have `sizes`, the
  /// last varying fastest.
  SmallVector<Value> delinearize(Value number, ArrayRef<Value> sizes);

  /// Sets the function's grid of tasks.
  void setGrid(ArrayRef<GridAttr> grid);
  /// A task's coordinate per factor of the grid.
  SmallVector<Value> getTaskCoordinates(Value task);

  /// The size `value`.
  SizeAttr makeSize(int64_t value) { return SizeAttr::get(getContext(), value); }

protected:
  func::FuncOp getFunction() { return function; }

private:
  template <typename Function> Value hoist(Function build);

  KernelOpInterface op;
  func::FuncOp function;
  llvm::DenseMap<StringAttr, Value> symbols;
  llvm::DenseMap<Attribute, Value> hoisted;
  Operation *lastHoisted = nullptr;
  SmallVector<GridAttr> grid;
};

} // namespace mlir::tenon::kernel

#endif // TENON_CONVERSION_KERNELTOVECTOR_EMITCONTEXT_H
