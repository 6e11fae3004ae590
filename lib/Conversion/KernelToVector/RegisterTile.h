//===- RegisterTile.h - Products of a few rows with a panel -----*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_REGISTERTILE_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_REGISTERTILE_H

#include "Access.h"

namespace mlir::tenon::kernel {

/// What a register tile multiplies: `lhs(row, k)` gives an f32, `rhs(k,
/// vector)` a vector of columns.
struct TileOperands {
  llvm::function_ref<Value(unsigned, Value)> lhs;
  llvm::function_ref<Value(Value, unsigned)> rhs;
};

/// rows x vectors accumulators, row by row, after adding lhs * rhs for all k
/// from `begin` to `end` in ascending order to `initial`: one chain per
/// accumulator.
SmallVector<Value> emitTile(EmitContext &context, unsigned rows, unsigned vectors, Value begin,
                            Value end, ValueRange initial, TileOperands operands);

/// Accumulators of 0.
SmallVector<Value> makeZeroTile(EmitContext &context, unsigned rows, unsigned vectors);

/// Writes accumulators to `buffer` from `start` on, where rows are `stride`
/// elements apart.
void storeTile(EmitContext &context, ValueRange tile, unsigned rows, unsigned vectors, Value buffer,
               Value start, Value stride);

/// The whole sum over k from 0 to `size`, left in `buffer`, where rows are
/// `rowStride` elements apart: chains of at most kSumBlock terms, whose results
/// are added in order.
void emitBlockedTile(EmitContext &context, unsigned rows, unsigned vectors, SizeAttr size,
                     TileOperands operands, Value buffer, int64_t rowStride);

/// Runs `body` for the number of rows that `rows` holds: 1 to the tile's rows.
/// With `totalRows` constant, only for numbers that occur.
void switchRows(EmitContext &context, Value rows, SizeAttr totalRows,
                llvm::function_ref<void(unsigned)> body);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_REGISTERTILE_H
