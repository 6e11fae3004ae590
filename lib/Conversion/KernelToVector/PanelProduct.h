//===- PanelProduct.h - Rows times a packed matrix, with epilogue -*- C++
//-*-===//
//
// What kernel.contract and kernel.window share: they differ in where the rows
// of the lhs come from.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_PANELPRODUCT_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_PANELPRODUCT_H

#include "RegisterTile.h"

namespace mlir::tenon::kernel {

class PanelProduct {
public:
  /// Checks that the packed rhs fits the machine's register tile; fails with an
  /// error on the op otherwise.
  static FailureOr<PanelProduct> create(EmitContext &context, std::optional<uint64_t> panel);

  /// Rows of the product, the factors of the grid for batches and panels.
  SizeAttr getNumRows() const { return numRows; }
  SizeAttr getSumSize() const { return sumSize; }
  ArrayRef<unsigned> getBatchDims() const { return batchDims; }
  GridAttr getPanelFactor();
  GridAttr getRowFactor();

  /// The domain's indices along `rows` of row number `row`, written to `point`.
  void setRow(Point &point, Value row);

  /// Computes panel number `panel` of rows `begin` to `end` and stores the
  /// epilogue's results. `batch` holds the batch indices. For each tile, after
  /// its first row is known, `getLhs` gives the function that loads a row's
  /// element number k.
  using LhsOfRow = std::function<Value(unsigned, Value)>;
  void emitPanel(const Point &batch, Value panel, Value begin, Value end,
                 llvm::function_ref<LhsOfRow(Value firstRow, unsigned rows)> getLhs);

private:
  PanelProduct(EmitContext &context, int64_t panel);
  void emitTiles(const Point &batch, Value panel, Value begin, Value end, unsigned vectors,
                 bool isLast, llvm::function_ref<LhsOfRow(Value, unsigned)> getLhs);
  void emitEpilogue(const Point &batch, Value firstColumn, Value firstRow, Value rows,
                    unsigned vectors, bool isLast);

  EmitContext *context;
  int64_t panelWidth;
  SmallVector<unsigned> batchDims, rowDims;
  unsigned colDim;
  SizeAttr numRows, sumSize, numCols;
  Value tileBuffer;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_PANELPRODUCT_H
