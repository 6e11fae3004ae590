//===- TensorBuilder.h - Tensor ops as formulas write them ------*- C++ -*-===//

#ifndef TENON_LIB_AUTODIFF_TENSORBUILDER_H
#define TENON_LIB_AUTODIFF_TENSORBUILDER_H

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

namespace mlir::tenon {

inline TenonTensorType typeOf(Value value) { return cast<TenonTensorType>(value.getType()); }

/// Builds tensor ops in one place.
class TensorBuilder {
public:
  using Body = function_ref<Value(OpBuilder &, Location, ValueRange)>;

  TensorBuilder(OpBuilder &builder, Location loc) : builder(builder), loc(loc) {}

  /// A map without the inputs that `body` does not use.
  Value map(TenonTensorType type, ValueRange inputs, Body body);
  /// The same where `body` may give null, which is 0 everywhere: then nothing is built, and
  /// null comes out. Fails when it does.
  FailureOr<Value>
  mapOrZero(TenonTensorType type, ValueRange inputs,
            function_ref<FailureOr<Value>(OpBuilder &, Location, ValueRange)> body);
  /// Several sums over the same elements, `axes` of the first input's; `body` returns the
  /// terms. The result's last axis counts them.
  Value sums(ArrayRef<int64_t> axes, ValueRange inputs,
             function_ref<SmallVector<Value>(OpBuilder &, Location, ValueRange)> body);
  /// a * b; the result has the type of a.
  Value multiply(Value a, Value b);
  /// The sum of values of one type, in order; side by side when they are parts that
  /// `pad` put among zeros, each in a place of its own.
  Value add(ValueRange values);
  /// 1 where a = b, else 0; of a's shape.
  Value areEqual(Value a, Value b, Type elementType);
  /// `number` everywhere.
  Value fill(TenonTensorType type, double number);

  Value reduce(ReduceKind kind, Value value, ArrayRef<int64_t> axes);
  /// A reduction whose axes stay, with the size 1.
  Value reduceKeeping(ReduceKind kind, Value value, ArrayRef<int64_t> axes);
  /// The sum over all that was repeated when a tensor of `type` was aligned, at its
  /// last axes, with `value`.
  Value sumTo(Value value, TenonTensorType type);

  /// The value with axes of size 1; `axes` are where they stand in the result.
  Value insertUnits(Value value, ArrayRef<int64_t> axes);
  /// The value repeated; its axes are `axes` of `type`.
  Value repeat(Value value, TenonTensorType type, ArrayRef<int64_t> axes);
  /// `factors` are those of all axes in turn, `inputGroups` of them in each; permuted
  /// and merged into `resultGroups`.
  Value rearrange(Value value, ArrayRef<SizeAttr> factors, ArrayRef<int64_t> inputGroups,
                  ArrayRef<int64_t> permutation, ArrayRef<int64_t> resultGroups);
  /// `size` elements from `start` on along one axis.
  Value slice(Value value, int64_t axis, SizeAttr start, SizeAttr size, int64_t step = 1);
  /// The value with zeros before and after it along one axis.
  Value pad(Value value, int64_t axis, SizeAttr before, SizeAttr after);
  /// What `slice` took, in its place among zeros of the size `size`; fails where the
  /// sizes do not say how many zeros there are.
  FailureOr<Value> unslice(Value value, int64_t axis, SizeAttr start, SizeAttr size, int64_t step);
  Value contract(Value lhs, ArrayRef<int64_t> lhsIndices, Value rhs, ArrayRef<int64_t> rhsIndices,
                 ArrayRef<int64_t> resultIndices);

  SizeAttr size(int64_t number) { return SizeAttr::get(builder.getContext(), number); }

  OpBuilder &builder;
  Location loc;

private:
  Value join(ValueRange padded);
};

/// 0, 1, ... up to but not including `count`, but for `left`.
SmallVector<int64_t> axesBut(int64_t count, ArrayRef<int64_t> left = {});

} // namespace mlir::tenon

#endif // TENON_LIB_AUTODIFF_TENSORBUILDER_H
