//===- RowTerms.h - A prologue's terms, rows side by side -------*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_ROWTERMS_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_ROWTERMS_H

#include "tenon/Conversion/Emission/Access.h"
#include "tenon/Conversion/KernelToVector/CpuContext.h"

#include "llvm/ADT/MapVector.h"

namespace mlir::tenon::kernel {

/// Evaluates the prologue of a `kernel.contract` for a group of rows and a few elements
/// of a chunk into scratch memory, each term as vectors of rows.
class RowTerms {
public:
  /// For groups of `groupRows` rows, whole vectors.
  RowTerms(CpuContext &context, ContractOp op, int64_t groupRows);

  /// Whether lanes can be rows: no value of the prologue says where a row is.
  static bool canMake(ContractOp op);

  /// The elements of a chunk that are made at once: a vector of them, at most.
  int64_t getRunElements() const { return lanes; }
  int64_t getNumTerms() const { return numTerms; }
  int64_t getChunkElements() const { return chunkElements; }
  unsigned getChunkDim() const { return chunkDim; }

  /// A run of elements of some chunk.
  struct Run {
    Value chunk, firstElement;
    /// Unless all `getRunElements()` lie in the chunk: how many.
    std::optional<int64_t> tail;
  };
  /// Begins a group of `numRows` rows; `getPoint` gives the domain's indices of each.
  void begin(Value numRows, llvm::function_ref<Point(Value)> getPoint);
  /// Makes the terms of a run for the group.
  void make(const Run &run);

  /// A vector of rows, from `row` on, of term `number` of element number `element` of the run.
  Value load(Value number, Value element, Value row);

private:
  /// What the prologue reads of an input, rows side by side: [element of the run, row]. And
  /// where the rows begin.
  struct Staged {
    Value elements, starts;
  };
  bool variesWithRows(unsigned input);
  void stage(unsigned input, const Staged &to, const Run &run);
  Value getPlace(Value number, Value element, Value row);

  CpuContext *context;
  ContractOp op;
  KernelOpInterface form;
  int64_t lanes, groupRows, numTerms, chunkElements;
  unsigned chunkDim, elementDim;
  /// The distance of terms, which do not share the sets of the first cache.
  int64_t termStride;
  /// [term, element of the run, row].
  Value terms;
  /// By the number of the input; those that vary with the rows.
  llvm::MapVector<unsigned, Staged> staged;
  /// The group's first row, and how many there are.
  std::optional<Point> first;
  Value numRows;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_ROWTERMS_H
