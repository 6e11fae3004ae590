//===- EmitContext.cpp - The function a kernel is emitted into ------------===//

#include "tenon/Conversion/Emission/EmitContext.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::tenon::kernel {

static constexpr auto kNoWrap = arith::IntegerOverflowFlags::nsw;

EmitContext::EmitContext(KernelOpInterface op, func::FuncOp function,
                         ArrayRef<StringAttr> symbolNames)
    : ImplicitLocOpBuilder(op.getLoc(), OpBuilder::atBlockEnd(&function.getBody().front())), op(op),
      function(function) {
  unsigned first = op->getParentOfType<func::FuncOp>().getNumArguments();
  for (auto [i, name] : llvm::enumerate(symbolNames))
    symbols[name] = function.getArgument(first + i);
}

unsigned EmitContext::getArgumentNumber(unsigned operand) {
  return cast<BlockArgument>(op->getOperand(operand)).getArgNumber();
}

void EmitContext::reportIndex(unsigned operand, Value position, Value id, Value bound) {
  Value fields[] = {position, id, bound, getIndex(getArgumentNumber(operand))};
  for (auto [i, field] : llvm::enumerate(fields)) {
    Value integer = arith::IndexCastOp::create(*this, getI64Type(), field);
    memref::StoreOp::create(*this, integer, getErrorSlot(), getIndex(i));
  }
}

//===----------------------------------------------------------------------===//
// Constants and sizes
//===----------------------------------------------------------------------===//

/// Runs `build` where its result dominates the whole function, after what was
/// hoisted before.
template <typename Function> Value EmitContext::hoist(Function build) {
  OpBuilder::InsertionGuard guard(*this);
  if (lastHoisted)
    setInsertionPointAfter(lastHoisted);
  else
    setInsertionPointToStart(&function.getBody().front());
  Value value = build();
  if (Operation *defining = value.getDefiningOp();
      defining && (!lastHoisted || lastHoisted->isBeforeInBlock(defining)))
    lastHoisted = defining;
  return value;
}

Value EmitContext::getConstant(TypedAttr value) {
  Value &known = hoisted[value];
  if (!known)
    known = hoist([&] { return arith::ConstantOp::create(*this, value).getResult(); });
  return known;
}

Value EmitContext::getIndex(int64_t value) { return getConstant(getIndexAttr(value)); }

static TypedAttr splat(Type type, Attribute element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return DenseElementsAttr::get(vector, element);
  return cast<TypedAttr>(element);
}

Value EmitContext::getFloat(Type type, double value) {
  return getConstant(splat(type, getFloatAttr(getElementTypeOrSelf(type), value)));
}

Value EmitContext::getInteger(Type type, int64_t value) {
  return getConstant(splat(type, getIntegerAttr(getElementTypeOrSelf(type), value)));
}

Value EmitContext::getSize(SizeAttr size) {
  if (std::optional<int64_t> constant = size.getConstant())
    return getIndex(*constant);
  if (Value known = hoisted.lookup(size))
    return known;
  ArrayRef<StringAttr> names = size.getSymbols();
  SmallVector<std::pair<Value, Value>> terms;
  Value sum = getIndex(0);
  for (size_t i = 0; i < size.getTerms().size(); i += names.size() + 1) {
    Value term = getIndex(size.getTerms()[i]);
    for (auto [name, power] : llvm::zip(names, size.getTerms().slice(i + 1, names.size())))
      for (int64_t p = 0; p < power; ++p)
        term = hoist([&, name = name] { return mul(term, symbols.lookup(name)); });
    sum = hoist([&] { return add(sum, term); });
  }
  return hoisted[size] = sum;
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

Value EmitContext::add(Value lhs, Value rhs) {
  std::optional<int64_t> l = getConstantIntValue(lhs), r = getConstantIntValue(rhs);
  if (l && r)
    return getIndex(*l + *r);
  if (l == 0)
    return rhs;
  if (r == 0)
    return lhs;
  return arith::AddIOp::create(*this, lhs, rhs, kNoWrap);
}

Value EmitContext::sub(Value lhs, Value rhs) {
  std::optional<int64_t> l = getConstantIntValue(lhs), r = getConstantIntValue(rhs);
  if (l && r)
    return getIndex(*l - *r);
  if (r == 0)
    return lhs;
  return arith::SubIOp::create(*this, lhs, rhs, kNoWrap);
}

Value EmitContext::mul(Value lhs, Value rhs) {
  std::optional<int64_t> l = getConstantIntValue(lhs), r = getConstantIntValue(rhs);
  if (l && r)
    return getIndex(*l * *r);
  if (l == 0 || r == 1)
    return lhs;
  if (r == 0 || l == 1)
    return rhs;
  return arith::MulIOp::create(*this, lhs, rhs, kNoWrap);
}

Value EmitContext::div(Value lhs, Value rhs) {
  std::optional<int64_t> l = getConstantIntValue(lhs), r = getConstantIntValue(rhs);
  if (l && r && *r > 0 && *l >= 0)
    return getIndex(*l / *r);
  if (r == 1)
    return lhs;
  return arith::DivUIOp::create(*this, lhs, rhs);
}

Value EmitContext::rem(Value lhs, Value rhs) {
  std::optional<int64_t> l = getConstantIntValue(lhs), r = getConstantIntValue(rhs);
  if (l && r && *r > 0 && *l >= 0)
    return getIndex(*l % *r);
  if (r == 1)
    return getIndex(0);
  return arith::RemUIOp::create(*this, lhs, rhs);
}

Value EmitContext::min(Value lhs, Value rhs) {
  std::optional<int64_t> l = getConstantIntValue(lhs), r = getConstantIntValue(rhs);
  if (l && r)
    return getIndex(std::min(*l, *r));
  return arith::MinSIOp::create(*this, lhs, rhs);
}

Value EmitContext::max(Value lhs, Value rhs) {
  std::optional<int64_t> l = getConstantIntValue(lhs), r = getConstantIntValue(rhs);
  if (l && r)
    return getIndex(std::max(*l, *r));
  return arith::MaxSIOp::create(*this, lhs, rhs);
}

Value EmitContext::ceilDiv(Value lhs, int64_t rhs) {
  return rhs == 1 ? lhs : div(add(lhs, rhs - 1), getIndex(rhs));
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

SmallVector<Value> EmitContext::forLoop(Value begin, Value end, int64_t step, ValueRange carried,
                                        LoopBody body) {
  std::optional<int64_t> first = getConstantIntValue(begin), last = getConstantIntValue(end);
  if ((first && last && *first >= *last) || begin == end)
    return SmallVector<Value>(carried);
  auto loop = scf::ForOp::create(*this, begin, end, getIndex(step), carried);
  OpBuilder::InsertionGuard guard(*this);
  // A loop that carries nothing has its terminator already.
  if (carried.empty())
    setInsertionPoint(loop.getBody()->getTerminator());
  else
    setInsertionPointToEnd(loop.getBody());
  SmallVector<Value> next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!carried.empty())
    scf::YieldOp::create(*this, next);
  return SmallVector<Value>(loop.getResults());
}

void EmitContext::forLoop(Value begin, Value end, int64_t step,
                          llvm::function_ref<void(Value)> body) {
  forLoop(begin, end, step, ValueRange(), [&](Value i, ValueRange) {
    body(i);
    return SmallVector<Value>();
  });
}

void EmitContext::ifElse(Value condition, llvm::function_ref<void()> thenBody,
                         llvm::function_ref<void()> elseBody) {
  auto branch = scf::IfOp::create(*this, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(branch.thenBlock());
  thenBody();
  setInsertionPointToStart(branch.elseBlock());
  elseBody();
}

SmallVector<Value> EmitContext::delinearize(Value number, ArrayRef<Value> sizes) {
  SmallVector<Value> digits(sizes.size());
  for (size_t i = sizes.size(); i-- > 0;) {
    digits[i] = i == 0 ? number : rem(number, sizes[i]);
    number = i == 0 ? number : div(number, sizes[i]);
  }
  return digits;
}

void EmitContext::setGrid(ArrayRef<GridAttr> factors) {
  grid.assign(factors.begin(), factors.end());
  function->setAttr(kGridAttr,
                    getArrayAttr(SmallVector<Attribute>(factors.begin(), factors.end())));
}

SmallVector<Value> EmitContext::getTaskCoordinates(Value task) {
  SmallVector<Value> counts;
  for (GridAttr factor : grid)
    counts.push_back(
        hoist([&] { return ceilDiv(getSize(factor.getSize()), factor.getDivisor()); }));
  return delinearize(task, counts);
}

} // namespace mlir::tenon::kernel
