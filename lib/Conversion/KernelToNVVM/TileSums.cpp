//===- TileSums.cpp - A tile's sums in shared memory ----------------------===//

#include "TileSums.h"
#include "TensorCore.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mlir::tenon::kernel {

/// Results that a thread finishes together: what they are made of is fetched at once.
static constexpr int64_t kTogether = 8;

TileSums::TileSums(ContractTile &tile) : tile(tile), b(tile.b) {
  ArrayRef<SizeAttr> coefficients = tile.form.getDestinationAccess().getCoefficients();
  isByRows = !tile.rowGroupDim && !coefficients[tile.colDim].isOne() &&
             coefficients[tile.rowDims.back()].isOne();
  numLines = isByRows ? tile.shape.columns : tile.shape.rows;
  lineLength = isByRows ? tile.shape.rows : tile.shape.columns;
}

Value TileSums::getPointer(Value row, Value column) {
  Value line = isByRows ? column : row, place = isByRows ? row : column;
  return movePointer(b, memory, b.mul(b.add(b.mul(line, getStride()), place), 4));
}

/// Distances of lines are such that the lanes of a warp meet different banks.
void TileSums::put(Value row, Value column, Value first, Value second) {
  if (isByRows) {
    LLVM::StoreOp::create(b, first, getPointer(row, column));
    LLVM::StoreOp::create(b, second, getPointer(row, b.add(column, 1)));
    return;
  }
  auto type = VectorType::get(2, b.getF32Type());
  Value pair = LLVM::PoisonOp::create(b, type);
  for (auto [number, value] : llvm::enumerate(SmallVector<Value>{first, second}))
    pair = LLVM::InsertElementOp::create(b, pair, value,
                                         b.getInteger(b.getI32Type(), int64_t(number)));
  LLVM::StoreOp::create(b, pair, getPointer(row, column), /*alignment=*/8);
}

void TileSums::replaceNotFinite(const TilePass &pass, ValueRange sums,
                                llvm::function_ref<std::pair<Value, Value>(Value)> getPlace) {
  // Times 0, what is not finite is NaN, and the others' sum is 0.
  auto isNotFinite = [&](ValueRange values) -> Value {
    Value zero = b.getFloat(b.getF32Type(), 0), all = zero;
    for (Value value : values)
      all = math::FmaOp::create(b, value, zero, all);
    return arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, all, all);
  };
  auto replace = [&](Value number) {
    auto [tileRow, tileColumn] = getPlace(number);
    Value row = b.add(tile.firstRow, tileRow), column = b.add(tile.firstColumn, tileColumn);
    Value pointer = getPointer(tileRow, tileColumn);
    Value sum = LLVM::LoadOp::create(b, b.getF32Type(), pointer);
    Value isInside = arith::AndIOp::create(b, tile.isRowInside(pass, row),
                                           tile.isBelow(column, tile.numColumns));
    auto recompute = [&] {
      Point point = tile.getPoint();
      tile.setRow(point, row);
      tile.setColumn(point, column);
      SmallVector<Value> again = tile.sumInBlocks(pass, 1, 1, [&](Value first, Value last) {
        Value zero = b.getFloat(b.getF32Type(), 0);
        return SmallVector<Value>{tile.addProducts(point, first, last, zero)};
      });
      LLVM::StoreOp::create(b, again.front(), pointer);
    };
    b.ifElse(arith::AndIOp::create(b, isInside, isNotFinite(sum)), recompute, [] {});
  };
  b.ifElse(
      isNotFinite(sums),
      [&] { b.forLoop(b.getIndex(0), b.getIndex(int64_t(sums.size())), 1, replace); }, [] {});
}

/// Outside, the nearest one inside stands for it: what it is made of is fetched in any case.
TileSums::Result TileSums::getResult(const TilePass &pass, Value minor, Value line) {
  Value tileRow = isByRows ? minor : line, tileColumn = isByRows ? line : minor;
  Value row = b.add(tile.firstRow, tileRow), column = b.add(tile.firstColumn, tileColumn);
  Result result;
  result.point = tile.getPoint();
  result.pointer = getPointer(tileRow, tileColumn);
  if (isByRows) {
    result.isInside = tile.isBelow(column, tile.numColumns);
    column = b.min(column, b.sub(tile.numColumns, b.getIndex(1)));
  } else {
    result.isInside = tile.isRowInside(pass, row);
    row = b.max(b.min(row, b.sub(pass.end, b.getIndex(1))), pass.begin);
  }
  tile.setRow(result.point, row);
  tile.setColumn(result.point, column);
  return result;
}

/// Neighbouring threads have neighbouring results of a line, each thread those of several
/// lines.
void TileSums::forResults(const TilePass &pass, llvm::function_ref<Value(const Result &)> compute) {
  Value minor = b.rem(b.getThread(), b.getIndex(lineLength));
  Value firstLine = b.div(b.getThread(), b.getIndex(lineLength));
  int64_t linesAtOnce = b.getNumThreads() / lineLength;
  Value lines =
      isByRows ? b.sub(tile.numColumns, tile.firstColumn) : b.sub(pass.end, tile.firstRow);
  auto finish = [&](Value start) {
    SmallVector<Result> results;
    SmallVector<Value> values;
    for (int64_t i = 0; i < kTogether; ++i) {
      results.push_back(getResult(pass, minor, b.add(b.add(start, firstLine), i * linesAtOnce)));
      values.push_back(compute(results.back()));
    }
    for (size_t i = 0; i < results.size(); ++i)
      b.ifElse(results[i].isInside, [&] { tile.store(results[i].point, values[i]); }, [] {});
  };
  Value isInside = isByRows ? tile.isRowInside(pass, b.add(tile.firstRow, minor))
                            : tile.isBelow(b.add(tile.firstColumn, minor), tile.numColumns);
  b.ifElse(
      isInside,
      [&] {
        b.forLoop(b.getIndex(0), b.min(lines, b.getIndex(numLines)), kTogether * linesAtOnce,
                  finish);
      },
      [] {});
}

void TileSums::finish(const TilePass &pass, ArrayRef<Pair> pairs) {
  auto throughMemory = [&] {
    for (const Pair &pair : pairs)
      put(pair.row, pair.column, pair.first, pair.second);
    b.barrier();
    store(pass);
    b.barrier();
  };
  // A row of a group may lie anywhere, and so may a row's neighbours.
  if (isByRows || tile.rowGroupDim)
    return throughMemory();
  b.setWide();
  auto reaches = [&](Value end, Value first, int64_t count) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::sge, end, b.add(first, count));
  };
  Value isFull =
      arith::AndIOp::create(b, reaches(pass.end, tile.firstRow, tile.shape.rows),
                            reaches(tile.numColumns, tile.firstColumn, tile.shape.columns));
  b.ifElse(isFull, [&] { storeOwn(pairs); }, throughMemory);
}

void TileSums::storeOwn(ArrayRef<Pair> pairs) {
  for (const Pair &pair : pairs) {
    Point point = tile.getPoint();
    tile.setRow(point, b.add(tile.firstRow, pair.row));
    Value column = b.add(tile.firstColumn, pair.column);
    SmallVector<Point, 2> points;
    SmallVector<Value, 2> results;
    for (auto [number, sum] : llvm::enumerate(SmallVector<Value>{pair.first, pair.second})) {
      tile.setColumn(point, b.add(column, int64_t(number)));
      points.push_back(point);
      results.push_back(tile.finish(point, sum));
    }
    for (auto [at, result] : llvm::zip(points, results))
      tile.store(at, result);
  }
}

void TileSums::store(const TilePass &pass) {
  forResults(pass, [&](const Result &result) {
    return tile.finish(result.point, LLVM::LoadOp::create(b, b.getF32Type(), result.pointer));
  });
}

void TileSums::storeZeros(const TilePass &pass) {
  forResults(pass, [&](const Result &) { return tile.getZero(); });
}

} // namespace mlir::tenon::kernel
