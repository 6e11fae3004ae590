//===- FactorSlices.h - Slices of a factor in shared memory -----*- C++ -*-===//
//
// Of a factor, a block has slices in shared memory: some terms of each of its rows or
// columns, here called places. They lie as they do in global memory, terms of a place or
// places of a term side by side, in pieces of 16 bytes that are mixed so that neither
// copies nor fragments meet in a bank.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_FACTORSLICES_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_FACTORSLICES_H

#include "ContractTile.h"

namespace mlir::tenon::kernel {

class FactorSlices {
public:
  /// Of operand `operand`, 0 or 1.
  FactorSlices(ContractTile &tile, unsigned operand);

  int64_t getNumBytes() const;
  /// What this thread copies in a pass and does not change from slice to slice.
  void begin(const TilePass &pass);
  /// Starts to copy terms from `term` on to `slice`, a pointer; those beyond `lastTerm`
  /// become 0.
  void copy(Value slice, Value term, Value lastTerm);
  /// This lane's f32 of four blocks of 8 places by 4 terms: of 16 places from `warpPlace`
  /// + `place` on and of 8 terms from `term` on, by places, then by terms. `warpPlace` is a
  /// multiple of 32, `place` of 16.
  SmallVector<Value> load(Value slice, Value warpPlace, int64_t place, int64_t term);

  /// Whether pieces of 16 bytes are such in global memory, too.
  bool isWide();

private:
  /// Where a copy begins, in elements, and how many bytes of it there are.
  struct Part {
    Point point = Point(0);
    Value offset, bytes;
  };

  bool isContiguous(ArrayRef<unsigned> dims);
  Value getSharedPlace(Value place, Value term);
  Part getPlacePart(const TilePass &pass, Value place);
  Part getTermPart(Value term, Value lastTerm);
  Value countBytes(Value first, Value last, bool isAlong);
  Value getOwn(int64_t number, bool ofTerms);

  ContractTile &tile;
  GpuContext &b;
  unsigned operand;
  SmallVector<unsigned> placeDims;
  int64_t numPlaces;
  /// Whether terms, or else places, lie side by side.
  bool isAlongTerms = false;
  /// Elements that are copied at once.
  int64_t width = 1;
  SmallVector<Part> places;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_FACTORSLICES_H
