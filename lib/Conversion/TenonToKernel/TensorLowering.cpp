//===- TensorLowering.cpp - Maps, reductions, gathers, constants ----------===//

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"
#include "tenon/Conversion/TenonToKernel/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::tenon;
using kernel::AccessAttr;
using kernel::DimRole;

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
    SmallVector<Value> buffers;
    SmallVector<AccessAttr> accesses;
    for (Value input : map.getInputs()) {
      View view = lowering.getView(input);
      auto inputType = cast<TenonTensorType>(input.getType());
      SmallVector<int64_t> inputDims(ArrayRef(dims).take_back(inputType.getRank()));
      for (auto [axis, size] : llvm::enumerate(inputType.getShape()))
        if (size.isOne())
          inputDims[axis] = -1;
      buffers.push_back(view.buffer);
      accesses.push_back(domain.access(view, inputDims));
    }
    Value destination = lowering.createEmpty(op->getLoc(), type);
    Value result =
        lowering.createRows(op->getLoc(), domain, buffers, accesses, destination,
                            domain.access(lowering.getView(destination), dims),
                            [&](OpBuilder &builder, Location, ValueRange arguments) {
                              return inlineScalarRegion(builder, map.getBody(), arguments);
                            });
    lowering.setBuffer(map.getResult(), result);
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

} // namespace

void mlir::tenon::registerTensorLowerings(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TenonDialect *) {
    MapOp::attachInterface<MapLowering>(*context);
    ConstantOp::attachInterface<ConstantLowering>(*context);
    IotaOp::attachInterface<IotaLowering>(*context);
    ReduceOp::attachInterface<ReduceLowering>(*context);
    GatherOp::attachInterface<GatherLowering>(*context);
  });
}
