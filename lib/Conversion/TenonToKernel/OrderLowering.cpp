//===- OrderLowering.cpp - Cumsum, argsort --------------------------------===//

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"
#include "tenon/Conversion/TenonToKernel/Passes.h"

using namespace mlir;
using namespace mlir::tenon;
using kernel::DimRole;

/// Creates the kernel `KernelOp` on the lines of `input` along `axis`.
template <typename KernelOp, typename... Attributes>
static void lowerLines(KernelLowering &lowering, TypedValue<TenonTensorType> input, int64_t axis,
                       TypedValue<TenonTensorType> result, Attributes... attributes) {
  DomainBuilder domain = lowering.createDomain();
  SmallVector<int64_t> dims;
  for (auto [i, size] : llvm::enumerate(input.getType().getShape()))
    dims.push_back(domain.add(int64_t(i) == axis ? DimRole::Sum : DimRole::Batch, size));
  View view = lowering.getView(input);
  OpBuilder &builder = lowering.builder;
  Location loc = result.getLoc();
  Value destination = lowering.createEmpty(loc, result.getType());
  auto kernel = KernelOp::create(
      builder, loc, destination.getType(), view.buffer, destination, domain.getDomain(),
      builder.getArrayAttr(
          {domain.access(view, dims), domain.access(lowering.getView(destination), dims)}),
      attributes...);
  buildIdentityRegion(builder, kernel.getEpilogue(), result.getType().getElementType(), loc);
  lowering.setBuffer(result, kernel.getResult());
}

namespace {

struct CumsumLowering : public KernelLoweringOpInterface::ExternalModel<CumsumLowering, CumsumOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto cumsum = cast<CumsumOp>(op);
    lowerLines<kernel::ScanOp>(lowering, cumsum.getInput(), cumsum.getAxis(), cumsum.getResult());
    return success();
  }
};

struct ArgsortLowering
    : public KernelLoweringOpInterface::ExternalModel<ArgsortLowering, ArgsortOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto argsort = cast<ArgsortOp>(op);
    lowerLines<kernel::ArgsortOp>(lowering, argsort.getInput(), argsort.getAxis(),
                                  argsort.getResult(), argsort.getDescending());
    return success();
  }
};

} // namespace

void mlir::tenon::registerOrderLowerings(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TenonDialect *) {
    CumsumOp::attachInterface<CumsumLowering>(*context);
    ArgsortOp::attachInterface<ArgsortLowering>(*context);
  });
}
