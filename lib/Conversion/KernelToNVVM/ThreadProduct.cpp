//===- ThreadProduct.cpp - Products of matrices thread by thread ----------===//
//
// Terms come in slices: the block's threads bring a slice of both factors into shared
// memory, then each adds its products to its part of the tile, in registers, terms
// ascending. A prologue makes the terms of a slice where they are stored: all that it
// yields for a few elements, in the order chunks, elements, terms.
//
//===----------------------------------------------------------------------===//

#include "Products.h"

#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

constexpr int64_t kTile = 64, kSlice = 16, kSide = 16, kPart = kTile / kSide;
constexpr int64_t kThreads = kSide * kSide;
/// Elements, one per thread and row, whose terms a prologue makes at a time, and how many
/// of what it yields: others are the next slice.
constexpr int64_t kElements = kThreads / kTile, kMostYielded = 16;

class ThreadProduct {
public:
  explicit ThreadProduct(ContractTile &tile) : tile(tile), b(tile.b) {
    if (auto contract = dyn_cast<ContractOp>(tile.form.getOperation());
        contract && !contract.getPrologue().empty())
      made = contract;
  }

  void emit();

private:
  Value getZero() { return b.getFloat(b.getF32Type(), 0); }
  SmallVector<Value> getZeros() { return SmallVector<Value>(kPart * kPart, getZero()); }
  int64_t getConstantSize(unsigned dim) { return *tile.form.getDim(dim).getSize().getConstant(); }
  Value isPlaceInside(const TilePass &pass, unsigned operand, Point &point, Value place);
  void emitPass(const TilePass &pass);
  SmallVector<Value> addTerms(const TilePass &pass, Value first, Value last);
  void fillSlice(const TilePass &pass, unsigned operand, Value slice, Value term, Value lastTerm);
  SmallVector<Value> addMadeTerms(const TilePass &pass);
  SmallVector<Value> addChunk(const TilePass &pass, Value chunk, ValueRange sums);
  void fillMadeSlices(const TilePass &pass, Value chunk, Value element, int64_t first,
                      int64_t count);
  SmallVector<Value> addSlice(ValueRange sums, int64_t terms);
  void store(const TilePass &pass, ArrayRef<Value> sums);

  ContractTile &tile;
  GpuContext &b;
  /// The op, when it has a prologue.
  ContractOp made;
  /// This thread's place among the parts of the tile.
  Value partRow, partColumn;
  /// A slice of either factor: [term, row] and [term, column].
  Value lhsSlice, rhsSlice;
};

} // namespace

void ThreadProduct::emit() {
  int64_t terms = kSlice;
  if (made)
    terms = kElements * std::min(getConstantSize(tile.sumDims[1]), kMostYielded);
  lhsSlice = b.allocateShared(terms * kTile, b.getF32Type());
  rhsSlice = b.allocateShared(terms * kTile, b.getF32Type());
  partRow = b.mul(b.div(b.getThread(), b.getIndex(kSide)), kPart);
  partColumn = b.mul(b.rem(b.getThread(), b.getIndex(kSide)), kPart);
  tile.forPasses([&](const TilePass &pass) { emitPass(pass); },
                 [&](const TilePass &pass) { store(pass, {}); });
}

void ThreadProduct::emitPass(const TilePass &pass) {
  if (made)
    store(pass, addMadeTerms(pass));
  else
    store(pass, tile.sumInBlocks(pass, kPart * kPart, 1, [&](Value first, Value last) {
      return addTerms(pass, first, last);
    }));
}

/// One chain of additions per result.
SmallVector<Value> ThreadProduct::addTerms(const TilePass &pass, Value first, Value last) {
  return b.forLoop(first, last, kSlice, getZeros(), [&](Value term, ValueRange before) {
    fillSlice(pass, 0, lhsSlice, term, last);
    fillSlice(pass, 1, rhsSlice, term, last);
    b.barrier();
    SmallVector<Value> after = addSlice(before, kSlice);
    b.barrier();
    return after;
  });
}

/// Whether a place of the tile holds a row, or column; sets it.
Value ThreadProduct::isPlaceInside(const TilePass &pass, unsigned operand, Point &point,
                                   Value place) {
  if (operand == 1) {
    Value column = b.add(tile.firstColumn, place);
    tile.setColumn(point, column);
    return tile.isBelow(column, tile.numColumns);
  }
  // A row outside stands for the first one: its list of rows is read in any case.
  Value row = b.add(tile.firstRow, place);
  Value isInside = tile.isRowInside(pass, row);
  tile.setRow(point, arith::SelectOp::create(b, isInside, row, pass.begin));
  return isInside;
}

/// Brings the next terms of a factor into shared memory. Neighbouring threads take what
/// lies side by side.
void ThreadProduct::fillSlice(const TilePass &pass, unsigned operand, Value slice, Value term,
                              Value lastTerm) {
  bool isAlongTerms = tile.form.getAccess(operand).getCoefficients()[tile.sumDims.back()].isOne();
  for (int64_t i = 0; i < kTile * kSlice / kThreads; ++i) {
    Value own = b.add(b.getThread(), i * kThreads);
    Value inner = b.getIndex(isAlongTerms ? kSlice : kTile);
    Value minor = b.rem(own, inner), major = b.div(own, inner);
    Value k = isAlongTerms ? minor : major, place = isAlongTerms ? major : minor;
    Point point = tile.getPoint();
    Value isInside = isPlaceInside(pass, operand, point, place);
    Value number = b.add(term, k);
    isInside = arith::AndIOp::create(b, isInside, tile.isBelow(number, lastTerm));
    tile.setTerm(point, number);
    if (operand == 0)
      isInside = tile.isInWindow(point, isInside);
    Value element = tile.load(operand, point, isInside);
    memref::StoreOp::create(b, element, slice, b.add(b.mul(k, kTile), place));
  }
}

//===----------------------------------------------------------------------===//
// Terms that a prologue makes
//===----------------------------------------------------------------------===//

/// As many whole chunks as fit have one chain.
SmallVector<Value> ThreadProduct::addMadeTerms(const TilePass &pass) {
  int64_t chunks = getConstantSize(tile.sumDims[0]);
  int64_t chunkTerms = getConstantSize(tile.sumDims[1]) * getConstantSize(tile.sumDims[2]);
  int64_t together = std::max<int64_t>(kSumBlock / std::max<int64_t>(chunkTerms, 1), 1);
  auto addChunks = [&](Value first, Value last) {
    return b.forLoop(first, last, 1, getZeros(),
                     [&](Value chunk, ValueRange sums) { return addChunk(pass, chunk, sums); });
  };
  if (chunks <= together)
    return addChunks(b.getIndex(0), b.getIndex(chunks));
  return b.forLoop(b.getIndex(0), b.getIndex(chunks), together, getZeros(),
                   [&](Value first, ValueRange totals) {
                     Value last = b.min(b.add(first, together), b.getIndex(chunks));
                     return addAll(b, totals, addChunks(first, last));
                   });
}

SmallVector<Value> ThreadProduct::addChunk(const TilePass &pass, Value chunk, ValueRange sums) {
  int64_t yielded = getConstantSize(tile.sumDims[1]);
  Value elements = b.getIndex(getConstantSize(tile.sumDims[2]));
  return b.forLoop(b.getIndex(0), elements, kElements, sums, [&](Value element, ValueRange before) {
    SmallVector<Value> after(before);
    for (int64_t first = 0; first < yielded; first += kMostYielded) {
      int64_t count = std::min(yielded - first, kMostYielded);
      fillMadeSlices(pass, chunk, element, first, count);
      b.barrier();
      after = addSlice(after, count * kElements);
      b.barrier();
    }
    return after;
  });
}

/// Terms `first` to `first` + `count` of each of a few elements. A thread has an element of
/// a row, and of a column.
void ThreadProduct::fillMadeSlices(const TilePass &pass, Value chunk, Value element, int64_t first,
                                   int64_t count) {
  Value place = b.rem(b.getThread(), b.getIndex(kTile));
  Value number = b.div(b.getThread(), b.getIndex(kTile)), own = b.add(element, number);
  Value isElement = tile.isBelow(own, b.getIndex(getConstantSize(tile.sumDims[2])));
  Point point = tile.getPoint();
  point.indices[tile.sumDims[0]] = chunk;
  // An element outside stands for the first one.
  point.indices[tile.sumDims[2]] = arith::SelectOp::create(b, isElement, own, element);
  auto store = [&](int64_t term, Value value, Value slice) {
    Value row = b.add(number, term * kElements);
    memref::StoreOp::create(b, value, slice, b.add(b.mul(row, kTile), place));
  };

  Point row = point;
  Value isInside = arith::AndIOp::create(b, isElement, isPlaceInside(pass, 0, row, place));
  Region &prologue = made.getPrologue();
  RegionEmitter emitter(b, row, 0, 0);
  for (auto [argument, input] : llvm::zip(prologue.getArguments(), made.getLhsInputs()))
    emitter.bind(argument, loadElement(b, input, row));
  ValueRange yielded = prologue.front().getTerminator()->getOperands();
  for (int64_t term = 0; term < count; ++term) {
    Value value = emitter.get(yielded[first + term]);
    store(term, arith::SelectOp::create(b, isInside, value, getZero()), lhsSlice);
  }

  Value isColumn = arith::AndIOp::create(b, isElement, isPlaceInside(pass, 1, point, place));
  for (int64_t term = 0; term < count; ++term) {
    point.indices[tile.sumDims[1]] = b.getIndex(first + term);
    store(term, tile.load(1, point, isColumn), rhsSlice);
  }
}

//===----------------------------------------------------------------------===//
// Products and results
//===----------------------------------------------------------------------===//

/// Adds the slice's products to this thread's part.
SmallVector<Value> ThreadProduct::addSlice(ValueRange before, int64_t terms) {
  SmallVector<Value> sums(before);
  for (int64_t k = 0; k < terms; ++k) {
    SmallVector<Value> rows, columns;
    for (int64_t i = 0; i < kPart; ++i) {
      rows.push_back(memref::LoadOp::create(b, lhsSlice, b.add(partRow, k * kTile + i)));
      columns.push_back(memref::LoadOp::create(b, rhsSlice, b.add(partColumn, k * kTile + i)));
    }
    for (int64_t i = 0; i < kPart; ++i)
      for (int64_t j = 0; j < kPart; ++j) {
        Value &sum = sums[i * kPart + j];
        sum = math::FmaOp::create(b, rows[i], columns[j], sum);
      }
  }
  return sums;
}

/// Finishes this thread's results; without sums, zeros of rows that no group has.
void ThreadProduct::store(const TilePass &pass, ArrayRef<Value> sums) {
  auto storeColumn = [&](Point &point, int64_t i, int64_t j) {
    Value column = b.add(tile.firstColumn, b.add(partColumn, j));
    tile.setColumn(point, column);
    auto finish = [&] {
      tile.store(point, sums.empty() ? tile.getZero() : tile.finish(point, sums[i * kPart + j]));
    };
    b.ifElse(tile.isBelow(column, tile.numColumns), finish, [] {});
  };
  for (int64_t i = 0; i < kPart; ++i) {
    Value row = b.add(tile.firstRow, b.add(partRow, i));
    auto storeRow = [&] {
      Point point = tile.getPoint();
      tile.setRow(point, row);
      for (int64_t j = 0; j < kPart; ++j)
        storeColumn(point, i, j);
    };
    b.ifElse(tile.isRowInside(pass, row), storeRow, [] {});
  }
}

void emitThreadProduct(ContractTile &tile) {
  tile.launch({kTile, kTile}, kThreads);
  ThreadProduct(tile).emit();
}

} // namespace mlir::tenon::kernel
