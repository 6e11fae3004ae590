//===- TensorMovement.cpp - Derivatives of movement -----------------------===//

#include "Models.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// The way back.
struct RearrangeGradient
    : DifferentiableOpInterface::ExternalModel<RearrangeGradient, RearrangeOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool>) const {
    auto rearrange = cast<RearrangeOp>(op);
    ArrayRef<int64_t> permutation = rearrange.getPermutation();
    SmallVector<SizeAttr> factors;
    SmallVector<int64_t> inverse(permutation.size());
    for (auto [place, factor] : llvm::enumerate(permutation)) {
      factors.push_back(cast<SizeAttr>(rearrange.getFactors()[factor]));
      inverse[factor] = place;
    }
    return SmallVector<Value>{TensorBuilder(builder, op->getLoc())
                                  .rearrange(gradient, factors, rearrange.getResultGroups(),
                                             inverse, rearrange.getInputGroups())};
  }
};

/// The sum over all copies.
struct BroadcastGradient
    : DifferentiableOpInterface::ExternalModel<BroadcastGradient, BroadcastOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool>) const {
    auto broadcast = cast<BroadcastOp>(op);
    TensorBuilder tensors(builder, op->getLoc());
    TenonTensorType input = broadcast.getInput().getType(), type = typeOf(gradient);
    SmallVector<int64_t> units, summed = axesBut(type.getRank(), broadcast.getAxes());
    for (auto [axis, place] : llvm::enumerate(broadcast.getAxes()))
      if (input.getDim(axis) != type.getDim(place)) {
        units.push_back(axis);
        summed.push_back(place);
      }
    llvm::sort(summed);
    if (!summed.empty())
      gradient = tensors.reduce(ReduceKind::Sum, gradient, summed);
    return SmallVector<Value>{tensors.insertUnits(gradient, units)};
  }
};

/// Zeros around and between.
struct SliceGradient : DifferentiableOpInterface::ExternalModel<SliceGradient, SliceOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool>) const {
    auto slice = cast<SliceOp>(op);
    TensorBuilder tensors(builder, op->getLoc());
    TenonTensorType type = slice.getInput().getType();
    for (int64_t axis = 0; axis < type.getRank(); ++axis) {
      FailureOr<Value> spread =
          tensors.unslice(gradient, axis, cast<SizeAttr>(slice.getStarts()[axis]),
                          type.getDim(axis), slice.getSteps()[axis]);
      if (failed(spread))
        return op->emitOpError() << "has no derivative: a step of " << slice.getSteps()[axis]
                                 << " along axis " << axis << " of dynamic size";
      gradient = *spread;
    }
    return SmallVector<Value>{gradient};
  }
};

struct ConcatGradient : DifferentiableOpInterface::ExternalModel<ConcatGradient, ConcatOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool> wanted) const {
    auto concat = cast<ConcatOp>(op);
    TensorBuilder tensors(builder, op->getLoc());
    SizeAttr start = tensors.size(0);
    SmallVector<Value> results;
    for (auto [input, isWanted] : llvm::zip(concat.getInputs(), wanted)) {
      SizeAttr count = typeOf(input).getDim(concat.getAxis());
      results.push_back(isWanted ? tensors.slice(gradient, concat.getAxis(), start, count)
                                 : Value());
      start = start.add(count);
    }
    return results;
  }
};

/// Rows of the table get the sum over all that read them, as a product with
/// [ids = row]; in the order of the ids.
struct GatherGradient : DifferentiableOpInterface::ExternalModel<GatherGradient, GatherOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool>) const {
    auto gather = cast<GatherOp>(op);
    TensorBuilder tensors(builder, op->getLoc());
    TenonTensorType table = gather.getTable().getType(), ids = gather.getIds().getType();
    int64_t axis = gather.getAxis(), shared = gather.getShared(), numIds = ids.getRank() - shared;
    SizeAttr rows = table.getDim(axis);

    Value numbers =
        IotaOp::create(builder, op->getLoc(),
                       TenonTensorType::get(ArrayRef<SizeAttr>{rows}, builder.getI64Type()));
    if (!ids.getElementType().isInteger(64))
      numbers = tensors.map(TenonTensorType::get(ArrayRef<SizeAttr>{rows}, ids.getElementType()),
                            numbers, [&](OpBuilder &inner, Location at, ValueRange x) -> Value {
                              return arith::TruncIOp::create(inner, at, ids.getElementType(), x[0]);
                            });
    SmallVector<SizeAttr> shape(ids.getShape());
    shape.push_back(rows);
    Value spread = tensors.repeat(tensors.insertUnits(gather.getIds(), ids.getRank()),
                                  ids.withShape(shape), axesBut(ids.getRank() + 1));
    Value isRead = tensors.areEqual(spread, numbers, table.getElementType());

    // Indices: of the ids, the row, the table's other axes.
    int64_t row = ids.getRank(), next = row + 1;
    SmallVector<int64_t> result, wanted = axesBut(shared);
    result = wanted;
    for (int64_t other = shared; other < axis; ++other, ++next) {
      result.push_back(next);
      wanted.push_back(next);
    }
    for (int64_t id = 0; id < numIds; ++id)
      result.push_back(shared + id);
    wanted.push_back(row);
    for (int64_t other = axis + 1; other < table.getRank(); ++other, ++next) {
      result.push_back(next);
      wanted.push_back(next);
    }
    return SmallVector<Value>{tensors.contract(isRead, axesBut(row + 1), gradient, result, wanted),
                              Value()};
  }
};

} // namespace

void mlir::tenon::attachMovementGradients(MLIRContext &context) {
  BroadcastOp::attachInterface<BroadcastGradient>(context);
  ConcatOp::attachInterface<ConcatGradient>(context);
  GatherOp::attachInterface<GatherGradient>(context);
  RearrangeOp::attachInterface<RearrangeGradient>(context);
  SliceOp::attachInterface<SliceGradient>(context);
}
