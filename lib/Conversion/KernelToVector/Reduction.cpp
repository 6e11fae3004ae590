//===- Reduction.cpp - Combining values in a fixed order ------------------===//

#include "Reduction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {

Value getIdentity(CpuContext &context, ReduceKind kind, Type type) {
  Type element = getElementTypeOrSelf(type);
  bool isFloat = isa<FloatType>(element);
  auto constant = [&](double real, int64_t integer) {
    return isFloat ? context.getFloat(type, real) : context.getInteger(type, integer);
  };
  if (kind == ReduceKind::Sum)
    return constant(0.0, 0);
  if (kind == ReduceKind::Prod)
    return constant(1.0, 1);
  double infinity = std::numeric_limits<double>::infinity();
  unsigned width = element.getIntOrFloatBitWidth();
  bool isBool = element.isInteger(1);
  if (kind == ReduceKind::Max)
    return constant(-infinity, isBool || isFloat ? 0 : llvm::minIntN(width));
  return constant(infinity, isBool || isFloat ? 1 : llvm::maxIntN(width));
}

Value combine(CpuContext &context, ReduceKind kind, Value lhs, Value rhs) {
  Type element = getElementTypeOrSelf(lhs);
  bool isFloat = isa<FloatType>(element);
  bool isBool = element.isInteger(1);
  switch (kind) {
  case ReduceKind::Sum:
    return isFloat ? Value(arith::AddFOp::create(context, lhs, rhs))
                   : Value(arith::AddIOp::create(context, lhs, rhs));
  case ReduceKind::Prod:
    return isFloat ? Value(arith::MulFOp::create(context, lhs, rhs))
                   : Value(arith::MulIOp::create(context, lhs, rhs));
  case ReduceKind::Max:
    if (isFloat)
      return arith::MaximumFOp::create(context, lhs, rhs);
    return isBool ? Value(arith::OrIOp::create(context, lhs, rhs))
                  : Value(arith::MaxSIOp::create(context, lhs, rhs));
  case ReduceKind::Min:
    if (isFloat)
      return arith::MinimumFOp::create(context, lhs, rhs);
    return isBool ? Value(arith::AndIOp::create(context, lhs, rhs))
                  : Value(arith::MinSIOp::create(context, lhs, rhs));
  }
  llvm_unreachable("unknown kind");
}

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
