//===- KernelLowering.h - Views and kernel construction ---------*- C++ -*-===//
//
// What lowerings of single ops share: the view of each graph value (a buffer and
// how its axes walk through it), and builders of kernel ops over named
// dimensions. Slices, permutations and repetitions only change views.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CONVERSION_TENONTOKERNEL_KERNELLOWERING_H
#define TENON_CONVERSION_TENONTOKERNEL_KERNELLOWERING_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::tenon {

/// Where a graph value lies: element i of the value is element
/// offset + sum over axes of strides[axis] * i[axis] of `buffer`.
struct View {
  Value buffer;
  SizeAttr offset;
  SmallVector<SizeAttr> strides;
};

/// The row-major strides of a shape.
SmallVector<SizeAttr> getContiguousStrides(ArrayRef<SizeAttr> shape, MLIRContext *context);

/// The dimensions and accesses of one kernel op under construction.
class DomainBuilder {
public:
  /// No dimension gets one of `sizeNames`, which strides may hold.
  DomainBuilder(MLIRContext *context, const llvm::StringSet<> &sizeNames)
      : context(context), sizeNames(sizeNames) {}

  /// Adds a dimension named after its role and number; returns its number.
  unsigned add(kernel::DimRole role, SizeAttr size);
  /// An access with the given coefficients (dimension number, coefficient);
  /// coefficients of one dimension add up.
  kernel::AccessAttr access(SizeAttr offset,
                            ArrayRef<std::pair<unsigned, SizeAttr>> coefficients) const;
  /// The access of `view` whose axis a runs along dimension dims[a]; -1 stands
  /// for an axis of size 1.
  kernel::AccessAttr access(const View &view, ArrayRef<int64_t> dims) const;

  ArrayAttr getDomain() const;
  SizeAttr getSize(unsigned dim) const { return sizes[dim]; }

private:
  MLIRContext *context;
  const llvm::StringSet<> &sizeNames;
  SmallVector<kernel::DimRole> roles;
  SmallVector<SizeAttr> sizes;
};

/// The state of lowering one function.
class KernelLowering {
public:
  KernelLowering(OpBuilder &builder, ModuleOp module) : builder(builder) {
    for (auto size : module.getOps<SizeOp>())
      sizeNames.insert(size.getSymName());
  }

  OpBuilder &builder;

  /// An empty domain for a kernel of this function.
  DomainBuilder createDomain() const { return {builder.getContext(), sizeNames}; }

  /// The view of a graph value; values without one (arguments, parameters) are
  /// contiguous buffers themselves.
  View getView(Value value) const;
  void setView(Value value, View view) { views[value] = std::move(view); }
  /// `value`, a tensor computed by a kernel, is its own contiguous buffer.
  void setBuffer(Value value, Value buffer);

  /// A view of `value` whose last axis, or axis `unitAxis`, has stride 1 or size
  /// 1; copies when it has not.
  View getUnitStrideView(Value value, int64_t unitAxis);
  /// A contiguous copy of the value's axes in the order `axes`.
  View copyInOrder(Location loc, Value value, ArrayRef<int64_t> axes);

  /// What was made of `value` for `key`, to be made once; null at first.
  Value &getShared(Value value, Attribute key) { return shared[{value, key}]; }
  Value &getShared(Value value, Value beside, Attribute key) {
    return sharedBeside[{{value, beside}, key}];
  }

  /// Creates `kernel.empty` of a type.
  Value createEmpty(Location loc, TenonTensorType type);

  /// Creates a kernel.rows that stores `body(inputs)` and returns its result.
  Value createRows(Location loc, const DomainBuilder &domain, ValueRange inputs,
                   ArrayRef<kernel::AccessAttr> inputAccesses, Value destination,
                   kernel::AccessAttr destinationAccess,
                   function_ref<Value(OpBuilder &, Location, ValueRange)> body);

private:
  llvm::StringSet<> sizeNames;
  llvm::DenseMap<Value, View> views;
  llvm::DenseMap<std::pair<Value, Attribute>, Value> shared;
  llvm::DenseMap<std::pair<std::pair<Value, Value>, Attribute>, Value> sharedBeside;
};

/// The body of a plain copy.
Value yieldFirst(OpBuilder &builder, Location loc, ValueRange arguments);

/// Clones the ops of a scalar region, its arguments standing for `arguments`;
/// returns what it yields.
Value inlineScalarRegion(OpBuilder &builder, Region &region, ValueRange arguments);

/// A region of `op` that yields its first argument (of element type `type`).
void buildIdentityRegion(OpBuilder &builder, Region &region, Type type, Location loc);

} // namespace mlir::tenon

#include "tenon/Conversion/TenonToKernel/KernelLoweringOpInterface.h.inc"

#endif // TENON_CONVERSION_TENONTOKERNEL_KERNELLOWERING_H
