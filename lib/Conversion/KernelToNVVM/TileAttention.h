//===- TileAttention.h - kernel.attend on tensor cores ----------*- C++ -*-===//
//
// A block has 64 queries of one batch, each of its warps 16 of them. Keys come in runs of
// 32: their products with the queries become scores, the scores weights, beside the rows'
// maxima so far and the sums of exponentials, and the weights' products with the values
// are added to what there was. While keys are multiplied, their values are on the way to
// shared memory; while weights are, the next keys are.
//
// Weights are where the product of queries and keys has left them: lane 4 g + q has those of
// rows g and g + 8, keys 2 q and 2 q + 1 of 8. That is a factor of the product with the
// values if term q of it stands for key 2 q, term q + 4 for key 2 q + 1.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_TILEATTENTION_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_TILEATTENTION_H

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

class TileAttention {
public:
  explicit TileAttention(AttendKernel &kernel);

  void emit();

private:
  /// Queries of a block and of a warp; keys of a run, and blocks of 8 of them.
  static constexpr int64_t kThreads = 128, kQueries = 64, kRows = 16, kKeys = 32,
                           kKeyBlocks = kKeys / 8;

  void placeMemory();
  void findRows();
  Value getGreatest(Value index);
  Value getBlockLastKey();
  void copyKeys(SharedRows &rows, Value firstKey);
  RowState addRun(Value firstKey, RowState state);
  SmallVector<Value> addTerms(Value term, ValueRange before);
  SmallVector<Value> multiplyKeys();
  SmallVector<Value> getScores(Value firstKey, ValueRange products);
  SmallVector<Value> getWeights(ValueRange scores, RowState &state);
  void addValues(ArrayRef<Value> weights, RowState &state);

  // What becomes of sums: TileResults.cpp.
  void keepSums(const RowState &state);
  void storeResults();
  /// Of a row, in shared memory: its greatest score is number 0, its sum of weights 1.
  Value getRowPlace(Value row, int64_t number);
  Value loadOfRow(Value row, int64_t number) {
    return LLVM::LoadOp::create(b, b.getF32Type(), getRowPlace(row, number));
  }

  // What is not finite: TileRepair.cpp.
  Value isNotFinite(ValueRange values);
  SmallVector<Value> replaceProducts(ValueRange products);
  void replaceSums();
  SmallVector<Value> addAllValues(Value query, Value maximum, ArrayRef<Value> columns);

  Value combineQuad(ReduceKind kind, Value value);
  /// Of this thread's sums, in the first block of a group: the first, or second, column.
  Value getColumn(const ColumnGroup &columns, int64_t parity);

  AttendKernel &kernel;
  GpuContext &b;
  TensorCore core;
  SharedRows queries, keys, values, results;
  SmallVector<ColumnGroup> groups;
  Value firstQuery, rowMemory;
  /// This thread's place in its warp and in the warp's products, and the warp's first row.
  Value lane, group, quarter, warpRow;
  /// Its two rows as queries, inside, and the ends of the keys that they see.
  SmallVector<Value, 2> ownQueries, lastKeys;
  /// The end of the keys that any query of the block sees.
  Value lastKey;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_TILEATTENTION_H
