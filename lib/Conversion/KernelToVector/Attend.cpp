//===- Attend.cpp - kernel.attend -----------------------------------------===//
//
// Tasks are batches x blocks of queries. A task transposes the keys it needs
// once; then, for a few queries at a time: scores by the register tile into
// scratch memory, softmax of each row there, and the product with the values by
// the register tile. The order of all sums depends on the number of keys alone.
//
//===----------------------------------------------------------------------===//

#include "AttendKeys.h"
#include "Emitters.h"
#include "MathEmitter.h"
#include "Reduction.h"
#include "RegionEmitter.h"
#include "RegisterTile.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kQuery = 0, kKey = 1, kValue = 2, kFirstScoreInput = 3;
/// Queries that one task takes; a multiple of every machine's tile rows.
constexpr int64_t kQueryBlock = 96;

class AttendEmitter {
public:
  AttendEmitter(AttendOp op, EmitContext &context);
  Value emit();

private:
  void emitTask(ArrayRef<Value> task);
  void emitScores(const Point &batch, Value firstQuery, Value rows, Value numKeys);
  Value getVisibleKeys(Value query);
  void emitSoftmaxRow(const Point &batch, Value firstQuery, Value row);
  Value emitScore(const Point &point, Value raw);
  void emitValues(const Point &batch, Value firstQuery, Value rows, Value numKeys);
  void emitValueColumns(Value start, Value firstQuery, Value numKeys, unsigned rows, int64_t column,
                        unsigned vectors);
  void emitEpilogueRow(const Point &batch, Value firstQuery, Value row);
  Value getColumnMask(int64_t column);
  SizeAttr getCoefficient(unsigned operand, unsigned dim) {
    return form.getAccess(operand).getCoefficients()[dim];
  }
  Value getScoreOffset(Value row, Value key) { return b.add(b.mul(row, scoreStride), key); }

  AttendOp op;
  EmitContext &b;
  KernelOpInterface form;
  SmallVector<unsigned> batchDims;
  unsigned queryDim, keyDim, depthDim, valueDim;
  int64_t depth, width, paddedWidth;
  int64_t lanes;
  VectorType vectorType;
  Value numQueries, allKeys, scoreStride;
  /// Scratch: transposed keys, rows of scores, the tile of results, and the
  /// rows' sums.
  Value keyPanels, scores, results, rowSums;
};

AttendEmitter::AttendEmitter(AttendOp op, EmitContext &context)
    : op(op), b(context), form(context.getOp()), batchDims(form.getDims(DimRole::Batch)),
      queryDim(form.getDims(DimRole::Queries).front()), keyDim(form.getDims(DimRole::Keys).front()),
      depthDim(form.getDims(DimRole::Depth).front()),
      valueDim(form.getDims(DimRole::Values).front()),
      depth(*form.getDim(depthDim).getSize().getConstant()),
      width(*form.getDim(valueDim).getSize().getConstant()), lanes(context.getTarget().lanes) {
  vectorType = VectorType::get({lanes}, b.getF32Type());
  paddedWidth = (width + lanes - 1) / lanes * lanes;
  SizeAttr keys = form.getDim(keyDim).getSize();
  numQueries = b.getSize(form.getDim(queryDim).getSize());
  allKeys = b.getSize(keys);
  // Room for whole vectors of keys.
  std::optional<int64_t> constant = keys.getConstant();
  SizeAttr padded =
      constant ? b.makeSize((*constant + lanes - 1) / lanes * lanes) : keys.add(lanes - 1);
  scoreStride = b.getSize(padded);
  unsigned tileRows = b.getTarget().tileRows;
  rowSums = b.allocateScratch(b.makeSize(tileRows));
  results = b.allocateScratch(b.makeSize(tileRows * paddedWidth));
  scores = b.allocateScratch(padded.mul(tileRows));
  keyPanels = b.allocateScratch(padded.mul(depth));
}

Value AttendEmitter::emit() {
  SmallVector<GridAttr> grid;
  for (unsigned dim : batchDims)
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
  grid.push_back(GridAttr::get(b.getContext(), form.getDim(queryDim).getSize(), kQueryBlock));
  b.forTasks(grid, [&](ArrayRef<Value> task) { emitTask(task); });
  return b.getInteger(b.getI32Type(), 0);
}

/// The number of keys that `query` attends to: the first ones.
Value AttendEmitter::getVisibleKeys(Value query) {
  if (!op.getCausal())
    return allKeys;
  Value visible = b.sub(b.add(b.add(query, 1), allKeys), numQueries);
  return b.max(b.min(visible, allKeys), b.getIndex(0));
}

void AttendEmitter::emitTask(ArrayRef<Value> task) {
  Point batch(form.getNumDims());
  for (auto [dim, index] : llvm::zip(batchDims, task))
    batch.indices[dim] = index;
  Value begin = b.mul(task.back(), kQueryBlock);
  Value end = b.min(b.add(begin, kQueryBlock), numQueries);
  Value keysOfTask = getVisibleKeys(b.sub(end, b.getIndex(1)));
  packKeys(b, getOffset(b, form.getAccess(kKey), batch), b.getSize(getCoefficient(kKey, keyDim)),
           keysOfTask, depth, keyPanels);
  unsigned tileRows = b.getTarget().tileRows;
  b.forLoop(begin, end, tileRows, [&](Value firstQuery) {
    Value rows = b.min(b.sub(end, firstQuery), b.getIndex(tileRows));
    Value lastQuery = b.sub(b.add(firstQuery, rows), b.getIndex(1));
    Value numKeys = getVisibleKeys(lastQuery);
    emitScores(batch, firstQuery, rows, numKeys);
    b.forLoop(b.getIndex(0), rows, 1, [&](Value row) { emitSoftmaxRow(batch, firstQuery, row); });
    emitValues(batch, firstQuery, rows, numKeys);
    b.forLoop(b.getIndex(0), rows, 1, [&](Value row) { emitEpilogueRow(batch, firstQuery, row); });
  });
}

/// scores[row][key] = sum over d of q * k, in whole vectors of keys.
void AttendEmitter::emitScores(const Point &batch, Value firstQuery, Value rows, Value numKeys) {
  switchRows(b, rows, form.getDim(queryDim).getSize(), [&](unsigned count) {
    SmallVector<Value> starts;
    for (unsigned i = 0; i < count; ++i)
      starts.push_back(
          getOffset(b, form.getAccess(kQuery), batch.at(queryDim, b.add(firstQuery, i))));
    auto emitKeys = [&](Value firstKey, unsigned vectors) {
      Value panel = b.mul(firstKey, depth);
      auto loadQuery = [&](unsigned row, Value d) -> Value {
        return memref::LoadOp::create(b, b.getBuffer(kQuery), b.add(starts[row], d));
      };
      auto loadKeys = [&](Value d, unsigned vector) -> Value {
        Value offset = b.add(panel, b.add(b.mul(d, lanes), vector * depth * lanes));
        return vector::LoadOp::create(b, vectorType, keyPanels, offset);
      };
      SmallVector<Value> tile = emitTile(b, count, vectors, b.getIndex(0), b.getIndex(depth),
                                         makeZeroTile(b, count, vectors), {loadQuery, loadKeys});
      storeTile(b, tile, count, vectors, scores, firstKey, scoreStride);
    };
    int64_t step = b.getTarget().getPanel();
    Value wide = b.mul(b.div(numKeys, b.getIndex(step)), step);
    b.forLoop(b.getIndex(0), wide, step,
              [&](Value key) { emitKeys(key, b.getTarget().tileVectors); });
    b.forLoop(wide, numKeys, lanes, [&](Value key) { emitKeys(key, 1); });
  });
}

/// The score region of scale * raw.
Value AttendEmitter::emitScore(const Point &point, Value raw) {
  Value scale = b.getFloat(vectorType, op.getScale().convertToDouble());
  Value score = arith::MulFOp::create(b, raw, scale);
  if (op.getScore().empty())
    return score;
  RegionEmitter emitter(b, point, kFirstScoreInput, 1);
  emitter.bind(op.getScore().getArgument(0), score);
  return broadcastLanes(b, emitter.getYielded(op.getScore()), lanes);
}

/// Turns a row of raw scores into exponentials, and leaves their sum.
void AttendEmitter::emitSoftmaxRow(const Point &batch, Value firstQuery, Value row) {
  Value query = b.add(firstQuery, row);
  Value numKeys = getVisibleKeys(query);
  Value whole = b.mul(b.div(numKeys, b.getIndex(lanes)), lanes);
  Value lowest = b.getFloat(vectorType, -INFINITY);
  Point point = batch.at(queryDim, query);
  point.lanes = lanes;
  point.vectorDim = keyDim;

  auto sweep = [&](SmallVector<Value> carried, auto body) {
    for (bool isTail : {false, true})
      carried = b.forLoop(isTail ? whole : b.getIndex(0), isTail ? numKeys : whole, lanes, carried,
                          [&](Value key, ValueRange current) {
                            point.indices[keyDim] = key;
                            point.mask = isTail ? makeMask(b, lanes, b.sub(numKeys, key)) : Value();
                            Value offset = getScoreOffset(row, key);
                            Value x = vector::LoadOp::create(b, vectorType, scores, offset);
                            Value y;
                            SmallVector<Value> next = {body(x, current[0], y)};
                            vector::StoreOp::create(b, y, scores, offset);
                            return next;
                          });
    return carried[0];
  };
  // NaN need not win here: its exponential makes the sum NaN.
  MathEmitter math(b, b.getLoc(), vectorType);
  Value largest = sweep({lowest}, [&](Value raw, Value max, Value &score) {
    score = emitScore(point, raw);
    if (point.mask)
      score = arith::SelectOp::create(b, point.mask, score, lowest);
    return math.max(score, max);
  });
  largest = combineLanes(b, ReduceKind::Max, largest);
  // When every score is -inf, exponentials are taken of -inf - 0.
  Value none = b.getFloat(b.getF32Type(), -INFINITY);
  Value isMasked = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, largest, none);
  largest = arith::SelectOp::create(b, isMasked, b.getFloat(b.getF32Type(), 0.0), largest);
  Value shift = broadcastLanes(b, largest, lanes);
  Value sum = sweep({b.getFloat(vectorType, 0.0)}, [&](Value score, Value total, Value &power) {
    power = math_programs::expFlushed(math, arith::SubFOp::create(b, score, shift).getResult());
    return arith::AddFOp::create(b, total, power).getResult();
  });
  sum = combineLanes(b, ReduceKind::Sum, sum);
  memref::StoreOp::create(b, sum, rowSums, row);
}

/// results[row][e] = sum over keys of scores * v.
void AttendEmitter::emitValues(const Point &batch, Value firstQuery, Value rows, Value numKeys) {
  Value start = getOffset(b, form.getAccess(kValue), batch);
  switchRows(b, rows, form.getDim(queryDim).getSize(), [&](unsigned count) {
    int64_t total = paddedWidth / lanes;
    for (int64_t first = 0; first < total; first += b.getTarget().tileVectors) {
      unsigned vectors = std::min<int64_t>(b.getTarget().tileVectors, total - first);
      emitValueColumns(start, firstQuery, numKeys, count, first * lanes, vectors);
    }
  });
}

/// Mask of the vector of values at `column`; null when it is whole.
Value AttendEmitter::getColumnMask(int64_t column) {
  return column + lanes <= width ? Value() : makeMask(b, lanes, b.getIndex(width - column));
}

void AttendEmitter::emitValueColumns(Value start, Value firstQuery, Value numKeys, unsigned rows,
                                     int64_t column, unsigned vectors) {
  Value stride = b.getSize(getCoefficient(kValue, keyDim));
  auto loadValues = [&](Value key, unsigned vector) -> Value {
    int64_t at = column + vector * lanes;
    Value offset = b.add(start, b.add(b.mul(key, stride), at));
    if (Value mask = getColumnMask(at))
      return vector::MaskedLoadOp::create(b, vectorType, b.getBuffer(kValue), offset, mask,
                                          b.getFloat(vectorType, 0.0));
    return vector::LoadOp::create(b, vectorType, b.getBuffer(kValue), offset);
  };
  auto loadPower = [&](unsigned row, Value key) -> Value {
    return memref::LoadOp::create(b, scores, getScoreOffset(b.getIndex(row), key));
  };
  // Keys that all rows see.
  Value common = getVisibleKeys(firstQuery);
  SmallVector<Value> tile = emitTile(b, rows, vectors, b.getIndex(0), common,
                                     makeZeroTile(b, rows, vectors), {loadPower, loadValues});
  // Keys that only later rows see; a row must not meet a value beyond its own,
  // which may be NaN.
  if (op.getCausal() && rows > 1)
    tile = b.forLoop(common, numKeys, 1, tile, [&](Value key, ValueRange current) {
      SmallVector<Value> next(current);
      SmallVector<Value> columns;
      for (unsigned j = 0; j < vectors; ++j)
        columns.push_back(loadValues(key, j));
      for (unsigned i = 0; i < rows; ++i) {
        Value visible = getVisibleKeys(b.add(firstQuery, i));
        Value sees = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, key, visible);
        Value power = broadcastLanes(b, loadPower(i, key), lanes);
        for (unsigned j = 0; j < vectors; ++j) {
          Value &sum = next[i * vectors + j];
          Value more = vector::FMAOp::create(b, power, columns[j], sum);
          sum = arith::SelectOp::create(b, sees, more, sum);
        }
      }
      return next;
    });
  storeTile(b, tile, rows, vectors, results, b.getIndex(column), b.getIndex(paddedWidth));
}

/// Divides a row by its sum and stores the epilogue's results; all zeros when
/// no key was visible.
void AttendEmitter::emitEpilogueRow(const Point &batch, Value firstQuery, Value row) {
  Value sum = memref::LoadOp::create(b, rowSums, row);
  Type scalar = b.getF32Type();
  Value factor = arith::DivFOp::create(b, b.getFloat(scalar, 1.0), sum);
  Value isEmpty = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, sum, b.getFloat(scalar, 0.0));
  factor = broadcastLanes(b, factor, lanes);
  Point point = batch.at(queryDim, b.add(firstQuery, row));
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
  FailureOr<Value> emit(Operation *op, EmitContext &context) const {
    return AttendEmitter(cast<AttendOp>(op), context).emit();
  }
};

} // namespace

void attachAttendEmitter(MLIRContext *context) { AttendOp::attachInterface<AttendModel>(*context); }

} // namespace mlir::tenon::kernel
