//===- CpuTarget.h - What a CPU level is ------------------------*- C++ -*-===//
//
// Data about the CPU levels that code is generated for. No policy: emitters and
// layout passes read the numbers and decide.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TARGET_CPUTARGET_H
#define TENON_TARGET_CPUTARGET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace mlir::tenon {

/// Rows and columns of results.
struct TileShape {
  int64_t rows;
  int64_t columns;
};

/// One CPU level.
struct CpuTarget {
  /// As options and symbol names spell it: "v3".
  llvm::StringLiteral name;
  /// LLVM's name of the CPU, also the level's public name: "x86-64-v3".
  llvm::StringLiteral cpu;
  /// f32 elements of a vector register.
  unsigned lanes;
  /// Register tile of matrix products: rows, and vectors of columns. Their
  /// product, plus the vectors of columns and one broadcast, fits the
  /// registers.
  unsigned tileRows;
  unsigned tileVectors;
  /// Rows of a matrix product that one task computes, at most. Their terms of one pass
  /// stay in the second cache even when rows are multiples of 4 KiB apart, and so share
  /// sets; every panel is read once per block.
  unsigned blockRows;
  /// Panels that pass over the same rows before the next terms of the sum.
  unsigned blockPanels;
  /// Terms of a sum that are added before the next panel's turn, at most: this
  /// many rows of a panel, and of the task's rows of the other factor, stay in the
  /// second cache.
  unsigned blockTerms;
  /// Panels that a few rows meet at once, at most: more streams than the prefetchers of a
  /// core follow gain nothing.
  unsigned panelStreams;
  /// Elements: how far ahead of its use a single stream of panels is asked for, and how
  /// far rows of memory are.
  unsigned panelAhead;
  unsigned rowsAhead;
  /// Attention: queries that one task takes, at most; scores that wait in the second
  /// cache, about; and keys whose values, a panel of columns at a time, stay in the first
  /// while they meet all queries.
  unsigned attendQueries;
  unsigned attendScores;
  unsigned attendKeys;
  /// The widest vectors LLVM should use, in bits: its own choice for x86-64-v4
  /// is 256.
  unsigned vectorBits;

  /// Columns of a panel of a packed matrix.
  constexpr int64_t getPanel() const { return int64_t(lanes) * tileVectors; }
  /// The register tile of matrix products.
  constexpr TileShape getProductTile() const { return {tileRows, getPanel()}; }
  /// One vector, the tile of everything else.
  constexpr TileShape getVectorTile() const { return {1, lanes}; }
};

/// The levels, lowest first.
llvm::ArrayRef<CpuTarget> getCpuTargets();

/// The level called `name` ("v3" or "x86-64-v3"), or null.
const CpuTarget *findCpuTarget(llvm::StringRef name);

} // namespace mlir::tenon

#endif // TENON_TARGET_CPUTARGET_H
