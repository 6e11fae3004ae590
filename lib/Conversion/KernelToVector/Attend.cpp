//===- Attend.cpp - kernel.attend -----------------------------------------===//
//
// Tasks are batches x blocks of queries. Neighbouring blocks of a batch, which one
// worker has, share its keys and values, copied into panels. Then, for as many
// queries as have their scores in the second cache: scores by the register tile into
// scratch memory, each panel of keys meeting all queries at once; softmax of each
// row; and the product with the values by the register tile, block of keys by block.
// Where the score region hides keys, each row has its range of keys, and a tile that
// of its rows. The order of all sums depends on the number of keys and the ranges of
// rows alone.
//
//===----------------------------------------------------------------------===//

#include "AttendOperands.h"
#include "Emitters.h"
#include "MathEmitter.h"
#include "Reduction.h"
#include "RegisterTile.h"
#include "RowBlocks.h"
#include "VisibleKeys.h"
#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kQuery = 0, kKey = 1, kValue = 2, kFirstScoreInput = 3;
class AttendEmitter {
public:
  AttendEmitter(AttendOp op, CpuContext &context);
  Value emit();

private:
  void emitRun(ArrayRef<Value> task, Value numBlocks);
  /// Queries that pass together, and a tile of them: `row` is the place of its first
  /// one among them.
  struct Pass {
    Value begin, end;
  };
  struct Tile {
    Value firstQuery, rows, row;
  };
  void emitPass(const Point &batch, const Pass &pass);
  void forTiles(const Pass &pass, llvm::function_ref<void(const Tile &, unsigned)> body);
  void forTilesThatSee(const Pass &pass, Value key, int64_t count,
                       llvm::function_ref<void(const Tile &, unsigned)> body);
  void findRanges(const Point &batch, const Pass &pass);
  KeyRange getKeys(const Pass &pass);
  KeyRange getKeys(const Tile &tile);
  KeyRange getRowKeys(Value query, Value row);
  void emitScores(const Point &batch, const Pass &pass, KeyRange keys);
  void emitScoreTile(const Point &batch, const Tile &tile, unsigned count, Value firstKey,
                     unsigned vectors);
  Value getVisibleKeys(Value query);
  Value getToken(Value query);
  void emitZeros(const Point &batch, Value begin, Value end);
  void emitSoftmaxRow(const Point &batch, Value firstQuery, Value row);
  Value emitScore(const Point &point, Value raw);
  Value isVisible(const Point &point) { return loadElement(b, *op.getKeyMaskOperand(), point); }
  /// Whether scores of hidden keys become -inf.
  bool masksScores() { return op.getKeyMask() && !op.leavesOutHidden(); }
  bool isScaledOnly() {
    return op.getScore().empty() && !masksScores() && op.getScale().convertToDouble() > 0;
  }
  void clearHidden(const Pass &pass);
  void emitValues(const Pass &pass, KeyRange keys);
  void emitValueColumns(const Tile &tile, Value firstKey, Value lastKey, unsigned rows,
                        int64_t column);
  void emitLaterKeys(const Tile &tile, unsigned rows, int64_t column);
  unsigned getColumnVectors(int64_t column);
  Value loadValues(Value key, int64_t column, unsigned vector);
  using SweepBody = llvm::function_ref<Value(Value, Value &, const Point &)>;
  Value sweep(Point point, Value row, KeyRange keys, ReduceKind kind, SweepBody body);
  void emitEpilogueRow(const Point &batch, Value firstQuery, Value row);
  Value getColumnMask(int64_t column);
  SizeAttr getCoefficient(unsigned operand, unsigned dim) {
    return form.getAccess(operand).getCoefficients()[dim];
  }
  Value getLastQuery(const Tile &tile) {
    return b.sub(b.add(tile.firstQuery, tile.rows), b.getIndex(1));
  }
  Value getResultStart(const Tile &tile, int64_t column) {
    return b.add(b.mul(tile.row, paddedWidth), column);
  }
  Value getScoreOffset(Value row, Value key) { return b.add(b.mul(row, scoreStride), key); }

  AttendOp op;
  CpuContext &b;
  KernelOpInterface form;
  SmallVector<unsigned> batchDims;
  unsigned queryDim, keyDim, depthDim, valueDim;
  int64_t depth, width, paddedWidth;
  int64_t lanes;
  RowBlocks queries;
  VisibleKeys visibleKeys;
  SmallVector<unsigned> heights;
  VectorType vectorType;
  Value numQueries, allKeys, scoreStride, valuePanelStride;
  /// Queries of a pass, at most.
  Value queriesAtOnce;
  /// The keys that a run of queries meets, without regard to `causal`.
  Value keysOfRun;
  /// Scratch: numbers of visible keys, transposed keys, values in panels, and a
  /// pass's scores, results and sums of exponentials.
  Value keyList, keyPanels, valuePanels, scores, results, rowSums;
  /// When the score region hides keys: the range of each row, of each tile (at its
  /// first row), and of the pass (one element).
  struct RangeList {
    Value firsts, lasts;
  };
  RangeList rowRanges, tileRanges, passRange;
};

AttendEmitter::AttendEmitter(AttendOp op, CpuContext &context)
    : op(op), b(context), form(context.getOp()), batchDims(form.getDims(DimRole::Batch)),
      queryDim(form.getDims(DimRole::Queries).front()), keyDim(form.getDims(DimRole::Keys).front()),
      depthDim(form.getDims(DimRole::Depth).front()),
      valueDim(form.getDims(DimRole::Values).front()),
      depth(*form.getDim(depthDim).getSize().getConstant()),
      width(*form.getDim(valueDim).getSize().getConstant()), lanes(context.getTarget().lanes),
      queries(context, form.getDim(queryDim).getSize(), context.getTarget().attendQueries),
      visibleKeys(op, context, kFirstScoreInput, 2 * context.getTarget().lanes) {
  vectorType = VectorType::get({lanes}, b.getF32Type());
  paddedWidth = (width + lanes - 1) / lanes * lanes;
  SizeAttr keys = form.getDim(keyDim).getSize();
  numQueries = b.getSize(form.getDim(queryDim).getSize());
  allKeys = b.getSize(keys);
  // Room for whole vectors of keys.
  std::optional<int64_t> constant = keys.getConstant();
  SizeAttr padded =
      constant ? b.makeSize((*constant + lanes - 1) / lanes * lanes) : keys.add(lanes - 1);
  // Rows of scores begin in different sets of the first cache.
  SizeAttr scoreRow = padded.add(kLineElements);
  scoreStride = b.getSize(scoreRow);
  // Whole tiles, at least one, at most a block.
  int64_t tileRows = b.getTarget().tileRows, queryBlock = b.getTarget().attendQueries;
  Value tiles = b.div(b.getIndex(b.getTarget().attendScores / tileRows), scoreStride);
  tiles = b.min(b.max(tiles, b.getIndex(1)), b.getIndex(queryBlock / tileRows));
  queriesAtOnce = b.mul(tiles, tileRows);
  std::optional<int64_t> atOnce = getConstantIntValue(queriesAtOnce);
  if (atOnce && *atOnce == queryBlock && !op.getSkipsHidden())
    heights = queries.getTileHeights(1);
  else
    heights = llvm::to_vector(llvm::seq_inclusive<unsigned>(1, tileRows));
  rowSums = b.allocateScratch(b.makeSize(queryBlock));
  results = b.allocateScratch(b.makeSize(queryBlock * paddedWidth));
  scores = b.allocateScratch(scoreRow.mul(queryBlock));
  keyPanels = b.allocateScratch(padded.mul(depth));
  int64_t panelWidth = b.getTarget().getPanel();
  valuePanels = b.allocateScratch(padded.mul(llvm::alignTo(width, panelWidth)));
  valuePanelStride = b.getSize(padded.mul(panelWidth));
  if (visibleKeys.areLimited())
    for (auto [list, length] :
         {std::pair(&rowRanges, queryBlock), std::pair(&tileRanges, queryBlock),
          std::pair(&passRange, int64_t(1))})
      *list = {b.allocateScratch(b.makeSize(length), b.getIndexType()),
               b.allocateScratch(b.makeSize(length), b.getIndexType())};
  if (op.leavesOutHidden())
    keyList = b.allocateScratch(padded, b.getIndexType());
}

Value AttendEmitter::emit() {
  SmallVector<GridAttr> grid;
  for (unsigned dim : batchDims)
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
  grid.push_back(queries.getFactor());
  b.forTaskRuns(grid, std::numeric_limits<int64_t>::max(),
                [&](ArrayRef<Value> task, Value numBlocks) { emitRun(task, numBlocks); });
  return b.getInteger(b.getI32Type(), 0);
}

/// The token that is query number `query`: of the visible ones, when others are left
/// out.
Value AttendEmitter::getToken(Value query) {
  return op.getSkipsHidden() ? memref::LoadOp::create(b, keyList, query).getResult() : query;
}

/// The result of the hidden ones of tokens `begin` to `end`.
void AttendEmitter::emitZeros(const Point &batch, Value begin, Value end) {
  b.forLoop(begin, end, 1, [&](Value token) {
    auto clear = [&] {
      Point point = batch.at(queryDim, token);
      point.lanes = lanes;
      point.vectorDim = valueDim;
      for (int64_t column = 0; column < width; column += lanes) {
        point.indices[valueDim] = b.getIndex(column);
        point.mask = getColumnMask(column);
        storeElement(b, b.getFloat(vectorType, 0.0), point);
      }
    };
    b.ifElse(isVisible(batch.at(keyDim, token)), [] {}, clear);
  });
}

/// The number of keys that `query` attends to: the first ones.
Value AttendEmitter::getVisibleKeys(Value query) {
  if (!op.getCausal())
    return keysOfRun;
  Value visible = b.sub(b.add(b.add(query, 1), allKeys), numQueries);
  return b.max(b.min(visible, allKeys), b.getIndex(0));
}

void AttendEmitter::emitRun(ArrayRef<Value> task, Value numBlocks) {
  Point batch(form.getNumDims());
  for (auto [dim, index] : llvm::zip(batchDims, task))
    batch.indices[dim] = index;
  Value lastBlock = b.sub(b.add(task.back(), numBlocks), b.getIndex(1));
  Value end = queries.getBounds(lastBlock).second;
  auto isKeyVisible = [&](Value key) { return isVisible(batch.at(keyDim, key)); };
  KeySelection keys;
  if (op.leavesOutHidden()) {
    keys = selectKeys(b, allKeys, keyList, isKeyVisible);
    keysOfRun = keys.count;
  } else {
    keysOfRun = allKeys;
    keys.count = getVisibleKeys(b.sub(end, b.getIndex(1)));
  }
  packKeys(b, kKey, getOffset(b, form.getAccess(kKey), batch),
           b.getSize(getCoefficient(kKey, keyDim)), keys, depth, keyPanels);
  llvm::function_ref<Value(Value)> keeps = nullptr;
  if (masksScores())
    keeps = isKeyVisible;
  packValues(b, kValue, getOffset(b, form.getAccess(kValue), batch),
             b.getSize(getCoefficient(kValue, keyDim)), keys, width, b.getTarget().getPanel(),
             valuePanels, valuePanelStride, keeps);
  b.forLoop(task.back(), b.add(task.back(), numBlocks), 1, [&](Value block) {
    auto [first, last] = queries.getBounds(block);
    Pass all = {first, last};
    if (op.getSkipsHidden()) {
      emitZeros(batch, first, last);
      all = {b.min(first, keysOfRun), b.min(last, keysOfRun)};
    }
    Value rounded = b.add(b.sub(all.end, all.begin), b.sub(queriesAtOnce, b.getIndex(1)));
    b.forLoop(b.getIndex(0), b.div(rounded, queriesAtOnce), 1, [&](Value number) {
      Value query = b.add(all.begin, b.mul(number, queriesAtOnce));
      emitPass(batch, {query, b.min(b.add(query, queriesAtOnce), all.end)});
    });
  });
}

void AttendEmitter::emitPass(const Point &batch, const Pass &pass) {
  Value rows = b.sub(pass.end, pass.begin);
  if (visibleKeys.areLimited())
    findRanges(batch, pass);
  KeyRange keys = getKeys(pass);
  emitScores(batch, pass, keys);
  b.forLoop(b.getIndex(0), rows, 1, [&](Value row) { emitSoftmaxRow(batch, pass.begin, row); });
  if (visibleKeys.areLimited())
    clearHidden(pass);
  emitValues(pass, keys);
  b.forLoop(b.getIndex(0), rows, 1, [&](Value row) { emitEpilogueRow(batch, pass.begin, row); });
}

/// Leaves the ranges of rows, tiles and the pass.
void AttendEmitter::findRanges(const Point &batch, const Pass &pass) {
  auto store = [&](KeyRange keys, const RangeList &list, Value place) {
    memref::StoreOp::create(b, keys.first, list.firsts, place);
    memref::StoreOp::create(b, keys.last, list.lasts, place);
  };
  KeyRange nothing = {allKeys, b.getIndex(0)};
  auto extend = [&](ValueRange range, KeyRange by) {
    return SmallVector<Value>{b.min(range[0], by.first), b.max(range[1], by.last)};
  };
  SmallVector<Value> initial = {nothing.first, nothing.last};
  store(nothing, passRange, b.getIndex(0));
  queries.forTiles(pass.begin, pass.end, [&](Value firstQuery, Value rows) {
    Value tileRow = b.sub(firstQuery, pass.begin);
    auto addRow = [&](Value i, ValueRange range) {
      Value query = b.add(firstQuery, i);
      KeyRange keys = visibleKeys.emit(batch.at(queryDim, query), getVisibleKeys(query));
      store(keys, rowRanges, b.add(tileRow, i));
      return extend(range, keys);
    };
    SmallVector<Value> tile = b.forLoop(b.getIndex(0), rows, 1, initial, addRow);
    store({tile[0], tile[1]}, tileRanges, tileRow);
    KeyRange whole = getKeys(pass);
    SmallVector<Value> extended = extend({whole.first, whole.last}, {tile[0], tile[1]});
    store({extended[0], extended[1]}, passRange, b.getIndex(0));
  });
}

static KeyRange loadRange(CpuContext &b, Value firsts, Value lasts, Value place) {
  return {memref::LoadOp::create(b, firsts, place), memref::LoadOp::create(b, lasts, place)};
}

/// The keys that some query of a pass sees.
KeyRange AttendEmitter::getKeys(const Pass &pass) {
  if (visibleKeys.areLimited())
    return loadRange(b, passRange.firsts, passRange.lasts, b.getIndex(0));
  return {b.getIndex(0), getVisibleKeys(b.sub(pass.end, b.getIndex(1)))};
}

KeyRange AttendEmitter::getKeys(const Tile &tile) {
  if (visibleKeys.areLimited())
    return loadRange(b, tileRanges.firsts, tileRanges.lasts, tile.row);
  return {b.getIndex(0), getVisibleKeys(getLastQuery(tile))};
}

KeyRange AttendEmitter::getRowKeys(Value query, Value row) {
  if (visibleKeys.areLimited())
    return loadRange(b, rowRanges.firsts, rowRanges.lasts, row);
  return {b.getIndex(0), getVisibleKeys(query)};
}

/// Visits the tiles of a pass, each with its number of rows.
void AttendEmitter::forTiles(const Pass &pass,
                             llvm::function_ref<void(const Tile &, unsigned)> body) {
  queries.forTiles(pass.begin, pass.end, [&](Value firstQuery, Value rows) {
    Tile tile = {firstQuery, rows, b.sub(firstQuery, pass.begin)};
    queries.switchRows(rows, heights, [&](unsigned count) { body(tile, count); });
  });
}

/// Of these, the tiles with a query that sees one of `count` keys from `key` on.
void AttendEmitter::forTilesThatSee(const Pass &pass, Value key, int64_t count,
                                    llvm::function_ref<void(const Tile &, unsigned)> body) {
  if (!op.getCausal() && !visibleKeys.areLimited()) {
    forTiles(pass, body);
    return;
  }
  forTiles(pass, [&](const Tile &tile, unsigned rows) {
    KeyRange keys = getKeys(tile);
    Value sees = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, key, keys.last);
    if (visibleKeys.areLimited()) {
      Value reaches =
          arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, b.add(key, count), keys.first);
      sees = arith::AndIOp::create(b, sees, reaches);
    }
    b.ifElse(sees, [&] { body(tile, rows); }, [] {});
  });
}

/// scores[row][key] = sum over d of q * k, in whole vectors of keys.
void AttendEmitter::emitScores(const Point &batch, const Pass &pass, KeyRange keys) {
  auto run = [&](Value begin, Value end, unsigned vectors) {
    b.forLoop(begin, end, vectors * lanes, [&](Value key) {
      forTilesThatSee(pass, key, vectors * lanes, [&](const Tile &tile, unsigned count) {
        emitScoreTile(batch, tile, count, key, vectors);
      });
    });
  };
  int64_t step = b.getTarget().getPanel();
  auto roundDown = [&](Value key) { return b.mul(b.div(key, b.getIndex(step)), step); };
  Value wide = roundDown(keys.last);
  run(roundDown(keys.first), wide, b.getTarget().tileVectors);
  run(wide, keys.last, 1);
}

void AttendEmitter::emitScoreTile(const Point &batch, const Tile &tile, unsigned count,
                                  Value firstKey, unsigned vectors) {
  SmallVector<Value> starts;
  for (unsigned i = 0; i < count; ++i)
    starts.push_back(getOffset(b, form.getAccess(kQuery),
                               batch.at(queryDim, getToken(b.add(tile.firstQuery, i)))));
  Value panel = b.mul(firstKey, depth);
  auto loadQuery = [&](unsigned row, Value d) -> Value {
    return memref::LoadOp::create(b, b.getBuffer(kQuery), b.add(starts[row], d));
  };
  auto loadKeys = [&](Value d, unsigned vector) -> Value {
    Value offset = b.add(panel, b.add(b.mul(d, lanes), vector * depth * lanes));
    return vector::LoadOp::create(b, vectorType, keyPanels, offset);
  };
  SmallVector<Value> sums = emitTile(b, count, vectors, b.getIndex(0), b.getIndex(depth),
                                     depth % kUnroll == 0 ? kUnroll : 1,
                                     makeZeroTile(b, count, vectors), {loadQuery, loadKeys});
  storeTile(b, sums, count, vectors, scores, getScoreOffset(tile.row, firstKey), scoreStride);
}

/// The score region of scale * raw; -inf for hidden keys.
Value AttendEmitter::emitScore(const Point &point, Value raw) {
  Value scale = b.getFloat(raw.getType(), op.getScale().convertToDouble());
  Value score = arith::MulFOp::create(b, raw, scale);
  if (!op.getScore().empty()) {
    RegionEmitter emitter(b, point, kFirstScoreInput, 1);
    emitter.bind(op.getScore().getArgument(0), score);
    score = broadcastLanes(b, emitter.getYielded(op.getScore()), point.lanes);
  }
  if (!masksScores())
    return score;
  Value keeps = broadcastLanes(b, isVisible(point), point.lanes);
  return arith::SelectOp::create(b, keeps, score, b.getFloat(score.getType(), -INFINITY));
}

/// Visits a row's scores, pairs of vectors as one, then a single one, and the last
/// keys under a mask: `body` gets a vector, may change it, and returns what `kind`
/// combines.
Value AttendEmitter::sweep(Point point, Value row, KeyRange keys, ReduceKind kind, SweepBody body) {
  SmallVector<Value> carried(2, getIdentity(b, kind, vectorType));
  auto run = [&](Value begin, Value end, unsigned width, bool isTail) {
    point.lanes = width;
    auto type = VectorType::get({int64_t(width)}, b.getF32Type());
    carried = b.forLoop(begin, end, width, carried, [&](Value key, ValueRange current) {
      SmallVector<Value> next(current);
      point.indices[keyDim] = key;
      point.mask = isTail ? makeMask(b, lanes, b.sub(keys.last, key)) : Value();
      Value offset = getScoreOffset(row, key);
      Value score = vector::LoadOp::create(b, type, scores, offset);
      Value changed = score;
      next[0] = combineScores(b, kind, next[0], body(score, changed, point));
      if (changed != score)
        vector::StoreOp::create(b, changed, scores, offset);
      return next;
    });
  };
  auto roundDown = [&](int64_t step) { return b.mul(b.div(keys.last, b.getIndex(step)), step); };
  Value paired = roundDown(2 * lanes), whole = roundDown(lanes);
  carried = joinPairs(b, carried);
  run(keys.first, paired, 2 * lanes, false);
  carried = splitPairs(b, carried);
  run(paired, whole, lanes, false);
  run(whole, keys.last, lanes, true);
  return combineLanes(b, kind, combineTree(b, kind, carried));
}

/// Turns a row of raw scores into exponentials, and leaves their sum. Without a
/// score region the scale comes last, exp(scale * (raw - largest)): the difference
/// of two large scores is exact, that of their rounded products is not. The power is
/// one of 2, and the scale has log2(e) as a factor.
void AttendEmitter::emitSoftmaxRow(const Point &batch, Value firstQuery, Value row) {
  Value query = b.add(firstQuery, row);
  KeyRange keys = getRowKeys(query, row);
  Point point = batch.at(queryDim, query);
  point.vectorDim = keyDim;
  auto keepVisible = [&](const Point &at, Value value, ReduceKind kind) {
    return at.mask ? arith::SelectOp::create(b, at.mask, value, getIdentity(b, kind, vectorType))
                   : value;
  };

  Value largest =
      sweep(point, row, keys, ReduceKind::Max, [&](Value raw, Value &score, const Point &at) {
        if (!isScaledOnly())
          score = emitScore(at, raw);
        return keepVisible(at, score, ReduceKind::Max);
      });
  // When every score is -inf, exponentials are taken of -inf - 0.
  Value none = b.getFloat(b.getF32Type(), -INFINITY);
  Value isMasked = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, largest, none);
  largest = arith::SelectOp::create(b, isMasked, b.getFloat(b.getF32Type(), 0.0), largest);
  double scale = isScaledOnly() ? op.getScale().convertToDouble() : 1.0;
  Value sum =
      sweep(point, row, keys, ReduceKind::Sum, [&](Value score, Value &power, const Point &at) {
        MathEmitter math(b, b.getLoc(), score.getType());
        Value exponent = math.sub(score, broadcastLanes(b, largest, at.lanes));
        exponent = math.mul(exponent, math.constant(float(scale * llvm::numbers::log2e)));
        power = keepVisible(at, math_programs::exp2Flushed(math, exponent), ReduceKind::Sum);
        return power;
      });
  memref::StoreOp::create(b, sum, rowSums, row);
}

/// Exponentials of keys outside a row's range, where its tile's has others, are 0.
void AttendEmitter::clearHidden(const Pass &pass) {
  queries.forTiles(pass.begin, pass.end, [&](Value firstQuery, Value rows) {
    Tile tile = {firstQuery, rows, b.sub(firstQuery, pass.begin)};
    KeyRange all = getKeys(tile);
    b.forLoop(b.getIndex(0), rows, 1, [&](Value i) {
      Value row = b.add(tile.row, i);
      KeyRange keys = getRowKeys(b.add(firstQuery, i), row);
      auto clear = [&](Value begin, Value end) {
        b.forLoop(begin, end, lanes, [&](Value key) {
          vector::StoreOp::create(b, b.getFloat(vectorType, 0.0), scores, getScoreOffset(row, key));
        });
      };
      clear(all.first, b.min(keys.first, all.last));
      clear(b.mul(b.ceilDiv(keys.last, lanes), lanes), all.last);
    });
  });
}

/// results[row][e] = sum over keys of scores * v. Keys that all rows of a tile see
/// come in blocks; then those that only later rows see.
void AttendEmitter::emitValues(const Pass &pass, KeyRange keys) {
  int64_t panelWidth = b.getTarget().getPanel(), keyBlock = b.getTarget().attendKeys;
  // A loop, not a tile of zeros: those would be carried in registers to where
  // they are read, past loops that need them all.
  Value rows = b.sub(pass.end, pass.begin);
  b.forLoop(b.getIndex(0), b.mul(rows, paddedWidth), lanes, [&](Value offset) {
    vector::StoreOp::create(b, b.getFloat(vectorType, 0.0), results, offset);
  });
  Value first = b.mul(b.div(keys.first, b.getIndex(keyBlock)), keyBlock);
  b.forLoop(first, keys.last, keyBlock, [&](Value key) {
    for (int64_t column = 0; column < width; column += panelWidth)
      forTilesThatSee(pass, key, keyBlock, [&](const Tile &tile, unsigned count) {
        KeyRange all = getKeys(tile);
        Value common = b.min(getVisibleKeys(tile.firstQuery), all.last);
        emitValueColumns(tile, b.max(key, all.first), b.min(b.add(key, keyBlock), common), count,
                         column);
      });
  });
  if (!op.getCausal())
    return;
  forTiles(pass, [&](const Tile &tile, unsigned count) {
    for (int64_t column = 0; count > 1 && column < width; column += panelWidth)
      emitLaterKeys(tile, count, column);
  });
}

/// The vectors of the panel of values that begins at `column`.
unsigned AttendEmitter::getColumnVectors(int64_t column) {
  return std::min<int64_t>(b.getTarget().tileVectors, (paddedWidth - column) / lanes);
}

/// Mask of the vector of values at `column`; null when it is whole.
Value AttendEmitter::getColumnMask(int64_t column) {
  return column + lanes <= width ? Value() : makeMask(b, lanes, b.getIndex(width - column));
}

Value AttendEmitter::loadValues(Value key, int64_t column, unsigned vector) {
  int64_t panelWidth = b.getTarget().getPanel();
  Value panel = b.mul(valuePanelStride, b.getIndex(column / panelWidth));
  Value offset = b.add(b.add(panel, b.mul(key, panelWidth)), vector * lanes);
  return vector::LoadOp::create(b, vectorType, valuePanels, offset);
}

/// Adds the keys' part to a tile's results in one panel of columns.
void AttendEmitter::emitValueColumns(const Tile &tile, Value firstKey, Value lastKey, unsigned rows,
                                     int64_t column) {
  unsigned vectors = getColumnVectors(column);
  Value start = getResultStart(tile, column), stride = b.getIndex(paddedWidth);
  auto loadColumns = [&](Value key, unsigned vector) { return loadValues(key, column, vector); };
  auto loadPower = [&](unsigned row, Value key) -> Value {
    return memref::LoadOp::create(b, scores, getScoreOffset(b.add(tile.row, row), key));
  };
  SmallVector<Value> sums = loadTile(b, rows, vectors, results, start, stride);
  sums = emitTile(b, rows, vectors, firstKey, lastKey, 1, sums, {loadPower, loadColumns});
  storeTile(b, sums, rows, vectors, results, start, stride);
}

/// As above for keys that not every row sees: a row must not meet a value beyond
/// its own, which may be NaN.
void AttendEmitter::emitLaterKeys(const Tile &tile, unsigned rows, int64_t column) {
  unsigned vectors = getColumnVectors(column);
  Value start = getResultStart(tile, column), stride = b.getIndex(paddedWidth);
  KeyRange all = getKeys(tile);
  Value firstKey = b.max(getVisibleKeys(tile.firstQuery), all.first), lastKey = all.last;
  SmallVector<Value> sums = loadTile(b, rows, vectors, results, start, stride);
  sums = b.forLoop(firstKey, lastKey, 1, sums, [&](Value key, ValueRange current) {
    SmallVector<Value> next(current);
    SmallVector<Value> columns;
    for (unsigned j = 0; j < vectors; ++j)
      columns.push_back(loadValues(key, column, j));
    for (unsigned i = 0; i < rows; ++i) {
      Value visible = getVisibleKeys(b.add(tile.firstQuery, i));
      Value sees = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, key, visible);
      Value power = memref::LoadOp::create(b, scores, getScoreOffset(b.add(tile.row, i), key));
      power = broadcastLanes(b, power, lanes);
      for (unsigned j = 0; j < vectors; ++j) {
        Value &sum = next[i * vectors + j];
        Value more = vector::FMAOp::create(b, power, columns[j], sum);
        sum = arith::SelectOp::create(b, sees, more, sum);
      }
    }
    return next;
  });
  storeTile(b, sums, rows, vectors, results, start, stride);
}

/// Divides a row by its sum and stores the epilogue's results; all zeros when
/// no key was visible, or there is none.
void AttendEmitter::emitEpilogueRow(const Point &batch, Value firstQuery, Value row) {
  Value sum = memref::LoadOp::create(b, rowSums, row);
  Type scalar = b.getF32Type();
  Value factor = arith::DivFOp::create(b, b.getFloat(scalar, 1.0), sum);
  Value isEmpty =
      op.getStrict()
          ? Value(arith::CmpIOp::create(b, arith::CmpIPredicate::eq, allKeys, b.getIndex(0)))
          : Value(
                arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, sum, b.getFloat(scalar, 0.0)));
  factor = broadcastLanes(b, factor, lanes);
  Point point = batch.at(queryDim, getToken(b.add(firstQuery, row)));
  point.lanes = lanes;
  point.vectorDim = valueDim;
  for (int64_t column = 0; column < width; column += lanes) {
    point.indices[valueDim] = b.getIndex(column);
    point.mask = getColumnMask(column);
    Value offset = b.add(b.mul(row, paddedWidth), column);
    Value result = vector::LoadOp::create(b, vectorType, results, offset);
    result = arith::MulFOp::create(b, result, factor);
    result = arith::SelectOp::create(b, isEmpty, b.getFloat(vectorType, 0.0), result);
    Region &region = form.getEpilogueRegion();
    RegionEmitter emitter(b, point, form.getFirstEpilogueInput(), 1);
    emitter.bind(region.getArgument(0), result);
    storeElement(b, emitter.getYielded(region), point);
  }
}

struct AttendModel : KernelEmitterOpInterface::ExternalModel<AttendModel, AttendOp> {
  FailureOr<Value> emit(Operation *op, CpuContext &context) const {
    return AttendEmitter(cast<AttendOp>(op), context).emit();
  }
};

} // namespace

void attachAttendEmitter(MLIRContext *context) { AttendOp::attachInterface<AttendModel>(*context); }

} // namespace mlir::tenon::kernel
