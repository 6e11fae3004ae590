//===- AttendGradient.cpp - kernel.attend_gradient ------------------------===//
//
// Tasks are the keys and values of one head. They are copied into panels; then, for
// every head that shares them and for as many queries as have their scores in the
// second cache: scores and derivatives by weights, by the register tile; row by row,
// weights and derivatives by scores; and three products of these. Those by keys and
// values are sums over these queries, which add up in scratch memory. The order of all sums depends
// on the numbers of keys and queries alone.
//
//===----------------------------------------------------------------------===//

#include "AttendOperands.h"
#include "Emitters.h"
#include "MathEmitter.h"
#include "Reduction.h"
#include "RegisterTile.h"
#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kQuery = 0, kKey = 1, kValue = 2, kResultGradient = 3, kFirstScoreInput = 4;
/// Queries that pass together: at most, and tiles of them at least, so that sums over
/// queries are longer than the loads and stores around them.
constexpr int64_t kMostQueries = 96, kLeastTiles = 4;

class AttendGradientEmitter {
public:
  AttendGradientEmitter(AttendGradientOp op, CpuContext &context);
  Value emit();

private:
  /// Queries that pass together, and the keys that they see: as many as the last one
  /// does, and whole vectors of them.
  struct Pass {
    Value begin, rows, keys, paddedKeys;
  };
  /// Rows of a matrix [rows, columns] as panels of columns in scratch memory.
  struct Panels {
    Value buffer, stride;
    int64_t width;
  };
  /// Sums [keys, columns] in scratch memory.
  struct Sums {
    Value buffer;
    int64_t width;
  };
  void emitTask(ArrayRef<Value> task);
  void forMembers(Point point, ArrayRef<unsigned> dims,
                  llvm::function_ref<void(const Point &)> body);
  void emitPass(const Point &batch, Value begin);
  void packRows(unsigned operand, const Point &batch, const Pass &pass, const Panels &panels);
  void emitPairs(unsigned operand, const Point &batch, const Pass &pass, int64_t terms,
                 Value panels, Value pairs);
  void emitPairsOfPanel(unsigned operand, const Point &batch, const Pass &pass, int64_t terms,
                        Value panels, Value pairs, Value key, unsigned vectors);
  void emitRow(const Point &batch, const Pass &pass, Value row);
  void addOverQueries(const Pass &pass, Value pairs, const Panels &rhs, const Sums &sums);
  void emitQueryGradients(const Point &batch, const Pass &pass);
  void storeRows(Value source, int64_t sourceWidth, Value rows, Value start, int64_t width);

  using SweepBody = llvm::function_ref<Value(Value key, Value mask, unsigned width)>;
  Value sweep(const Pass &pass, Value visible, ReduceKind kind, SweepBody body);
  Value load(Value buffer, Value row, Value key, unsigned width) {
    auto type = VectorType::get({int64_t(width)}, b.getF32Type());
    return vector::LoadOp::create(b, type, buffer, getPair(row, key));
  }
  void store(Value value, Value buffer, Value row, Value key) {
    vector::StoreOp::create(b, value, buffer, getPair(row, key));
  }
  Value emitScore(Point point, Value raw, Value key, Value mask);
  Value isKeyVisible(const Point &point) { return loadElement(b, *op.getKeyMaskOperand(), point); }
  bool isScaledOnly() {
    return op.getScore().empty() && !op.getKeyMask() && op.getScale().convertToDouble() > 0;
  }
  /// The number of keys that `query` attends to: the first ones.
  Value getVisibleKeys(Value query);
  Value getPair(Value row, Value key) { return b.add(b.mul(row, pairStride), key); }
  /// The number of a batch index among those along `dims`, row-major.
  Value roundUp(Value value, int64_t step) { return b.mul(b.ceilDiv(value, step), step); }
  int64_t padColumns(int64_t width) { return llvm::alignTo(width, lanes); }
  Value makePanelScratch(SizeAttr rows, int64_t width) {
    return b.allocateScratch(rows.mul(llvm::alignTo(width, panelWidth)));
  }

  AttendGradientOp op;
  CpuContext &b;
  KernelOpInterface form;
  int64_t lanes, panelWidth, tileRows;
  VectorType vectorType;
  /// Batch dimensions: all, those of keys and values, and the others.
  SmallVector<unsigned> batchDims, sharedDims, memberDims;
  unsigned queryDim, keyDim;
  int64_t depth, width;
  Value numQueries, numKeys, pairStride, queriesAtOnce;
  /// Scratch: keys and values turned around; keys, queries and derivatives of results
  /// in panels; for each pair of a query of the pass and a key the weight, and the
  /// derivative; and sums.
  Value keysAcross, valuesAcross, weights, slopes, queryGradients;
  Panels keyPanels, queryPanels, resultPanels;
  Sums keySums, valueSums;
};

AttendGradientEmitter::AttendGradientEmitter(AttendGradientOp op, CpuContext &context)
    : op(op), b(context), form(context.getOp()), lanes(context.getTarget().lanes),
      panelWidth(context.getTarget().getPanel()), tileRows(context.getTarget().tileRows),
      batchDims(form.getDims(DimRole::Batch)), queryDim(form.getDims(DimRole::Queries).front()),
      keyDim(form.getDims(DimRole::Keys).front()),
      depth(*form.getDim(form.getDims(DimRole::Depth).front()).getSize().getConstant()),
      width(*form.getDim(form.getDims(DimRole::Values).front()).getSize().getConstant()) {
  vectorType = VectorType::get({lanes}, b.getF32Type());
  std::tie(sharedDims, memberDims) = splitByUse(form, batchDims, {kKey, kValue});
  SizeAttr keys = form.getDim(keyDim).getSize();
  numKeys = b.getSize(keys);
  numQueries = b.getSize(form.getDim(queryDim).getSize());
  // Room for whole panels and tiles of keys.
  std::optional<int64_t> constant = keys.getConstant();
  SizeAttr padded =
      constant ? b.makeSize(llvm::alignTo(*constant, panelWidth)) : keys.add(panelWidth - 1);
  // And zeros behind them; rows begin in different sets of the first cache.
  SizeAttr pairRow = padded.add(panelWidth + kLineElements);
  pairStride = b.getSize(pairRow);
  int64_t most = kMostQueries / tileRows;
  Value tiles = b.div(b.getIndex(b.getTarget().attendScores / (2 * tileRows)), pairStride);
  tiles = b.min(b.max(tiles, b.getIndex(kLeastTiles)), b.getIndex(most));
  queriesAtOnce = b.mul(tiles, tileRows);
  weights = b.allocateScratch(pairRow.mul(kMostQueries));
  slopes = b.allocateScratch(pairRow.mul(kMostQueries));
  keysAcross = b.allocateScratch(padded.mul(depth));
  valuesAcross = b.allocateScratch(padded.mul(width));
  SizeAttr queries = b.makeSize(kMostQueries);
  keyPanels = {makePanelScratch(padded, depth), b.getSize(padded.mul(panelWidth)), depth};
  queryPanels = {makePanelScratch(queries, depth), b.getIndex(kMostQueries * panelWidth), depth};
  resultPanels = {makePanelScratch(queries, width), b.getIndex(kMostQueries * panelWidth), width};
  queryGradients = b.allocateScratch(queries.mul(padColumns(depth)));
  SizeAttr keyRows = padded.add(tileRows);
  keySums = {b.allocateScratch(keyRows.mul(padColumns(depth))), padColumns(depth)};
  valueSums = {b.allocateScratch(keyRows.mul(padColumns(width))), padColumns(width)};
}

Value AttendGradientEmitter::emit() {
  SmallVector<GridAttr> grid;
  for (unsigned dim : sharedDims)
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
  if (grid.empty())
    grid.push_back(GridAttr::get(b.getContext(), b.makeSize(1), 1));
  b.forTasks(grid, [&](ArrayRef<Value> task) { emitTask(task); });
  return b.getInteger(b.getI32Type(), 0);
}

Value AttendGradientEmitter::getVisibleKeys(Value query) {
  if (!op.getCausal())
    return numKeys;
  Value visible = b.sub(b.add(b.add(query, 1), numKeys), numQueries);
  return b.max(b.min(visible, numKeys), b.getIndex(0));
}

void AttendGradientEmitter::forMembers(Point point, ArrayRef<unsigned> dims,
                                       llvm::function_ref<void(const Point &)> body) {
  if (dims.empty()) {
    body(point);
    return;
  }
  Value count = b.getSize(form.getDim(dims.front()).getSize());
  b.forLoop(b.getIndex(0), count, 1, [&](Value index) {
    forMembers(point.at(dims.front(), index), dims.drop_front(), body);
  });
}

void AttendGradientEmitter::emitTask(ArrayRef<Value> task) {
  Point shared(form.getNumDims());
  for (auto [dim, index] : llvm::zip(sharedDims, task))
    shared.indices[dim] = index;
  KeySelection keys = {numKeys, {}};
  llvm::function_ref<Value(Value)> keeps = nullptr;
  auto isVisible = [&](Value key) { return isKeyVisible(shared.at(keyDim, key)); };
  if (op.getKeyMask())
    keeps = isVisible;
  auto stride = [&](unsigned operand) {
    return b.getSize(form.getAccess(operand).getCoefficients()[keyDim]);
  };
  Value firstKey = getOffset(b, form.getAccess(kKey), shared),
        firstValue = getOffset(b, form.getAccess(kValue), shared);
  packKeys(b, kKey, firstKey, stride(kKey), keys, depth, keysAcross, keeps);
  packKeys(b, kValue, firstValue, stride(kValue), keys, width, valuesAcross, keeps);
  packValues(b, kKey, firstKey, stride(kKey), keys, depth, panelWidth, keyPanels.buffer,
             keyPanels.stride, keeps);
  for (const Sums &sums : {keySums, valueSums})
    b.forLoop(b.getIndex(0), b.mul(roundUp(numKeys, tileRows), sums.width), lanes,
              [&](Value offset) {
                vector::StoreOp::create(b, b.getFloat(vectorType, 0.0), sums.buffer, offset);
              });
  forMembers(shared, memberDims, [&](const Point &batch) {
    Value passes = b.div(b.add(numQueries, b.sub(queriesAtOnce, b.getIndex(1))), queriesAtOnce);
    b.forLoop(b.getIndex(0), passes, 1,
              [&](Value number) { emitPass(batch, b.mul(number, queriesAtOnce)); });
  });
  // Behind the derivatives by queries.
  SizeAttr all = form.getDim(keyDim).getSize().mul(countPoints(b, sharedDims)),
           before = form.getDim(queryDim).getSize().mul(countPoints(b, batchDims)).mul(depth);
  Value number = b.mul(getNumber(b, shared, sharedDims), numKeys);
  storeRows(keySums.buffer, keySums.width, numKeys, b.add(b.getSize(before), b.mul(number, depth)),
            depth);
  storeRows(valueSums.buffer, valueSums.width, numKeys,
            b.add(b.getSize(before.add(all.mul(depth))), b.mul(number, width)), width);
}

void AttendGradientEmitter::emitPass(const Point &batch, Value begin) {
  Pass pass;
  pass.begin = begin;
  Value end = b.min(b.add(begin, queriesAtOnce), numQueries);
  pass.rows = b.sub(end, begin);
  pass.keys = getVisibleKeys(b.sub(end, b.getIndex(1)));
  pass.paddedKeys = roundUp(pass.keys, lanes);
  packRows(kQuery, batch, pass, queryPanels);
  packRows(kResultGradient, batch, pass, resultPanels);
  emitPairs(kQuery, batch, pass, depth, keysAcross, weights);
  emitPairs(kResultGradient, batch, pass, width, valuesAcross, slopes);
  b.forLoop(b.getIndex(0), pass.rows, 1, [&](Value row) { emitRow(batch, pass, row); });
  addOverQueries(pass, weights, resultPanels, valueSums);
  addOverQueries(pass, slopes, queryPanels, keySums);
  emitQueryGradients(batch, pass);
}

/// Copies the pass's rows of an operand into panels.
void AttendGradientEmitter::packRows(unsigned operand, const Point &batch, const Pass &pass,
                                     const Panels &panels) {
  Value start = getOffset(b, form.getAccess(operand), batch.at(queryDim, pass.begin));
  Value stride = b.getSize(form.getAccess(operand).getCoefficients()[queryDim]);
  packValues(b, operand, start, stride, {pass.rows, {}}, panels.width, panelWidth, panels.buffer,
             panels.stride, nullptr);
}

/// pairs[row][key] = sum over `terms` of an operand's row * the key's, in whole vectors of keys
/// and whole tiles of rows, the last one repeated.
void AttendGradientEmitter::emitPairs(unsigned operand, const Point &batch, const Pass &pass,
                                      int64_t terms, Value panels, Value pairs) {
  auto emitPanels = [&](Value begin, Value end, unsigned vectors) {
    b.forLoop(begin, end, vectors * lanes, [&](Value key) {
      emitPairsOfPanel(operand, batch, pass, terms, panels, pairs, key, vectors);
    });
  };
  Value whole = b.mul(b.div(pass.paddedKeys, b.getIndex(panelWidth)), panelWidth);
  emitPanels(b.getIndex(0), whole, b.getTarget().tileVectors);
  std::optional<int64_t> constant = getConstantIntValue(pass.paddedKeys);
  int64_t rest = constant.value_or(lanes) % panelWidth;
  if (rest > 0)
    emitPanels(whole, pass.paddedKeys, rest / lanes);
}

void AttendGradientEmitter::emitPairsOfPanel(unsigned operand, const Point &batch, const Pass &pass,
                                             int64_t terms, Value panels, Value pairs, Value key,
                                             unsigned vectors) {
  Value lastRow = b.sub(pass.rows, b.getIndex(1));
  b.forLoop(b.getIndex(0), pass.rows, tileRows, [&](Value row) {
    SmallVector<Value> starts;
    for (int64_t i = 0; i < tileRows; ++i) {
      Value query = b.add(pass.begin, b.min(b.add(row, i), lastRow));
      starts.push_back(getOffset(b, form.getAccess(operand), batch.at(queryDim, query)));
    }
    auto loadRow = [&](unsigned i, Value k) -> Value {
      return memref::LoadOp::create(b, b.getBuffer(operand), b.add(starts[i], k));
    };
    Value panel = b.mul(key, terms);
    auto loadKeys = [&](Value k, unsigned vector) -> Value {
      Value offset = b.add(panel, b.add(b.mul(k, lanes), int64_t(vector) * terms * lanes));
      return vector::LoadOp::create(b, vectorType, panels, offset);
    };
    SmallVector<Value> sums = emitTile(b, tileRows, vectors, b.getIndex(0), b.getIndex(terms),
                                       terms % kUnroll == 0 ? kUnroll : 1,
                                       makeZeroTile(b, tileRows, vectors), {loadRow, loadKeys});
    storeTile(b, sums, tileRows, vectors, pairs, getPair(row, key), pairStride);
  });
}

/// The score region of scale * raw; -inf for hidden keys.
Value AttendGradientEmitter::emitScore(Point point, Value raw, Value key, Value mask) {
  point.lanes = lanes;
  point.vectorDim = keyDim;
  point.indices[keyDim] = key;
  point.mask = mask;
  Value scale = b.getFloat(raw.getType(), op.getScale().convertToDouble());
  Value score = arith::MulFOp::create(b, raw, scale);
  if (!op.getScore().empty()) {
    RegionEmitter emitter(b, point, kFirstScoreInput, 1);
    emitter.bind(op.getScore().getArgument(0), score);
    score = broadcastLanes(b, emitter.getYielded(op.getScore()), lanes);
  }
  if (!op.getKeyMask())
    return score;
  Value keeps = broadcastLanes(b, isKeyVisible(point), lanes);
  return arith::SelectOp::create(b, keeps, score, b.getFloat(score.getType(), -INFINITY));
}

/// Visits the keys of a row: pairs of vectors as one while all are visible, then single
/// ones under a mask up to the last one. `body` returns what `kind` combines; masked
/// lanes are its identity.
Value AttendGradientEmitter::sweep(const Pass &pass, Value visible, ReduceKind kind,
                                   SweepBody body) {
  SmallVector<Value> carried(2, getIdentity(b, kind, vectorType));
  Value whole = b.mul(b.div(visible, b.getIndex(2 * lanes)), 2 * lanes);
  carried = joinPairs(b, carried);
  carried = b.forLoop(b.getIndex(0), whole, 2 * lanes, carried, [&](Value key, ValueRange current) {
    return SmallVector<Value>{combineScores(b, kind, current[0], body(key, Value(), 2 * lanes))};
  });
  carried = splitPairs(b, carried);
  carried = b.forLoop(whole, pass.paddedKeys, lanes, carried, [&](Value key, ValueRange current) {
    Value mask = makeMask(b, lanes, b.sub(visible, key));
    Value value = body(key, mask, lanes);
    value = arith::SelectOp::create(b, mask, value, getIdentity(b, kind, vectorType));
    return SmallVector<Value>{combineScores(b, kind, current[0], value), current[1]};
  });
  return combineLanes(b, kind, combineTree(b, kind, carried));
}

/// Turns a row of raw scores into weights, and derivatives by weights into those by
/// scores times the scale. Both are 0 for keys that the query does not see.
void AttendGradientEmitter::emitRow(const Point &batch, const Pass &pass, Value row) {
  Value query = b.add(pass.begin, row), visible = getVisibleKeys(query);
  Point point = batch.at(queryDim, query);
  Value largest = sweep(pass, visible, ReduceKind::Max, [&](Value key, Value mask, unsigned size) {
    Value raw = load(weights, row, key, size);
    if (isScaledOnly())
      return raw;
    // Two vectors are scored one by one: a point has as many lanes as a vector.
    SmallVector<Value> parts = size == lanes ? SmallVector<Value>{raw} : splitPairs(b, raw);
    for (auto [i, part] : llvm::enumerate(parts))
      part = emitScore(point, part, b.add(key, int64_t(i) * lanes), mask);
    Value score = size == lanes ? parts[0] : joinPairs(b, parts)[0];
    store(score, weights, row, key);
    return score;
  });
  Type scalar = b.getF32Type();
  Value isMasked =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, largest, b.getFloat(scalar, -INFINITY));
  Value base = arith::SelectOp::create(b, isMasked, b.getFloat(scalar, 0.0), largest);
  double scale = op.getScale().convertToDouble();
  double exponent = (isScaledOnly() ? scale : 1.0) * llvm::numbers::log2e;
  Value sum = sweep(pass, visible, ReduceKind::Sum, [&](Value key, Value, unsigned size) {
    Value score = load(weights, row, key, size);
    MathEmitter math(b, b.getLoc(), score.getType());
    Value power =
        math.mul(math.sub(score, broadcastLanes(b, base, size)), math.constant(float(exponent)));
    power = math_programs::exp2Flushed(math, power);
    store(power, weights, row, key);
    return power;
  });
  Value factor = arith::DivFOp::create(b, b.getFloat(scalar, 1.0), sum);
  // A row that sees nothing has no weights.
  Value isEmpty =
      op.getStrict()
          ? Value(arith::CmpIOp::create(b, arith::CmpIPredicate::eq, numKeys, b.getIndex(0)))
          : Value(
                arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, sum, b.getFloat(scalar, 0.0)));
  factor = arith::SelectOp::create(b, isEmpty, b.getFloat(scalar, 0.0), factor);
  Value mean = sweep(pass, visible, ReduceKind::Sum, [&](Value key, Value, unsigned size) -> Value {
    return arith::MulFOp::create(b, load(weights, row, key, size), load(slopes, row, key, size));
  });
  mean = arith::MulFOp::create(b, mean, factor);
  auto finish = [&](Value key, Value mask, unsigned size) {
    Value weight = load(weights, row, key, size), slope = load(slopes, row, key, size);
    weight = arith::MulFOp::create(b, weight, broadcastLanes(b, factor, size));
    slope = arith::SubFOp::create(b, slope, broadcastLanes(b, mean, size));
    slope = arith::MulFOp::create(b, arith::MulFOp::create(b, slope, weight),
                                  b.getFloat(slope.getType(), scale));
    Value zero = b.getFloat(weight.getType(), 0.0);
    if (mask) {
      weight = arith::SelectOp::create(b, mask, weight, zero);
      slope = arith::SelectOp::create(b, mask, slope, zero);
    }
    store(weight, weights, row, key);
    store(slope, slopes, row, key);
    return zero;
  };
  sweep(pass, visible, ReduceKind::Sum, finish);
  // The last tile of keys may reach beyond the last vector.
  b.forLoop(pass.paddedKeys, b.add(pass.paddedKeys, roundUp(b.getIndex(tileRows), lanes)), lanes,
            [&](Value key) {
              for (Value buffer : {weights, slopes})
                store(b.getFloat(vectorType, 0.0), buffer, row, key);
            });
}

/// sums[key][column] += sum over the pass's queries of pairs * rhs.
void AttendGradientEmitter::addOverQueries(const Pass &pass, Value pairs, const Panels &rhs,
                                           const Sums &sums) {
  for (int64_t column = 0; column < rhs.width; column += panelWidth) {
    unsigned vectors = std::min<int64_t>(b.getTarget().tileVectors, (sums.width - column) / lanes);
    Value panel = b.mul(rhs.stride, b.getIndex(column / panelWidth));
    b.forLoop(b.getIndex(0), pass.keys, tileRows, [&](Value key) {
      auto loadPair = [&](unsigned i, Value row) -> Value {
        return memref::LoadOp::create(b, pairs, b.add(getPair(row, key), i));
      };
      auto loadColumns = [&](Value row, unsigned vector) -> Value {
        Value offset = b.add(b.add(panel, b.mul(row, panelWidth)), int64_t(vector) * lanes);
        return vector::LoadOp::create(b, vectorType, rhs.buffer, offset);
      };
      Value start = b.add(b.mul(key, sums.width), column), stride = b.getIndex(sums.width);
      SmallVector<Value> tile =
          emitTile(b, tileRows, vectors, b.getIndex(0), pass.rows, 1,
                   makeZeroTile(b, tileRows, vectors), {loadPair, loadColumns});
      SmallVector<Value> before = loadTile(b, tileRows, vectors, sums.buffer, start, stride);
      for (auto [sum, more] : llvm::zip(tile, before))
        sum = arith::AddFOp::create(b, more, sum);
      storeTile(b, tile, tileRows, vectors, sums.buffer, start, stride);
    });
  }
}

/// Derivatives by the pass's queries: sum over keys of slopes * keys, block of keys by
/// block.
void AttendGradientEmitter::emitQueryGradients(const Point &batch, const Pass &pass) {
  int64_t rowWidth = padColumns(depth), keyBlock = b.getTarget().attendKeys;
  Value stride = b.getIndex(rowWidth);
  b.forLoop(b.getIndex(0), b.mul(roundUp(pass.rows, tileRows), rowWidth), lanes, [&](Value offset) {
    vector::StoreOp::create(b, b.getFloat(vectorType, 0.0), queryGradients, offset);
  });
  b.forLoop(b.getIndex(0), pass.keys, keyBlock, [&](Value firstKey) {
    Value lastKey = b.min(b.add(firstKey, keyBlock), pass.keys);
    for (int64_t column = 0; column < depth; column += panelWidth) {
      unsigned vectors = std::min<int64_t>(b.getTarget().tileVectors, (rowWidth - column) / lanes);
      Value panel = b.mul(keyPanels.stride, b.getIndex(column / panelWidth));
      b.forLoop(b.getIndex(0), pass.rows, tileRows, [&](Value row) {
        auto loadSlope = [&](unsigned i, Value key) -> Value {
          return memref::LoadOp::create(b, slopes, getPair(b.add(row, i), key));
        };
        auto loadColumns = [&](Value key, unsigned vector) -> Value {
          Value offset = b.add(b.add(panel, b.mul(key, panelWidth)), int64_t(vector) * lanes);
          return vector::LoadOp::create(b, vectorType, keyPanels.buffer, offset);
        };
        Value start = b.add(b.mul(row, rowWidth), column);
        SmallVector<Value> tile = loadTile(b, tileRows, vectors, queryGradients, start, stride);
        tile = emitTile(b, tileRows, vectors, firstKey, lastKey, 1, tile, {loadSlope, loadColumns});
        storeTile(b, tile, tileRows, vectors, queryGradients, start, stride);
      });
    }
  });
  Value first = b.add(b.mul(getNumber(b, batch, batchDims), numQueries), pass.begin);
  storeRows(queryGradients, rowWidth, pass.rows, b.mul(first, depth), depth);
}

/// Copies rows of `sourceWidth` elements of scratch memory, their first `width`, to the
/// destination from `start` on.
void AttendGradientEmitter::storeRows(Value source, int64_t sourceWidth, Value rows, Value start,
                                      int64_t width) {
  Value destination = b.getBuffer(form->getNumOperands() - 1);
  b.forLoop(b.getIndex(0), rows, 1, [&](Value row) {
    for (int64_t column = 0; column < width; column += lanes) {
      Value from = b.add(b.mul(row, sourceWidth), column),
            to = b.add(b.add(start, b.mul(row, width)), column);
      Value value = vector::LoadOp::create(b, vectorType, source, from);
      if (column + lanes <= width)
        vector::StoreOp::create(b, value, destination, to);
      else
        vector::MaskedStoreOp::create(b, destination, to,
                                      makeMask(b, lanes, b.getIndex(width - column)), value);
    }
  });
}

struct AttendGradientModel
    : KernelEmitterOpInterface::ExternalModel<AttendGradientModel, AttendGradientOp> {
  FailureOr<Value> emit(Operation *op, CpuContext &context) const {
    return AttendGradientEmitter(cast<AttendGradientOp>(op), context).emit();
  }
};

} // namespace

void attachAttendGradientEmitter(MLIRContext *context) {
  AttendGradientOp::attachInterface<AttendGradientModel>(*context);
}

} // namespace mlir::tenon::kernel
