//===- Decomposition.cpp - Blocks in the place of which graphs stand ------===//

#include "tenon/Dialect/Tenon/IR/Decomposition.h"

using namespace mlir;
using namespace mlir::tenon;

LogicalResult mlir::tenon::replaceByDecomposition(DecomposableOpInterface block) {
  OpBuilder builder(block);
  FailureOr<SmallVector<Value>> values = block.decompose(builder);
  if (failed(values))
    return failure();
  block->replaceAllUsesWith(*values);
  block->erase();
  return success();
}
