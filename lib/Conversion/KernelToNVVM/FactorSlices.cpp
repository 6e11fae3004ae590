//===- FactorSlices.cpp - Slices of a factor in shared memory -------------===//

#include "FactorSlices.h"
#include "TensorCore.h"

#include "tenon/Target/GpuTarget.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::tenon::kernel {

/// f32 numbers in 16 bytes, and those that have a bank each.
static constexpr int64_t kPiece = 4, kBanks = 32;
static_assert(kProductSlice == kBanks, "the terms of a place, in one slice, meet all banks");

static bool isMultiple(SizeAttr size, int64_t divisor) {
  return bool(size.divideExactly(SizeAttr::get(size.getContext(), divisor)));
}

FactorSlices::FactorSlices(ContractTile &tile, unsigned operand)
    : tile(tile), b(tile.b), operand(operand),
      placeDims(operand == 0 ? tile.rowDims : SmallVector<unsigned>{tile.colDim}),
      numPlaces(operand == 0 ? tile.shape.rows : tile.shape.columns) {
  isAlongTerms = isContiguous(tile.sumDims);
  if (isWide())
    width = kPiece;
}

int64_t FactorSlices::getNumBytes() const { return numPlaces * kProductSlice * 4; }

/// Whether neighbours along `dims`, the last varying fastest, are neighbours in memory; if
/// not all of them, runs of many.
bool FactorSlices::isContiguous(ArrayRef<unsigned> dims) {
  if (!tile.form.getAccess(operand).getCoefficients()[dims.back()].isOne())
    return false;
  std::optional<int64_t> run = tile.form.getDim(dims.back()).getSize().getConstant();
  return dims.size() == 1 || !run || *run >= 2 * kPiece;
}

/// Buffers begin at multiples of 64 bytes: everything but the contiguous index has to move
/// by whole pieces.
bool FactorSlices::isWide() {
  ArrayRef<unsigned> dims = isAlongTerms ? ArrayRef(tile.sumDims) : ArrayRef(placeDims);
  if (!isContiguous(dims) || (isAlongTerms && tile.sumGroupDim) ||
      (operand == 0 && !isAlongTerms && tile.rowGroupDim))
    return false;
  // A piece may not go beyond its run.
  if (dims.size() > 1 && !isMultiple(tile.form.getDim(dims.back()).getSize(), kPiece))
    return false;
  for (size_t i = 0; operand == 0 && i < tile.bounds.size(); i += 6)
    if (tile.bounds[i] == dims.back() || tile.bounds[i + 1] == dims.back())
      return false;
  AccessAttr access = tile.form.getAccess(operand);
  for (auto [dim, coefficient] : llvm::enumerate(access.getCoefficients()))
    if (dim != dims.back() && !isMultiple(coefficient, kPiece))
      return false;
  return isMultiple(access.getOffset(), kPiece);
}

/// The byte of a slice where an element lies. By terms, a place's 8 pieces are mixed by the
/// place; by places, pieces of a term by the term, in pairs.
Value FactorSlices::getSharedPlace(Value place, Value term) {
  Value row = isAlongTerms ? place : term, element = isAlongTerms ? term : place;
  Value mix = isAlongTerms ? b.mul(b.rem(place, b.getIndex(8)), kPiece)
                           : b.mul(b.rem(term, b.getIndex(4)), 2 * kPiece);
  Value mixed = arith::XOrIOp::create(b, element, mix);
  return b.mul(b.add(b.mul(row, isAlongTerms ? kProductSlice : numPlaces), mixed), 4);
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// Of this thread's copy number `number`, the first place, or term. Neighbouring threads
/// take what lies side by side.
Value FactorSlices::getOwn(int64_t number, bool ofTerms) {
  int64_t perRow = (isAlongTerms ? kProductSlice : numPlaces) / width;
  if (ofTerms == isAlongTerms)
    return b.mul(b.rem(b.getThread(), b.getIndex(perRow)), width);
  Value row = b.div(b.getThread(), b.getIndex(perRow));
  return b.add(row, number * (b.getNumThreads() / perRow));
}

/// The bytes of a piece at `first` that lie before `last`, an i32. Along the other index
/// than that of pieces, all or none.
Value FactorSlices::countBytes(Value first, Value last, bool isAlong) {
  int64_t most = isAlong ? width : 1;
  Value elements = b.max(b.min(b.sub(last, first), b.getIndex(most)), b.getIndex(0));
  return arith::IndexCastOp::create(b, b.getI32Type(), b.mul(elements, 4 * (width / most)));
}

FactorSlices::Part FactorSlices::getPlacePart(const TilePass &pass, Value place) {
  Part part;
  part.point = tile.getPoint();
  if (operand == 1) {
    Value column = b.add(tile.firstColumn, place);
    tile.setColumn(part.point, column);
    part.bytes = countBytes(column, tile.numColumns, !isAlongTerms);
  } else {
    // A row outside stands for the first one: its list of rows is read in any case.
    Value row = b.add(tile.firstRow, place);
    Value isInside = tile.isRowInside(pass, row);
    tile.setRow(part.point, arith::SelectOp::create(b, isInside, row, pass.begin));
    part.bytes = arith::SelectOp::create(b, isInside, countBytes(row, pass.end, !isAlongTerms),
                                         b.getInteger(b.getI32Type(), 0));
  }
  part.offset = getOffset(b, tile.form.getAccess(operand), part.point);
  return part;
}

FactorSlices::Part FactorSlices::getTermPart(Value term, Value lastTerm) {
  Part part;
  part.point = Point(tile.form.getNumDims());
  tile.setTerm(part.point, term);
  part.bytes = countBytes(term, lastTerm, isAlongTerms);
  AccessAttr access = tile.form.getAccess(operand);
  part.offset = getOffset(
      b, AccessAttr::get(b.getContext(), b.makeSize(0), access.getCoefficients()), part.point);
  return part;
}

void FactorSlices::begin(const TilePass &pass) {
  int64_t copies = numPlaces * kProductSlice / width / b.getNumThreads();
  places.clear();
  for (int64_t i = 0; i < (isAlongTerms ? copies : 1); ++i)
    places.push_back(getPlacePart(pass, getOwn(i, /*ofTerms=*/false)));
}

void FactorSlices::copy(Value slice, Value term, Value lastTerm) {
  int64_t copies = numPlaces * kProductSlice / width / b.getNumThreads();
  Value source = b.getPointer(operand);
  Part terms;
  for (int64_t i = 0; i < copies; ++i) {
    Value own = getOwn(i, /*ofTerms=*/true);
    if (i == 0 || !isAlongTerms)
      terms = getTermPart(b.add(term, own), lastTerm);
    const Part &place = places[isAlongTerms ? i : 0];
    Value bytes = arith::MinSIOp::create(b, place.bytes, terms.bytes);
    if (operand == 0 && !tile.bounds.empty()) {
      Point point = place.point;
      for (unsigned dim : tile.sumDims)
        point.indices[dim] = terms.point.indices[dim];
      Value isInside = tile.isInWindow(point, b.getInteger(b.getI1Type(), 1));
      bytes = arith::SelectOp::create(b, isInside, bytes, b.getInteger(b.getI32Type(), 0));
    }
    Value from = movePointer(b, source, b.mul(b.add(place.offset, terms.offset), 4));
    Value to = movePointer(b, slice, getSharedPlace(getOwn(i, /*ofTerms=*/false), own));
    copyAsync(b, to, from, width * 4, bytes);
  }
}

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

SmallVector<Value> FactorSlices::load(Value slice, Value warpPlace, int64_t place, int64_t term) {
  Value lane = b.rem(b.getThread(), b.getIndex(32));
  // What all lanes move by goes into the instructions.
  auto at = [&](Value own, Value terms, int64_t elements) {
    return movePointer(b, movePointer(b, slice, getSharedPlace(own, terms)),
                       b.getIndex(elements * 4));
  };
  if (isAlongTerms) {
    // Each lane has the address of a row of a block.
    Value own = b.add(warpPlace, b.rem(lane, b.getIndex(16)));
    Value terms = b.add(b.mul(b.div(lane, b.getIndex(16)), kPiece), term);
    return loadBlocks(b, at(own, terms, place * kProductSlice));
  }
  SmallVector<Value> words;
  Value row = b.div(lane, b.getIndex(4)), quarter = b.rem(lane, b.getIndex(4));
  for (int64_t block = 0; block < 4; ++block) {
    int64_t first = place + 8 * (block % 2), mixed = first % kBanks;
    Value own = b.add(b.add(warpPlace, row), mixed);
    int64_t moved = (term + kPiece * (block / 2)) * numPlaces + first - mixed;
    words.push_back(LLVM::LoadOp::create(b, b.getF32Type(), at(own, quarter, moved)));
  }
  return words;
}

} // namespace mlir::tenon::kernel
