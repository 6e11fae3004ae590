//===- WarpgroupProduct.cpp - Products of bf16 by warpgroups --------------===//
//
// Each of a block's warpgroups multiplies 64 rows with all columns of the tile, straight from
// the slices in shared memory. It begins with a slice before it is done with the one before:
// tensor cores do not wait for copies to be started, nor for the barrier. Sums stay on the
// tensor cores over all terms.
//
//===----------------------------------------------------------------------===//

#include "Products.h"
#include "SliceRing.h"
#include "TensorCore.h"
#include "TileSums.h"
#include "Warpgroup.h"

namespace mlir::tenon::kernel {
namespace {

/// Terms of an instruction.
constexpr int64_t kStep = 16;

class WarpgroupProduct {
public:
  WarpgroupProduct(ContractTile &tile, const WarpgroupTile &shape)
      : tile(tile), b(tile.b), shape(shape),
        // The slices that are multiplied, and the one before, are not copied to.
        ring(tile, shape.stages, shape.stages - 2) {}

  void emit();

private:
  int64_t getNumSums() const { return shape.block.columns / 2; }
  SmallVector<Value> addSlice(Value lhsSlice, Value rhsSlice, ValueRange before,
                              llvm::function_ref<void()> startNext);
  void emitPass(const TilePass &pass, TileSums &results);

  ContractTile &tile;
  GpuContext &b;
  const WarpgroupTile &shape;
  SliceRing ring;
  /// The number of this thread's warpgroup.
  Value warpgroup;
};

} // namespace

void WarpgroupProduct::emit() {
  TileSums results(tile);
  Value memory =
      b.getDynamicShared(std::max(ring.getNumBytes(), results.getNumBytes()), kWarpgroupAlignment);
  ring.setMemory(memory);
  results.setMemory(memory);
  warpgroup = b.div(b.getThread(), b.getIndex(kWarpgroup));
  tile.forPasses([&](const TilePass &pass) { emitPass(pass, results); },
                 [&](const TilePass &pass) { results.storeZeros(pass); });
}

SmallVector<Value> WarpgroupProduct::addSlice(Value lhsSlice, Value rhsSlice, ValueRange before,
                                              llvm::function_ref<void()> startNext) {
  int64_t panel = ring.lhs.getNumTerms() * FactorSlices::kLine;
  // 64 rows of terms, or the terms of 64 rows, are as many bytes.
  Value own = movePointer(b, lhsSlice, b.mul(warpgroup, kWarpgroupRows * FactorSlices::kLine));
  auto lhs = WarpgroupFactor::at(b, own, ring.lhs.isAlongTerms(), panel);
  auto rhs = WarpgroupFactor::at(b, rhsSlice, ring.rhs.isAlongTerms(), panel);
  beginProducts(b);
  SmallVector<Value> sums(before);
  for (int64_t term = 0; term < ring.lhs.getNumTerms(); term += kStep)
    sums = multiply(b, lhs, rhs, term, sums);
  commitProducts(b);
  startNext();
  // The slice before is multiplied.
  return waitForProducts(b, 1, sums);
}

void WarpgroupProduct::emitPass(const TilePass &pass, TileSums &results) {
  ring.begin(pass);
  SmallVector<Value> zeros(getNumSums(), b.getFloat(b.getF32Type(), 0));
  SmallVector<Value> sums = ring.forSlices(
      pass.firstTerm, pass.lastTerm, zeros, [&] { showToProducts(b); },
      [&](Value lhsSlice, Value rhsSlice, ValueRange before, llvm::function_ref<void()> startNext) {
        return addSlice(lhsSlice, rhsSlice, before, startNext);
      });
  sums = waitForProducts(b, 0, sums);
  // All are: their slices may be written to.
  b.barrier();
  Value lane = b.rem(b.getThread(), b.getIndex(kWarp));
  Value warp = b.div(b.getThread(), b.getIndex(kWarp));
  Value row = b.add(b.mul(warp, kWarpgroupRows / 4), b.div(lane, b.getIndex(4)));
  Value column = b.mul(b.rem(lane, b.getIndex(4)), 2);
  SmallVector<TileSums::Pair> pairs;
  for (int64_t i = 0; i < getNumSums(); i += 2)
    pairs.push_back({b.add(row, i % 4 / 2 * 8), b.add(column, i / 4 * 8), sums[i], sums[i + 1]});
  results.finish(pass, pairs);
}

void emitWarpgroupProduct(ContractTile &tile, const WarpgroupTile &shape) {
  tile.launch(shape.block, shape.getNumThreads());
  WarpgroupProduct(tile, shape).emit();
}

} // namespace mlir::tenon::kernel
