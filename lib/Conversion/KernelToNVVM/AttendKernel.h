//===- AttendKernel.h - What attention computes -----------------*- C++ -*-===//
//
// Scores, weights and results of kernel.attend: what is the same however queries and keys
// are shared out among threads.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_ATTENDKERNEL_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_ATTENDKERNEL_H

#include "tenon/Conversion/Emission/Access.h"
#include "tenon/Conversion/KernelToNVVM/GpuContext.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::tenon::kernel {

class AttendKernel {
public:
  static constexpr unsigned kQuery = 0, kKey = 1, kValue = 2, kFirstScoreInput = 3;

  AttendKernel(AttendOp op, GpuContext &context);

  /// Sets a grid of batches times blocks of `queries` queries, and finds this block's
  /// batch. The answer is the number of the block's first query.
  Value launch(int64_t queries, int64_t threads);

  /// A query, and a key, of this block's batch.
  Point at(Value query) const { return batch.at(queryDim, query); }
  Point at(Value query, Value key) const { return at(query).at(keyDim, key); }

  /// The keys that a query attends to are those before this one.
  Value getLastKey(Value query);
  /// Whether the key mask shows a key; null when there is none.
  Value isVisible(Value key);
  /// The product of a query and a key, one chain; `beforeTerm` is emitted before each term.
  Value getProduct(const Point &point, llvm::function_ref<void()> beforeTerm = [] {});
  /// The score that a product becomes.
  Value getScore(const Point &point, Value product);
  /// exp(score - maximum), 0 for a hidden key, also when all are.
  Value getWeight(Value score, Value maximum);
  /// An element of the values; 0 where the key mask hides the key.
  Value getValue(const Point &point, Value column);
  /// What a sum of weighted values comes to, `sum` being that of the weights.
  Value divide(Value weighted, Value sum);
  /// Whether all weights are 0, and results with them.
  Value isNothing(Value sum);
  void store(const Point &point, Value column, Value result);

  Value getHidden();
  Value isBelow(Value lhs, Value rhs);

  AttendOp op;
  KernelOpInterface form;
  GpuContext &b;
  SmallVector<unsigned> batchDims;
  unsigned queryDim, keyDim, depthDim, valueDim;
  /// Elements of a query, and of a value.
  int64_t depth, width;
  Value numQueries, numKeys;

private:
  Value compare(arith::CmpFPredicate predicate, Value lhs, double rhs);

  Point batch;
};

/// Emits a block per query: for few of them, and for long ones.
void emitThreadAttention(AttendKernel &kernel);
/// Emits a block per 64 queries, which tensor cores multiply with keys and values.
void emitTileAttention(AttendKernel &kernel);
/// The same for queries, keys and values of bf16; warpgroups take 128 queries.
void emitNarrowAttention(AttendKernel &kernel);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_ATTENDKERNEL_H
