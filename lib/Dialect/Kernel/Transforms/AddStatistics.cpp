//===- AddStatistics.cpp - Sums over keys before derivatives --------------===//

#include "tenon/Dialect/Kernel/Transforms/Passes.h"

#include "mlir/IR/IRMapping.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELADDSTATISTICS
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

namespace {
struct AddStatistics : public impl::KernelAddStatisticsBase<AddStatistics> {
  void runOnOperation() override;
};

/// The tensor of statistics, and where those of a query lie in it.
struct Statistics {
  TenonTensorType type;
  AccessAttr access;
};
} // namespace

static Statistics getStatistics(AttendGradientOp op) {
  KernelOpInterface kernel = op;
  SizeAttr zero = SizeAttr::get(op.getContext(), 0),
           step = SizeAttr::get(op.getContext(), AttendStatisticsOp::kNumStatistics);
  SmallVector<unsigned> dims = kernel.getDims(DimRole::Batch);
  llvm::append_range(dims, kernel.getDims(DimRole::Queries));
  SmallVector<SizeAttr> shape, coefficients(kernel.getNumDims(), zero);
  for (unsigned dim : dims)
    shape.push_back(kernel.getDim(dim).getSize());
  shape.push_back(step);
  for (unsigned dim : llvm::reverse(dims)) {
    coefficients[dim] = step;
    step = step.mul(kernel.getDim(dim).getSize());
  }
  return {TenonTensorType::get(shape, Float32Type::get(op.getContext())),
          AccessAttr::get(op.getContext(), zero, coefficients)};
}

static void addStatistics(AttendGradientOp op) {
  OpBuilder builder(op);
  auto [type, access] = getStatistics(op);
  // The inputs' accesses, then the destination's.
  SmallVector<Attribute> accesses(op.getAccesses().getValue());
  Attribute last = accesses.pop_back_val();
  accesses.push_back(access);
  Value destination = EmptyOp::create(builder, op.getLoc(), type);
  auto statistics = AttendStatisticsOp::create(
      builder, op.getLoc(), type, op.getInputs(), destination, op.getDomain(),
      builder.getArrayAttr(accesses), op.getScaleAttr(), op.getCausalAttr(),
      op.getScoreInputsAttr(), op.getKeyMaskAttr(), op.getStrictAttr());
  IRMapping mapping;
  op.getScore().cloneInto(&statistics.getScore(), mapping);
  op.getEpilogue().cloneInto(&statistics.getEpilogue(), mapping);
  accesses.push_back(last);
  op.getInputsMutable().append(statistics.getResult());
  op.setAccessesAttr(builder.getArrayAttr(accesses));
  op.setStatistics(true);
}

void AddStatistics::runOnOperation() {
  getOperation().walk([&](AttendGradientOp op) {
    if (op.getStatistics())
      return;
    addStatistics(op);
    ++numAdded;
  });
}

} // namespace mlir::tenon::kernel
