//===- ConvLowering.cpp - Convolution as a windowed matrix product --------===//
//
// Where each channel is convolved by itself there is no product of matrices: a map takes
// all places of the window, from a copy with zeros around it where there are pads.
//
//===----------------------------------------------------------------------===//

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"
#include "tenon/Conversion/TenonToKernel/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::tenon;
using kernel::DimRole;

/// The places of a window that a map may read.
constexpr int64_t kMostPlaces = 64;

/// The number of a window's places where each channel has a window of its own, which moves
/// on by one along the last axis; 0 for other convolutions.
static int64_t countPlaces(ConvOp conv) {
  TenonTensorType filter = conv.getFilter().getType(), input = conv.getInput().getType();
  if (!filter.getDim(1).isOne() || conv.getGroups() == 1 || conv.getStrides().back() != 1 ||
      !input.getElementType().isF32())
    return 0;
  int64_t places = 1;
  for (SizeAttr size : filter.getShape().drop_front(2))
    places *= *size.getConstant();
  return places <= kMostPlaces ? places : 0;
}

/// The input with as many zeros around it as the pads say.
static View padInput(ConvOp conv, KernelLowering &lowering) {
  View input = lowering.getView(conv.getInput());
  ArrayRef<int64_t> pads = conv.getPads();
  if (llvm::all_of(pads, [](int64_t pad) { return pad == 0; }))
    return input;
  Location loc = conv.getLoc();
  TenonTensorType type = conv.getInput().getType();
  SmallVector<SizeAttr> shape(type.getShape());
  for (auto [axis, pad] : llvm::enumerate(pads))
    shape[axis + 2] = shape[axis + 2].add(2 * pad);
  TenonTensorType wide = type.withShape(shape);
  Value zeros = lowering.createEmpty(loc, wide);
  View padded = lowering.getView(zeros);
  auto addDims = [](DomainBuilder &domain, ArrayRef<SizeAttr> sizes) {
    return llvm::map_to_vector(
        sizes, [&](SizeAttr size) { return int64_t(domain.add(DimRole::Rows, size)); });
  };
  DomainBuilder all = lowering.createDomain();
  SmallVector<int64_t> dims = addDims(all, shape);
  zeros = lowering.createRows(loc, all, {}, {}, zeros, all.access(padded, dims),
                              [](OpBuilder &builder, Location at, ValueRange) -> Value {
                                return arith::ConstantOp::create(builder, at,
                                                                 builder.getF32FloatAttr(0));
                              });
  DomainBuilder inner = lowering.createDomain();
  dims = addDims(inner, type.getShape());
  View inside = padded;
  for (auto [axis, pad] : llvm::enumerate(pads))
    inside.offset = inside.offset.add(padded.strides[axis + 2].mul(pad));
  padded.buffer = lowering.createRows(loc, inner, input.buffer, inner.access(input, dims), zeros,
                                      inner.access(inside, dims), yieldFirst);
  return padded;
}

/// The sum over the window's places of an element times the filter's, one after the other.
static void lowerToMap(ConvOp conv, KernelLowering &lowering) {
  View input = padInput(conv, lowering), filter = lowering.getView(conv.getFilter());
  TenonTensorType filterType = conv.getFilter().getType(), resultType = conv.getResult().getType();
  MLIRContext *context = conv.getContext();
  size_t spatial = filterType.getRank() - 2;
  SizeAttr groups = SizeAttr::get(context, conv.getGroups());
  SizeAttr outputs = filterType.getDim(0).divideExactly(groups);
  Value destination = lowering.createEmpty(conv.getLoc(), resultType);
  View result = lowering.getView(destination);

  DomainBuilder domain = lowering.createDomain();
  SmallVector<std::pair<unsigned, SizeAttr>> inputAccess, filterAccess, resultAccess;
  auto add = [&](SizeAttr size, SizeAttr ofInput, SizeAttr ofFilter, SizeAttr ofResult) {
    unsigned dim = domain.add(DimRole::Rows, size);
    inputAccess.emplace_back(dim, ofInput);
    filterAccess.emplace_back(dim, ofFilter);
    resultAccess.emplace_back(dim, ofResult);
  };
  SizeAttr zero = SizeAttr::get(context, 0);
  add(resultType.getDim(0), input.strides[0], zero, result.strides[0]);
  add(groups, input.strides[1], filter.strides[0].mul(outputs), result.strides[1].mul(outputs));
  add(outputs, zero, filter.strides[0], result.strides[1]);
  for (size_t axis = 0; axis < spatial; ++axis)
    add(resultType.getDim(axis + 2), input.strides[axis + 2].mul(conv.getStrides()[axis]), zero,
        result.strides[axis + 2]);

  SmallVector<Value> inputs;
  SmallVector<kernel::AccessAttr> accesses;
  for (int64_t number = 0, count = countPlaces(conv); number < count; ++number) {
    int64_t rest = number;
    SizeAttr inputStart = input.offset, filterStart = filter.offset;
    for (size_t axis = spatial; axis-- > 0;) {
      int64_t size = *filterType.getDim(axis + 2).getConstant(), at = rest % size;
      rest /= size;
      inputStart = inputStart.add(input.strides[axis + 2].mul(at * conv.getDilations()[axis]));
      filterStart = filterStart.add(filter.strides[axis + 2].mul(at));
    }
    inputs.append({input.buffer, filter.buffer});
    accesses.append(
        {domain.access(inputStart, inputAccess), domain.access(filterStart, filterAccess)});
  }
  lowering.setBuffer(conv.getResult(),
                     lowering.createRows(
                         conv.getLoc(), domain, inputs, accesses, destination,
                         domain.access(result.offset, resultAccess),
                         [](OpBuilder &builder, Location loc, ValueRange values) -> Value {
                           Value sum = arith::MulFOp::create(builder, loc, values[0], values[1]);
                           for (size_t i = 2; i < values.size(); i += 2)
                             sum = math::FmaOp::create(builder, loc, values[i], values[i + 1], sum);
                           return sum;
                         }));
}

namespace {

/// Rows are batch and output positions, columns output channels (of one group),
/// sums input channels (of one group) and window offsets.
struct ConvLowering : public KernelLoweringOpInterface::ExternalModel<ConvLowering, ConvOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto conv = cast<ConvOp>(op);
    if (countPlaces(conv) != 0) {
      lowerToMap(conv, lowering);
      return success();
    }
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
