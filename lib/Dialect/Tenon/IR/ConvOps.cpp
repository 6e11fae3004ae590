//===- ConvOps.cpp - Convolution ------------------------------------------===//

#include "OpSupport.h"

using namespace mlir;
using namespace mlir::tenon;

LogicalResult ConvOp::verify() {
  TenonTensorType input = getInput().getType(), filter = getFilter().getType(),
                  result = getResult().getType();
  int64_t rank = input.getRank(), spatial = rank - 2;
  if (rank < 3 || filter.getRank() != rank || result.getRank() != rank)
    return emitOpError() << "C1: ranks " << rank << ", " << filter.getRank() << " and "
                         << result.getRank() << "; expected one rank of at least 3";
  auto atLeast = [](ArrayRef<int64_t> values, int64_t least) {
    return llvm::all_of(values, [=](int64_t value) { return value >= least; });
  };
  if (int64_t(getStrides().size()) != spatial || int64_t(getPads().size()) != spatial ||
      int64_t(getDilations().size()) != spatial)
    return emitOpError() << "C2: expected " << spatial << " strides, pads and dilations";
  if (!atLeast(getStrides(), 1) || !atLeast(getDilations(), 1) || !atLeast(getPads(), 0) ||
      int64_t(getGroups()) < 1)
    return emitOpError() << "C2: strides, dilations and groups are 1 or more, pads 0 or more";
  int64_t groups = getGroups();
  if (filter.getDim(1).mul(groups) != input.getDim(1))
    return emitMismatch(*this, "C3", "channels of x", filter.getDim(1).mul(groups).toString(),
                        input.getDim(1).toString());
  if (!filter.getDim(1).isConstant())
    return emitMismatch(*this, "C4", "channels of w", "a constant", filter.getDim(1).toString());
  std::optional<int64_t> outputs = filter.getDim(0).getConstant();
  if (!outputs || *outputs % groups != 0)
    return emitMismatch(*this, "C3", "output channels", "a multiple of " + Twine(groups),
                        filter.getDim(0).toString());
  SmallVector<SizeAttr> shape = {input.getDim(0), filter.getDim(0)};
  for (int64_t axis : llvm::seq<int64_t>(0, spatial)) {
    std::optional<int64_t> size = input.getDim(axis + 2).getConstant();
    std::optional<int64_t> window = filter.getDim(axis + 2).getConstant();
    if (!window || *window < 1)
      return emitOpError() << "C4: the window of spatial axis " << axis
                           << " must have a constant positive size";
    int64_t reach = getDilations()[axis] * (*window - 1) + 1;
    if (!size) {
      SizeAttr stride = SizeAttr::get(getContext(), getStrides()[axis]);
      SizeAttr steps = input.getDim(axis + 2).add(-reach).divideExactly(stride);
      if (getPads()[axis] != 0 || !steps)
        return emitOpError() << "C4: spatial axis " << axis
                             << " is symbolic: expected no pad, and strides that end with it";
      shape.push_back(steps.add(1));
      continue;
    }
    int64_t span = *size + 2 * getPads()[axis] - reach;
    if (span < 0)
      return emitOpError() << "C4: the window of spatial axis " << axis
                           << " is larger than the padded input";
    shape.push_back(SizeAttr::get(getContext(), span / getStrides()[axis] + 1));
  }
  if (result != input.withShape(shape))
    return emitOpError() << "C4: result; expected " << input.withShape(shape) << ", got " << result;
  return success();
}
