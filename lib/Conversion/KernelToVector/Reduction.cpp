//===- Reduction.cpp - Combining values in a fixed order ------------------===//

#include "Reduction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {

Value combineTree(CpuContext &context, ReduceKind kind, ArrayRef<Value> values) {
  if (values.size() == 1)
    return values[0];
  size_t half = values.size() / 2;
  return combine(context, kind, combineTree(context, kind, values.take_front(half)),
                 combineTree(context, kind, values.drop_front(half)));
}

Value combineLanes(CpuContext &context, ReduceKind kind, Value vector) {
  int64_t lanes = cast<VectorType>(vector.getType()).getNumElements();
  while (lanes > 1) {
    lanes /= 2;
    auto half = [&](int64_t first) {
      return vector::ExtractStridedSliceOp::create(context, vector, {first}, {lanes}, {1});
    };
    Value low = half(0), high = half(lanes);
    vector = combine(context, kind, low, high);
  }
  return vector::ExtractOp::create(context, vector, 0);
}

SmallVector<Value> joinPairs(CpuContext &context, ArrayRef<Value> vectors) {
  SmallVector<Value> pairs;
  for (size_t i = 0; i < vectors.size(); i += 2) {
    int64_t lanes = cast<VectorType>(vectors[i].getType()).getNumElements();
    auto places = llvm::to_vector(llvm::seq<int64_t>(0, 2 * lanes));
    pairs.push_back(vector::ShuffleOp::create(context, vectors[i], vectors[i + 1], places));
  }
  return pairs;
}

SmallVector<Value> splitPairs(CpuContext &context, ArrayRef<Value> pairs) {
  SmallVector<Value> vectors;
  for (Value pair : pairs) {
    int64_t lanes = cast<VectorType>(pair.getType()).getNumElements() / 2;
    for (int64_t first : {int64_t(0), lanes})
      vectors.push_back(
          vector::ExtractStridedSliceOp::create(context, pair, {first}, {lanes}, {1}));
  }
  return vectors;
}

} // namespace mlir::tenon::kernel
