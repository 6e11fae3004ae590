//===- Attention.cpp - Derivatives of attention ---------------------------===//

#include "Models.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// One op, which computes the weights again. Derivatives by captures, or of a score
/// region that does more than add and hide, are those of the decomposition.
struct AttentionGradient
    : DifferentiableOpInterface::ExternalModel<AttentionGradient, AttentionOp> {
  bool hasGradients(Operation *op, ArrayRef<bool> wanted) const {
    auto attention = cast<AttentionOp>(op);
    return AttentionGradientOp::isSumOrHidden(attention.getScore()) &&
           !llvm::is_contained(wanted.drop_front(3), true);
  }

  Gradients buildGradients(Operation *op, OpBuilder &builder, Value gradient,
                           ArrayRef<bool>) const {
    auto attention = cast<AttentionOp>(op);
    auto built = AttentionGradientOp::create(
        builder, op->getLoc(), attention.getQuery(), attention.getKey(), attention.getValue(),
        attention.getKeyMask(), attention.getCaptures(), gradient, attention.getScaleAttr(),
        attention.getCausalAttr(), attention.getStrictAttr());
    IRMapping mapping;
    attention.getScore().cloneInto(&built.getScore(), mapping);
    SmallVector<Value> results(op->getNumOperands());
    llvm::copy(built.getResults(), results.begin());
    return results;
  }
};

} // namespace

void mlir::tenon::attachAttentionGradients(MLIRContext &context) {
  AttentionOp::attachInterface<AttentionGradient>(context);
}
