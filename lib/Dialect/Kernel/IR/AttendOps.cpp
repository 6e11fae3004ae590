//===- AttendOps.cpp - The kernel ops of attention ------------------------===//

#include "KernelChecks.h"
#include "KernelSyntax.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

namespace mlir::tenon::kernel {

//===----------------------------------------------------------------------===//
// AttendOp
//===----------------------------------------------------------------------===//

unsigned AttendOp::getFirstEpilogueInput() { return 3 + getScoreInputs(); }
Region &AttendOp::getEpilogueRegion() { return getEpilogue(); }
unsigned AttendOp::getNumOwnEpilogueArguments() { return 1; }
bool AttendOp::isResultDim(unsigned dim) {
  DimRole role = cast<DimAttr>(getDomain()[dim]).getRole();
  return role == DimRole::Batch || role == DimRole::Queries || role == DimRole::Values;
}

SizeAttr AttendOp::getFlops() {
  auto product = [&](DimRole skipped) {
    return getDomainProduct(*this, [=](DimAttr dim) { return dim.getRole() != skipped; });
  };
  SizeAttr scores = getDomainProduct(*this, [](DimAttr dim) {
    return dim.getRole() != DimRole::Depth && dim.getRole() != DimRole::Values;
  });
  // Products with k and v; scale, maximum, exponential and sum count one each.
  return product(DimRole::Values)
      .add(product(DimRole::Depth))
      .mul(2)
      .add(scores.mul(4 + countScalarOps(getScore())));
}

bool AttendOp::canStore(Type elementType, AccessAttr access) {
  KernelOpInterface op = *this;
  unsigned dim = op.getDims(DimRole::Values).front();
  return (elementType.isF32() || elementType.isBF16()) &&
         (access.getCoefficients()[dim].isOne() || op.getDim(dim).getSize().isOne());
}

/// All of a row, and where rows begin, comes in whole pieces.
SmallVector<unsigned> AttendOp::getFactors(int64_t piece) {
  KernelOpInterface op = *this;
  SizeAttr size = SizeAttr::get(getContext(), piece);
  auto isMultiple = [&](SizeAttr number) { return bool(number.divideExactly(size)); };
  for (auto [operand, role] : {std::pair(0u, DimRole::Depth), std::pair(1u, DimRole::Depth),
                               std::pair(2u, DimRole::Values)}) {
    unsigned along = op.getDims(role).front();
    AccessAttr access = op.getAccess(operand);
    if (!access.getCoefficients()[along].isOne() || !isMultiple(op.getDim(along).getSize()) ||
        !isMultiple(access.getOffset()))
      return {};
    for (auto [dim, coefficient] : llvm::enumerate(access.getCoefficients()))
      if (dim != along && !isMultiple(coefficient))
        return {};
  }
  return {0, 1, 2};
}

/// What both kernels of attention check alike: q, k, v, and score inputs from operand
/// `firstScoreInput` on. `rows` are the operands that vary as the result does.
template <class Op>
static LogicalResult verifyAttend(Op op, unsigned firstScoreInput, ArrayRef<unsigned> rows) {
  if (op.getStrict() && (op.getKeyMask() || op.getCausal()))
    return op.emitOpError("C7: strict together with hidden keys");
  if (int64_t(op.getScoreInputs()) < 0 ||
      op.getInputs().size() < firstScoreInput + op.getScoreInputs())
    return op.emitOpError() << "C2: expected " << (firstScoreInput == 3 ? "q, k, v" : "q, k, v, dy")
                            << " and " << int64_t(op.getScoreInputs()) << " score inputs";
  if (op.getKeyMask() && op.getScoreInputs() == 0)
    return op.emitOpError("C5: the key mask is the last score input, and there is none");
  if (failed(verifyKernel(op)) || failed(verifyRoles(op, {{DimRole::Batch, 0, kAny},
                                                          {DimRole::Queries, 1, 1},
                                                          {DimRole::Keys, 1, 1},
                                                          {DimRole::Depth, 1, 1},
                                                          {DimRole::Values, 1, 1}})))
    return failure();
  if (failed(verifyFactors(op, {0, 1, 2})))
    return failure();
  auto varyNot = [&](unsigned operand, ArrayRef<DimRole> roles) -> LogicalResult {
    for (DimRole role : roles)
      if (failed(verifyInvariant(op, operand, role)))
        return failure();
    return success();
  };
  if (failed(varyNot(0, {DimRole::Keys, DimRole::Values})) ||
      failed(varyNot(1, {DimRole::Queries, DimRole::Values})) ||
      failed(varyNot(2, {DimRole::Queries, DimRole::Depth})))
    return failure();
  for (unsigned operand = 3; operand < op->getNumOperands(); ++operand) {
    bool isScore =
        operand >= firstScoreInput && operand < firstScoreInput + unsigned(op.getScoreInputs());
    if (failed(varyNot(operand, {DimRole::Depth, isScore ? DimRole::Values : DimRole::Keys})))
      return failure();
  }
  KernelOpInterface kernel = op;
  for (DimRole role : {DimRole::Depth, DimRole::Values})
    if (!kernel.getDim(kernel.getDims(role).front()).getSize().isConstant())
      return op.emitOpError() << "C4: the size of '" << stringifyDimRole(role)
                              << "' must be constant";
  if (failed(verifyContiguous(op, "C4", 0, DimRole::Depth)) ||
      failed(verifyContiguous(op, "C4", 1, DimRole::Depth)) ||
      failed(verifyContiguous(op, "C4", 2, DimRole::Values)))
    return failure();
  for (unsigned operand : rows)
    if (failed(verifyContiguous(op, "C4", operand, DimRole::Values)))
      return failure();
  if (std::optional<unsigned> mask = op.getKeyMaskOperand()) {
    Type type = cast<TenonTensorType>(op->getOperand(*mask).getType()).getElementType();
    if (!type.isInteger(1))
      return op.emitOpError() << "C5: a key mask of " << type << "; expected i1";
    if (failed(verifyInvariant(op, *mask, DimRole::Queries, "C5")))
      return failure();
  }
  if (op.getScore().empty())
    return success();
  SmallVector<Type> expected = {Float32Type::get(op.getContext())};
  for (Value input : op.getScoreRegionInputs())
    expected.push_back(cast<TenonTensorType>(input.getType()).getElementType());
  auto yield = dyn_cast<YieldOp>(op.getScore().front().getTerminator());
  if (!llvm::equal(op.getScore().getArgumentTypes(), expected) || !yield ||
      yield.getValues().size() != 1 || !yield.getValues()[0].getType().isF32())
    return op.emitOpError() << "C3: the score region must take (" << expected
                            << ") and yield one f32";
  return verifyScalarRegion(op, op.getScore(), "K5");
}

LogicalResult AttendOp::verify() {
  if (failed(verifyAttend(*this, 3, {getNumOperands() - 1})) || failed(verifyStored(*this)))
    return failure();
  if (KernelOpInterface op = *this;
      getSkipsHidden() && (!getKeyMask() || !getScore().empty() || getCausal() ||
                           op.getDim(op.getDims(DimRole::Queries).front()).getSize() !=
                               op.getDim(op.getDims(DimRole::Keys).front()).getSize()))
    return emitOpError("C6: hidden queries are those of a key mask over as many keys, without "
                       "score region or 'causal'");
  return success();
}

static bool isMinusInfinity(Value value) {
  FloatAttr constant;
  return matchPattern(value, m_Constant(&constant)) && constant.getValue().isInfinity() &&
         constant.getValue().isNegative();
}

/// Whether `value` is computed from the score, argument 0.
static bool dependsOnScore(Value value, llvm::SmallPtrSetImpl<Operation *> &visited) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument.getArgNumber() == 0;
  Operation *producer = value.getDefiningOp();
  return visited.insert(producer).second &&
         llvm::any_of(producer->getOperands(),
                      [&](Value operand) { return dependsOnScore(operand, visited); });
}

SmallVector<HidingCondition> AttendOp::getHidingConditions() {
  SmallVector<HidingCondition> conditions;
  if (getScore().empty() || getStrict())
    return conditions;
  Value score = getScore().front().getTerminator()->getOperand(0);
  while (auto select = score.getDefiningOp<arith::SelectOp>()) {
    bool shows = isMinusInfinity(select.getFalseValue());
    llvm::SmallPtrSet<Operation *, 8> visited;
    if ((!shows && !isMinusInfinity(select.getTrueValue())) ||
        dependsOnScore(select.getCondition(), visited))
      break;
    conditions.push_back({select.getCondition(), shows});
    score = shows ? select.getTrueValue() : select.getFalseValue();
  }
  return conditions;
}

bool AttendOp::mayDoLess() { return getKeyMask() || getCausal() || !getHidingConditions().empty(); }

//===----------------------------------------------------------------------===//
// AttendGradientOp
//===----------------------------------------------------------------------===//

unsigned AttendGradientOp::getFirstEpilogueInput() {
  return 4 + getScoreInputs() + (getStatistics() ? 1 : 0);
}
Region &AttendGradientOp::getEpilogueRegion() { return getEpilogue(); }
unsigned AttendGradientOp::getNumOwnEpilogueArguments() { return 1; }
bool AttendGradientOp::isResultDim(unsigned) { return false; }
bool AttendGradientOp::canStore(Type, AccessAttr) { return false; }

/// Operations of so many products over depth and over values, and of so many scalar ops
/// per pair of a query and a key, beside the score region.
static SizeAttr countPairOps(KernelOpInterface op, int64_t depthProducts, int64_t valueProducts,
                             int64_t scalarOps) {
  auto product = [&](DimRole skipped) {
    return getDomainProduct(op, [=](DimAttr dim) { return dim.getRole() != skipped; });
  };
  SizeAttr pairs = getDomainProduct(op, [](DimAttr dim) {
    return dim.getRole() != DimRole::Depth && dim.getRole() != DimRole::Values;
  });
  return product(DimRole::Values)
      .mul(2 * depthProducts)
      .add(product(DimRole::Depth).mul(2 * valueProducts))
      .add(pairs.mul(scalarOps + countScalarOps(op->getRegion(0))));
}

SizeAttr AttendGradientOp::getFlops() {
  // Scale, maximum, exponential, sum, quotient, weighted sum (two), difference and product
  // count one each. With statistics the first product of either kind is computed twice,
  // for sums over keys and for those over queries.
  return getStatistics() ? countPairOps(*this, 4, 3, 12) : countPairOps(*this, 3, 2, 9);
}

/// q, k, v, dy and the destination.
static LogicalResult verifyAllF32(KernelOpInterface op) {
  for (unsigned operand : {0u, 1u, 2u, 3u, op->getNumOperands() - 1})
    if (failed(verifyF32(op, operand)))
      return failure();
  return success();
}

LogicalResult AttendGradientOp::verify() {
  if (getStatistics() && getInputs().size() != 5 + getScoreInputs())
    return emitOpError("C8: expected statistics behind the score inputs");
  if (failed(verifyAttend(*this, 4, {3})) || failed(verifyAllF32(*this)))
    return failure();
  unsigned destination = getNumOperands() - 1;
  for (DimRole role : {DimRole::Batch, DimRole::Queries, DimRole::Values})
    if (failed(verifyInvariant(*this, destination, role, "C6")))
      return failure();
  std::optional<unsigned> statistics = getStatisticsOperand();
  return success(!statistics ||
                 (succeeded(verifyF32(*this, *statistics)) &&
                  succeeded(verifyInvariant(*this, *statistics, DimRole::Values, "C8"))));
}

//===----------------------------------------------------------------------===//
// AttendStatisticsOp
//===----------------------------------------------------------------------===//

unsigned AttendStatisticsOp::getFirstEpilogueInput() { return 4 + getScoreInputs(); }
Region &AttendStatisticsOp::getEpilogueRegion() { return getEpilogue(); }
unsigned AttendStatisticsOp::getNumOwnEpilogueArguments() { return 1; }
bool AttendStatisticsOp::isResultDim(unsigned) { return false; }
bool AttendStatisticsOp::canStore(Type, AccessAttr) { return false; }

SizeAttr AttendStatisticsOp::getFlops() {
  // Scale, maximum, exponential, sum and weighted sum (two).
  return countPairOps(*this, 1, 1, 6);
}

LogicalResult AttendStatisticsOp::verify() {
  unsigned destination = getNumOperands() - 1;
  return success(succeeded(verifyAttend(*this, 4, {3})) && succeeded(verifyAllF32(*this)) &&
                 succeeded(verifyInvariant(*this, destination, DimRole::Values, "C6")));
}

} // namespace mlir::tenon::kernel
