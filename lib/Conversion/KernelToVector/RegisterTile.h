//===- RegisterTile.h - Products of a few rows with a panel -----*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_REGISTERTILE_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_REGISTERTILE_H

#include "tenon/Conversion/Emission/Access.h"
#include "tenon/Conversion/KernelToVector/CpuContext.h"

namespace mlir::tenon::kernel {

/// What a register tile multiplies: `lhs(row, k)` gives an f32, `rhs(k,
/// vector)` a vector of columns. `alongside(k, terms)` is what else an iteration
/// does that takes `terms` terms from k on; may be null.
struct TileOperands {
  llvm::function_ref<Value(unsigned, Value)> lhs;
  llvm::function_ref<Value(Value, unsigned)> rhs;
  llvm::function_ref<void(Value, int64_t)> alongside = nullptr;
};

/// Terms that one iteration takes when their number allows it. (Two would be
/// slower: pairs of lhs elements are then loaded as vectors, and spill.)
inline constexpr int64_t kUnroll = 4;

/// f32 elements of a cache line.
inline constexpr int64_t kLineElements = 16;

/// The terms per iteration for sums of `size` terms.
int64_t getUnroll(SizeAttr size);

/// rows x vectors accumulators, row by row, after adding lhs * rhs for all k
/// from `begin` to `end`, a multiple of `unroll` terms, in ascending order to
/// `initial`: one chain per accumulator.
SmallVector<Value> emitTile(CpuContext &context, unsigned rows, unsigned vectors, Value begin,
                            Value end, int64_t unroll, ValueRange initial, TileOperands operands);

/// Accumulators of 0.
SmallVector<Value> makeZeroTile(CpuContext &context, unsigned rows, unsigned vectors);

/// Reads accumulators from `buffer`, where rows are `stride` elements apart.
SmallVector<Value> loadTile(CpuContext &context, unsigned rows, unsigned vectors, Value buffer,
                            Value start, Value stride);

/// Writes accumulators to `buffer` from `start` on, where rows are `stride`
/// elements apart.
void storeTile(CpuContext &context, ValueRange tile, unsigned rows, unsigned vectors, Value buffer,
               Value start, Value stride);

/// The whole sum over k from 0 to `size`, left in `buffer` from `start` on, where
/// rows are `rowStride` elements apart: chains of at most kSumBlock terms, whose
/// results are added in order.
void emitBlockedTile(CpuContext &context, unsigned rows, unsigned vectors, SizeAttr size,
                     TileOperands operands, Value buffer, Value start, int64_t rowStride);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_REGISTERTILE_H
