//===- SharedRows.h - Rows of an operand in shared memory -------*- C++ -*-===//
//
// Rows lie one after the other, padded with zeros to whole steps of tensor cores, at such
// distances that neither rows of 16 bytes side by side nor columns of every second row
// meet in a bank.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_SHAREDROWS_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_SHAREDROWS_H

#include "tenon/Conversion/Emission/Access.h"
#include "tenon/Conversion/KernelToNVVM/GpuContext.h"

namespace mlir::tenon::kernel {

class SharedRows {
public:
  /// `rows` rows, counted along `rowDim`, of operand `operand`. Their elements lie side by
  /// side along `columnDim`, whose size is a constant.
  SharedRows(GpuContext &context, unsigned operand, unsigned rowDim, unsigned columnDim,
             int64_t rows);

  /// Elements of a row with those that are padded to it, a multiple of 8.
  int64_t getPaddedWidth() const { return llvm::alignTo(width, 8); }
  int64_t getStride() const { return getPaddedWidth() + 4; }
  int64_t getNumBytes() const { return rows * getStride() * 4; }
  void setMemory(Value pointer) { memory = pointer; }

  /// Starts to copy rows from `first` on, at the other indices of `point`. Those from `last`
  /// on become 0, as do those for which `isWanted` gives no true value; null stands for all.
  void copy(const Point &point, Value first, Value last, llvm::function_ref<Value(Value)> isWanted);

  Value getPointer(Value row, Value column);
  /// This lane's f32 of four blocks of 8 rows by 4 columns: of 16 rows from `row` on and of
  /// 8 columns from `column` on, by rows, then by columns.
  SmallVector<Value> loadBlocks(Value row, Value column);
  /// The elements of a row in columns `column` to `column` + `count` - 1; both are multiples
  /// of `count`.
  SmallVector<Value> load(Value row, Value column, int64_t count);
  void store(ArrayRef<Value> elements, Value row, Value column);

private:
  bool isWide();

  GpuContext &b;
  unsigned operand, rowDim, columnDim;
  int64_t rows, width;
  /// Elements that are copied at once.
  int64_t piece;
  Value memory;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_SHAREDROWS_H
