//===- Rows.cpp - kernel.rows ---------------------------------------------===//
//
// Vectors run along one dimension. Along the innermost `sum` dimension, a row's
// values are scalars and reductions end with a tree over the lanes; along a
// `rows` dimension, each lane is a row of its own. There is one sweep over the
// `sum` dimensions per level of nested reductions, and one that stores. Values of
// elements are computed again in each, but for those that cost much: they wait in
// scratch memory. The sweep that computes most asks for rows to come, so that
// memory is not waited for.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "MathEmitter.h"
#include "Reduction.h"
#include "RegisterTile.h"
#include "Transpose.h"
#include "tenon/Conversion/Emission/RowStages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {
namespace {

/// Vectors that a reduction along the lanes' dimension fills in turn.
constexpr unsigned kAccumulators = 4;
/// Indices of a map's vectorized dimension, and rows, that one task takes.
constexpr int64_t kMapBlock = 4096;
constexpr int64_t kColumnBlock = 64;
constexpr int64_t kRowBlock = 4;
/// Elements that are added in f32 before the sum goes on in f64: the rounding
/// errors of a long sum would grow with its length. Along the lanes' dimension
/// they are spread over lanes and accumulators.
constexpr int64_t kSumBlock = 4096, kScalarSumBlock = 256;
/// The locality that brings a line into the first cache.
constexpr unsigned kFirstCache = 3;

class RowsEmitter {
public:
  RowsEmitter(RowsOp op, CpuContext &context)
      : op(op), form(cast<KernelOpInterface>(op.getOperation())), context(context),
        sumDims(form.getDims(DimRole::Sum)), rowDims(form.getDims(DimRole::Rows)), values(op),
        point(form.getNumDims()) {}

  Value emit() {
    if (std::optional<Transposition> dims = findTransposition(op)) {
      emitTransposition(context, *dims);
      return context.getInteger(context.getI32Type(), 0);
    }
    chooseVectorDim();
    findSavedValues();
    emitTasks();
    return context.getInteger(context.getI32Type(), 0);
  }

private:
  // Analysis.
  void chooseVectorDim();
  bool isUnitAlong(unsigned dim);
  void findSavedValues();
  void collectElements(Value value, llvm::DenseSet<Value> &elements);

  // Code.
  void emitTasks();
  void emitRowBlock(ArrayRef<GridAttr> grid, ArrayRef<Value> task, size_t factor);
  void emitRow();
  void emitStage(size_t number, RegionEmitter &row);
  void emitElements(size_t number, RegionEmitter &row,
                    llvm::function_ref<void(RegionEmitter &)> body);
  void prefetchRows();
  using Sweep = llvm::function_ref<void(MutableArrayRef<Value>, unsigned)>;
  SmallVector<Value> sweep(unsigned sumIndex, SmallVector<Value> carried, unsigned unroll,
                           bool inPairs, Sweep body);
  SmallVector<Value> sweepRange(unsigned sumIndex, Value begin, Value end,
                                SmallVector<Value> carried, unsigned unroll, bool inPairs,
                                Sweep body);
  SmallVector<Value> sweepVectors(unsigned dim, Value begin, Value end, SmallVector<Value> carried,
                                  unsigned unroll, bool inPairs, Sweep body);
  int64_t getSumBlock(unsigned sumIndex);
  RegionEmitter makeEmitter(const RegionEmitter *outer = nullptr) {
    return RegionEmitter(context, point, 0, 0, outer);
  }
  bool isInPairs(size_t sweep) const { return !sweepsInPairs.empty() && sweepsInPairs[sweep]; }
  bool lanesAlongSum() const {
    return lanes != 0 && !sumDims.empty() && vectorDim == sumDims.back();
  }

  RowsOp op;
  KernelOpInterface form;
  CpuContext &context;
  SmallVector<unsigned> sumDims, rowDims;
  unsigned vectorDim = 0;
  unsigned lanes = 0;
  RowStages values;
  /// A value of elements that several sweeps need: computed in the first of
  /// them, then read from scratch memory.
  struct SavedValue {
    Value value;
    size_t firstSweep;
    Value buffer;
  };
  SmallVector<SavedValue> savedValues;
  /// Per sweep, the last one that stores included: the values of elements.
  SmallVector<llvm::DenseSet<Value>> sweepElements;
  size_t longestSweep = 0;
  /// Per sweep: whether pairs of vectors go through it as one, so that their long
  /// chains of operations alternate.
  SmallVector<bool> sweepsInPairs;
  /// How the values combine that the current sweep carries; empty when it stores.
  SmallVector<ReduceKind> carriedKinds;
  /// Whether one of them is a sum in f32.
  bool carriesFloatSum = false;
  /// Where code is being emitted.
  Point point;
};

//===----------------------------------------------------------------------===//
// Analysis
//===----------------------------------------------------------------------===//

bool RowsEmitter::isUnitAlong(unsigned dim) {
  return llvm::all_of(llvm::seq<unsigned>(0, form->getNumOperands()), [&](unsigned operand) {
    return isUnitOrZero(form.getAccess(operand).getCoefficients()[dim]);
  });
}

/// Prefers dimensions along which everything is contiguous, then those along
/// which the destination is.
void RowsEmitter::chooseVectorDim() {
  if (form.getNumDims() == 0)
    return;
  lanes = context.getTarget().lanes;
  auto isStoreUnit = [&](unsigned dim) {
    return form.getDestinationAccess().getCoefficients()[dim].isOne();
  };
  auto choose = [&](auto predicate) {
    for (unsigned dim : llvm::reverse(rowDims))
      if (predicate(dim)) {
        vectorDim = dim;
        return true;
      }
    return false;
  };
  auto isFullUnit = [&](unsigned dim) { return isUnitAlong(dim) && isStoreUnit(dim); };
  if (!sumDims.empty() && isUnitAlong(sumDims.back()))
    vectorDim = sumDims.back();
  else if (!choose(isFullUnit) && (!sumDims.empty() || !choose(isStoreUnit)))
    vectorDim = sumDims.empty() ? rowDims.back() : sumDims.back();
  point.vectorDim = vectorDim;
}

/// The values of elements that `value` is computed from, itself included.
void RowsEmitter::collectElements(Value value, llvm::DenseSet<Value> &elements) {
  if (values.isRowValue(value) || !elements.insert(value).second)
    return;
  if (Operation *defining = value.getDefiningOp())
    for (Value operand : defining->getOperands())
      collectElements(operand, elements);
}

/// Instructions of a function, about; loading its value costs one.
constexpr unsigned kFunctionCost = 16;
static bool isWorthSaving(Value value) {
  Operation *defining = value.getDefiningOp();
  return defining && isa<math::MathDialect>(defining->getDialect()) && value.getType().isF32();
}

/// Whether `value` is exp(x - max x), which needs no care for large arguments and
/// whose denormal results may be 0.
static bool isExpOfNonPositive(Value value) {
  auto exp = value.getDefiningOp<math::ExpOp>();
  auto difference = exp ? exp.getOperand().getDefiningOp<arith::SubFOp>() : nullptr;
  auto max = difference ? difference.getRhs().getDefiningOp<ReduceOp>() : nullptr;
  return max && max.getKind() == ReduceKind::Max && max.getValue() == difference.getLhs();
}

void RowsEmitter::findSavedValues() {
  if (sumDims.size() != 1 || lanes == 0 || vectorDim != sumDims.back())
    return;
  for (ArrayRef<ReduceOp> stage : values.getStages()) {
    llvm::DenseSet<Value> &elements = sweepElements.emplace_back();
    for (ReduceOp reduce : stage)
      collectElements(reduce.getValue(), elements);
  }
  collectElements(op.getBody().front().getTerminator()->getOperand(0),
                  sweepElements.emplace_back());
  SizeAttr size = form.getDim(sumDims.back()).getSize().add(lanes);
  SmallVector<unsigned> costs(sweepElements.size(), 0);
  for (Operation &inner : op.getBody().front().without_terminator()) {
    Value value = inner.getResult(0);
    SmallVector<size_t> sweeps;
    for (auto [number, elements] : llvm::enumerate(sweepElements))
      if (elements.contains(value))
        sweeps.push_back(number);
    if (sweeps.size() > 1 && isWorthSaving(value)) {
      savedValues.push_back({value, sweeps.front(), context.allocateScratch(size)});
      sweeps.resize(1);
    }
    for (size_t number : sweeps)
      costs[number] += isWorthSaving(value) ? kFunctionCost : 1;
  }
  longestSweep = std::distance(costs.begin(), llvm::max_element(costs));
  for (unsigned cost : costs)
    sweepsInPairs.push_back(cost >= kFunctionCost);
}

//===----------------------------------------------------------------------===//
// Tasks and rows
//===----------------------------------------------------------------------===//

void RowsEmitter::emitTasks() {
  SmallVector<GridAttr> grid;
  for (unsigned dim : rowDims) {
    int64_t divisor = 1;
    if (lanes != 0 && dim == vectorDim)
      divisor = sumDims.empty() ? getTask(op).value_or(kMapBlock) : kColumnBlock;
    grid.push_back(GridAttr::get(context.getContext(), form.getDim(dim).getSize(), divisor));
  }
  // The last dimension that is not vectorized goes in blocks, too.
  for (size_t i = rowDims.size(); i-- > 0;)
    if (lanes == 0 || rowDims[i] != vectorDim) {
      grid[i] = GridAttr::get(context.getContext(), grid[i].getSize(), kRowBlock);
      break;
    }
  context.forTasks(grid, [&](ArrayRef<Value> task) { emitRowBlock(grid, task, 0); });
}

/// Loops over the task's rows, from factor number `factor` of the grid on.
void RowsEmitter::emitRowBlock(ArrayRef<GridAttr> grid, ArrayRef<Value> task, size_t factor) {
  if (factor == grid.size()) {
    emitRow();
    return;
  }
  unsigned dim = rowDims[factor];
  int64_t divisor = grid[factor].getDivisor();
  Value size = context.getSize(grid[factor].getSize());
  if (divisor == 1) {
    point.indices[dim] = task[factor];
    emitRowBlock(grid, task, factor + 1);
    return;
  }
  Value begin = context.mul(task[factor], divisor);
  Value end = context.min(context.add(begin, divisor), size);
  if (lanes == 0 || dim != vectorDim) {
    context.forLoop(begin, end, 1, [&](Value index) {
      point.indices[dim] = index;
      emitRowBlock(grid, task, factor + 1);
    });
    return;
  }
  // Whole vectors, then the rest under a mask.
  Value whole = context.add(
      begin, context.mul(context.div(context.sub(end, begin), context.getIndex(lanes)), lanes));
  point.lanes = lanes;
  context.forLoop(begin, whole, lanes, [&](Value index) {
    point.indices[dim] = index;
    emitRowBlock(grid, task, factor + 1);
  });
  std::optional<int64_t> constant = getConstantIntValue(size);
  if (constant && *constant % lanes == 0)
    return;
  context.forLoop(whole, end, lanes, [&](Value index) {
    point.indices[dim] = index;
    point.mask = makeMask(context, lanes, context.sub(end, index));
    emitRowBlock(grid, task, factor + 1);
    point.mask = Value();
  });
}

void RowsEmitter::emitRow() {
  RegionEmitter row = makeEmitter();
  for (size_t number = 0; number < values.getStages().size(); ++number)
    emitStage(number, row);
  Value yielded = op.getBody().front().getTerminator()->getOperand(0);
  if (!values.variesWithSum(form.getDestinationAccess()) && values.isRowValue(yielded)) {
    storeElement(context, row.get(yielded), point);
    return;
  }
  values.bindRowValues(yielded, row);
  sweep(0, {}, 1, isInPairs(values.getStages().size()), [&](MutableArrayRef<Value>, unsigned) {
    emitElements(values.getStages().size(), row, [&](RegionEmitter &element) {
      storeElement(context, element.get(yielded), point);
    });
  });
}

/// Runs `body` for the elements at the point in sweep `number`: saved values are
/// loaded, or stored where they appear first.
void RowsEmitter::emitElements(size_t number, RegionEmitter &row,
                               llvm::function_ref<void(RegionEmitter &)> body) {
  if (number == longestSweep)
    prefetchRows();
  RegionEmitter element = makeEmitter(&row);
  auto isNeeded = [&](const SavedValue &saved) {
    return sweepElements[number].contains(saved.value);
  };
  Type type = getLaneType(context.getF32Type(), point.lanes);
  for (const SavedValue &saved : savedValues) {
    if (!isNeeded(saved))
      continue;
    if (saved.firstSweep < number) {
      element.bind(saved.value, vector::LoadOp::create(context, cast<VectorType>(type),
                                                       saved.buffer, point.indices[vectorDim]));
    } else if (isExpOfNonPositive(saved.value)) {
      Value exponent = element.get(saved.value.getDefiningOp()->getOperand(0));
      MathEmitter math(context, context.getLoc(), type);
      element.bind(saved.value, math_programs::expFlushed(math, exponent));
    }
  }
  body(element);
  for (const SavedValue &saved : savedValues)
    if (saved.firstSweep == number)
      vector::StoreOp::create(context,
                              broadcastLanes(context, element.get(saved.value), point.lanes),
                              saved.buffer, point.indices[vectorDim]);
}

/// Asks for the same place some rows later, along the last dimension of rows.
void RowsEmitter::prefetchRows() {
  if (sweepElements.empty() || values.getStages().empty() || rowDims.empty())
    return;
  std::optional<int64_t> size = form.getDim(vectorDim).getSize().getConstant();
  int64_t ahead = context.getTarget().rowsAhead;
  int64_t rows = size && *size > 0 ? std::clamp<int64_t>(ahead / *size, 1, kRowBlock) : 1;
  for (unsigned operand = 0; operand < form->getNumOperands(); ++operand) {
    AccessAttr access = form.getAccess(operand);
    SizeAttr step = access.getCoefficients()[rowDims.back()];
    if (step.isZero() || !access.getCoefficients()[vectorDim].isOne())
      continue;
    Value offset = context.add(getOffset(context, access, point), context.getSize(step.mul(rows)));
    bool isWrite = operand + 1 == form->getNumOperands();
    for (unsigned lane = 0; lane < point.lanes; lane += kLineElements)
      memref::PrefetchOp::create(context, context.getBuffer(operand), context.add(offset, lane),
                                 isWrite, kFirstCache, true);
  }
}

/// One sweep for all reductions that need only those of earlier stages.
void RowsEmitter::emitStage(size_t number, RegionEmitter &row) {
  MutableArrayRef<ReduceOp> reductions = values.getStages()[number];
  unsigned unroll = lanesAlongSum() ? kAccumulators : 1;
  SmallVector<Value> carried;
  for (ReduceOp reduce : reductions) {
    values.bindRowValues(reduce.getValue(), row);
    Type type = getLaneType(reduce.getType(), lanesAlongSum() ? lanes : point.lanes);
    carried.append(unroll, getIdentity(context, reduce.getKind(), type));
    carriedKinds.append(unroll, reduce.getKind());
    carriesFloatSum |= reduce.getKind() == ReduceKind::Sum && reduce.getType().isF32();
  }
  carried =
      sweep(0, carried, unroll, isInPairs(number), [&](MutableArrayRef<Value> sums, unsigned copy) {
        emitElements(number, row, [&](RegionEmitter &element) {
          for (auto [i, reduce] : llvm::enumerate(reductions)) {
            // A pair of accumulators is one value.
            bool isPair = lanesAlongSum() && point.lanes != lanes;
            Value &sum = sums[i * (isPair ? unroll / 2 : unroll) + copy];
            Value value = broadcastLanes(context, element.get(reduce.getValue()), point.lanes);
            value = combine(context, reduce.getKind(), sum, value);
            sum = point.mask && lanesAlongSum()
                      ? arith::SelectOp::create(context, point.mask, value, sum).getResult()
                      : value;
          }
        });
      });
  carriedKinds.clear();
  carriesFloatSum = false;
  for (auto [i, reduce] : llvm::enumerate(reductions)) {
    Value total =
        combineTree(context, reduce.getKind(), ArrayRef<Value>(carried).slice(i * unroll, unroll));
    if (lanesAlongSum())
      total = combineLanes(context, reduce.getKind(), total);
    row.bind(reduce.getResult(), total);
  }
}

//===----------------------------------------------------------------------===//
// Sweeps over the sum dimensions
//===----------------------------------------------------------------------===//

/// Sums of f32 as f64; other values as they are.
static SmallVector<Value> widenSums(CpuContext &context, ArrayRef<ReduceKind> kinds,
                                    ArrayRef<Value> values) {
  SmallVector<Value> wide;
  for (auto [kind, value] : llvm::zip(kinds, values)) {
    Type type = value.getType();
    bool isSum = kind == ReduceKind::Sum && getElementTypeOrSelf(type).isF32();
    Type wideType = context.getF64Type();
    if (auto vector = dyn_cast<VectorType>(type))
      wideType = vector.clone(wideType);
    wide.push_back(isSum ? Value(arith::ExtFOp::create(context, wideType, value)) : value);
  }
  return wide;
}

/// The widened sums added to the totals.
static SmallVector<Value> addTotals(CpuContext &context, ArrayRef<ReduceKind> kinds,
                                    ValueRange totals, ArrayRef<Value> sums) {
  SmallVector<Value> added = widenSums(context, kinds, sums);
  for (auto [kind, sum, total] : llvm::zip(kinds, added, totals))
    sum = combine(context, kind, total, sum);
  return added;
}

/// What `then` computes where `condition` holds, else the values `otherwise`.
static SmallVector<Value> chooseValues(CpuContext &context, Value condition,
                                       ArrayRef<Value> otherwise,
                                       llvm::function_ref<SmallVector<Value>()> then) {
  auto choice = scf::IfOp::create(context, TypeRange(ValueRange(otherwise)), condition,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(context);
  context.setInsertionPointToStart(&choice.getThenRegion().front());
  scf::YieldOp::create(context, then());
  context.setInsertionPointToStart(&choice.getElseRegion().front());
  scf::YieldOp::create(context, ValueRange(otherwise));
  return choice.getResults();
}

/// Runs `body` for every index of the `sum` dimensions from number `sumIndex`
/// on in ascending order. `carried` values go from one to the next; body number
/// c of an unrolled step updates those with index c modulo `unroll`.
SmallVector<Value> RowsEmitter::sweep(unsigned sumIndex, SmallVector<Value> carried,
                                      unsigned unroll, bool inPairs, Sweep body) {
  if (sumIndex == sumDims.size()) {
    body(carried, 0);
    return carried;
  }
  Value size = context.getSize(form.getDim(sumDims[sumIndex]).getSize());
  int64_t block = getSumBlock(sumIndex);
  if (block == 0)
    return sweepRange(sumIndex, context.getIndex(0), size, carried, unroll, inPairs, body);

  // Sums in f32 and, once a block is full, totals in f64 beside them.
  SmallVector<Value> state(carried), identities;
  for (auto [kind, value] : llvm::zip(carriedKinds, carried))
    identities.push_back(getIdentity(context, kind, value.getType()));
  llvm::append_range(state, widenSums(context, carriedKinds, identities));
  size_t count = carried.size();
  state = context.forLoop(
      context.getIndex(0), size, block, state, [&](Value begin, ValueRange current) {
        Value end = context.min(context.add(begin, block), size);
        SmallVector<Value> sums =
            sweepRange(sumIndex, begin, end, current.take_front(count), unroll, inPairs, body);
        Value isFull = arith::CmpIOp::create(context, arith::CmpIPredicate::ult, end, size);
        SmallVector<Value> rest(sums);
        llvm::append_range(rest, current.drop_front(count));
        return chooseValues(context, isFull, rest, [&] {
          SmallVector<Value> next(identities);
          llvm::append_range(next,
                             addTotals(context, carriedKinds, current.drop_front(count), sums));
          return next;
        });
      });
  Value isLong =
      arith::CmpIOp::create(context, arith::CmpIPredicate::ugt, size, context.getIndex(block));
  ArrayRef<Value> sums = ArrayRef(state).take_front(count);
  return chooseValues(context, isLong, sums, [&] {
    SmallVector<Value> totals =
        addTotals(context, carriedKinds, ArrayRef(state).drop_front(count), sums);
    for (auto [total, narrow] : llvm::zip(totals, sums))
      if (total.getType() != narrow.getType())
        total = arith::TruncFOp::create(context, narrow.getType(), total);
    return totals;
  });
}

/// Elements of `sum` dimension number `sumIndex` that one sum in f32 takes; 0 when
/// that is all, or nothing is summed in f32.
int64_t RowsEmitter::getSumBlock(unsigned sumIndex) {
  if (!carriesFloatSum)
    return 0;
  int64_t most = lanesAlongSum() ? kSumBlock : kScalarSumBlock;
  // What the dimensions inside add to one sum.
  for (unsigned dim : ArrayRef(sumDims).drop_front(sumIndex + 1))
    if (std::optional<int64_t> inner = form.getDim(dim).getSize().getConstant())
      most = std::max<int64_t>(most / std::max<int64_t>(*inner, 1), 1);
  std::optional<int64_t> size = form.getDim(sumDims[sumIndex]).getSize().getConstant();
  return size && *size <= most ? 0 : most;
}

/// As `sweep`, for the indices begin to end - 1 of the first of the dimensions.
SmallVector<Value> RowsEmitter::sweepRange(unsigned sumIndex, Value begin, Value end,
                                           SmallVector<Value> carried, unsigned unroll,
                                           bool inPairs, Sweep body) {
  unsigned dim = sumDims[sumIndex];
  if (lanesAlongSum() && dim == vectorDim)
    return sweepVectors(dim, begin, end, carried, unroll, inPairs, body);
  return context.forLoop(begin, end, 1, carried, [&](Value index, ValueRange current) {
    point.indices[dim] = index;
    return sweep(sumIndex + 1, SmallVector<Value>(current), unroll, inPairs, body);
  });
}

/// Vectors in groups, then single ones, and the last under a mask.
SmallVector<Value> RowsEmitter::sweepVectors(unsigned dim, Value begin, Value end,
                                             SmallVector<Value> carried, unsigned unroll,
                                             bool inPairs, Sweep body) {
  Value size = context.sub(end, begin);
  auto roundDown = [&](int64_t step) {
    Value whole = context.mul(context.div(size, context.getIndex(step)), step);
    return context.add(begin, whole);
  };
  auto run = [&](Value first, Value last, unsigned copies, unsigned width, bool isTail) {
    point.lanes = width;
    carried = context.forLoop(first, last, int64_t(copies) * width, carried,
                              [&](Value index, ValueRange current) {
                                SmallVector<Value> next(current);
                                for (unsigned copy = 0; copy < copies; ++copy) {
                                  point.indices[dim] = context.add(index, int64_t(copy) * width);
                                  if (isTail)
                                    point.mask = makeMask(context, lanes, context.sub(end, first));
                                  body(next, copy);
                                  point.mask = Value();
                                }
                                return next;
                              });
  };
  unsigned group = std::max(unroll, inPairs ? 2u : 1u);
  Value grouped = group == 1 ? begin : roundDown(int64_t(group) * lanes);
  Value whole = roundDown(lanes);
  if (inPairs) {
    carried = joinPairs(context, carried);
    run(begin, grouped, group / 2, 2 * lanes, false);
    carried = splitPairs(context, carried);
  } else if (group != 1) {
    run(begin, grouped, group, lanes, false);
  }
  run(grouped, whole, 1, lanes, false);
  run(whole, end, 1, lanes, true);
  point.lanes = 0;
  return carried;
}

struct RowsModel : KernelEmitterOpInterface::ExternalModel<RowsModel, RowsOp> {
  FailureOr<Value> emit(Operation *op, CpuContext &context) const {
    if (std::optional<int64_t> task = getTask(op);
        task && (*task <= 0 || *task % context.getTarget().lanes != 0))
      return op->emitOpError() << "cannot be emitted: tasks of " << *task
                               << " elements; expected a multiple of " << context.getTarget().lanes;
    return RowsEmitter(cast<RowsOp>(op), context).emit();
  }
};

} // namespace

void attachRowsEmitter(MLIRContext *context) { RowsOp::attachInterface<RowsModel>(*context); }

} // namespace mlir::tenon::kernel
