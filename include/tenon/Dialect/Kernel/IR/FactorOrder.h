//===- FactorOrder.h - How the elements of a factor lie ---------*- C++ -*-===//
//
// Which index of a factor of kernel.contract or kernel.window is innermost in memory, and
// whether its elements may be copied several at once.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_KERNEL_IR_FACTORORDER_H
#define TENON_DIALECT_KERNEL_IR_FACTORORDER_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

namespace mlir::tenon::kernel {

class FactorOrder {
public:
  /// Of operand `factor`, 0 or 1, of a product.
  FactorOrder(KernelOpInterface product, unsigned factor);

  /// Whether terms, or else the factor's rows or columns, lie side by side.
  bool isAlongTerms() const { return alongTerms; }
  /// Whether neighbours come in whole pieces of `count` elements that begin at multiples of
  /// `count`, from the memory's beginning, whatever the sizes are.
  bool isInPieces(int64_t count) const;

private:
  bool isContiguous(ArrayRef<unsigned> dims) const;

  KernelOpInterface product;
  unsigned factor;
  SmallVector<unsigned> places, terms;
  bool alongTerms;
};

} // namespace mlir::tenon::kernel

#endif // TENON_DIALECT_KERNEL_IR_FACTORORDER_H
