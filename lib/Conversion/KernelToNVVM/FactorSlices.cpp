//===- FactorSlices.cpp - Slices of a factor in shared memory -------------===//

#include "FactorSlices.h"
#include "TensorCore.h"
#include "Warpgroup.h"

#include "tenon/Target/GpuTarget.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::tenon::kernel {

/// f32 numbers that have a bank each, and those in 16 bytes.
static constexpr int64_t kBanks = 32, kPiece = 4;
static_assert(FactorSlices::kLine == 4 * kBanks, "the terms of a place meet all banks");

FactorSlices::FactorSlices(ContractTile &tile, unsigned operand)
    : tile(tile), b(tile.b), operand(operand), order(tile.form, operand),
      elementBytes(
          cast<TenonTensorType>(tile.form->getOperand(operand).getType()).getElementBytes()),
      numPlaces(operand == 0 ? tile.shape.rows : tile.shape.columns) {
  if (isWide())
    width = getPiece();
}

/// The byte of a slice where an element lies. Of bf16, pieces of a line are mixed by the
/// line. Of f32, by terms a place's 8 pieces are mixed by the place; by places, pieces of a
/// term by the term, in pairs.
Value FactorSlices::getSharedPlace(Value place, Value term) {
  bool isByTerms = isAlongTerms();
  Value row = isByTerms ? place : term, element = isByTerms ? term : place;
  if (isNarrow()) {
    constexpr int64_t perLine = kLine / 2;
    if (!isByTerms) {
      // Lines of the terms of 64 places, then those of the next.
      row = b.add(b.mul(b.div(place, b.getIndex(perLine)), getNumTerms()), term);
      element = b.rem(place, b.getIndex(perLine));
    }
    return b.add(b.mul(row, kLine), b.mul(mixInLine(b, element, row), 2));
  }
  Value mix = isByTerms ? b.mul(b.rem(place, b.getIndex(8)), kPiece)
                        : b.mul(b.rem(term, b.getIndex(4)), 2 * kPiece);
  Value mixed = arith::XOrIOp::create(b, element, mix);
  return b.mul(b.add(b.mul(row, isByTerms ? getNumTerms() : numPlaces), mixed), 4);
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// Of this thread's copy number `number`, the first place, or term. Neighbouring threads
/// take what lies side by side.
Value FactorSlices::getOwn(int64_t number, bool ofTerms) {
  int64_t perRow = (isAlongTerms() ? getNumTerms() : numPlaces) / width;
  if (ofTerms == isAlongTerms())
    return b.mul(b.rem(b.getThread(), b.getIndex(perRow)), width);
  Value row = b.div(b.getThread(), b.getIndex(perRow));
  return b.add(row, number * (b.getNumThreads() / perRow));
}

/// The bytes of a piece at `first` that lie before `last`, an i32. Along the other index
/// than that of pieces, all or none.
Value FactorSlices::countBytes(Value first, Value last, bool isAlong) {
  int64_t most = isAlong ? width : 1;
  Value elements = b.max(b.min(b.sub(last, first), b.getIndex(most)), b.getIndex(0));
  return arith::IndexCastOp::create(b, b.getI32Type(),
                                    b.mul(elements, elementBytes * (width / most)));
}

FactorSlices::Part FactorSlices::getPlacePart(const TilePass &pass, Value place) {
  Part part;
  part.point = tile.getPoint();
  if (operand == 1) {
    Value column = b.add(tile.firstColumn, place);
    tile.setColumn(part.point, column);
    part.bytes = countBytes(column, tile.numColumns, !isAlongTerms());
  } else {
    Value row = b.add(tile.firstRow, place), known = row;
    Value isInside = tile.isRowInside(pass, row);
    // Of a row outside nothing is copied. The first one stands for it where a list of rows is
    // read in any case, and where rows that all lie inside are fewer to keep in registers.
    if (tile.rowGroupDim || !isNarrow())
      known = arith::SelectOp::create(b, isInside, row, pass.begin);
    tile.setRow(part.point, known);
    part.bytes = arith::SelectOp::create(b, isInside, countBytes(row, pass.end, !isAlongTerms()),
                                         b.getInteger(b.getI32Type(), 0));
  }
  part.offset = getOffset(b, tile.form.getAccess(operand), part.point);
  return part;
}

FactorSlices::Part FactorSlices::getTermPart(Value term, Value lastTerm) {
  Part part;
  part.point = Point(tile.form.getNumDims());
  tile.setTerm(part.point, term);
  part.bytes = countBytes(term, lastTerm, isAlongTerms());
  AccessAttr access = tile.form.getAccess(operand);
  part.offset = getOffset(
      b, AccessAttr::get(b.getContext(), b.makeSize(0), access.getCoefficients()), part.point);
  return part;
}

void FactorSlices::begin(const TilePass &pass) {
  int64_t copies = numPlaces * getNumTerms() / width / b.getNumThreads();
  places.clear();
  for (int64_t i = 0; i < (isAlongTerms() ? copies : 1); ++i)
    places.push_back(getPlacePart(pass, getOwn(i, /*ofTerms=*/false)));
}

void FactorSlices::copy(Value slice, Value term, Value lastTerm) {
  int64_t copies = numPlaces * getNumTerms() / width / b.getNumThreads();
  Value source = b.getPointer(operand);
  Part terms;
  for (int64_t i = 0; i < copies; ++i) {
    Value own = getOwn(i, /*ofTerms=*/true);
    if (i == 0 || !isAlongTerms())
      terms = getTermPart(b.add(term, own), lastTerm);
    const Part &place = places[isAlongTerms() ? i : 0];
    Value bytes = arith::MinSIOp::create(b, place.bytes, terms.bytes);
    if (operand == 0 && !tile.bounds.empty()) {
      Point point = place.point;
      for (unsigned dim : tile.sumDims)
        point.indices[dim] = terms.point.indices[dim];
      Value isInside = tile.isInWindow(point, b.getInteger(b.getI1Type(), 1));
      bytes = arith::SelectOp::create(b, isInside, bytes, b.getInteger(b.getI32Type(), 0));
    }
    Value from = movePointer(b, source, b.mul(b.add(place.offset, terms.offset), elementBytes));
    Value to = movePointer(b, slice, getSharedPlace(getOwn(i, /*ofTerms=*/false), own));
    copyAsync(b, to, from, width * elementBytes, bytes);
  }
}

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

/// Each lane has the address of a row of a block: 16 bytes of terms or, turned as they are
/// loaded, of places.
SmallVector<Value> FactorSlices::load(Value slice, Value warpPlace, int64_t place, int64_t term) {
  if (!isAlongTerms() && !isNarrow())
    return loadWords(slice, warpPlace, place, term);
  Value lane = b.rem(b.getThread(), b.getIndex(32));
  Value low = b.rem(lane, b.getIndex(16)), high = b.div(lane, b.getIndex(16));
  if (isAlongTerms()) {
    // What all lanes move by goes into the instructions.
    Value terms = b.add(b.mul(high, getPiece()), term);
    Value row = movePointer(b, slice, getSharedPlace(b.add(warpPlace, low), terms));
    SmallVector<Value> words = loadBlocks(b, movePointer(b, row, b.getIndex(place * kLine)));
    return isNarrow() ? words : toFloats(b, words);
  }
  Value terms = b.add(b.add(b.mul(high, 8), b.rem(low, b.getIndex(8))), term);
  Value own = b.add(b.add(warpPlace, place), b.mul(b.div(low, b.getIndex(8)), 8));
  return loadBlocks(b, movePointer(b, slice, getSharedPlace(own, terms)), /*turns=*/true);
}

/// f32 whose places lie side by side, one by one.
SmallVector<Value> FactorSlices::loadWords(Value slice, Value warpPlace, int64_t place,
                                           int64_t term) {
  SmallVector<Value> words;
  Value lane = b.rem(b.getThread(), b.getIndex(32));
  Value row = b.div(lane, b.getIndex(4)), quarter = b.rem(lane, b.getIndex(4));
  for (int64_t block = 0; block < 4; ++block) {
    int64_t first = place + 8 * (block % 2), mixed = first % kBanks;
    Value own = b.add(b.add(warpPlace, row), mixed);
    int64_t moved = (term + kPiece * (block / 2)) * numPlaces + first - mixed;
    Value pointer =
        movePointer(b, movePointer(b, slice, getSharedPlace(own, quarter)), b.getIndex(moved * 4));
    words.push_back(LLVM::LoadOp::create(b, b.getF32Type(), pointer));
  }
  return words;
}

} // namespace mlir::tenon::kernel
