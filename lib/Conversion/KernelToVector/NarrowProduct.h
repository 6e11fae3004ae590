//===- NarrowProduct.h - A product with few columns -------------*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_NARROWPRODUCT_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_NARROWPRODUCT_H

#include "PanelProduct.h"
#include "RowTerms.h"

namespace mlir::tenon::kernel {

/// A `kernel.contract` whose prologue makes the lhs and whose columns would leave lanes of
/// their vectors empty: lanes are rows here, and an element of the rhs meets all of them.
/// Runs of elements are added up by themselves, in chains over their terms; a function of
/// the sum's sizes alone.
class NarrowProduct {
public:
  /// Whether the columns fill less than four fifths of their vectors, and lanes can be rows.
  static bool pays(CpuContext &context, ContractOp op);
  /// Rows that one task takes, at most.
  static constexpr int64_t kGroupRows = 64;

  /// `product` has blocks of kGroupRows rows.
  NarrowProduct(CpuContext &context, ContractOp op, PanelProduct &product);

  /// The first and one past the last row of group number `group`: all but the last group
  /// have whole vectors.
  std::pair<Value, Value> getBounds(Value group);
  /// Computes the rows of a block and stores the epilogue's results.
  void emitBlock(const PanelProduct::Block &block);

private:
  void clearSums();
  void addRun(const PanelProduct::Block &block, const RowTerms::Run &run, Value numRows);
  void addTile(Value coefficients, const RowTerms::Run &run, int64_t firstColumn, unsigned columns,
               Value firstRow, unsigned vectors);

  CpuContext *context;
  KernelOpInterface form;
  PanelProduct *product;
  RowTerms terms;
  int64_t panel, numColumns;
  /// [column, row], and in the end [row, column of the panel].
  Value sums, results;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_NARROWPRODUCT_H
