//===- CheckSizes.cpp - Every size symbol is declared ---------------------===//

#include "tenon/Dialect/Tenon/Transforms/Passes.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_TENONCHECKSIZES
#include "tenon/Dialect/Tenon/Transforms/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

namespace {
struct CheckSizes : public tenon::impl::TenonCheckSizesBase<CheckSizes> {
  void runOnOperation() override;
};
} // namespace

/// Entries take and return tensors of the dialect.
static LogicalResult checkSignature(func::FuncOp function) {
  auto check = [&](TypeRange types, StringRef what) -> LogicalResult {
    for (auto [index, type] : llvm::enumerate(types))
      if (!isa<TenonTensorType>(type))
        return function.emitOpError()
               << what << " " << index << " is " << type << "; expected a !tenon.tensor";
    return success();
  };
  return success(succeeded(check(function.getArgumentTypes(), "argument")) &&
                 succeeded(check(function.getResultTypes(), "result")));
}

void CheckSizes::runOnOperation() {
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (function.isPublic() && failed(checkSignature(function)))
      return signalPassFailure();
  llvm::StringSet<> declared;
  for (auto size : getOperation().getOps<SizeOp>())
    declared.insert(size.getSymName());
  // Types and attributes alike hold sizes: extents, starts of slices, factors.
  StringAttr undeclared;
  AttrTypeWalker walker;
  walker.addWalk([&](SizeAttr size) {
    for (StringAttr symbol : size.getSymbols())
      if (!declared.contains(symbol.getValue()))
        undeclared = symbol;
    return undeclared ? WalkResult::interrupt() : WalkResult::advance();
  });
  WalkResult result = getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
    walker.walk(op->getAttrDictionary());
    for (Type type : op->getResultTypes())
      walker.walk(type);
    for (Region &region : op->getRegions())
      for (Type type : region.getArgumentTypes())
        walker.walk(type);
    if (!undeclared)
      return WalkResult::advance();
    op->emitOpError() << "uses the size '" << undeclared.getValue()
                      << "', which no tenon.size declares";
    return WalkResult::interrupt();
  });
  if (result.wasInterrupted())
    signalPassFailure();
}
