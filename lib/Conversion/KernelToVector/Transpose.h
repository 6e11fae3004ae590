//===- Transpose.h - Copies that turn tensors around ------------*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_TRANSPOSE_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_TRANSPOSE_H

#include "tenon/Conversion/KernelToVector/CpuContext.h"

namespace mlir::tenon::kernel {

/// Turns a square, a vector of `lanes` elements per row, around: rows become columns.
void transposeSquare(CpuContext &context, MutableArrayRef<Value> rows);

/// The dimensions along which what is read and what is written lie side by side.
struct Transposition {
  unsigned read, written;
};

/// Of a copy of f32 that reads along one dimension and writes along another.
std::optional<Transposition> findTransposition(RowsOp op);

/// Emits the copy in square tiles that are turned in registers: whole lines are read and
/// written, whichever way round.
void emitTransposition(CpuContext &context, Transposition dims);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_TRANSPOSE_H
