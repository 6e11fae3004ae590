//===- TensorCore.h - Products of a warp on tensor cores --------*- C++ -*-===//
//
// The instructions that kernels with products of matrices are made of, since compute
// capability 8.0: copies from global to shared memory that need no register, fragments
// of matrices, and mma.sync on them.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_TENSORCORE_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_TENSORCORE_H

#include "tenon/Conversion/KernelToNVVM/GpuContext.h"

namespace mlir::tenon::kernel {

/// What the module's products round their factors to; f32: not at all.
FloatType getCompute(KernelOpInterface form);

/// `pointer` and `offset` bytes, `offset` an index.
Value movePointer(GpuContext &b, Value pointer, Value offset);

/// Copies `bytes` (4 or 16, to which both addresses are aligned) to shared memory, once
/// waited for: the first `bytesRead`, an i32, are read, the others are 0.
void copyAsync(GpuContext &b, Value to, Value from, int64_t bytes, Value bytesRead);
/// What this thread has copied since the last call is a group.
void commitCopies(GpuContext &b);
/// Waits until at most the `inFlight` last groups of this thread are not there yet.
void waitForCopies(GpuContext &b, int64_t inFlight);

/// The stage of shared memory after stage `number` of `stages` that take turns.
Value getNextStage(GpuContext &b, Value number, int64_t stages);

/// Four blocks of 8 rows of 16 bytes in shared memory, taken by a warp together: lane
/// 8 m + r has the address of row r of block m. Lane 4 r + q gets word q of row r of each, an
/// i32. With `turns` a row has 8 numbers of 16 bits, and the lane gets number r of rows 2 q
/// and 2 q + 1.
SmallVector<Value> loadBlocks(GpuContext &b, Value pointer, bool turns = false);
/// The words as f32.
SmallVector<Value> toFloats(GpuContext &b, ArrayRef<Value> words);

/// Two f32 rounded to bf16 in an i32, the first one in its lower half.
Value packPair(GpuContext &b, Value first, Value second);

/// A factor's terms of one step, in the registers of a warp: 16 rows, or 8 columns.
struct Fragment {
  /// `low` is what `high` leaves of f32.
  SmallVector<Value> high, low;
};

/// How f32 factors are multiplied on tensor cores. Sums are f32.
///
/// f32: a factor is the sum of two numbers of TF32, x = high + low, of which the product
/// low * low does not count: three products. Tensor cores truncate as they add. So sums of
/// one step begin at zero there and are added to others by `arith.addf`, which rounds
/// (Ootomo and Yokota 2022). Infinities, and what rounds to one, become NaN. TF32 has no
/// bits below 2^-136: numbers smaller than 2^-112 lose some of their last ones.
///
/// tf32, bf16: factors are rounded to nearest, one product.
class TensorCore {
public:
  TensorCore(GpuContext &context, FloatType compute) : b(context), compute(compute) {}

  /// Terms of a step.
  int64_t getStep() const { return compute.isBF16() ? 16 : 8; }
  bool isSplit() const { return compute.isF32(); }
  unsigned getNumProducts() const { return isSplit() ? 3 : 1; }

  /// Lane 4 g + q gives term q of row, or column, g of blocks of 8 by 4 terms: of `numBlocks`
  /// of the first 4 terms, then of the next.
  Fragment makeFragment(ArrayRef<Value> words, int64_t numBlocks);
  /// Adds product number `number` to 16 rows by 8 columns: lane 4 g + q has rows g and
  /// g + 8 of columns 2 q and 2 q + 1.
  SmallVector<Value> multiply(const Fragment &lhs, const Fragment &rhs, unsigned number,
                              ValueRange sums);

private:
  Fragment split(ArrayRef<Value> words);
  Value toBits(Value value);

  GpuContext &b;
  FloatType compute;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_TENSORCORE_H
