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

#include "QueryTile.h"

namespace mlir::tenon::kernel {

class TileAttention : QueryTile {
public:
  explicit TileAttention(AttendKernel &kernel);

  void emit();

private:
  /// Queries of a block; keys of a run, and blocks of 8 of them.
  static constexpr int64_t kQueries = 64, kKeys = 32, kKeyBlocks = kKeys / 8;

  void placeMemory();
  void copyKeys(SharedRows &rows, Value firstKey);
  RowState addRun(Value firstKey, RowState state);
  SmallVector<Value> addTerms(Value term, ValueRange before);
  SmallVector<Value> multiplyKeys();
  SmallVector<Value> replaceProducts(ValueRange products);
  SmallVector<Value> getScores(Value firstKey, ValueRange products);
  SmallVector<Value> getWeights(ValueRange scores, RowState &state);
  void addValues(ArrayRef<Value> weights, RowState &state);

  TensorCore core;
  SharedRows queries, keys, values;
  SmallVector<ColumnGroup> groups;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_TILEATTENTION_H
