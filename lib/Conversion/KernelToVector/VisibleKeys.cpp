//===- VisibleKeys.cpp - The keys a query of kernel.attend may see --------===//

#include "VisibleKeys.h"

#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

namespace mlir::tenon::kernel {

/// More keys than there can be, and small enough for sums of it.
static constexpr int64_t kFar = int64_t(1) << 60;

VisibleKeys::VisibleKeys(AttendOp op, CpuContext &context, unsigned firstScoreInput, unsigned step)
    : b(context), form(context.getOp()), firstScoreInput(firstScoreInput),
      keyDim(form.getDims(DimRole::Keys).front()), step(step), conditions(op.getHidingConditions()),
      keyMask(op.leavesOutHidden() ? std::nullopt : op.getKeyMaskOperand()) {}

/// Whether an integer is made of positions, sizes and small constants alone, so that sums
/// of it stay in its type.
static bool isSmall(Value value) {
  Operation *op = value.getDefiningOp();
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSignificantBits() <= 30;
  return op && isa<PositionOp, ExtentOp, arith::IndexCastOp, arith::AddIOp, arith::SubIOp>(op) &&
         llvm::all_of(op->getOperands(), isSmall);
}

/// The factor of the key's number in an integer that is linear in it.
std::optional<int64_t> VisibleKeys::getKeyCoefficient(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    unsigned operand = firstScoreInput + argument.getArgNumber() - 1;
    bool varies = form.getAccess(operand).getCoefficients()[keyDim].getConstant() != 0;
    return varies ? std::nullopt : std::optional<int64_t>(0);
  }
  Operation *op = value.getDefiningOp();
  if (auto position = dyn_cast<PositionOp>(op))
    return position.getDim() == keyDim ? 1 : 0;
  SmallVector<int64_t> factors;
  for (Value operand : op->getOperands()) {
    std::optional<int64_t> factor = getKeyCoefficient(operand);
    if (!factor)
      return std::nullopt;
    factors.push_back(*factor);
  }
  if (llvm::all_of(factors, [](int64_t factor) { return factor == 0; }))
    return 0;
  // Integers wrap around: what may be large is not moved to the other side.
  if (!isSmall(value))
    return std::nullopt;
  if (isa<arith::IndexCastOp>(op))
    return factors[0];
  return isa<arith::AddIOp>(op) ? factors[0] + factors[1] : factors[0] - factors[1];
}

/// The predicate p' for which a p b is b p' a.
static arith::CmpIPredicate exchangeSides(arith::CmpIPredicate predicate) {
  using arith::CmpIPredicate;
  switch (predicate) {
  case CmpIPredicate::slt:
    return CmpIPredicate::sgt;
  case CmpIPredicate::sle:
    return CmpIPredicate::sge;
  case CmpIPredicate::sgt:
    return CmpIPredicate::slt;
  case CmpIPredicate::sge:
    return CmpIPredicate::sle;
  default:
    return predicate;
  }
}

/// lhs - rhs = rest + factor * key, with a factor of 1 or -1, compared with 0.
VisibleKeys::Bounds VisibleKeys::getComparisonBounds(arith::CmpIOp compare, bool expected,
                                                     const Point &point) {
  using arith::CmpIPredicate;
  std::optional<int64_t> lhs = getKeyCoefficient(compare.getLhs());
  std::optional<int64_t> rhs = getKeyCoefficient(compare.getRhs());
  if (!lhs || !rhs || std::abs(*lhs - *rhs) != 1)
    return {};
  CmpIPredicate predicate = compare.getPredicate();
  if (!expected)
    predicate = arith::invertPredicate(predicate);
  Point atZero = point.at(keyDim, b.getIndex(0));
  RegionEmitter emitter(b, atZero, firstScoreInput, 1);
  auto getRest = [&](Value side) -> Value {
    Value value = emitter.get(side);
    if (!value.getType().isIndex())
      value = arith::IndexCastOp::create(b, b.getIndexType(), value);
    // Beyond every key is beyond every key, however far.
    return b.min(b.max(value, b.getIndex(-kFar)), b.getIndex(kFar));
  };
  // key <predicate> bound
  Value left = getRest(compare.getLhs()), right = getRest(compare.getRhs());
  bool isNegative = *lhs - *rhs < 0;
  Value bound = isNegative ? b.sub(left, right) : b.sub(right, left);
  if (isNegative)
    predicate = exchangeSides(predicate);
  switch (predicate) {
  case CmpIPredicate::slt:
    return {{}, bound, true};
  case CmpIPredicate::sle:
    return {{}, b.add(bound, 1), true};
  case CmpIPredicate::sgt:
    return {b.add(bound, 1), {}, true};
  case CmpIPredicate::sge:
    return {bound, {}, true};
  case CmpIPredicate::eq:
    return {bound, b.add(bound, 1), true};
  default:
    return {};
  }
}

VisibleKeys::Bounds VisibleKeys::getBounds(Value condition, bool expected, const Point &point) {
  if (auto compare = condition.getDefiningOp<arith::CmpIOp>())
    return getComparisonBounds(compare, expected, point);
  auto both = condition.getDefiningOp<arith::AndIOp>();
  auto either = condition.getDefiningOp<arith::OrIOp>();
  if (!both && !either)
    return {};
  Operation *op = condition.getDefiningOp();
  Bounds lhs = getBounds(op->getOperand(0), expected, point);
  Bounds rhs = getBounds(op->getOperand(1), expected, point);
  Bounds result;
  result.isExact = lhs.isExact && rhs.isExact;
  if (bool(both) == expected) {
    result.first =
        lhs.first && rhs.first ? b.max(lhs.first, rhs.first) : (lhs.first ? lhs.first : rhs.first);
    result.last =
        lhs.last && rhs.last ? b.min(lhs.last, rhs.last) : (lhs.last ? lhs.last : rhs.last);
    return result;
  }
  if (lhs.first && rhs.first)
    result.first = b.min(lhs.first, rhs.first);
  if (lhs.last && rhs.last)
    result.last = b.max(lhs.last, rhs.last);
  return result;
}

/// Whether one of the keys from `key` to `key` + step - 1 is visible; `end`, if
/// given, is one past the last that exists.
Value VisibleKeys::isAnyVisible(Point point, Value key, Value end) {
  point.indices[keyDim] = key;
  point.vectorDim = keyDim;
  point.lanes = step;
  Value all = point.mask = end ? makeMask(b, step, b.sub(end, key)) : Value();
  RegionEmitter emitter(b, point, firstScoreInput, 1);
  for (const HidingCondition &hiding : conditions) {
    Value visible = broadcastLanes(b, emitter.get(hiding.condition), step);
    if (!hiding.shows)
      visible = arith::XOrIOp::create(b, visible, b.getInteger(visible.getType(), 1));
    all = all ? arith::AndIOp::create(b, all, visible).getResult() : visible;
  }
  if (keyMask) {
    Value visible = broadcastLanes(b, loadElement(b, *keyMask, point), step);
    all = all ? arith::AndIOp::create(b, all, visible).getResult() : visible;
  }
  return vector::ReductionOp::create(b, vector::CombiningKind::OR, all);
}

/// Leaves out steps of hidden keys at both ends.
KeyRange VisibleKeys::scan(const Point &point, KeyRange range) {
  // A key moves up or down by steps while it is inside the limit and the step is hidden.
  auto walk = [&](Value begin, Value limit, bool isUp) -> Value {
    auto loop = scf::WhileOp::create(
        b, b.getIndexType(), begin,
        [&](OpBuilder &, Location, ValueRange keys) {
          auto predicate = isUp ? arith::CmpIPredicate::slt : arith::CmpIPredicate::sgt;
          Value isInside = arith::CmpIOp::create(b, predicate, keys[0], limit);
          auto test = scf::IfOp::create(b, b.getI1Type(), isInside, /*withElseRegion=*/true);
          {
            OpBuilder::InsertionGuard guard(b);
            b.setInsertionPointToStart(test.thenBlock());
            Value key = isUp ? keys[0] : b.sub(keys[0], b.getIndex(step));
            Value any = isAnyVisible(point, key, {});
            Value none = arith::XOrIOp::create(b, any, b.getInteger(b.getI1Type(), 1));
            scf::YieldOp::create(b, none);
            b.setInsertionPointToStart(test.elseBlock());
            scf::YieldOp::create(b, b.getInteger(b.getI1Type(), 0));
          }
          scf::ConditionOp::create(b, test.getResult(0), keys);
        },
        [&](OpBuilder &, Location, ValueRange keys) {
          scf::YieldOp::create(b, isUp ? b.add(keys[0], step) : b.sub(keys[0], b.getIndex(step)));
        });
    return loop.getResult(0);
  };
  Value whole = roundDown(range.last);
  Value hasTail = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, whole, range.last);
  auto test = scf::IfOp::create(b, b.getIndexType(), hasTail, /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(test.thenBlock());
    Value any = isAnyVisible(point, whole, range.last);
    scf::YieldOp::create(b, arith::SelectOp::create(b, any, range.last, whole).getResult());
    b.setInsertionPointToStart(test.elseBlock());
    scf::YieldOp::create(b, whole);
  }
  Value last = test.getResult(0);
  Value isTailVisible = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, last, whole);
  // A visible tail ends the walk before it begins.
  Value limit = arith::SelectOp::create(b, isTailVisible, last, range.first);
  last = walk(last, limit, /*isUp=*/false);
  return {walk(range.first, b.min(whole, last), /*isUp=*/true), last};
}

KeyRange VisibleKeys::emit(const Point &point, Value end) {
  Bounds all;
  all.isExact = !keyMask;
  for (const HidingCondition &hiding : conditions) {
    Bounds bounds = getBounds(hiding.condition, hiding.shows, point);
    all.isExact &= bounds.isExact;
    if (bounds.first)
      all.first = all.first ? b.max(all.first, bounds.first) : bounds.first;
    if (bounds.last)
      all.last = all.last ? b.min(all.last, bounds.last) : bounds.last;
  }
  Value zero = b.getIndex(0);
  KeyRange range = {zero, end};
  if (all.first)
    range.first = roundDown(b.min(b.max(all.first, zero), end));
  if (all.last)
    range.last = b.min(all.last, end);
  range.last = b.max(range.last, range.first);
  return all.isExact ? range : scan(point, range);
}

} // namespace mlir::tenon::kernel
