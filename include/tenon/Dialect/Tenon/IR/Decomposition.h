//===- Decomposition.h - Blocks in the place of which graphs stand -*- C++ -*-===//

#ifndef TENON_DIALECT_TENON_IR_DECOMPOSITION_H
#define TENON_DIALECT_TENON_IR_DECOMPOSITION_H

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

namespace mlir::tenon {

/// Puts the graph that a block stands for in its place. Fails, with a diagnostic, when
/// there is none.
LogicalResult replaceByDecomposition(DecomposableOpInterface block);

} // namespace mlir::tenon

#endif // TENON_DIALECT_TENON_IR_DECOMPOSITION_H
