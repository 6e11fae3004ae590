//===- RowStages.h - In which order a row's values are known ----*- C++ -*-===//

#ifndef TENON_CONVERSION_EMISSION_ROWSTAGES_H
#define TENON_CONVERSION_EMISSION_ROWSTAGES_H

#include "tenon/Conversion/Emission/RegionEmitter.h"

namespace mlir::tenon::kernel {

/// The values of a `kernel.rows`, told apart: those that are the same for all elements
/// of a row, and reductions by the number of reductions below them.
class RowStages {
public:
  explicit RowStages(RowsOp op);

  /// Whether an operand's access varies along the row.
  bool variesWithSum(AccessAttr access) const;
  bool isRowValue(Value value) const { return rowValues.contains(value); }
  /// Reductions of one stage need no result of another of it.
  ArrayRef<SmallVector<ReduceOp>> getStages() const { return stages; }
  /// Emits, in `row`, the values of the row that `value` is made of.
  void bindRowValues(Value value, RegionEmitter &row) const;

private:
  SmallVector<unsigned> sumDims;
  llvm::DenseSet<Value> rowValues;
  SmallVector<SmallVector<ReduceOp>> stages;
};

} // namespace mlir::tenon::kernel

#endif // TENON_CONVERSION_EMISSION_ROWSTAGES_H
