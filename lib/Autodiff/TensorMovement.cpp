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

/// Rows of the table get the sum over all that read them, in the order of the ids.
struct GatherGradient : DifferentiableOpInterface::ExternalModel<GatherGradient, GatherOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool>) const {
    auto gather = cast<GatherOp>(op);
    return SmallVector<Value>{
        ScatterAddOp::create(builder, op->getLoc(), gather.getTable().getType(), gradient,
                             gather.getIds(), gather.getAxis(), gather.getShared()),
        Value()};
  }
};

/// Each one's place is read.
struct ScatterAddGradient
    : DifferentiableOpInterface::ExternalModel<ScatterAddGradient, ScatterAddOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool>) const {
    auto scatter = cast<ScatterAddOp>(op);
    return SmallVector<Value>{
        GatherOp::create(builder, op->getLoc(), scatter.getUpdates().getType(), gradient,
                         scatter.getIds(), scatter.getAxis(), scatter.getShared()),
        Value()};
  }
};

/// Of the table what was not replaced; of each row what replaced it, 0 of one that did not.
struct PutGradient : DifferentiableOpInterface::ExternalModel<PutGradient, PutOp> {
  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool> needed) const {
    auto put = cast<PutOp>(op);
    TensorBuilder b(builder, op->getLoc());
    Value ids = put.getIds(), ofTable, ofUpdates;
    if (needed[0])
      ofUpdates = gatherOrZero(b, gradient, ids, put.getUpdates().getType());
    if (needed[1])
      ofTable = PutOp::create(builder, op->getLoc(), gradient.getType(),
                              b.fill(put.getUpdates().getType(), 0), gradient, ids);
    return SmallVector<Value>{ofUpdates, ofTable, Value()};
  }

  /// Rows of the table by index; of ids out of range the row of zeros behind the last one.
  static Value gatherOrZero(TensorBuilder &b, Value table, Value ids, TenonTensorType type) {
    SizeAttr rows = typeOf(table).getDim(0);
    Value padded = b.pad(table, 0, b.size(0), b.size(1));
    Value safe = b.map(typeOf(ids), ids, [&](OpBuilder &builder, Location loc, ValueRange x) {
      Value bound = ExtentOp::create(builder, loc, x[0].getType(), rows);
      Value isInside = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult, x[0], bound);
      return arith::SelectOp::create(builder, loc, isInside, x[0], bound).getResult();
    });
    return GatherOp::create(b.builder, b.loc, type, padded, safe, 0, 0);
  }
};

} // namespace

void mlir::tenon::attachMovementGradients(MLIRContext &context) {
  BroadcastOp::attachInterface<BroadcastGradient>(context);
  ConcatOp::attachInterface<ConcatGradient>(context);
  GatherOp::attachInterface<GatherGradient>(context);
  RearrangeOp::attachInterface<RearrangeGradient>(context);
  PutOp::attachInterface<PutGradient>(context);
  ScatterAddOp::attachInterface<ScatterAddGradient>(context);
  SliceOp::attachInterface<SliceGradient>(context);
}
