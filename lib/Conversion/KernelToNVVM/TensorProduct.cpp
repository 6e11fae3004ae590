//===- TensorProduct.cpp - Products of matrices on tensor cores -----------===//
//
// A block brings slices of both factors into shared memory while it multiplies others. A
// warp multiplies its part of the tile in steps, from fragments in registers; sums of a step
// or, of rounded factors, of a slice begin at zero on the tensor cores and are added to those
// before in f32. TileSums.h says what becomes of them.
//
//===----------------------------------------------------------------------===//

#include "Products.h"
#include "SliceRing.h"
#include "TensorCore.h"
#include "TileSums.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::tenon::kernel {
namespace {

/// Rows and columns of one instruction.
constexpr int64_t kRows = 16, kColumns = 8;

class TensorProduct {
public:
  TensorProduct(ContractTile &tile, const GpuProductTile &shape, FloatType compute)
      : tile(tile), b(tile.b), shape(shape), core(b, compute),
        ring(tile, kProductStages, kProductStages - 1), lhs(ring.lhs), rhs(ring.rhs),
        rowBlocks(shape.warp.rows / kRows), columnBlocks(shape.warp.columns / kColumns) {}

  void emit();

private:
  int64_t getNumSums() { return rowBlocks * columnBlocks * 4; }
  SmallVector<Value> addTerms(Value first, Value last);
  SmallVector<Value> addSlice(Value lhsSlice, Value rhsSlice, ValueRange before);
  SmallVector<Fragment> loadFragments(FactorSlices &factor, Value slice, int64_t place,
                                      int64_t term);
  void addStep(Value lhsSlice, Value rhsSlice, int64_t term, MutableArrayRef<Value> sums);
  void emitPass(const TilePass &pass, TileSums &results);

  ContractTile &tile;
  GpuContext &b;
  const GpuProductTile &shape;
  TensorCore core;
  SliceRing ring;
  FactorSlices &lhs, &rhs;
  int64_t rowBlocks, columnBlocks;
  /// Where in the tile this warp's part begins.
  Value warpRow, warpColumn;
};

} // namespace

void TensorProduct::emit() {
  TileSums results(tile);
  Value memory = b.getDynamicShared(std::max(ring.getNumBytes(), results.getNumBytes()));
  ring.setMemory(memory);
  results.setMemory(memory);
  Value warp = b.div(b.getThread(), b.getIndex(32));
  Value across = b.getIndex(shape.block.columns / shape.warp.columns);
  warpRow = b.mul(b.div(warp, across), shape.warp.rows);
  warpColumn = b.mul(b.rem(warp, across), shape.warp.columns);
  tile.forPasses([&](const TilePass &pass) { emitPass(pass, results); },
                 [&](const TilePass &pass) { results.storeZeros(pass); });
}

SmallVector<Value> TensorProduct::addTerms(Value first, Value last) {
  SmallVector<Value> zeros(getNumSums(), b.getFloat(b.getF32Type(), 0));
  return ring.forSlices(
      first, last, zeros, /*order=*/[] {},
      [&](Value lhsSlice, Value rhsSlice, ValueRange before, llvm::function_ref<void()> startNext) {
        startNext();
        return addSlice(lhsSlice, rhsSlice, before);
      });
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
  for (int64_t part = 0; part < core.getStep(); part += factor.isNarrow() ? 16 : 8) {
    SmallVector<Value> blocks =
        factor.load(slice, isLhs ? warpRow : warpColumn, place, term + part);
    for (auto [number, block] : llvm::enumerate(blocks))
      words[number % words.size()].push_back(block);
  }
  return llvm::map_to_vector(words, [&](ArrayRef<Value> blocks) {
    // Words of two terms are what tensor cores take.
    return factor.isNarrow() ? Fragment{SmallVector<Value>(blocks), {}}
                             : core.makeFragment(blocks, isLhs ? 2 : 1);
  });
}

/// Adds the products of the step from `term` on.
void TensorProduct::addStep(Value lhsSlice, Value rhsSlice, int64_t term,
                            MutableArrayRef<Value> sums) {
  SmallVector<Fragment> columns;
  for (int64_t place = 0; place < shape.warp.columns; place += 16)
    llvm::append_range(columns, loadFragments(rhs, rhsSlice, place, term));
  for (int64_t block = 0; block < rowBlocks; ++block) {
    Fragment rows = loadFragments(lhs, lhsSlice, block * kRows, term).front();
    MutableArrayRef<Value> ofRows = sums.slice(block * columnBlocks * 4, columnBlocks * 4);
    // Products of one sum wait for each other: those of several take turns.
    for (unsigned number = 0; number < core.getNumProducts(); ++number)
      for (auto [column, fragment] : llvm::enumerate(columns)) {
        MutableArrayRef<Value> own = ofRows.slice(column * 4, 4);
        llvm::copy(core.multiply(rows, fragment, number, ValueRange(own)), own.begin());
      }
  }
}

SmallVector<Value> TensorProduct::addSlice(Value lhsSlice, Value rhsSlice, ValueRange before) {
  SmallVector<Value> sums(before), zeros(getNumSums(), b.getFloat(b.getF32Type(), 0));
  SmallVector<Value> chain = zeros;
  for (int64_t term = 0; term < lhs.getNumTerms(); term += core.getStep()) {
    addStep(lhsSlice, rhsSlice, term, chain);
    // What is rounded before has no need of more sums than one per slice.
    if (!core.isSplit() && term + core.getStep() < lhs.getNumTerms())
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
  ring.begin(pass);
  SmallVector<Value> sums =
      tile.sumInBlocks(pass, unsigned(getNumSums()), kProductStep,
                       [&](Value first, Value last) { return addTerms(first, last); });
  Value lane = b.rem(b.getThread(), b.getIndex(32));
  Value ownRow = b.add(warpRow, b.div(lane, b.getIndex(4)));
  Value ownColumn = b.add(warpColumn, b.mul(b.rem(lane, b.getIndex(4)), 2));
  SmallVector<TileSums::Pair> pairs;
  for (int64_t i = 0; i < getNumSums(); i += 2) {
    int64_t half = i / 2 % 2, block = i / 4;
    pairs.push_back({b.add(ownRow, block / columnBlocks * kRows + half * 8),
                     b.add(ownColumn, block % columnBlocks * kColumns), sums[i], sums[i + 1]});
  }
  if (!core.isSplit())
    return results.finish(pass, pairs);
  for (const TileSums::Pair &pair : pairs)
    results.put(pair.row, pair.column, pair.first, pair.second);
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
