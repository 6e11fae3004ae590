//===- AttendPairs.h - Tiles of queries by keys on GPUs ---------*- C++ -*-===//
//
// A block of threads has 64 rows, queries or keys, and meets the others, its columns, 64
// at a time. Of the pairs each thread has 4 by 4 in registers: rows side by side, columns
// 16 apart, so that neighbouring threads read and write side by side.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_ATTENDPAIRS_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_ATTENDPAIRS_H

#include "tenon/Conversion/Emission/Access.h"
#include "tenon/Conversion/KernelToNVVM/GpuContext.h"

namespace mlir::tenon::kernel {

/// Pairs of queries and keys in the kernels of attention's derivatives.
class AttendPairs {
public:
  static constexpr int64_t kTile = 64, kSide = 16, kPart = kTile / kSide;
  static constexpr int64_t kThreads = kSide * kSide;
  /// Pairs of a thread.
  static constexpr int64_t kOwn = kPart * kPart;
  /// From one line of 64 elements in shared memory to the next: four rows are one load,
  /// and threads that write to the same place of neighbouring lines use different banks.
  static constexpr int64_t kStride = kTile + 4;

  /// What the ops say alike, with q, k, v, dy as their first operands.
  struct Form {
    double scale;
    bool causal;
    Region &score;
    std::optional<unsigned> keyMask;
  };
  template <class Op> static Form getForm(Op op) {
    return {op.getScale().convertToDouble(), op.getCausal(), op.getScore(), op.getKeyMaskOperand()};
  }
  AttendPairs(GpuContext &context, const Form &form);

  /// Queries or keys from `first` on, below `count`.
  struct Side {
    unsigned dim;
    Value first, count;
    bool areKeys;
  };
  Side getQueries(Value first) const { return {queryDim, first, numQueries, false}; }
  Side getKeys(Value first) const { return {keyDim, first, numKeys, true}; }
  /// Rows by columns of one batch index.
  struct Tile {
    Point batch;
    Side rows, columns;
  };

  /// This thread's sums of queries * keys over depth, and of derivatives by results *
  /// values over those. There are queries and keys. All threads must come.
  SmallVector<Value> multiplyKeys(const Tile &tile);
  SmallVector<Value> multiplyValues(const Tile &tile);
  /// Visits this thread's pairs by number; one outside the tile is at the last query or
  /// key, and not visible.
  using PairBody = llvm::function_ref<void(unsigned number, const Point &point, Value isVisible)>;
  void forPairs(const Tile &tile, PairBody body);
  /// The score of a pair from its product with the key.
  Value getScore(const Point &pair, Value product);

  /// The element of an operand; 0 where `isInside` does not hold.
  Value load(unsigned operand, const Point &point, Value isInside);
  /// Whether number `index` of a side is there: for a key, whether the key mask shows it.
  Value isThere(const Point &batch, const Side &side, Value index);
  /// The first key that none of a tile's queries from `first` on sees, and the first query
  /// that sees one of the keys from `first` on.
  Value getKeysEnd(Value firstQuery);
  Value getQueriesBegin(Value firstKey);
  Value isBelow(Value lhs, Value rhs);

  /// This thread's first row and column in a tile.
  Value getRow() const { return row; }
  Value getColumn() const { return column; }

private:
  SmallVector<Value> multiply(const Tile &tile, unsigned rowOperand, unsigned columnOperand,
                              unsigned termDim);
  void fillSlice(const Point &batch, const Side &side, unsigned operand, unsigned termDim,
                 Value firstTerm, Value slice);
  SmallVector<Value> addSlice(ValueRange sums);

  GpuContext &b;
  Form form;
  unsigned queryDim, keyDim, depthDim, valueDim;
  Value numQueries, numKeys, row, column;
  /// Slices of rows and columns: [term, row] and [term, column].
  Value rowSlice, columnSlice;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_ATTENDPAIRS_H
