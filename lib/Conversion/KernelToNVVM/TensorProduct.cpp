//===- TensorProduct.cpp - Products of matrices on tensor cores -----------===//
//
// A block brings slices of both factors into shared memory while it multiplies others. A
// warp multiplies its part of the tile in steps, from fragments in registers; sums of a
// step begin at zero on the tensor cores and are added to those before in f32. At the end
// the tile's sums go through shared memory, so that threads finish results side by side.
//
//===----------------------------------------------------------------------===//

#include "FactorSlices.h"
#include "Products.h"
#include "TensorCore.h"
#include "TileSums.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::tenon::kernel {
namespace {

/// Rows and columns of one instruction.
constexpr int64_t kRows = 16, kColumns = 8;

class TensorProduct {
public:
  TensorProduct(ContractTile &tile, const GpuProductTile &shape, FloatType compute)
      : tile(tile), b(tile.b), shape(shape), core(b, compute), lhs(tile, 0), rhs(tile, 1),
        rowBlocks(shape.warp.rows / kRows), columnBlocks(shape.warp.columns / kColumns) {}

  void emit();

private:
  int64_t getStageBytes() { return lhs.getNumBytes() + rhs.getNumBytes(); }
  int64_t getNumSums() { return rowBlocks * columnBlocks * 4; }
  Value getStage(Value number) { return movePointer(b, memory, b.mul(number, getStageBytes())); }
  Value getNextStage(Value number);
  void startCopies(Value stage, Value term, Value lastTerm);
  SmallVector<Value> addTerms(Value first, Value last);
  SmallVector<Value> addSlice(Value stage, ValueRange before);
  SmallVector<Fragment> loadFragments(FactorSlices &factor, Value slice, int64_t place,
                                      int64_t term);
  void addStep(Value stage, int64_t term, MutableArrayRef<Value> sums);
  void emitPass(const TilePass &pass, TileSums &results);

  ContractTile &tile;
  GpuContext &b;
  const GpuProductTile &shape;
  TensorCore core;
  FactorSlices lhs, rhs;
  int64_t rowBlocks, columnBlocks;
  /// The block's shared memory, and where in the tile this warp's part begins.
  Value memory, warpRow, warpColumn;
};

} // namespace

void TensorProduct::emit() {
  TileSums results(tile);
  memory = b.getDynamicShared(std::max(kProductStages * getStageBytes(), results.getNumBytes()));
  results.setMemory(memory);
  Value warp = b.div(b.getThread(), b.getIndex(32));
  Value across = b.getIndex(shape.block.columns / shape.warp.columns);
  warpRow = b.mul(b.div(warp, across), shape.warp.rows);
  warpColumn = b.mul(b.rem(warp, across), shape.warp.columns);
  tile.forPasses([&](const TilePass &pass) { emitPass(pass, results); },
                 [&](const TilePass &pass) { results.storeZeros(pass); });
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

Value TensorProduct::getNextStage(Value number) {
  Value isLast =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, number, b.getIndex(kProductStages - 1));
  return arith::SelectOp::create(b, isLast, b.getIndex(0), b.add(number, 1));
}

/// Where there are terms left: a group of copies of theirs, else an empty one.
void TensorProduct::startCopies(Value stage, Value term, Value lastTerm) {
  b.ifElse(
      tile.isBelow(term, lastTerm),
      [&] {
        lhs.copy(getStage(stage), term, lastTerm);
        Value slice = movePointer(b, getStage(stage), b.getIndex(lhs.getNumBytes()));
        rhs.copy(slice, term, lastTerm);
      },
      [] {});
  commitCopies(b);
}

SmallVector<Value> TensorProduct::addTerms(Value first, Value last) {
  constexpr int64_t kAhead = kProductStages - 1;
  for (int64_t i = 0; i < kAhead; ++i)
    startCopies(b.getIndex(i), b.add(first, i * kProductSlice), last);
  SmallVector<Value> carried(getNumSums(), b.getFloat(b.getF32Type(), 0));
  carried.push_back(b.getIndex(0));
  carried.push_back(b.getIndex(kAhead));
  SmallVector<Value> sums =
      b.forLoop(first, last, kProductSlice, carried, [&](Value term, ValueRange before) {
        Value full = before[getNumSums()], free = before[getNumSums() + 1];
        waitForCopies(b, kAhead - 1);
        // All have copied the slice, and have multiplied the one that lies where the next
        // is to be.
        b.barrier();
        startCopies(free, b.add(term, kAhead * kProductSlice), last);
        SmallVector<Value> next = addSlice(getStage(full), before.take_front(getNumSums()));
        next.push_back(getNextStage(full));
        next.push_back(getNextStage(free));
        return next;
      });
  // The memory may be used for something else.
  waitForCopies(b, 0);
  b.barrier();
  sums.truncate(getNumSums());
  return sums;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Of 16 of this warp's places, from `place` on, the terms of a step from `term` on: a
/// fragment of rows, or two of columns.
SmallVector<Fragment> TensorProduct::loadFragments(FactorSlices &factor, Value slice, int64_t place,
                                                   int64_t term) {
  bool isLhs = &factor == &lhs;
  SmallVector<SmallVector<Value>> words(isLhs ? 1 : 2);
  for (int64_t part = 0; part < core.getStep(); part += 8) {
    SmallVector<Value> blocks =
        factor.load(slice, isLhs ? warpRow : warpColumn, place, term + part);
    for (auto [number, block] : llvm::enumerate(blocks))
      words[number % words.size()].push_back(block);
  }
  return llvm::map_to_vector(
      words, [&](ArrayRef<Value> blocks) { return core.makeFragment(blocks, isLhs ? 2 : 1); });
}

/// Adds the products of the step from `term` on.
void TensorProduct::addStep(Value stage, int64_t term, MutableArrayRef<Value> sums) {
  Value slice = movePointer(b, stage, b.getIndex(lhs.getNumBytes()));
  SmallVector<Fragment> columns;
  for (int64_t place = 0; place < shape.warp.columns; place += 16)
    llvm::append_range(columns, loadFragments(rhs, slice, place, term));
  for (int64_t block = 0; block < rowBlocks; ++block) {
    Fragment rows = loadFragments(lhs, stage, block * kRows, term).front();
    MutableArrayRef<Value> ofRows = sums.slice(block * columnBlocks * 4, columnBlocks * 4);
    // Products of one sum wait for each other: those of several take turns.
    for (unsigned number = 0; number < core.getNumProducts(); ++number)
      for (auto [column, fragment] : llvm::enumerate(columns)) {
        MutableArrayRef<Value> own = ofRows.slice(column * 4, 4);
        llvm::copy(core.multiply(rows, fragment, number, ValueRange(own)), own.begin());
      }
  }
}

SmallVector<Value> TensorProduct::addSlice(Value stage, ValueRange before) {
  SmallVector<Value> sums(before), zeros(getNumSums(), b.getFloat(b.getF32Type(), 0));
  SmallVector<Value> chain = zeros;
  for (int64_t term = 0; term < kProductSlice; term += core.getStep()) {
    addStep(stage, term, chain);
    // What is rounded before has no need of more sums than one per slice.
    if (!core.isSplit() && term + core.getStep() < kProductSlice)
      continue;
    for (auto [sum, part] : llvm::zip(sums, chain))
      sum = arith::AddFOp::create(b, sum, part);
    chain = zeros;
  }
  return sums;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

void TensorProduct::emitPass(const TilePass &pass, TileSums &results) {
  lhs.begin(pass);
  rhs.begin(pass);
  SmallVector<Value> sums =
      tile.sumInBlocks(pass, unsigned(getNumSums()), kProductStep,
                       [&](Value first, Value last) { return addTerms(first, last); });
  Value lane = b.rem(b.getThread(), b.getIndex(32));
  Value ownRow = b.add(warpRow, b.div(lane, b.getIndex(4)));
  Value ownColumn = b.add(warpColumn, b.mul(b.rem(lane, b.getIndex(4)), 2));
  for (auto [number, pair] : llvm::enumerate(llvm::seq<int64_t>(0, getNumSums() / 2))) {
    int64_t half = pair % 2, block = pair / 2;
    Value row = b.add(ownRow, block / columnBlocks * kRows + half * 8);
    results.put(row, b.add(ownColumn, block % columnBlocks * kColumns), sums[2 * pair],
                sums[2 * pair + 1]);
  }
  if (core.isSplit())
    results.replaceNotFinite(pass, sums, [&](Value number) {
      // Places of the sums of this thread.
      Value column = b.rem(number, b.getIndex(2)),
            half = b.rem(b.div(number, b.getIndex(2)), b.getIndex(2));
      Value block = b.div(number, b.getIndex(4)), across = b.getIndex(columnBlocks);
      return std::pair(b.add(ownRow, b.add(b.mul(b.div(block, across), kRows), b.mul(half, 8))),
                       b.add(ownColumn, b.add(b.mul(b.rem(block, across), kColumns), column)));
    });
  b.barrier();
  results.store(pass);
  // The next pass, if any, copies to where the sums are.
  b.barrier();
}

void emitTensorProduct(ContractTile &tile, const GpuProductTile &shape, FloatType compute) {
  tile.launch(shape.block, shape.getNumThreads());
  TensorProduct(tile, shape, compute).emit();
}

} // namespace mlir::tenon::kernel
