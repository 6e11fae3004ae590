//===- QueryTile.h - A block's queries on tensor cores ----------*- C++ -*-===//
//
// A block has a tile of queries of one batch, each of its warps 16 of them. Tensor cores
// leave products where lane 4 g + q of a warp has those of rows g and g + 8, columns 2 q and
// 2 q + 1 of 8: what becomes of them is the same however they are multiplied.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_QUERYTILE_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_QUERYTILE_H

#include "AttendKernel.h"
#include "SharedRows.h"
#include "TensorCore.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::tenon::kernel {

/// Of the values, 8 times `across` columns from `first` on: a lane reads `across` of a row
/// at once. Column g of block i of them is number `across` g + i.
struct ColumnGroup {
  int64_t first, across;
};

/// What a thread has of its two rows, g and g + 8.
struct RowState {
  /// Per block of 8 columns of the values four sums, as tensor cores have them.
  SmallVector<Value> sums;
  /// Greatest scores; sums of this thread's weights.
  SmallVector<Value, 2> maxima, weights;

  SmallVector<Value> pack() const;
  static RowState unpack(ValueRange values);
};

class QueryTile {
protected:
  /// `queries` queries of a block, 16 of a warp.
  QueryTile(AttendKernel &kernel, int64_t queries);

  static constexpr int64_t kRows = 16;

  /// Finds the block's queries, this thread's rows and the keys that they see.
  void launch();
  /// Sums of no keys, for `columns` columns of the values.
  RowState getNothing(int64_t columns);
  Value combineQuad(ReduceKind kind, Value value);
  /// Whether any of `values` is an infinity or NaN.
  Value isNotFinite(ValueRange values);
  /// Results of a block from its sums, which stand in `groups` of columns. Shared memory may
  /// be written to by all.
  void finish(const RowState &state, ArrayRef<ColumnGroup> groups);
  /// The same, each thread its own: column 2 q of every 8 and the next one, sums of all columns.
  void finish(const RowState &state);
  /// Sets where sums, and numbers of rows, lie in shared memory: behind one another.
  void setResultMemory(Value memory);
  int64_t getResultBytes() const { return results.getNumBytes() + 2 * tileRows * 4; }

  AttendKernel &kernel;
  GpuContext &b;
  int64_t tileRows;
  Value firstQuery;
  /// This thread's place in its warp and in the warp's products, and the warp's first row.
  Value lane, group, quarter, warpRow;
  /// Its two rows as queries, inside, and the ends of the keys that they see.
  SmallVector<Value, 2> ownQueries, lastKeys;
  /// The end of the keys that any query of the block sees.
  Value lastKey;

private:
  int64_t getNumThreads() const { return tileRows / kRows * kWarp; }
  void findRows();
  Value getGreatest(Value index);
  Value getBlockLastKey();
  Value getColumn(const ColumnGroup &columns, int64_t parity);
  void keepSums(const RowState &state, ArrayRef<ColumnGroup> groups);
  void replaceSums();
  SmallVector<Value> addAllValues(Value query, Value maximum, ArrayRef<Value> columns);
  void storeResults();
  void storeOwn(const RowState &state, unsigned half, Value weight);
  void storeAgain(Value query, Value maximum, Value weight);
  /// Of a row, in shared memory: its greatest score is number 0, its sum of weights 1.
  Value getRowPlace(Value row, int64_t number);
  Value loadOfRow(Value row, int64_t number) {
    return LLVM::LoadOp::create(b, b.getF32Type(), getRowPlace(row, number));
  }

  SharedRows results;
  Value rowMemory;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_QUERYTILE_H
