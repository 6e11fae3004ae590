//===- FactorSlices.h - Slices of a factor in shared memory -----*- C++ -*-===//
//
// Of a factor, a block has slices in shared memory: some terms of each of its rows or
// columns, here called places. They lie as they do in global memory, terms of a place or
// places of a term side by side, in pieces of 16 bytes that are mixed so that neither
// copies nor fragments meet in a bank.
//
// Factors of bf16 have lines of 128 bytes, pieces of which are mixed by the line's number:
// what wgmma calls a swizzle of 128 bytes. Where places lie side by side, a line has 64 of
// them, and lines of all terms of these come before those of the next 64.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_FACTORSLICES_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_FACTORSLICES_H

#include "ContractTile.h"

#include "tenon/Dialect/Kernel/IR/FactorOrder.h"

namespace mlir::tenon::kernel {

class FactorSlices {
public:
  /// Bytes of a line of bf16.
  static constexpr int64_t kLine = 128;

  /// Of operand `operand`, 0 or 1.
  FactorSlices(ContractTile &tile, unsigned operand);

  /// Terms of a slice.
  int64_t getNumTerms() const { return kLine / elementBytes; }
  int64_t getNumBytes() const { return numPlaces * kLine; }
  bool isNarrow() const { return elementBytes == 2; }
  bool isAlongTerms() const { return order.isAlongTerms(); }
  /// Whether pieces of 16 bytes are such in global memory, too.
  bool isWide() const { return order.isInPieces(getPiece()); }

  /// What this thread copies in a pass and does not change from slice to slice.
  void begin(const TilePass &pass);
  /// Starts to copy terms from `term` on to `slice`, a pointer; those beyond `lastTerm`
  /// become 0.
  void copy(Value slice, Value term, Value lastTerm);
  /// This lane's words of four blocks of 8 places by 16 bytes of terms: of 16 places from
  /// `warpPlace` + `place` on and of 8 terms of f32, 16 of bf16, from `term` on, by places,
  /// then by terms. `warpPlace` is a multiple of 32, `place` of 16. A word is an f32, or an
  /// i32 with two terms of bf16.
  SmallVector<Value> load(Value slice, Value warpPlace, int64_t place, int64_t term);

private:
  /// Where a copy begins, in elements, and how many bytes of it there are.
  struct Part {
    Point point = Point(0);
    Value offset, bytes;
  };

  int64_t getPiece() const { return 16 / elementBytes; }
  Value getSharedPlace(Value place, Value term);
  Part getPlacePart(const TilePass &pass, Value place);
  Part getTermPart(Value term, Value lastTerm);
  Value countBytes(Value first, Value last, bool isAlong);
  Value getOwn(int64_t number, bool ofTerms);
  SmallVector<Value> loadWords(Value slice, Value warpPlace, int64_t place, int64_t term);

  ContractTile &tile;
  GpuContext &b;
  unsigned operand;
  FactorOrder order;
  int64_t elementBytes, numPlaces;
  /// Elements that are copied at once.
  int64_t width = 1;
  SmallVector<Part> places;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_FACTORSLICES_H
