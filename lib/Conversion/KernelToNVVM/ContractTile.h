//===- ContractTile.h - A block's tile of a product -------------*- C++ -*-===//
//
// Which results of kernel.contract and kernel.window a block computes, from which elements,
// and what becomes of them: what is the same however they are multiplied.
//
// In a grouped product rows are taken in the order of groups; a tile that holds rows of
// several passes once for each. Where sums are grouped, groups are batches, each with terms
// of its own. Windows are rows whose terms may lie outside: these count as 0.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_CONTRACTTILE_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_CONTRACTTILE_H

#include "tenon/Conversion/Emission/Access.h"
#include "tenon/Conversion/KernelToNVVM/GpuContext.h"
#include "tenon/Target/CpuTarget.h"

namespace mlir::tenon::kernel {

/// Rows `begin` to `end` of a tile, sums over terms from `firstTerm` to `lastTerm`.
struct TilePass {
  Value begin, end, firstTerm, lastTerm;
};

/// `totals` and `parts`, one by one.
SmallVector<Value> addAll(GpuContext &b, ValueRange totals, ValueRange parts);

class ContractTile {
public:
  /// `bounds` are those of a window.
  ContractTile(KernelOpInterface form, GpuContext &context, ArrayRef<int64_t> bounds);

  /// Sets grid and threads, and finds this block's tile.
  void launch(TileShape tile, int64_t threads);
  /// Emits `body` for each pass, and zeros for rows of no group.
  void forPasses(llvm::function_ref<void(const TilePass &)> body,
                 llvm::function_ref<void(const TilePass &)> storeZeros);

  /// The tile's batch, and in a pass its group.
  const Point &getPoint() const { return point; }
  void setRow(Point &point, Value row);
  void setTerm(Point &point, Value term) { setIndices(b, point, sumDims, term); }
  void setColumn(Point &point, Value column) { point.indices[colDim] = column; }
  Value isBelow(Value lhs, Value rhs);
  Value isRowInside(const TilePass &pass, Value row);
  /// `isInside`, and whether the term at a point lies inside the window's source.
  Value isInWindow(const Point &point, Value isInside);

  /// The element of a factor; 0 outside.
  Value load(unsigned operand, const Point &point, Value isInside);
  /// The `numSums` sums that `addTerms` gives of terms from one number to another, adding
  /// `atOnce` terms at once: after 4096 terms sums go on beside those of the terms before, as
  /// on the CPU, unless all are known to be no more than 4096 additions.
  SmallVector<Value>
  sumInBlocks(const TilePass &pass, unsigned numSums, int64_t atOnce,
              llvm::function_ref<SmallVector<Value>(Value first, Value last)> addTerms);
  /// `before` and the products of terms `first` to `last` of a row and a column, one chain.
  Value addProducts(Point point, Value first, Value last, Value before);
  /// The result made of a sum, and what the destination holds of it.
  Value finish(const Point &point, Value sum);
  /// The result of rows that no group has.
  Value getZero();
  void store(const Point &point, Value result) { storeElement(b, result, point); }

  KernelOpInterface form;
  GpuContext &b;
  SmallVector<unsigned> batchDims, rowDims, sumDims;
  unsigned colDim;
  ArrayRef<int64_t> bounds;
  /// Dimensions of groups: of rows, or of sums.
  std::optional<unsigned> rowGroupDim, sumGroupDim;
  /// Whether the first dimension counts parts of the sum.
  bool hasParts = false;
  TileShape shape = {};
  Value firstRow, firstColumn, numRows, numColumns, numTerms;
  std::optional<int64_t> knownTerms;

private:
  SizeAttr getExtent(DimRole role);
  Value loadInteger(Value place);

  Point point;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_CONTRACTTILE_H
