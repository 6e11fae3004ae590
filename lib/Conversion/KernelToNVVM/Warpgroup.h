//===- Warpgroup.h - Products of four warps from shared memory --*- C++ -*-===//
//
// wgmma of compute capability 9.0: four warps multiply 64 rows by up to 256 columns, factors
// of bf16 in lines of 128 bytes (FactorSlices.h), while they do something else.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_WARPGROUP_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_WARPGROUP_H

#include "tenon/Conversion/KernelToNVVM/GpuContext.h"

namespace mlir::tenon::kernel {

/// Threads, and rows of a product.
inline constexpr int64_t kWarpgroup = 128, kWarpgroupRows = 64;
/// What slices lie at multiples of.
inline constexpr int64_t kWarpgroupAlignment = 1024;
/// Elements of bf16 in a piece of 16 bytes.
inline constexpr int64_t kNarrowPiece = 8;

/// Where element `element` of a line of 128 bytes lies in it: pieces are mixed by the line's
/// number.
Value mixInLine(GpuContext &b, Value element, Value line);

/// A factor in shared memory.
struct WarpgroupFactor {
  /// The descriptor of its first 16 terms, an i64.
  Value descriptor;
  /// Whether terms, or else rows or columns, lie side by side.
  bool isAlongTerms;
  /// Bytes from lines of 64 terms, or of 64 rows or columns, to those of the next.
  int64_t panelBytes;

  /// The factor at `pointer`.
  static WarpgroupFactor at(GpuContext &b, Value pointer, bool isAlongTerms, int64_t panelBytes);
  /// The descriptor of the 16 terms from `term` on, a multiple of 16.
  Value getDescriptor(GpuContext &b, int64_t term) const;
};

/// What the block's threads have written to shared memory is seen by products: each thread
/// calls it before a barrier.
void showToProducts(GpuContext &b);
/// Before products that take what threads have in registers.
void beginProducts(GpuContext &b);
/// Products since the last call are a group.
void commitProducts(GpuContext &b);
/// Waits until at most the `inFlight` last groups are not done yet. `sums` are those of
/// products that it waits for, or that go on to others: what it gives takes their place.
SmallVector<Value> waitForProducts(GpuContext &b, int64_t inFlight, ValueRange sums);

/// Adds the products of 64 rows, in registers or shared memory, and columns, 16 terms of each.
/// Of 8 columns a thread has four sums: lane 4 g + q of warp w those of rows 16 w + g and
/// 8 more, columns 2 q and 2 q + 1.
SmallVector<Value> multiply(GpuContext &b, const WarpgroupFactor &lhs, const WarpgroupFactor &rhs,
                            int64_t term, ValueRange sums);
SmallVector<Value> multiply(GpuContext &b, ArrayRef<Value> lhsWords, const WarpgroupFactor &rhs,
                            int64_t term, ValueRange sums);
/// The products of the first 16 terms, of `columns` columns, which are added to nothing.
SmallVector<Value> multiplyFirst(GpuContext &b, const WarpgroupFactor &lhs,
                                 const WarpgroupFactor &rhs, int64_t columns);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_WARPGROUP_H
