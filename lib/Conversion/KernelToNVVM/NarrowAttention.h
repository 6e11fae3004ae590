//===- NarrowAttention.h - kernel.attend of bf16 ----------------*- C++ -*-===//
//
// Queries, keys and values are bf16 in memory. Keys come in runs: while one is worked on, the
// next are on their way to shared memory. Their products with the queries become scores, and
// the scores weights beside the rows' maxima so far; rounded to bf16 these are multiplied with
// the values from registers, as they lie where products have left them.
//
// With warpgroups (each of a block's two has 64 queries) a run's values are multiplied
// together with the keys of the next run, and while weights are made of what these come to
// (Shah et al. 2024, "FlashAttention-3", section 3.2).
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_NARROWATTENTION_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_NARROWATTENTION_H

#include "NarrowRows.h"
#include "QueryTile.h"

namespace mlir::tenon::kernel {

class NarrowAttention : QueryTile {
public:
  explicit NarrowAttention(AttendKernel &kernel);

  void emit();

private:
  /// A stage of a ring in shared memory.
  struct Ring {
    NarrowRows rows;
    int64_t stages;
    Value memory;
  };
  /// What goes from run to run.
  struct Run {
    /// Of all keys before those of the run, but their last maxima and sums of weights.
    RowState rows;
    /// The run's weights, two in a word, as a factor.
    SmallVector<Value> weights;
    /// The stages that have its keys and values.
    Value keyStage, valueStage;

    SmallVector<Value> pack() const;
    static Run unpack(ValueRange values, size_t numWeights);
  };

  void placeMemory();
  Value getStage(const Ring &ring, Value stage);
  Value getNext(const Ring &ring, Value stage);
  void startNext(Value firstKey, Value keyStage, Value valueStage);
  void waitForRun();
  Value getCheckedFrom();
  RowState addAllRuns();
  Run beginRuns();
  Run addRuns(Value first, Value last, const Run &before, bool checks);
  Run addRun(Value firstKey, const Run &before, bool checks);
  SmallVector<Value> multiplyKeys(Value keys);
  SmallVector<Value> getScores(Value firstKey, SmallVector<Value> products, bool checks);
  SmallVector<Value> getWeights(ArrayRef<Value> scores, RowState &state,
                                SmallVectorImpl<Value> &decays);
  SmallVector<Value> packWeights(ArrayRef<Value> weights);
  SmallVector<Value> addValues(ArrayRef<Value> weights, Value values, ArrayRef<Value> sums);
  SmallVector<Value> wait(int64_t inFlight, ArrayRef<Value> sums);
  Value exponential(Value number, Value shift);

  bool hasWarpgroups;
  /// Whether products, not scores, are what maxima are of and weights are made of; what makes
  /// scores of either.
  bool hasRawScores;
  double measureScale;
  int64_t runKeys;
  TensorCore core;
  NarrowRows queries;
  Ring keys, values;
  Value queryMemory;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_NARROWATTENTION_H
