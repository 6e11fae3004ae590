//===- FactorOrder.cpp - How the elements of a factor lie -----------------===//

#include "tenon/Dialect/Kernel/IR/FactorOrder.h"

namespace mlir::tenon::kernel {

/// Neighbours that make an index of several dimensions worth being called contiguous.
static constexpr int64_t kLeastRun = 8;

FactorOrder::FactorOrder(KernelOpInterface product, unsigned factor)
    : product(product), factor(factor),
      places(product.getDims(factor == 0 ? DimRole::Rows : DimRole::Cols)),
      terms(product.getDims(DimRole::Sum)), alongTerms(isContiguous(terms)) {}

/// Whether neighbours along `dims`, the last varying fastest, are neighbours in memory; if
/// not all of them, runs of many.
bool FactorOrder::isContiguous(ArrayRef<unsigned> dims) const {
  KernelOpInterface op = product;
  if (!op.getAccess(factor).getCoefficients()[dims.back()].isOne())
    return false;
  std::optional<int64_t> run = op.getDim(dims.back()).getSize().getConstant();
  return dims.size() == 1 || !run || *run >= kLeastRun;
}

/// Everything but the contiguous index has to move by whole pieces.
bool FactorOrder::isInPieces(int64_t count) const {
  KernelOpInterface op = product;
  auto isMultiple = [&](SizeAttr size) {
    return bool(size.divideExactly(SizeAttr::get(size.getContext(), count)));
  };
  ArrayRef<unsigned> dims = alongTerms ? terms : places;
  // Rows of a group, and a group's terms, begin anywhere.
  auto contract = dyn_cast<ContractOp>(op.getOperation());
  bool sumsGroups = contract && contract.getGroupsOfSums().has_value();
  bool hasRowGroups = !op.getDims(DimRole::Groups).empty() && !sumsGroups;
  if (!isContiguous(dims) || (alongTerms && sumsGroups) ||
      (factor == 0 && !alongTerms && hasRowGroups))
    return false;
  // A piece may not go beyond its run.
  if (dims.size() > 1 && !isMultiple(op.getDim(dims.back()).getSize()))
    return false;
  if (auto window = dyn_cast<WindowOp>(op.getOperation()); window && factor == 0)
    for (auto [number, dim] : llvm::enumerate(window.getBounds()))
      if (number % 6 < 2 && dim == dims.back())
        return false;
  AccessAttr access = op.getAccess(factor);
  for (auto [dim, coefficient] : llvm::enumerate(access.getCoefficients()))
    if (dim != dims.back() && !isMultiple(coefficient))
      return false;
  return isMultiple(access.getOffset());
}

} // namespace mlir::tenon::kernel
