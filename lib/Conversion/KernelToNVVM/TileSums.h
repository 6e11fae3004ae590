//===- TileSums.h - A tile's sums in shared memory --------------*- C++ -*-===//
//
// The sums of a tile, as threads have them after a product, become results: stored in
// shared memory in the order of the destination, then finished by neighbouring threads
// side by side; or, where the tile is full and they need no repair, each by its thread.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_TILESUMS_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_TILESUMS_H

#include "ContractTile.h"

namespace mlir::tenon::kernel {

class TileSums {
public:
  explicit TileSums(ContractTile &tile);

  int64_t getNumBytes() const { return numLines * getStride() * 4; }
  void setMemory(Value pointer) { memory = pointer; }

  /// A pair of neighbouring sums: of a row of the tile, columns `column`, which is even, and
  /// the next.
  struct Pair {
    Value row, column, first, second;
  };

  /// Results of a pass of all threads' sums, lane 4 g + q of a warp having those of row g,
  /// column 2 q of parts of the tile. Where the tile is full each thread finishes its own;
  /// else they go through shared memory, which all may write to now and after it.
  void finish(const TilePass &pass, ArrayRef<Pair> pairs);

  /// Keeps the sums of a row in columns `column` and the next, `column` being even. Lane
  /// 4 g + q of a warp gives row g, column 2 q of some part of the tile.
  void put(Value row, Value column, Value first, Value second);
  /// Of `sums`, those not finite are computed again by a chain of products in f32. `getPlace`
  /// tells row and column of a sum by its number. This thread has put them.
  void replaceNotFinite(const TilePass &pass, ValueRange sums,
                        llvm::function_ref<std::pair<Value, Value>(Value)> getPlace);
  /// Finishes the results of a pass. All threads have put theirs.
  void store(const TilePass &pass);
  /// Rows that no group has.
  void storeZeros(const TilePass &pass);

private:
  /// A result that this thread finishes: at a point, inside if the condition holds, from
  /// the sum at `pointer`.
  struct Result {
    Point point = Point(0);
    Value isInside, pointer;
  };

  int64_t getStride() const { return lineLength + (isByRows ? 4 : 8); }
  Value getPointer(Value row, Value column);
  Result getResult(const TilePass &pass, Value minor, Value line);
  void storeOwn(ArrayRef<Pair> pairs);
  void forResults(const TilePass &pass, llvm::function_ref<Value(const Result &)> compute);

  ContractTile &tile;
  GpuContext &b;
  /// Whether rows, not columns, lie side by side in the destination.
  bool isByRows;
  int64_t numLines, lineLength;
  Value memory;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_TILESUMS_H
