//===- RowGroups.cpp - Rows in the order of their groups ------------------===//

#include "RowGroups.h"

using namespace mlir;
using namespace mlir::tenon;
using kernel::DimRole;

Value mlir::tenon::getPartition(Location loc, Value ids, SizeAttr groups,
                                KernelLowering &lowering) {
  Value &known = lowering.getShared(ids, groups);
  if (known)
    return known;
  OpBuilder &builder = lowering.builder;
  auto type = cast<TenonTensorType>(ids.getType());
  View view = lowering.getView(ids);
  DomainBuilder domain = lowering.createDomain();
  SmallVector<int64_t> dims;
  for (SizeAttr size : type.getShape())
    dims.push_back(domain.add(DimRole::Rows, size));
  if (dims.empty())
    domain.add(DimRole::Rows, SizeAttr::get(builder.getContext(), 1));
  SizeAttr length = type.getNumElements().add(groups).add(1);
  Value destination = lowering.createEmpty(loc, type.withShape(length));
  auto partition = kernel::PartitionOp::create(
      builder, loc, destination.getType(), view.buffer, destination, domain.getDomain(),
      builder.getArrayAttr(
          {domain.access(view, dims), domain.access(SizeAttr::get(builder.getContext(), 0), {})}),
      *groups.getConstant());
  buildIdentityRegion(builder, partition.getEpilogue(), type.getElementType(), loc);
  return known = partition.getResult();
}

/// The view with the axes in this order, the first `numRows` as one; nothing when they
/// are not evenly spaced.
static std::optional<View> mergeRows(const View &view, ArrayRef<SizeAttr> shape,
                                     ArrayRef<int64_t> axes, size_t numRows) {
  View merged{view.buffer, view.offset, {view.strides[axes[numRows - 1]]}};
  for (size_t i = numRows - 1; i > 0; --i)
    if (view.strides[axes[i - 1]] != view.strides[axes[i]].mul(shape[axes[i]]))
      return std::nullopt;
  for (int64_t axis : axes.drop_front(numRows))
    merged.strides.push_back(view.strides[axis]);
  return merged;
}

Value mlir::tenon::sortByGroup(Location loc, Value value, ArrayRef<int64_t> axes, Value ids,
                               SizeAttr groups, KernelLowering &lowering) {
  // The same value may be walked in other orders, too.
  Attribute order = lowering.builder.getDenseI64ArrayAttr(axes);
  if (Value known = lowering.getShared(value, ids, order))
    return known;
  auto type = cast<TenonTensorType>(value.getType());
  SizeAttr numRows = cast<TenonTensorType>(ids.getType()).getNumElements();
  size_t rank = cast<TenonTensorType>(ids.getType()).getRank();
  std::optional<View> source = mergeRows(lowering.getView(value), type.getShape(), axes, rank);
  SmallVector<SizeAttr> shape = {numRows};
  for (int64_t axis : axes.drop_front(rank))
    shape.push_back(type.getDim(axis));
  if (!source) {
    View copy = lowering.copyInOrder(loc, value, axes);
    source = View{copy.buffer, copy.offset, getContiguousStrides(shape, loc.getContext())};
  }
  DomainBuilder domain = lowering.createDomain();
  SmallVector<int64_t> dims = {domain.add(DimRole::Rows, numRows)}, sourceDims = {-1};
  for (SizeAttr size : ArrayRef(shape).drop_front()) {
    dims.push_back(domain.add(DimRole::Cols, size));
    sourceDims.push_back(dims.back());
  }
  SizeAttr stride = source->strides.front();
  // The list of rows lies behind the groups' starts.
  Value partition = getPartition(loc, ids, groups, lowering);
  View list{partition, groups.add(1), {SizeAttr::get(loc.getContext(), 1)}};
  Value destination = lowering.createEmpty(loc, type.withShape(shape));
  OpBuilder &builder = lowering.builder;
  auto sorted = kernel::IndexOp::create(
      builder, loc, destination.getType(), ValueRange{source->buffer, partition}, destination,
      domain.getDomain(),
      builder.getArrayAttr({domain.access(*source, sourceDims),
                            domain.access(list, ArrayRef(dims).take_front()),
                            domain.access(lowering.getView(destination), dims)}),
      numRows, stride);
  buildIdentityRegion(builder, sorted.getEpilogue(), type.getElementType(), loc);
  return lowering.getShared(value, ids, order) = sorted.getResult();
}
