//===- NormLowering.cpp - Normalization along rows ------------------------===//

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"
#include "tenon/Conversion/TenonToKernel/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::tenon;
using kernel::DimRole;

namespace {

/// Two passes for the statistics, a third that scales:
///   mean = sum x / n;  var = sum (x - mean)^2 / n;  y = (x - mean) * (1 / sqrt(var + eps)).
struct NormalizeLowering
    : public KernelLoweringOpInterface::ExternalModel<NormalizeLowering, NormalizeOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto normalize = cast<NormalizeOp>(op);
    TenonTensorType type = normalize.getInput().getType();
    DomainBuilder domain = lowering.createDomain();
    SmallVector<int64_t> dims;
    SizeAttr count = SizeAttr::get(op->getContext(), 1);
    for (auto [axis, size] : llvm::enumerate(type.getShape())) {
      bool isReduced = llvm::is_contained(normalize.getAxes(), int64_t(axis));
      dims.push_back(domain.add(isReduced ? DimRole::Sum : DimRole::Rows, size));
      if (isReduced)
        count = count.mul(size);
    }
    View view = lowering.getView(normalize.getInput());
    Value destination = lowering.createEmpty(op->getLoc(), type);
    Value result = lowering.createRows(
        op->getLoc(), domain, view.buffer, domain.access(view, dims), destination,
        domain.access(lowering.getView(destination), dims),
        [&](OpBuilder &builder, Location loc, ValueRange arguments) -> Value {
          Value x = arguments[0];
          Value n = ExtentOp::create(builder, loc, x.getType(), count);
          auto mean = [&](Value value) -> Value {
            Value sum = kernel::ReduceOp::create(builder, loc, kernel::ReduceKind::Sum, value);
            return arith::DivFOp::create(builder, loc, sum, n);
          };
          Value centered = arith::SubFOp::create(builder, loc, x, mean(x));
          Value variance = mean(arith::MulFOp::create(builder, loc, centered, centered));
          Value eps = arith::ConstantOp::create(
              builder, loc, builder.getF32FloatAttr(normalize.getEps().convertToDouble()));
          Value deviation = math::SqrtOp::create(
              builder, loc, arith::AddFOp::create(builder, loc, variance, eps));
          Value one = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(1.0f));
          Value scale = arith::DivFOp::create(builder, loc, one, deviation);
          return arith::MulFOp::create(builder, loc, centered, scale);
        });
    lowering.setBuffer(normalize.getResult(), result);
    return success();
  }
};

} // namespace

void mlir::tenon::registerNormLowerings(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TenonDialect *) {
    NormalizeOp::attachInterface<NormalizeLowering>(*context);
  });
}
