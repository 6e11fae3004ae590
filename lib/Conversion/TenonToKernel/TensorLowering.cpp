//===- TensorLowering.cpp - Maps, reductions, gathers, constants ----------===//

#include "RowGroups.h"

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"
#include "tenon/Conversion/TenonToKernel/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::tenon;
using kernel::AccessAttr;
using kernel::DimRole;

namespace {
/// Buffers with their accesses.
struct ReadInputs {
  SmallVector<Value> buffers;
  SmallVector<AccessAttr> accesses;
};
} // namespace

/// How `inputs`, repeated to a shape whose axes are `dims`, are read.
static ReadInputs readRepeated(ValueRange inputs, ArrayRef<int64_t> dims,
                               const DomainBuilder &domain, KernelLowering &lowering) {
  ReadInputs read;
  for (Value input : inputs) {
    View view = lowering.getView(input);
    auto type = cast<TenonTensorType>(input.getType());
    SmallVector<int64_t> inputDims(dims.take_back(type.getRank()));
    for (auto [axis, size] : llvm::enumerate(type.getShape()))
      if (size.isOne())
        inputDims[axis] = -1;
    read.buffers.push_back(view.buffer);
    read.accesses.push_back(domain.access(view, inputDims));
  }
  return read;
}

/// Adds one dimension per axis of `type`; their numbers are the axes.
static SmallVector<int64_t> addAxes(DomainBuilder &domain, TenonTensorType type, DimRole role) {
  SmallVector<int64_t> dims;
  for (SizeAttr size : type.getShape())
    dims.push_back(domain.add(role, size));
  return dims;
}

namespace {

/// result[i] = f(x1[i1], ..., xn[in]): one dimension per result axis.
struct MapLowering : public KernelLoweringOpInterface::ExternalModel<MapLowering, MapOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto map = cast<MapOp>(op);
    TenonTensorType type = map.getResult().getType();
    DomainBuilder domain = lowering.createDomain();
    SmallVector<int64_t> dims = addAxes(domain, type, DimRole::Rows);
    ReadInputs read = readRepeated(map.getInputs(), dims, domain, lowering);
    Value destination = lowering.createEmpty(op->getLoc(), type);
    Value result =
        lowering.createRows(op->getLoc(), domain, read.buffers, read.accesses, destination,
                            domain.access(lowering.getView(destination), dims),
                            [&](OpBuilder &builder, Location, ValueRange arguments) {
                              return inlineScalarRegion(builder, map.getBody(), arguments);
                            });
    lowering.setBuffer(map.getResult(), result);
    return success();
  }
};

/// Kept axes are rows, the others are summed; the sums are neighbours.
struct SumsLowering : public KernelLoweringOpInterface::ExternalModel<SumsLowering, SumsOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto sums = cast<SumsOp>(op);
    OpBuilder &builder = lowering.builder;
    auto type = cast<TenonTensorType>(sums.getInputs()[0].getType());
    DomainBuilder domain = lowering.createDomain();
    SmallVector<int64_t> dims, kept;
    for (auto [axis, size] : llvm::enumerate(type.getShape())) {
      bool isSummed = llvm::is_contained(sums.getAxes(), int64_t(axis));
      dims.push_back(domain.add(isSummed ? DimRole::Sum : DimRole::Rows, size));
      if (!isSummed)
        kept.push_back(dims.back());
    }
    if (sums.getAxes().empty())
      domain.add(DimRole::Sum, SizeAttr::get(op->getContext(), 1));
    ReadInputs read = readRepeated(sums.getInputs(), dims, domain, lowering);
    Value destination = lowering.createEmpty(op->getLoc(), sums.getResult().getType());
    kept.push_back(-1);
    SmallVector<Attribute> accesses(read.accesses.begin(), read.accesses.end());
    accesses.push_back(domain.access(lowering.getView(destination), kept));
    auto kernel =
        kernel::SumsOp::create(builder, op->getLoc(), destination.getType(), read.buffers,
                               destination, domain.getDomain(), builder.getArrayAttr(accesses));
    IRMapping mapping;
    sums.getBody().cloneInto(&kernel.getBody(), mapping);
    lowering.setBuffer(sums.getResult(), kernel.getResult());
    return success();
  }
};

struct ConstantLowering
    : public KernelLoweringOpInterface::ExternalModel<ConstantLowering, ConstantOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto constant = cast<ConstantOp>(op);
    TenonTensorType type = constant.getResult().getType();
    DomainBuilder domain = lowering.createDomain();
    SmallVector<int64_t> dims = addAxes(domain, type, DimRole::Rows);
    Value destination = lowering.createEmpty(op->getLoc(), type);
    Value result =
        lowering.createRows(op->getLoc(), domain, {}, {}, destination,
                            domain.access(lowering.getView(destination), dims),
                            [&](OpBuilder &builder, Location loc, ValueRange) -> Value {
                              return arith::ConstantOp::create(builder, loc, constant.getValue());
                            });
    lowering.setBuffer(constant.getResult(), result);
    return success();
  }
};

struct IotaLowering : public KernelLoweringOpInterface::ExternalModel<IotaLowering, IotaOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto iota = cast<IotaOp>(op);
    TenonTensorType type = iota.getResult().getType();
    DomainBuilder domain = lowering.createDomain();
    SmallVector<int64_t> dims = addAxes(domain, type, DimRole::Rows);
    Value destination = lowering.createEmpty(op->getLoc(), type);
    Value result = lowering.createRows(
        op->getLoc(), domain, {}, {}, destination,
        domain.access(lowering.getView(destination), dims),
        [&](OpBuilder &builder, Location loc, ValueRange) -> Value {
          Value place = kernel::PositionOp::create(builder, loc, builder.getIndexType(), dims[0]);
          return arith::IndexCastOp::create(builder, loc, type.getElementType(), place);
        });
    lowering.setBuffer(iota.getResult(), result);
    return success();
  }
};

/// Kept axes are rows, reduced ones are summed; mean = sum / count.
struct ReduceLowering : public KernelLoweringOpInterface::ExternalModel<ReduceLowering, ReduceOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto reduce = cast<ReduceOp>(op);
    TenonTensorType input = reduce.getInput().getType();
    DomainBuilder domain = lowering.createDomain();
    SmallVector<int64_t> dims, keptDims;
    SizeAttr count = SizeAttr::get(op->getContext(), 1);
    for (auto [axis, size] : llvm::enumerate(input.getShape())) {
      bool isReduced = llvm::is_contained(reduce.getAxes(), int64_t(axis));
      dims.push_back(domain.add(isReduced ? DimRole::Sum : DimRole::Rows, size));
      if (isReduced)
        count = count.mul(size);
      else
        keptDims.push_back(dims.back());
    }
    View view = lowering.getView(reduce.getInput());
    Value destination = lowering.createEmpty(op->getLoc(), reduce.getResult().getType());
    Value result = lowering.createRows(
        op->getLoc(), domain, view.buffer, domain.access(view, dims), destination,
        domain.access(lowering.getView(destination), keptDims),
        [&](OpBuilder &builder, Location loc, ValueRange arguments) -> Value {
          Value combined =
              kernel::ReduceOp::create(builder, loc, getKind(reduce.getKind()), arguments[0]);
          if (reduce.getKind() != tenon::ReduceKind::Mean)
            return combined;
          Value size = ExtentOp::create(builder, loc, combined.getType(), count);
          return arith::DivFOp::create(builder, loc, combined, size);
        });
    lowering.setBuffer(reduce.getResult(), result);
    return success();
  }

  static kernel::ReduceKind getKind(tenon::ReduceKind kind) {
    switch (kind) {
    case tenon::ReduceKind::Sum:
    case tenon::ReduceKind::Mean:
      return kernel::ReduceKind::Sum;
    case tenon::ReduceKind::Max:
      return kernel::ReduceKind::Max;
    case tenon::ReduceKind::Min:
      return kernel::ReduceKind::Min;
    case tenon::ReduceKind::Prod:
      return kernel::ReduceKind::Prod;
    }
    llvm_unreachable("unknown reduction");
  }
};

/// result[s.., o.., i.., r..] = table[s.., o.., ids[s.., i..], r..].
struct GatherLowering : public KernelLoweringOpInterface::ExternalModel<GatherLowering, GatherOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto gather = cast<GatherOp>(op);
    TenonTensorType table = gather.getTable().getType();
    auto ids = cast<TenonTensorType>(gather.getIds().getType());
    int64_t axis = gather.getAxis(), shared = gather.getShared();
    DomainBuilder domain = lowering.createDomain();
    SmallVector<int64_t> tableDims, idDims, resultDims;
    auto add = [&](DimRole role, SizeAttr size) {
      resultDims.push_back(domain.add(role, size));
      return resultDims.back();
    };
    for (SizeAttr size : table.getShape().take_front(axis))
      tableDims.push_back(add(DimRole::Rows, size));
    idDims.append(tableDims.begin(), tableDims.begin() + shared);
    for (SizeAttr size : ids.getShape().drop_front(shared))
      idDims.push_back(add(DimRole::Rows, size));
    tableDims.push_back(-1);
    for (SizeAttr size : table.getShape().drop_front(axis + 1))
      tableDims.push_back(add(DimRole::Cols, size));

    View tableView = lowering.getView(gather.getTable()),
         idView = lowering.getView(gather.getIds());
    Value destination = lowering.createEmpty(op->getLoc(), gather.getResult().getType());
    OpBuilder &builder = lowering.builder;
    auto index = kernel::IndexOp::create(
        builder, op->getLoc(), destination.getType(), ValueRange{tableView.buffer, idView.buffer},
        destination, domain.getDomain(),
        builder.getArrayAttr({domain.access(tableView, tableDims), domain.access(idView, idDims),
                              domain.access(lowering.getView(destination), resultDims)}),
        table.getDim(axis), tableView.strides[axis]);
    buildIdentityRegion(builder, index.getEpilogue(), table.getElementType(), op->getLoc());
    lowering.setBuffer(gather.getResult(), index.getResult());
    return success();
  }
};

/// The result lies with the indexed axis before the columns, so that these are
/// neighbours.
struct ScatterAddLowering
    : public KernelLoweringOpInterface::ExternalModel<ScatterAddLowering, ScatterAddOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto scatter = cast<ScatterAddOp>(op);
    if (Value sums = lowerGroupedSums(scatter, lowering)) {
      lowering.setBuffer(scatter.getResult(), sums);
      return success();
    }
    OpBuilder &builder = lowering.builder;
    TenonTensorType table = scatter.getResult().getType();
    auto ids = cast<TenonTensorType>(scatter.getIds().getType());
    int64_t axis = scatter.getAxis(), shared = scatter.getShared();
    DomainBuilder domain = lowering.createDomain();
    SmallVector<int64_t> updateDims, idDims, order;
    SmallVector<SizeAttr> stored;
    for (int64_t i = 0; i < axis; ++i)
      updateDims.push_back(domain.add(i < shared ? DimRole::Rows : DimRole::Cols, table.getDim(i)));
    idDims.append(updateDims.begin(), updateDims.begin() + shared);
    for (SizeAttr size : ids.getShape().drop_front(shared)) {
      updateDims.push_back(domain.add(DimRole::Sum, size));
      idDims.push_back(updateDims.back());
    }
    if (ids.getRank() == shared)
      domain.add(DimRole::Sum, SizeAttr::get(op->getContext(), 1));
    SmallVector<int64_t> tableDims(ArrayRef(updateDims).take_front(axis));
    tableDims.push_back(-1);
    for (SizeAttr size : table.getShape().drop_front(axis + 1)) {
      updateDims.push_back(domain.add(DimRole::Cols, size));
      tableDims.push_back(updateDims.back());
    }
    // Axes of the buffer: the shared ones, the indexed one, the others.
    for (int64_t i = 0; i < shared; ++i)
      order.push_back(i);
    order.push_back(axis);
    for (int64_t i = shared; i < table.getRank(); ++i)
      if (i != axis)
        order.push_back(i);
    for (int64_t i : order)
      stored.push_back(table.getDim(i));
    Value destination = lowering.createEmpty(op->getLoc(), table.withShape(stored));
    SmallVector<SizeAttr> strides = getContiguousStrides(stored, op->getContext());
    View target{destination, SizeAttr::get(op->getContext(), 0),
                SmallVector<SizeAttr>(table.getRank())};
    for (auto [i, stride] : llvm::zip(order, strides))
      target.strides[i] = stride;
    View updates = lowering.getView(scatter.getUpdates()),
         indices = lowering.getView(scatter.getIds());
    auto kernel = kernel::ScatterOp::create(
        builder, op->getLoc(), destination.getType(), ValueRange{updates.buffer, indices.buffer},
        destination, domain.getDomain(),
        builder.getArrayAttr({domain.access(updates, updateDims), domain.access(indices, idDims),
                              domain.access(target, tableDims)}),
        table.getDim(axis), target.strides[axis]);
    buildIdentityRegion(builder, kernel.getEpilogue(), builder.getF32Type(), op->getLoc());
    target.buffer = kernel.getResult();
    lowering.setView(scatter.getResult(), target);
    return success();
  }
};

/// Rows go into a copy of the table.
struct PutLowering : public KernelLoweringOpInterface::ExternalModel<PutLowering, PutOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto put = cast<PutOp>(op);
    TenonTensorType table = put.getTable().getType();
    auto ids = cast<TenonTensorType>(put.getIds().getType());
    Value copy = lowering.createEmpty(op->getLoc(), table);
    View target = lowering.getView(copy), source = lowering.getView(put.getTable());
    DomainBuilder whole = lowering.createDomain(), domain = lowering.createDomain();
    SmallVector<int64_t> dims, idDims, updateDims, tableDims = {-1};
    for (SizeAttr size : table.getShape())
      dims.push_back(whole.add(DimRole::Rows, size));
    copy = lowering.createRows(op->getLoc(), whole, source.buffer, whole.access(source, dims), copy,
                               whole.access(target, dims), yieldFirst);
    for (SizeAttr size : ids.getShape())
      idDims.push_back(domain.add(DimRole::Rows, size));
    for (SizeAttr size : table.getShape().drop_front())
      tableDims.push_back(domain.add(DimRole::Cols, size));
    updateDims = idDims;
    llvm::append_range(updateDims, ArrayRef(tableDims).drop_front());
    View indices = lowering.getView(put.getIds()), updates = lowering.getView(put.getUpdates());
    OpBuilder &builder = lowering.builder;
    auto kernel = kernel::PutOp::create(
        builder, op->getLoc(), table, ValueRange{indices.buffer, updates.buffer}, copy,
        domain.getDomain(),
        builder.getArrayAttr({domain.access(indices, idDims), domain.access(updates, updateDims),
                              domain.access(target, tableDims)}),
        table.getDim(0), target.strides[0]);
    buildIdentityRegion(builder, kernel.getEpilogue(), table.getElementType(), op->getLoc());
    lowering.setBuffer(put.getResult(), kernel.getResult());
    return success();
  }
};

} // namespace

void mlir::tenon::registerTensorLowerings(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TenonDialect *) {
    MapOp::attachInterface<MapLowering>(*context);
    ConstantOp::attachInterface<ConstantLowering>(*context);
    IotaOp::attachInterface<IotaLowering>(*context);
    ReduceOp::attachInterface<ReduceLowering>(*context);
    SumsOp::attachInterface<SumsLowering>(*context);
    GatherOp::attachInterface<GatherLowering>(*context);
    ScatterAddOp::attachInterface<ScatterAddLowering>(*context);
    PutOp::attachInterface<PutLowering>(*context);
  });
}
