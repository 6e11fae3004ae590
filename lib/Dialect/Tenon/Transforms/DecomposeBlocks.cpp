//===- DecomposeBlocks.cpp - Blocks as graphs of tensor ops ---------------===//

#include "tenon/Dialect/Tenon/IR/Decomposition.h"
#include "tenon/Dialect/Tenon/Transforms/Passes.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_TENONDECOMPOSEBLOCKS
#include "tenon/Dialect/Tenon/Transforms/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

namespace {
struct DecomposeBlocks : public tenon::impl::TenonDecomposeBlocksBase<DecomposeBlocks> {
  void runOnOperation() override;
};
} // namespace

void DecomposeBlocks::runOnOperation() {
  // A decomposition may hold blocks again: repeat until none is left. Each
  // replaces a block by simpler ones, so this ends.
  SmallVector<DecomposableOpInterface> blocks;
  do {
    blocks.clear();
    getOperation().walk([&](DecomposableOpInterface block) { blocks.push_back(block); });
    for (DecomposableOpInterface block : blocks)
      if (failed(replaceByDecomposition(block)))
        return signalPassFailure();
  } while (!blocks.empty());
}
