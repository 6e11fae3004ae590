//===- TensorOrder.cpp - Derivatives along an order -----------------------===//

#include "Models.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// The running sum from the other end.
struct CumsumGradient : DifferentiableOpInterface::ExternalModel<CumsumGradient, CumsumOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool>) const {
    TensorBuilder tensors(builder, op->getLoc());
    int64_t axis = cast<CumsumOp>(op).getAxis();
    TenonTensorType type = typeOf(gradient);
    SizeAttr count = type.getDim(axis);
    auto places = TenonTensorType::get(ArrayRef<SizeAttr>{count}, builder.getI64Type());
    Value backwards = tensors.map(places, IotaOp::create(builder, op->getLoc(), places).getResult(),
                                  [&](OpBuilder &inner, Location at, ValueRange x) -> Value {
                                    Value last =
                                        ExtentOp::create(inner, at, x[0].getType(), count.add(-1));
                                    return arith::SubIOp::create(inner, at, last, x[0]);
                                  });
    auto flip = [&](Value value) -> Value {
      return GatherOp::create(builder, op->getLoc(), type, value, backwards, axis);
    };
    return SmallVector<Value>{
        flip(CumsumOp::create(builder, op->getLoc(), type, flip(gradient), axis))};
  }
};

} // namespace

void mlir::tenon::attachOrderGradients(MLIRContext &context) {
  CumsumOp::attachInterface<CumsumGradient>(context);
}
