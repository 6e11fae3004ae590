//===- HostTensor.cpp - Storage and index arithmetic ----------------------===//

#include "tenon/Reference/HostTensor.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::tenon;

SmallVector<int64_t> mlir::tenon::rowMajorStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

HostTensor::HostTensor(Type elementType, ArrayRef<int64_t> shape)
    : elementType(elementType), shape(shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  Scalar zero = isFloat() ? realScalar(0) : integerScalar(0);
  values = std::make_shared<std::vector<Scalar>>(count, zero);
}

LogicalResult mlir::tenon::forEachIndex(ArrayRef<int64_t> shape,
                                        ArrayRef<SmallVector<int64_t>> strides,
                                        function_ref<LogicalResult(ArrayRef<int64_t>)> visit) {
  if (llvm::is_contained(shape, 0))
    return success();
  SmallVector<int64_t> index(shape.size(), 0), offsets(strides.size(), 0);
  while (true) {
    if (failed(visit(offsets)))
      return failure();
    // Count up, the last axis first.
    size_t axis = shape.size();
    while (axis-- > 0) {
      for (auto [offset, stride] : llvm::zip(offsets, strides))
        offset += stride[axis];
      if (++index[axis] < shape[axis])
        break;
      for (auto [offset, stride] : llvm::zip(offsets, strides))
        offset -= stride[axis] * shape[axis];
      index[axis] = 0;
      if (axis == 0)
        return success();
    }
    if (shape.empty())
      return success();
  }
}

SmallVector<int64_t> mlir::tenon::broadcastStrides(ArrayRef<int64_t> shape,
                                                   ArrayRef<int64_t> result) {
  size_t missing = result.size() - shape.size();
  SmallVector<int64_t> own = rowMajorStrides(shape);
  SmallVector<int64_t> strides(result.size(), 0);
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (shape[axis] != 1)
      strides[missing + axis] = own[axis];
  return strides;
}
