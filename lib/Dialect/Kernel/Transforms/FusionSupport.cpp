//===- FusionSupport.cpp - Matching the dimensions of two kernels ---------===//

#include "FusionSupport.h"

#include "mlir/IR/IRMapping.h"

namespace mlir::tenon::kernel {

std::optional<DimMap> matchDims(KernelOpInterface from, AccessAttr fromAccess,
                                KernelOpInterface to, AccessAttr toAccess,
                                llvm::function_ref<bool(unsigned)> isCandidate) {
  if (fromAccess.getOffset() != toAccess.getOffset())
    return std::nullopt;
  DimMap dims;
  SmallVector<bool> taken(to.getNumDims(), false);
  for (unsigned i = 0; i < from.getNumDims(); ++i) {
    if (from.getDim(i).getSize().isOne()) {
      dims.push_back(-1);
      continue;
    }
    std::optional<unsigned> partner;
    for (unsigned j = 0; j < to.getNumDims() && !partner; ++j)
      if (!taken[j] && isCandidate(j) && to.getDim(j).getSize() == from.getDim(i).getSize() &&
          toAccess.getCoefficients()[j] == fromAccess.getCoefficients()[i])
        partner = j;
    if (!partner)
      return std::nullopt;
    taken[*partner] = true;
    dims.push_back(*partner);
  }
  return dims;
}

AccessAttr remapAccess(AccessAttr access, const DimMap &dims, unsigned numDims) {
  SmallVector<SizeAttr> coefficients(numDims, SizeAttr::get(access.getContext(), 0));
  for (auto [coefficient, dim] : llvm::zip(access.getCoefficients(), dims))
    if (dim >= 0)
      coefficients[dim] = coefficients[dim].add(coefficient);
  return AccessAttr::get(access.getContext(), access.getOffset(), coefficients);
}

bool isMap(KernelOpInterface op) {
  // A reduction over no dimension would reduce over those of another kernel.
  return isa<RowsOp>(op.getOperation()) && op.getDims(DimRole::Sum).empty() &&
         op.getEpilogueRegion().getOps<ReduceOp>().empty();
}

bool isOnlyReadBy(Value value, Operation *reader) {
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
    return use.getOwner() == reader && use.getOperandNumber() + 1 < reader->getNumOperands();
  });
}

Value cloneScalarRegion(OpBuilder &builder, Region &region, ValueRange arguments,
                        const DimMap &dims) {
  IRMapping mapping;
  mapping.map(region.getArguments(), arguments);
  for (Operation &op : region.front().without_terminator()) {
    Operation *clone = builder.clone(op, mapping);
    if (auto position = dyn_cast<PositionOp>(clone)) {
      int64_t dim = dims[position.getDim()];
      if (dim >= 0) {
        position.setDim(dim);
        continue;
      }
      // The index along a dimension of size 1.
      Value zero = ExtentOp::create(builder, op.getLoc(), builder.getIndexType(),
                                    SizeAttr::get(op.getContext(), 0));
      mapping.map(op.getResult(0), zero);
      clone->erase();
    }
  }
  return mapping.lookupOrDefault(region.front().getTerminator()->getOperand(0));
}

} // namespace mlir::tenon::kernel
