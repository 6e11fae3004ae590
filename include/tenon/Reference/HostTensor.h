//===- HostTensor.h - Tensors of the reference interpreter ------*- C++ -*-===//
//
// Row-major values of any element type: floating ones as f64, integers and
// booleans (0 or 1) as 64 bits.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_REFERENCE_HOSTTENSOR_H
#define TENON_REFERENCE_HOSTTENSOR_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Types.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <memory>
#include <vector>

namespace mlir::tenon {

/// One element, read by its type: `real` for floats, `integer` for the rest.
union Scalar {
  double real;
  int64_t integer;
};

/// The scalar that holds `value`.
inline Scalar realScalar(double value) {
  Scalar scalar;
  scalar.real = value;
  return scalar;
}
inline Scalar integerScalar(int64_t value) {
  Scalar scalar;
  scalar.integer = value;
  return scalar;
}

/// Elements to step over, per axis, in a row-major tensor of this shape.
SmallVector<int64_t> rowMajorStrides(ArrayRef<int64_t> shape);

/// A shape, an element type and values. Copies share the values: whoever
/// creates a tensor fills it before passing it on.
class HostTensor {
public:
  HostTensor() = default;
  /// Zeros. All sizes must be at least 0.
  HostTensor(Type elementType, ArrayRef<int64_t> shape);

  ArrayRef<int64_t> getShape() const { return shape; }
  int64_t getRank() const { return shape.size(); }
  Type getElementType() const { return elementType; }
  bool isFloat() const { return isa<FloatType>(elementType); }
  int64_t getNumElements() const { return values->size(); }
  SmallVector<int64_t> getStrides() const { return rowMajorStrides(shape); }

  /// All values, row-major.
  ArrayRef<Scalar> data() const { return *values; }
  MutableArrayRef<Scalar> data() { return *values; }
  Scalar operator[](int64_t offset) const { return (*values)[offset]; }
  Scalar &operator[](int64_t offset) { return (*values)[offset]; }
  double real(int64_t offset) const { return (*values)[offset].real; }
  int64_t integer(int64_t offset) const { return (*values)[offset].integer; }

private:
  Type elementType;
  SmallVector<int64_t> shape;
  std::shared_ptr<std::vector<Scalar>> values;
};

/// Visits every index of `shape` in row-major order and passes, for each of
/// `strides` (one stride per axis), the offset of that index. Stops at the
/// first failure.
LogicalResult forEachIndex(ArrayRef<int64_t> shape, ArrayRef<SmallVector<int64_t>> strides,
                           function_ref<LogicalResult(ArrayRef<int64_t>)> visit);

/// The strides that read a tensor of `shape` as if it had `result`'s shape:
/// aligned at the last axes, missing axes and axes of size 1 repeated.
SmallVector<int64_t> broadcastStrides(ArrayRef<int64_t> shape, ArrayRef<int64_t> result);

} // namespace mlir::tenon

#endif // TENON_REFERENCE_HOSTTENSOR_H
