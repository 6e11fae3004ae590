//===- Norm.cpp - Derivatives of normalizations ---------------------------===//

#include "Models.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// y (g - sum g y) along the axis.
struct SoftmaxGradient : DifferentiableOpInterface::ExternalModel<SoftmaxGradient, SoftmaxOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool>) const {
    auto softmax = cast<SoftmaxOp>(op);
    TensorBuilder tensors(builder, op->getLoc());
    Value y = softmax.getResult(), weighted = tensors.multiply(gradient, y);
    Value mean = tensors.reduceKeeping(ReduceKind::Sum, weighted, int64_t(softmax.getAxis()));
    return SmallVector<Value>{tensors.map(
        typeOf(y), {y, gradient, mean}, [](OpBuilder &inner, Location at, ValueRange v) -> Value {
          Value difference = arith::SubFOp::create(inner, at, v[1], v[2]);
          return arith::MulFOp::create(inner, at, v[0], difference);
        })};
  }
};

/// (g - mean g - y mean (g y)) / sqrt(var + eps) along the axes (Ioffe and Szegedy
/// 2015, section 3, with the mean and variance of the line).
struct NormalizeGradient
    : DifferentiableOpInterface::ExternalModel<NormalizeGradient, NormalizeOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool>) const {
    auto normalize = cast<NormalizeOp>(op);
    TensorBuilder tensors(builder, op->getLoc());
    ArrayRef<int64_t> axes = normalize.getAxes();
    Value x = normalize.getInput(), y = normalize.getResult();
    TenonTensorType type = typeOf(x);
    auto mean = [&](Value value) { return tensors.reduceKeeping(ReduceKind::Mean, value, axes); };
    Value square =
        tensors.map(type, {x, mean(x)}, [](OpBuilder &inner, Location at, ValueRange v) -> Value {
          Value centered = arith::SubFOp::create(inner, at, v[0], v[1]);
          return arith::MulFOp::create(inner, at, centered, centered);
        });
    Value variance = mean(square);
    Value meanGradient = mean(gradient), along = mean(tensors.multiply(gradient, y));
    double eps = normalize.getEps().convertToDouble();
    return SmallVector<Value>{
        tensors.map(type, {gradient, meanGradient, y, along, variance},
                    [&](OpBuilder &inner, Location at, ValueRange v) -> Value {
                      Value part = arith::MulFOp::create(inner, at, v[2], v[3]);
                      Value rest = arith::SubFOp::create(inner, at, v[0], v[1]);
                      rest = arith::SubFOp::create(inner, at, rest, part);
                      Value small = arith::ConstantOp::create(
                          inner, at, cast<TypedAttr>(inner.getFloatAttr(v[4].getType(), eps)));
                      Value sum = arith::AddFOp::create(inner, at, v[4], small);
                      Value deviation = math::SqrtOp::create(inner, at, sum);
                      return arith::DivFOp::create(inner, at, rest, deviation);
                    })};
  }
};

} // namespace

void mlir::tenon::attachNormGradients(MLIRContext &context) {
  NormalizeOp::attachInterface<NormalizeGradient>(context);
  SoftmaxOp::attachInterface<SoftmaxGradient>(context);
}
