//===- Tensor.cpp - Derivatives of arithmetic on tensors ------------------===//

#include "Models.h"
#include "ScalarGradient.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// gradient * df/dx_k elementwise, summed over what was repeated.
struct MapGradient : DifferentiableOpInterface::ExternalModel<MapGradient, MapOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool> wanted) const {
    auto map = cast<MapOp>(op);
    TensorBuilder tensors(builder, op->getLoc());
    SmallVector<Value> results, inputs = {gradient};
    llvm::append_range(inputs, map.getInputs());
    for (unsigned index = 0; index < map.getInputs().size(); ++index) {
      Value input = map.getInputs()[index];
      results.emplace_back();
      if (!wanted[index])
        continue;
      TenonTensorType type = map.getResult().getType();
      type = type.withElementType(typeOf(input).getElementType());
      FailureOr<Value> slope =
          tensors.mapOrZero(type, inputs, [&](OpBuilder &inner, Location at, ValueRange x) {
            return buildScalarGradient(inner, at, map.getBody().front(), x.drop_front(), x[0],
                                       index);
          });
      if (failed(slope))
        return failure();
      if (!*slope)
        continue;
      Value product = *slope;
      auto built = product.getDefiningOp<MapOp>();
      Block &body = built.getBody().front();
      // Sums pass the derivative on as it is.
      if (built.getInputs().size() == 1 && built.getInputs()[0] == gradient &&
          body.getTerminator()->getOperand(0) == body.getArgument(0)) {
        built.erase();
        product = gradient;
      }
      results.back() = tensors.sumTo(product, typeOf(input));
    }
    return results;
  }
};

struct ReduceGradient : DifferentiableOpInterface::ExternalModel<ReduceGradient, ReduceOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool>) const {
    auto reduce = cast<ReduceOp>(op);
    TensorBuilder tensors(builder, op->getLoc());
    Value x = reduce.getInput();
    TenonTensorType type = typeOf(x);
    ArrayRef<int64_t> axes = reduce.getAxes();
    switch (reduce.getKind()) {
    case ReduceKind::Mean:
      gradient = divide(tensors, gradient, type, axes);
      [[fallthrough]];
    case ReduceKind::Sum:
      return SmallVector<Value>{tensors.repeat(gradient, type, axesBut(type.getRank(), axes))};
    case ReduceKind::Max:
    case ReduceKind::Min:
      return SmallVector<Value>{ofExtreme(tensors, reduce, gradient)};
    case ReduceKind::Prod:
      return SmallVector<Value>{ofProduct(tensors, reduce, gradient)};
    }
    llvm_unreachable("all kinds are handled");
  }

  /// The derivative over the number of elements along `axes`.
  static Value divide(TensorBuilder &tensors, Value gradient, TenonTensorType type,
                      ArrayRef<int64_t> axes) {
    SizeAttr count = tensors.size(1);
    for (int64_t axis : axes)
      count = count.mul(type.getDim(axis));
    return tensors.map(typeOf(gradient), gradient,
                       [&](OpBuilder &inner, Location at, ValueRange x) -> Value {
                         Value number = ExtentOp::create(inner, at, x[0].getType(), count);
                         return arith::DivFOp::create(inner, at, x[0], number);
                       });
  }

  /// Equal ones among the greatest have equal shares.
  static Value ofExtreme(TensorBuilder &tensors, ReduceOp reduce, Value gradient) {
    Value x = reduce.getInput();
    ArrayRef<int64_t> axes = reduce.getAxes();
    Value y = tensors.insertUnits(reduce.getResult(), axes);
    Value isChosen = tensors.areEqual(x, y, typeOf(x).getElementType());
    Value count = tensors.reduce(ReduceKind::Sum, isChosen, axes);
    Value share = tensors.map(typeOf(gradient), {gradient, count},
                              [](OpBuilder &inner, Location at, ValueRange v) -> Value {
                                return arith::DivFOp::create(inner, at, v[0], v[1]);
                              });
    return tensors.multiply(isChosen, tensors.insertUnits(share, axes));
  }

  /// The product of the others: what is 0 is left out of the product and counted.
  static Value ofProduct(TensorBuilder &tensors, ReduceOp reduce, Value gradient) {
    Value x = reduce.getInput();
    TenonTensorType type = typeOf(x);
    ArrayRef<int64_t> axes = reduce.getAxes();
    Value zero = tensors.fill(type.withShape({}), 0);
    Value isZero = tensors.areEqual(x, zero, type.getElementType());
    Value others =
        tensors.map(type, {x, isZero}, [](OpBuilder &inner, Location at, ValueRange v) -> Value {
          return arith::AddFOp::create(inner, at, v[0], v[1]);
        });
    Value zeros = tensors.reduceKeeping(ReduceKind::Sum, isZero, axes);
    Value product = tensors.reduceKeeping(ReduceKind::Prod, others, axes);
    return tensors.map(
        type, {tensors.insertUnits(gradient, axes), x, others, isZero, zeros, product},
        [](OpBuilder &inner, Location at, ValueRange v) -> Value {
          // v: gradient, x, x or 1, whether x is 0, how many are, the product of the rest.
          Value scaled = arith::MulFOp::create(inner, at, v[0], v[5]);
          Value share = arith::DivFOp::create(inner, at, scaled, v[2]);
          Value isAlone = arith::CmpFOp::create(inner, at, arith::CmpFPredicate::OEQ, v[3], v[4]);
          Value none = arith::ConstantOp::create(
              inner, at, cast<TypedAttr>(inner.getFloatAttr(v[0].getType(), 0)));
          return arith::SelectOp::create(inner, at, isAlone, share, none);
        });
  }
};

struct ContractGradient : DifferentiableOpInterface::ExternalModel<ContractGradient, ContractOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool> wanted) const {
    auto product = cast<ContractOp>(op);
    TensorBuilder tensors(builder, op->getLoc());
    SmallVector<Value> results(2);
    if (wanted[0])
      results[0] = tensors.contract(gradient, product.getResultIndices(), product.getRhs(),
                                    product.getRhsIndices(), product.getLhsIndices());
    if (wanted[1])
      results[1] = tensors.contract(gradient, product.getResultIndices(), product.getLhs(),
                                    product.getLhsIndices(), product.getRhsIndices());
    return results;
  }
};

} // namespace

void mlir::tenon::attachTensorGradients(MLIRContext &context) {
  ContractOp::attachInterface<ContractGradient>(context);
  MapOp::attachInterface<MapGradient>(context);
  ReduceOp::attachInterface<ReduceGradient>(context);
}
