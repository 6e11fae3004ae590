//===- ConvLowering.cpp - Convolution as a windowed matrix product --------===//

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"
#include "tenon/Conversion/TenonToKernel/Passes.h"

using namespace mlir;
using namespace mlir::tenon;
using kernel::DimRole;

namespace {

/// Rows are batch and output positions, columns output channels (of one group),
/// sums input channels (of one group) and window offsets.
struct ConvLowering : public KernelLoweringOpInterface::ExternalModel<ConvLowering, ConvOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto conv = cast<ConvOp>(op);
    Location loc = op->getLoc();
    OpBuilder &builder = lowering.builder;
    TenonTensorType inputType = conv.getInput().getType(), filterType = conv.getFilter().getType(),
                    resultType = conv.getResult().getType();
    int64_t spatial = inputType.getRank() - 2, groups = conv.getGroups();
    View input = lowering.getView(conv.getInput());
    // The filter's channels and window are one sum: contiguous in each channel.
    View filter = lowering.getView(conv.getFilter());
    SmallVector<SizeAttr> contiguous =
        getContiguousStrides(filterType.getShape(), op->getContext());
    if (ArrayRef(filter.strides).drop_front() != ArrayRef(contiguous).drop_front())
      filter = lowering.copyInOrder(loc, conv.getFilter(),
                                    llvm::to_vector(llvm::seq<int64_t>(0, spatial + 2)));
    Value destination = lowering.createEmpty(loc, resultType);
    View result = lowering.getView(destination);

    DomainBuilder domain = lowering.createDomain();
    SmallVector<std::pair<unsigned, SizeAttr>> inputAccess, filterAccess, resultAccess;
    SizeAttr channels = filterType.getDim(1);
    SizeAttr outputs = filterType.getDim(0).divideExactly(SizeAttr::get(op->getContext(), groups));
    if (groups > 1) {
      unsigned group = domain.add(DimRole::Batch, SizeAttr::get(op->getContext(), groups));
      inputAccess.emplace_back(group, input.strides[1].mul(channels));
      filterAccess.emplace_back(group, filter.strides[0].mul(outputs));
      resultAccess.emplace_back(group, result.strides[1].mul(outputs));
    }
    unsigned batch = domain.add(DimRole::Rows, inputType.getDim(0));
    inputAccess.emplace_back(batch, input.strides[0]);
    resultAccess.emplace_back(batch, result.strides[0]);
    SmallVector<unsigned> positions, offsets;
    for (int64_t axis = 0; axis < spatial; ++axis) {
      positions.push_back(domain.add(DimRole::Rows, resultType.getDim(axis + 2)));
      inputAccess.emplace_back(positions.back(),
                               input.strides[axis + 2].mul(conv.getStrides()[axis]));
      resultAccess.emplace_back(positions.back(), result.strides[axis + 2]);
    }
    unsigned column = domain.add(DimRole::Cols, outputs);
    filterAccess.emplace_back(column, filter.strides[0]);
    resultAccess.emplace_back(column, result.strides[1]);
    unsigned channel = domain.add(DimRole::Sum, channels);
    inputAccess.emplace_back(channel, input.strides[1]);
    filterAccess.emplace_back(channel, filter.strides[1]);
    SmallVector<int64_t> bounds;
    SizeAttr start = input.offset;
    for (int64_t axis = 0; axis < spatial; ++axis) {
      offsets.push_back(domain.add(DimRole::Sum, filterType.getDim(axis + 2)));
      int64_t dilation = conv.getDilations()[axis], pad = conv.getPads()[axis];
      inputAccess.emplace_back(offsets.back(), input.strides[axis + 2].mul(dilation));
      filterAccess.emplace_back(offsets.back(), filter.strides[axis + 2]);
      if (pad == 0)
        continue;
      start = start.sub(input.strides[axis + 2].mul(pad));
      bounds.append({positions[axis], offsets[axis], conv.getStrides()[axis], dilation, pad,
                     *inputType.getDim(axis + 2).getConstant()});
    }

    auto window =
        kernel::WindowOp::create(builder, loc, resultType, ValueRange{input.buffer, filter.buffer},
                                 destination, domain.getDomain(),
                                 builder.getArrayAttr({domain.access(start, inputAccess),
                                                       domain.access(filter.offset, filterAccess),
                                                       domain.access(result.offset, resultAccess)}),
                                 builder.getDenseI64ArrayAttr(bounds), IntegerAttr());
    buildIdentityRegion(builder, window.getEpilogue(), builder.getF32Type(), loc);
    lowering.setBuffer(conv.getResult(), window.getResult());
    return success();
  }
};

} // namespace

void mlir::tenon::registerConvLowerings(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TenonDialect *) {
    ConvOp::attachInterface<ConvLowering>(*context);
  });
}
