//===- MergeDims.cpp - Dimensions that all operands walk alike ------------===//

#include "tenon/Dialect/Kernel/Transforms/Passes.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELMERGEDIMS
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

namespace {
struct MergeDims : public impl::KernelMergeDimsBase<MergeDims> {
  void runOnOperation() override;
};
} // namespace

/// True when regions or attributes of the kernel name dimensions by number.
static bool namesDims(KernelOpInterface kernel) {
  if (auto window = dyn_cast<WindowOp>(kernel.getOperation());
      window && !window.getBounds().empty())
    return true;
  return kernel->walk([](PositionOp) { return WalkResult::interrupt(); }).wasInterrupted();
}

/// True when dimensions of this role stand for something by their place.
static bool areFixed(KernelOpInterface kernel, DimRole role) {
  auto contract = dyn_cast<ContractOp>(kernel.getOperation());
  return contract && !contract.getPrologue().empty() && role == DimRole::Sum;
}

/// True when `outer` may go over into `inner`. Of a product, a batch that steps over the
/// columns evenly is more columns: what varies with rows and terms alone, which the columns
/// are not of, is then the same for all of the batch. Not when its right-hand side is packed
/// or its sums are in parts: panels and parts are of a batch each.
static bool areOfOneKind(KernelOpInterface kernel, DimAttr outer, DimAttr inner) {
  if (areFixed(kernel, inner.getRole()))
    return false;
  return outer.getRole() == inner.getRole() ||
         (isa<ContractOp>(kernel.getOperation()) && !kernel->hasAttr("panel") &&
          !kernel->hasAttr("parts") && outer.getRole() == DimRole::Batch &&
          inner.getRole() == DimRole::Cols);
}

static void eraseDim(KernelOpInterface kernel, unsigned dim) {
  Builder builder(kernel.getContext());
  SmallVector<Attribute> domain(kernel.getDomain().getValue()), accesses;
  domain.erase(domain.begin() + dim);
  for (unsigned i = 0; i < kernel->getNumOperands(); ++i) {
    AccessAttr access = kernel.getAccess(i);
    SmallVector<SizeAttr> coefficients(access.getCoefficients());
    coefficients.erase(coefficients.begin() + dim);
    accesses.push_back(AccessAttr::get(kernel.getContext(), access.getOffset(), coefficients));
  }
  kernel.setDomainAttr(builder.getArrayAttr(domain));
  kernel.setAccessesAttr(builder.getArrayAttr(accesses));
}

/// Drops one dimension of size 1 whose role has others or is not required.
static bool dropUnitDim(KernelOpInterface kernel) {
  for (unsigned i = 0; i < kernel.getNumDims(); ++i) {
    DimAttr dim = kernel.getDim(i);
    bool isFree = dim.getRole() == DimRole::Batch || isa<RowsOp, IndexOp>(kernel.getOperation()) ||
                  kernel.getDims(dim.getRole()).size() > 1;
    // A row kernel's only sum dimension says that it reduces.
    if (dim.getRole() == DimRole::Sum && kernel.getDims(DimRole::Sum).size() == 1)
      isFree = false;
    if (!dim.getSize().isOne() || !isFree || areFixed(kernel, dim.getRole()))
      continue;
    eraseDim(kernel, i);
    return true;
  }
  return false;
}

/// Merges one pair (outer, inner) when every access allows it.
static bool mergePair(KernelOpInterface kernel) {
  for (unsigned outer = 0; outer < kernel.getNumDims(); ++outer)
    for (unsigned inner = 0; inner < kernel.getNumDims(); ++inner) {
      DimAttr outerDim = kernel.getDim(outer), innerDim = kernel.getDim(inner);
      if (outer == inner || !areOfOneKind(kernel, outerDim, innerDim))
        continue;
      bool isEven = true;
      for (unsigned i = 0; i < kernel->getNumOperands() && isEven; ++i) {
        ArrayRef<SizeAttr> coefficients = kernel.getAccess(i).getCoefficients();
        isEven = coefficients[outer] == coefficients[inner].mul(innerDim.getSize());
      }
      SizeAttr size = outerDim.getSize().mul(innerDim.getSize());
      if (!isEven || !size)
        continue;
      SmallVector<Attribute> domain(kernel.getDomain().getValue());
      domain[inner] =
          DimAttr::get(kernel.getContext(), innerDim.getRole(), innerDim.getName(), size);
      kernel.setDomainAttr(ArrayAttr::get(kernel.getContext(), domain));
      eraseDim(kernel, outer);
      return true;
    }
  return false;
}

void MergeDims::runOnOperation() {
  getOperation().walk([&](KernelOpInterface kernel) {
    if (namesDims(kernel))
      return;
    while (dropUnitDim(kernel) || mergePair(kernel))
      ++numMerged;
  });
}

} // namespace mlir::tenon::kernel
