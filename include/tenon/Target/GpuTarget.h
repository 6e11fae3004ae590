//===- GpuTarget.h - How GPUs divide matrix products ------------*- C++ -*-===//
//
// Data about the GPUs that code is generated for. No policy: emitters read the numbers
// and decide.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TARGET_GPUTARGET_H
#define TENON_TARGET_GPUTARGET_H

#include "tenon/Target/CpuTarget.h"

namespace mlir::tenon {

/// A block's part of a product of matrices on tensor cores.
struct GpuProductTile {
  /// Results of a block, and of each of its warps.
  TileShape block, warp;
  /// The tile is taken where a product has this many of it at least.
  int64_t leastTiles;
  /// Whether registers are left for long sums, which need sums of a block of terms beside
  /// those of the blocks before, for factors that are copied element by element, and for
  /// passes over groups.
  bool takesAll;

  constexpr int64_t getNumThreads() const {
    return 32 * (block.rows / warp.rows) * (block.columns / warp.columns);
  }
};

/// Terms of a slice: of either factor, a block has this many of each of its rows and
/// columns in shared memory at a time.
inline constexpr int64_t kProductSlice = 32;
/// Terms that tensor cores add up, at least, before a sum goes on in f32.
inline constexpr int64_t kProductStep = 8;
/// Slices in shared memory: one is multiplied, the others are on their way. Three of the
/// largest tile take 96 KiB, which a block may have on every GPU since compute capability 8.0.
inline constexpr int64_t kProductStages = 3;
/// What rows, columns or batches count as where their number is known at run time only.
inline constexpr int64_t kTypicalExtent = 1024;
/// Rows, columns or terms below which tensor cores have too little to do.
inline constexpr int64_t kLeastExtent = 8, kLeastTerms = 16;
/// Tiles of rows that share their columns before the next columns' turn: what blocks that
/// run at the same time read of either factor stays in the second cache.
inline constexpr int64_t kTileRowsTogether = 8;

/// The tiles, largest first; the last one has no least number.
llvm::ArrayRef<GpuProductTile> getGpuProductTiles();

} // namespace mlir::tenon

#endif // TENON_TARGET_GPUTARGET_H
