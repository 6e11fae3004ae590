//===- LhsMaker.h - A lhs that a prologue computes --------------*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_LHSMAKER_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_LHSMAKER_H

#include "PanelProduct.h"
#include "tenon/Conversion/KernelToVector/CpuContext.h"

namespace mlir::tenon::kernel {

/// Evaluates the prologue of a `kernel.contract` for a block of rows and a chunk of the
/// sum into scratch memory, from where the product reads its lhs.
class LhsMaker {
public:
  /// For blocks of at most `blockRows`.
  LhsMaker(CpuContext &context, ContractOp op, int64_t blockRows);

  /// The terms that are made at once.
  int64_t getChunk() const { return numTerms * chunkElements; }

  /// Makes the terms from `firstTerm` on, a whole chunk, of rows `begin` to `end`;
  /// `getPoint` gives the domain's indices of a row.
  void make(Value firstTerm, Value begin, Value end, llvm::function_ref<Point(Value)> getPoint);

  /// How rows from `firstRow` of the block on are loaded.
  PanelProduct::LhsOfRow getRows(Value firstRow, unsigned rows);

private:
  void makeElements(Point point, Value rowStart);

  CpuContext *context;
  ContractOp op;
  unsigned chunkDim, elementDim;
  int64_t numTerms, chunkElements;
  /// The distance of rows in `terms`.
  int64_t stride;
  Value terms;
  /// The first term in memory.
  Value firstTerm;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_LHSMAKER_H
