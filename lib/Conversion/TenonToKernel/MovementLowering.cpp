//===- MovementLowering.cpp - Views, and copies where there is none -------===//

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"
#include "tenon/Conversion/TenonToKernel/Passes.h"

using namespace mlir;
using namespace mlir::tenon;
using kernel::DimRole;

namespace {

/// The factors of a rearrangement and how the input walks along each.
struct Factors {
  SmallVector<SizeAttr> sizes;
  SmallVector<SizeAttr> strides;
};

Factors getFactors(RearrangeOp op, const View &input) {
  Factors factors;
  factors.strides.resize(op.getFactors().size());
  for (Attribute factor : op.getFactors())
    factors.sizes.push_back(cast<SizeAttr>(factor));
  int64_t end = 0;
  for (auto [axis, count] : llvm::enumerate(op.getInputGroups())) {
    end += count;
    SizeAttr stride = input.strides[axis];
    for (int64_t factor = end - 1; factor >= end - count; --factor) {
      factors.strides[factor] = stride;
      stride = stride.mul(factors.sizes[factor]);
    }
  }
  return factors;
}

/// The view of `input` under a rearrangement, or nothing when the elements of a
/// merged axis are not evenly spaced.
std::optional<View> rearrangeView(RearrangeOp op, const View &input, const Factors &factors) {
  // Merge factors that follow one another evenly.
  View result{input.buffer, input.offset, {}};
  int64_t next = 0;
  for (int64_t count : op.getResultGroups()) {
    SizeAttr stride, reach; // stride of the last factor; what the next outer one must have
    for (int64_t position = next + count - 1; position >= next; --position) {
      int64_t factor = op.getPermutation()[position];
      if (factors.sizes[factor].isOne())
        continue;
      if (!stride)
        stride = factors.strides[factor];
      else if (reach != factors.strides[factor])
        return std::nullopt;
      reach = factors.strides[factor].mul(factors.sizes[factor]);
    }
    result.strides.push_back(stride ? stride : SizeAttr::get(op.getContext(), 1));
    next += count;
  }
  return result;
}

/// A rearrangement is a view when elements stay evenly spaced and the last axis
/// stays contiguous; else the result is written in its own order by a copy that
/// fusion joins to the producer.
struct RearrangeLowering
    : public KernelLoweringOpInterface::ExternalModel<RearrangeLowering, RearrangeOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto rearrange = cast<RearrangeOp>(op);
    View input = lowering.getView(rearrange.getInput());
    Factors factors = getFactors(rearrange, input);
    std::optional<View> view = rearrangeView(rearrange, input, factors);
    if (view && isLastAxisContiguous(rearrange, input, *view))
      lowering.setView(rearrange.getResult(), *view);
    else
      lowering.setBuffer(rearrange.getResult(), copyFactors(rearrange, input, factors, lowering));
    return success();
  }

  /// Stride of the last axis that is not of size 1.
  static SizeAttr lastStride(TenonTensorType type, const View &view) {
    for (int64_t axis = type.getRank() - 1; axis >= 0; --axis)
      if (!type.getDim(axis).isOne())
        return view.strides[axis];
    return {};
  }

  static bool isLastAxisContiguous(RearrangeOp op, const View &input, const View &result) {
    SizeAttr stride = lastStride(op.getResult().getType(), result);
    return !stride || stride.isOne() || stride == lastStride(op.getInput().getType(), input);
  }

  /// Copies with one dimension per factor, in the order of the result.
  static Value copyFactors(RearrangeOp op, const View &input, const Factors &factors,
                           KernelLowering &lowering) {
    MLIRContext *context = op.getContext();
    DomainBuilder domain = lowering.createDomain();
    SmallVector<int64_t> dims;
    SmallVector<SizeAttr> resultSizes;
    View source{input.buffer, input.offset, {}};
    for (int64_t factor : op.getPermutation()) {
      dims.push_back(domain.add(DimRole::Rows, factors.sizes[factor]));
      resultSizes.push_back(factors.sizes[factor]);
      source.strides.push_back(factors.strides[factor]);
    }
    Value destination = lowering.createEmpty(op.getLoc(), op.getResult().getType());
    View target{destination, SizeAttr::get(context, 0), getContiguousStrides(resultSizes, context)};
    return lowering.createRows(op.getLoc(), domain, input.buffer, domain.access(source, dims),
                               destination, domain.access(target, dims), yieldFirst);
  }
};

/// Repeated axes have stride 0.
struct BroadcastLowering
    : public KernelLoweringOpInterface::ExternalModel<BroadcastLowering, BroadcastOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto broadcast = cast<BroadcastOp>(op);
    View input = lowering.getView(broadcast.getInput());
    SmallVector<SizeAttr> strides(broadcast.getResult().getType().getRank(),
                                  SizeAttr::get(op->getContext(), 0));
    for (auto [axis, target] : llvm::enumerate(broadcast.getAxes()))
      if (!broadcast.getInput().getType().getDim(axis).isOne())
        strides[target] = input.strides[axis];
    lowering.setView(broadcast.getResult(), {input.buffer, input.offset, strides});
    return success();
  }
};

struct SliceLowering : public KernelLoweringOpInterface::ExternalModel<SliceLowering, SliceOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto slice = cast<SliceOp>(op);
    View view = lowering.getView(slice.getInput());
    for (auto [axis, stride] : llvm::enumerate(view.strides)) {
      view.offset = view.offset.add(cast<SizeAttr>(slice.getStarts()[axis]).mul(stride));
      stride = stride.mul(slice.getSteps()[axis]);
    }
    lowering.setView(slice.getResult(), view);
    return success();
  }
};

/// Each operand is copied to its place; fusion lets producers write there.
struct ConcatLowering : public KernelLoweringOpInterface::ExternalModel<ConcatLowering, ConcatOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto concat = cast<ConcatOp>(op);
    Value result = lowering.createEmpty(op->getLoc(), concat.getResult().getType());
    View target = lowering.getView(result);
    for (Value input : concat.getInputs()) {
      auto type = cast<TenonTensorType>(input.getType());
      DomainBuilder domain = lowering.createDomain();
      SmallVector<int64_t> dims;
      for (SizeAttr size : type.getShape())
        dims.push_back(domain.add(DimRole::Rows, size));
      View source = lowering.getView(input);
      result = lowering.createRows(op->getLoc(), domain, source.buffer, domain.access(source, dims),
                                   result, domain.access(target, dims), yieldFirst);
      int64_t axis = concat.getAxis();
      target.offset = target.offset.add(target.strides[axis].mul(type.getDim(axis)));
    }
    lowering.setBuffer(concat.getResult(), result);
    return success();
  }
};

} // namespace

void mlir::tenon::registerMovementLowerings(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TenonDialect *) {
    RearrangeOp::attachInterface<RearrangeLowering>(*context);
    BroadcastOp::attachInterface<BroadcastLowering>(*context);
    SliceOp::attachInterface<SliceLowering>(*context);
    ConcatOp::attachInterface<ConcatLowering>(*context);
  });
}
