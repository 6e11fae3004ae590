//===- RowStages.cpp - In which order a row's values are known ------------===//

#include "tenon/Conversion/Emission/RowStages.h"

namespace mlir::tenon::kernel {

bool RowStages::variesWithSum(AccessAttr access) const {
  return llvm::any_of(sumDims,
                      [&](unsigned dim) { return !access.getCoefficients()[dim].isZero(); });
}

RowStages::RowStages(RowsOp op) {
  KernelOpInterface form = op;
  sumDims = form.getDims(DimRole::Sum);
  Block &body = op.getBody().front();
  llvm::DenseMap<Value, size_t> depths;
  for (BlockArgument argument : body.getArguments())
    if (!variesWithSum(form.getAccess(argument.getArgNumber())))
      rowValues.insert(argument);
  for (Operation &inner : body.without_terminator()) {
    size_t depth = 0;
    for (Value operand : inner.getOperands())
      depth = std::max(depth, depths.lookup(operand));
    bool isRowValue =
        llvm::all_of(inner.getOperands(), [&](Value v) { return rowValues.contains(v); });
    if (auto position = dyn_cast<PositionOp>(inner))
      isRowValue = !llvm::is_contained(sumDims, unsigned(position.getDim()));
    if (auto reduce = dyn_cast<ReduceOp>(inner)) {
      if (stages.size() <= depth)
        stages.resize(depth + 1);
      stages[depth++].push_back(reduce);
      isRowValue = true;
    }
    depths[inner.getResult(0)] = depth;
    if (isRowValue)
      rowValues.insert(inner.getResult(0));
  }
}

void RowStages::bindRowValues(Value value, RegionEmitter &row) const {
  if (rowValues.contains(value)) {
    row.get(value);
    return;
  }
  if (Operation *defining = value.getDefiningOp())
    for (Value operand : defining->getOperands())
      bindRowValues(operand, row);
}

} // namespace mlir::tenon::kernel
