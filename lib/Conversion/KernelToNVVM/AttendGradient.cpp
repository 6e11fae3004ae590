//===- AttendGradient.cpp - kernel.attend_gradient on GPUs ----------------===//
//
// Blocks have one of two roles. One has 64 keys and values, walks along the queries of
// every head that shares them, and sums derivatives by these keys and values; the other
// has 64 queries of one head and walks along the keys. Both compute weights and
// derivatives by scores of 64 by 64 pairs anew, from each query's statistics. These go
// through shared memory into the product with what is summed: a chain of additions per
// tile, and tiles are added in order.
//
// Derivatives of more columns than a block has room for are made by several blocks.
//
//===----------------------------------------------------------------------===//

#include "AttendPairs.h"
#include "Emitters.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kQuery = 0, kKey = 1, kValue = 2, kResultGradient = 3;
constexpr int64_t kTile = AttendPairs::kTile, kSide = AttendPairs::kSide,
                  kPart = AttendPairs::kPart, kOwn = AttendPairs::kOwn,
                  kStride = AttendPairs::kStride;
/// Columns of derivatives that a block has at most, and of those as many as are computed,
/// and terms of a product with them as are in shared memory, at a time.
constexpr int64_t kMostColumns = 128, kRun = 64, kSlice = 16, kUnroll = 4;

class AttendGradientEmitter {
public:
  AttendGradientEmitter(AttendGradientOp op, GpuContext &context);
  LogicalResult emit();

private:
  /// Columns of derivatives: those of q and k, or of v.
  struct Columns {
    unsigned dim;
    int64_t width;
    /// Of a thread, 16 apart.
    int64_t getOwn() const { return llvm::divideCeil(std::min(width, kMostColumns), kSide); }
    SmallVector<Value> getZeros(GpuContext &b) const {
      return SmallVector<Value>(kPart * getOwn(), b.getFloat(b.getF32Type(), 0));
    }
  };
  using Tile = AttendPairs::Tile;
  void emitKeys(const Point &shared, Value firstKey);
  void emitQueries(const Point &batch, Value firstQuery);
  /// Weights, and derivatives by scores, of this thread's pairs.
  struct Factors {
    SmallVector<Value> weights, slopes;
  };
  Factors getFactors(const Tile &tile);
  SmallVector<Value> addProduct(ArrayRef<Value> own, const Tile &tile, unsigned operand,
                                const Columns &columns, ValueRange sums);
  SmallVector<Value> multiplyRun(const Tile &tile, unsigned operand, const Columns &columns,
                                 int64_t begin, int64_t width);
  void fillSlice(const Tile &tile, Value firstTerm, unsigned operand, const Columns &columns,
                 int64_t begin, int64_t width);
  void store(const AttendPairs::Side &rows, ArrayRef<Value> sums, const Columns &columns,
             Value start);
  Columns getColumns(DimRole role) {
    unsigned dim = form.getDims(role).front();
    return {dim, *form.getDim(dim).getSize().getConstant()};
  }

  AttendGradientOp op;
  KernelOpInterface form;
  GpuContext &b;
  /// Batch dimensions: all, those of keys and values, and the others.
  SmallVector<unsigned> batchDims, sharedDims, memberDims;
  SizeAttr queries, keys;
  Columns depth, values;
  std::optional<AttendPairs> pairs;
  /// The first column that this block computes.
  Value firstColumn;
  /// Pairs of a tile, [column, row], and a slice of what they are multiplied by.
  Value factors, slice;
};

} // namespace

AttendGradientEmitter::AttendGradientEmitter(AttendGradientOp op, GpuContext &context)
    : op(op), form(op), b(context), batchDims(form.getDims(DimRole::Batch)),
      queries(form.getDim(form.getDims(DimRole::Queries).front()).getSize()),
      keys(form.getDim(form.getDims(DimRole::Keys).front()).getSize()),
      depth(getColumns(DimRole::Depth)), values(getColumns(DimRole::Values)) {
  std::tie(sharedDims, memberDims) = splitByUse(form, batchDims, {kKey, kValue});
}

LogicalResult AttendGradientEmitter::emit() {
  if (!op.getStatistics())
    return op.emitOpError("cannot be emitted for GPUs: it has no statistics");
  SizeAttr members = countPoints(b, memberDims);
  int64_t mostColumns = std::max(depth.width, values.width);
  SmallVector<GridAttr> grid;
  for (unsigned dim : sharedDims)
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
  // As many tiles as keys have and each head's queries, or a few more: a sum of quotients
  // is no factor of a grid.
  SizeAttr rows = keys.add(kTile - 1).add(members.mul(queries.add(kTile - 1)));
  grid.push_back(GridAttr::get(b.getContext(), rows, kTile));
  grid.push_back(
      GridAttr::get(b.getContext(), b.makeSize(std::max<int64_t>(mostColumns, 1)), kMostColumns));
  b.setLaunch(grid, AttendPairs::kThreads);
  pairs.emplace(b, AttendPairs::getForm(op));
  factors = b.allocateShared(kTile * kStride, b.getF32Type());
  slice = b.allocateShared(kSlice * std::clamp<int64_t>(mostColumns, 1, kRun), b.getF32Type());

  SmallVector<Value> task = b.getTaskCoordinates(b.getBlock());
  Point shared(form.getNumDims());
  for (auto [dim, index] : llvm::zip(sharedDims, task))
    shared.indices[dim] = index;
  firstColumn = b.mul(task.back(), kMostColumns);
  Value tile = task[sharedDims.size()];
  Value keyTiles = b.ceilDiv(b.getSize(keys), kTile),
        queryTiles = b.ceilDiv(b.getSize(queries), kTile);
  auto ofQueries = [&] {
    Value number = b.sub(tile, keyTiles);
    auto emitTile = [&] {
      Point batch = shared;
      setIndices(b, batch, memberDims, b.div(number, queryTiles));
      emitQueries(batch, b.mul(b.rem(number, queryTiles), kTile));
    };
    Value count = b.mul(queryTiles, b.getSize(members));
    b.ifElse(pairs->isBelow(number, count), emitTile, [] {});
  };
  b.ifElse(
      pairs->isBelow(tile, keyTiles), [&] { emitKeys(shared, b.mul(tile, kTile)); }, ofQueries);
  return success();
}

void AttendGradientEmitter::emitKeys(const Point &shared, Value firstKey) {
  AttendPairs::Side rows = pairs->getKeys(firstKey);
  SmallVector<Value> sums = depth.getZeros(b);
  size_t numKeySums = sums.size();
  llvm::append_range(sums, values.getZeros(b));
  auto addTile = [&](const Tile &tile, ValueRange before) {
    Factors own = getFactors(tile);
    SmallVector<Value> after =
        addProduct(own.slopes, tile, kQuery, depth, before.take_front(numKeySums));
    llvm::append_range(after, addProduct(own.weights, tile, kResultGradient, values,
                                         before.drop_front(numKeySums)));
    return after;
  };
  Value numQueries = b.getSize(queries), numMembers = b.getSize(countPoints(b, memberDims));
  sums = b.forLoop(b.getIndex(0), numMembers, 1, sums, [&](Value member, ValueRange before) {
    Point batch = shared;
    setIndices(b, batch, memberDims, member);
    return b.forLoop(pairs->getQueriesBegin(firstKey), numQueries, kTile, before,
                     [&](Value query, ValueRange current) {
                       return addTile({batch, rows, pairs->getQueries(query)}, current);
                     });
  });
  // Behind the derivatives by queries.
  SizeAttr before = form.getDestinationAccess().getOffset().add(
      queries.mul(countPoints(b, batchDims)).mul(depth.width));
  SizeAttr all = keys.mul(countPoints(b, sharedDims));
  Value number = b.mul(getNumber(b, shared, sharedDims), b.getSize(keys));
  store(rows, ArrayRef(sums).take_front(numKeySums), depth,
        b.add(b.getSize(before), b.mul(number, depth.width)));
  store(rows, ArrayRef(sums).drop_front(numKeySums), values,
        b.add(b.getSize(before.add(all.mul(depth.width))), b.mul(number, values.width)));
}

void AttendGradientEmitter::emitQueries(const Point &batch, Value firstQuery) {
  AttendPairs::Side rows = pairs->getQueries(firstQuery);
  SmallVector<Value> sums =
      b.forLoop(b.getIndex(0), pairs->getKeysEnd(firstQuery), kTile, depth.getZeros(b),
                [&](Value key, ValueRange before) {
                  Tile tile = {batch, rows, pairs->getKeys(key)};
                  return addProduct(getFactors(tile).slopes, tile, kKey, depth, before);
                });
  Value number = b.mul(getNumber(b, batch, batchDims), b.mul(b.getSize(queries), depth.width));
  store(rows, sums, depth, b.add(b.getSize(form.getDestinationAccess().getOffset()), number));
}

AttendGradientEmitter::Factors AttendGradientEmitter::getFactors(const Tile &tile) {
  Value zero = b.getFloat(b.getF32Type(), 0);
  auto loadStatistic = [&](const Point &pair, int64_t member) -> Value {
    unsigned operand = *op.getStatisticsOperand();
    Value place = b.add(getOffset(b, form.getAccess(operand), pair), member);
    return memref::LoadOp::create(b, b.getBuffer(operand), place);
  };
  SmallVector<Value> weights = pairs->multiplyKeys(tile);
  pairs->forPairs(tile, [&](unsigned number, const Point &pair, Value isVisible) {
    Value score = pairs->getScore(pair, weights[number]);
    Value weight = math::ExpOp::create(b, arith::SubFOp::create(b, score, loadStatistic(pair, 0)));
    weight = arith::MulFOp::create(b, weight, loadStatistic(pair, 1));
    weights[number] = arith::SelectOp::create(b, isVisible, weight, zero);
  });
  SmallVector<Value> slopes = pairs->multiplyValues(tile);
  Value scale = b.getFloat(b.getF32Type(), op.getScale().convertToDouble());
  pairs->forPairs(tile, [&](unsigned number, const Point &pair, Value isVisible) {
    Value slope = arith::SubFOp::create(b, slopes[number], loadStatistic(pair, 2));
    slope = arith::MulFOp::create(b, slope, weights[number]);
    slope = arith::MulFOp::create(b, slope, scale);
    slopes[number] = arith::SelectOp::create(b, isVisible, slope, zero);
  });
  return {weights, slopes};
}

/// Brings rows of an operand, as many of the tile's columns from `firstTerm` on as a slice
/// has, into shared memory: `width` of this block's columns from `begin` on.
void AttendGradientEmitter::fillSlice(const Tile &tile, Value firstTerm, unsigned operand,
                                      const Columns &columns, int64_t begin, int64_t width) {
  int64_t elements = kSlice * width;
  for (int64_t i = 0; i < elements; i += AttendPairs::kThreads) {
    Value own = b.add(b.getThread(), i);
    Value column = b.add(b.add(firstColumn, begin), b.rem(own, b.getIndex(width)));
    Value index = b.add(b.add(tile.columns.first, firstTerm), b.div(own, b.getIndex(width)));
    Value isInside = arith::AndIOp::create(b, pairs->isThere(tile.batch, tile.columns, index),
                                           pairs->isBelow(column, b.getIndex(columns.width)));
    Point point = tile.batch.at(tile.columns.dim, index).at(columns.dim, column);
    Value element = pairs->load(operand, point, isInside);
    auto storeElement = [&] { memref::StoreOp::create(b, element, slice, own); };
    if (i + AttendPairs::kThreads <= elements)
      storeElement();
    else
      b.ifElse(pairs->isBelow(own, b.getIndex(elements)), storeElement, [] {});
  }
}

/// For each row of the tile the sums over its columns of pairs, in shared memory, times
/// `width` columns of an operand from `begin` on.
SmallVector<Value> AttendGradientEmitter::multiplyRun(const Tile &tile, unsigned operand,
                                                      const Columns &columns, int64_t begin,
                                                      int64_t width) {
  int64_t numOwn = llvm::divideCeil(width, kSide);
  // A thread beyond the last column reads another's.
  SmallVector<Value> places;
  for (int64_t n = 0; n < numOwn; ++n)
    places.push_back(b.min(b.add(pairs->getColumn(), n * kSide), b.getIndex(width - 1)));
  auto addTerm = [&](Value firstTerm, Value term, SmallVectorImpl<Value> &chain) {
    SmallVector<Value> elements;
    for (Value place : places)
      elements.push_back(memref::LoadOp::create(b, slice, b.add(b.mul(term, width), place)));
    Value row = b.add(b.mul(b.add(firstTerm, term), kStride), pairs->getRow());
    for (int64_t i = 0; i < kPart; ++i) {
      Value factor = memref::LoadOp::create(b, factors, b.add(row, i));
      for (int64_t n = 0; n < numOwn; ++n) {
        Value &sum = chain[i * numOwn + n];
        sum = math::FmaOp::create(b, factor, elements[n], sum);
      }
    }
  };
  auto addSlice = [&](Value firstTerm, ValueRange before) {
    fillSlice(tile, firstTerm, operand, columns, begin, width);
    b.barrier();
    SmallVector<Value> after = b.forLoop(b.getIndex(0), b.getIndex(kSlice), kUnroll, before,
                                         [&](Value term, ValueRange current) {
                                           SmallVector<Value> chain(current);
                                           for (int64_t i = 0; i < kUnroll; ++i)
                                             addTerm(firstTerm, b.add(term, i), chain);
                                           return chain;
                                         });
    b.barrier();
    return after;
  };
  SmallVector<Value> zeros(kPart * numOwn, b.getFloat(b.getF32Type(), 0));
  Value end = b.min(b.sub(tile.columns.count, tile.columns.first), b.getIndex(kTile));
  return b.rolledLoop(b.getIndex(0), end, kSlice, zeros, addSlice);
}

/// `sums` and, for each row of the tile, the sum over its columns of this thread's `own`
/// pairs, and those of others, times an operand.
SmallVector<Value> AttendGradientEmitter::addProduct(ArrayRef<Value> own, const Tile &tile,
                                                     unsigned operand, const Columns &columns,
                                                     ValueRange sums) {
  for (int64_t i = 0; i < kOwn; ++i) {
    Value column = b.add(pairs->getColumn(), i % kPart * kSide);
    Value place = b.add(b.mul(column, kStride), b.add(pairs->getRow(), i / kPart));
    memref::StoreOp::create(b, own[i], factors, place);
  }
  SmallVector<Value> all(sums);
  int64_t width = std::min(columns.width, kMostColumns), numOwn = columns.getOwn();
  for (int64_t begin = 0; begin < width; begin += kRun) {
    int64_t count = std::min(width - begin, kRun), numRun = llvm::divideCeil(count, kSide);
    SmallVector<Value> run = multiplyRun(tile, operand, columns, begin, count);
    for (int64_t i = 0; i < kPart; ++i)
      for (int64_t n = 0; n < numRun; ++n) {
        Value &sum = all[i * numOwn + begin / kSide + n];
        sum = arith::AddFOp::create(b, sum, run[i * numRun + n]);
      }
  }
  return all;
}

/// Writes this thread's sums of rows, which lie one after the other from `start` on.
void AttendGradientEmitter::store(const AttendPairs::Side &rows, ArrayRef<Value> sums,
                                  const Columns &columns, Value start) {
  Value destination = b.getBuffer(form->getNumOperands() - 1);
  int64_t numOwn = columns.getOwn();
  for (int64_t i = 0; i < kPart; ++i) {
    Value row = b.add(rows.first, b.add(pairs->getRow(), i));
    auto storeRow = [&] {
      for (int64_t n = 0; n < numOwn; ++n) {
        Value column = b.add(firstColumn, b.add(pairs->getColumn(), n * kSide));
        auto storeSum = [&] {
          Value place = b.add(start, b.add(b.mul(row, columns.width), column));
          memref::StoreOp::create(b, sums[i * numOwn + n], destination, place);
        };
        b.ifElse(pairs->isBelow(column, b.getIndex(columns.width)), storeSum, [] {});
      }
    };
    b.ifElse(pairs->isBelow(row, rows.count), storeRow, [] {});
  }
}

namespace {
struct AttendGradientModel
    : GpuEmitterOpInterface::ExternalModel<AttendGradientModel, AttendGradientOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    return AttendGradientEmitter(cast<AttendGradientOp>(op), context).emit();
  }
};
} // namespace

void attachGpuAttendGradientEmitter(MLIRContext *context) {
  AttendGradientOp::attachInterface<AttendGradientModel>(*context);
}

} // namespace mlir::tenon::kernel
