//===- GpuTarget.h - Kinds of GPUs, and how they divide products -*- C++ -*-===//
//
// Data about the GPUs that code is generated for. No policy: emitters read the numbers
// and decide.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TARGET_GPUTARGET_H
#define TENON_TARGET_GPUTARGET_H

#include "tenon/Target/CpuTarget.h"

namespace mlir::tenon {

/// A kind of GPUs.
struct GpuTarget {
  /// As options, and LLVM, spell it: "sm_80".
  llvm::StringLiteral name;
  /// The version of PTX that is written: "+ptx80".
  llvm::StringLiteral features;
  /// Compute capability times 10; code runs on it and later or, if exact, on it alone.
  int64_t capability;
  bool isExact;
  /// Whether four warps together multiply from shared memory (wgmma).
  bool hasWarpgroups;
};

/// The kinds, best first; the last one's code runs on all.
llvm::ArrayRef<GpuTarget> getGpuTargets();
/// The one called `name`, or null.
const GpuTarget *findGpuTarget(llvm::StringRef name);

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

/// Terms that tensor cores add up, at least, before a sum goes on in f32.
inline constexpr int64_t kProductStep = 8;
/// Slices of 128 bytes of each row and column in shared memory: one is multiplied, the others are
/// on their way. Three of the largest tile take 96 KiB, which a block may have on every GPU since
/// compute capability 8.0.
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

/// A block's part of a product of bf16 that warpgroups multiply, each 64 rows of it.
struct WarpgroupTile {
  TileShape block;
  /// As for GpuProductTile.
  int64_t leastTiles;
  /// Terms from which it pays that a multiprocessor has one block alone, and nothing to
  /// multiply while that one finishes its results.
  int64_t leastTerms;
  /// Slices in shared memory. While one is multiplied, and perhaps the one before still is,
  /// all others are on their way.
  int64_t stages;

  constexpr int64_t getNumThreads() const { return 128 * (block.rows / 64); }
};

/// Largest first; where there are too few of the smallest, warps multiply.
llvm::ArrayRef<WarpgroupTile> getWarpgroupTiles();

} // namespace mlir::tenon

#endif // TENON_TARGET_GPUTARGET_H
