//===- EmitContext.h - The function a kernel is emitted into ----*- C++ -*-===//
//
// What an emitter gets: a builder inside the new function, the op, the machine,
// buffers, sizes and constants as values, and the loop over the tasks.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CONVERSION_KERNELTOVECTOR_EMITCONTEXT_H
#define TENON_CONVERSION_KERNELTOVECTOR_EMITCONTEXT_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"
#include "tenon/Target/CpuTarget.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::tenon::kernel {

/// A builder at the end of the function that is being emitted.
class EmitContext : public ImplicitLocOpBuilder {
public:
  /// `op` stays where it is; `function` has the signature that
  /// convert-kernel-to-vector describes and an empty entry block. `symbols` are
  /// the program's size symbols in the order of the function's arguments.
  EmitContext(KernelOpInterface op, func::FuncOp function, const CpuTarget &target,
              ArrayRef<StringAttr> symbols);

  KernelOpInterface getOp() { return op; }
  const CpuTarget &getTarget() const { return target; }

  /// The memory of an operand of the op, and its argument number.
  Value getBuffer(unsigned operand) { return function.getArgument(getArgumentNumber(operand)); }
  unsigned getArgumentNumber(unsigned operand);
  /// Four i64: position, value, bound, buffer.
  Value getErrorSlot() { return function.getArguments().back(); }
  /// Leaves what TN_INDEX_OUT_OF_RANGE reports: the id at flat `position` of operand
  /// number `operand` is not in 0..bound-1.
  void reportIndex(unsigned operand, Value position, Value id, Value bound);
  /// The first and one past the last task.
  Value getBegin() { return function.getArgument(function.getNumArguments() - 4); }
  Value getEnd() { return function.getArgument(function.getNumArguments() - 3); }

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

  /// Sets the function's grid and loops over its tasks from begin to end,
  /// giving each one's coordinate per factor.
  void forTasks(ArrayRef<GridAttr> grid, llvm::function_ref<void(ArrayRef<Value>)> body);
  /// As `forTasks`, for runs of neighbouring tasks along the last factor: `body`
  /// gets the coordinates of the first and the number of tasks, at most `most`.
  void forTaskRuns(ArrayRef<GridAttr> grid, int64_t most,
                   llvm::function_ref<void(ArrayRef<Value>, Value)> body);
  /// The parts of `forTasks`, for emitters with a loop of their own.
  void setGrid(ArrayRef<GridAttr> grid);
  SmallVector<Value> getTaskCoordinates(Value task);

  /// `elements` of scratch memory, 64-byte aligned; f32 unless `type` is given.
  Value allocateScratch(SizeAttr elements, Type type = {});

  /// The size `value`.
  SizeAttr makeSize(int64_t value) { return SizeAttr::get(getContext(), value); }

private:
  template <typename Function> Value hoist(Function build);

  KernelOpInterface op;
  func::FuncOp function;
  const CpuTarget &target;
  llvm::DenseMap<StringAttr, Value> symbols;
  llvm::DenseMap<Attribute, Value> hoisted;
  Operation *lastHoisted = nullptr;
  SmallVector<GridAttr> grid;
  SizeAttr scratchBytes;
};

} // namespace mlir::tenon::kernel

#endif // TENON_CONVERSION_KERNELTOVECTOR_EMITCONTEXT_H
