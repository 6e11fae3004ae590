//===- NarrowRows.h - Rows of bf16 in shared memory -------------*- C++ -*-===//
//
// Rows have lines of 128 bytes, 64 elements of each, and pieces of 16 bytes of a line are
// mixed by the row: no two of 8 rows side by side meet in a bank, and wgmma takes them so.
// Lines of the first 64 columns of all rows come before those of the next.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_NARROWROWS_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_NARROWROWS_H

#include "Warpgroup.h"

#include "tenon/Conversion/Emission/Access.h"

namespace mlir::tenon::kernel {

class NarrowRows {
public:
  /// `rows` rows, counted along `rowDim`, of operand `operand`, which lies in pieces of 16
  /// bytes. Their elements lie side by side along `columnDim`, whose size is a constant.
  NarrowRows(GpuContext &context, unsigned operand, unsigned rowDim, unsigned columnDim,
             int64_t rows);

  /// Elements of a row with those that are padded to it by zeros, a multiple of 16.
  int64_t getPaddedWidth() const { return llvm::alignTo(width, 16); }
  int64_t getPanelBytes() const { return rows * kLine; }
  int64_t getNumBytes() const {
    return llvm::divideCeil(getPaddedWidth(), kLineElements) * getPanelBytes();
  }

  /// Starts to copy rows from `first` on to `memory`, at the other indices of `point`. Those
  /// from `last` on become 0, as do those for which `isWanted` gives no true value; null
  /// stands for all.
  void copy(Value memory, const Point &point, Value first, Value last,
            llvm::function_ref<Value(Value)> isWanted);
  /// This lane's words of four blocks of 8 rows by 8 columns, of 16 rows from `row` on and of
  /// 16 columns from `column` on, both multiples of 16: by rows, then by columns. A word has
  /// two columns of a row.
  SmallVector<Value> load(Value memory, Value row, int64_t column);
  /// The same turned, by columns, then by rows: a word has two rows of a column.
  SmallVector<Value> loadTurned(Value memory, Value row, int64_t column);
  /// Of a product: rows from `row` on, a multiple of 8, whose elements are terms.
  WarpgroupFactor getRows(Value memory, Value row);
  /// Of a product: columns, rows being terms.
  WarpgroupFactor getColumns(Value memory);

private:
  static constexpr int64_t kLine = 128, kLineElements = 64;

  Value getPointer(Value memory, Value row, Value column);

  GpuContext &b;
  unsigned operand, rowDim, columnDim;
  int64_t rows, width;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_NARROWROWS_H
