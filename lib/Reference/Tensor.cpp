//===- Tensor.cpp - Reading, constants, map, reduce, contract -------------===//

#include "Models.h"
#include "ScalarRuleSets.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// The parameter's value.
struct ReadModel : ReferenceOpInterface::ExternalModel<ReadModel, ReadOp> {
  LogicalResult evaluate(Operation *op, Operands, Results results, EvalContext &context) const {
    StringRef name = cast<ReadOp>(op).getParam();
    const HostTensor *value = context.getParameter(name);
    if (!value)
      return op->emitError() << "parameter '" << name << "' has no value";
    if (value->getElementType() != results[0].getElementType() ||
        value->getShape() != results[0].getShape()) {
      auto diagnostic = op->emitError() << "parameter '" << name << "' is [" << value->getShape()
                                        << "] " << value->getElementType();
      return diagnostic << "; expected [" << results[0].getShape() << "] "
                        << results[0].getElementType();
    }
    results[0] = *value;
    return success();
  }
};

/// result[i] = value
struct ConstantModel : ReferenceOpInterface::ExternalModel<ConstantModel, ConstantOp> {
  LogicalResult evaluate(Operation *op, Operands, Results results, EvalContext &) const {
    llvm::fill(results[0].data(), attributeScalar(cast<ConstantOp>(op).getValue()));
    return success();
  }
};

/// result[i] = i
struct IotaModel : ReferenceOpInterface::ExternalModel<IotaModel, IotaOp> {
  LogicalResult evaluate(Operation *, Operands, Results results, EvalContext &) const {
    for (auto [i, element] : llvm::enumerate(results[0].data()))
      element = integerScalar(static_cast<int64_t>(i));
    return success();
  }
};

/// result[i] = x[i]
struct StopGradientModel : ReferenceOpInterface::ExternalModel<StopGradientModel, StopGradientOp> {
  LogicalResult evaluate(Operation *, Operands operands, Results results, EvalContext &) const {
    llvm::copy(operands[0]->data(), results[0].data().begin());
    return success();
  }
};

/// result[i] = f(x1[i], ..., xn[i]), operands repeated to the result's shape.
struct MapModel : ReferenceOpInterface::ExternalModel<MapModel, MapOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results,
                         EvalContext &context) const {
    FailureOr<ScalarRegion> f = ScalarRegion::build(cast<MapOp>(op).getBody(), context);
    if (failed(f))
      return failure();
    ArrayRef<int64_t> shape = results[0].getShape();
    SmallVector<SmallVector<int64_t>> strides = {results[0].getStrides()};
    for (const HostTensor *operand : operands)
      strides.push_back(broadcastStrides(operand->getShape(), shape));
    SmallVector<Scalar> arguments(operands.size());
    return forEachIndex(shape, strides, [&](ArrayRef<int64_t> offsets) -> LogicalResult {
      for (auto [argument, operand, offset] : llvm::zip(arguments, operands, offsets.drop_front()))
        argument = (*operand)[offset];
      FailureOr<Scalar> value = f->evaluate(arguments);
      if (failed(value))
        return failure();
      results[0][offsets[0]] = *value;
      return success();
    });
  }
};

/// The larger (sign 1) or smaller (sign -1) value; NaN wins.
double extreme(double sign, double a, double b) {
  if (std::isnan(a) || std::isnan(b))
    return std::numeric_limits<double>::quiet_NaN();
  return sign * a > sign * b ? a : b;
}

double combine(ReduceKind kind, double a, double b) {
  switch (kind) {
  case ReduceKind::Sum:
  case ReduceKind::Mean:
    return a + b;
  case ReduceKind::Prod:
    return a * b;
  case ReduceKind::Max:
    return extreme(1, a, b);
  case ReduceKind::Min:
    return extreme(-1, a, b);
  }
  llvm_unreachable("all kinds are listed");
}

int64_t combine(ReduceKind kind, int64_t a, int64_t b) {
  switch (kind) {
  case ReduceKind::Sum:
  case ReduceKind::Mean:
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  case ReduceKind::Prod:
    return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  case ReduceKind::Max:
    return std::max(a, b);
  case ReduceKind::Min:
    return std::min(a, b);
  }
  llvm_unreachable("all kinds are listed");
}

/// The result of combining nothing.
Scalar neutral(ReduceKind kind, Type type) {
  bool isFloat = isa<FloatType>(type);
  if (kind == ReduceKind::Sum || kind == ReduceKind::Mean)
    return isFloat ? realScalar(0) : integerScalar(0);
  if (kind == ReduceKind::Prod)
    return isFloat ? realScalar(1) : integerScalar(1);
  double infinity = std::numeric_limits<double>::infinity();
  bool isMax = kind == ReduceKind::Max;
  if (isFloat)
    return realScalar(isMax ? -infinity : infinity);
  // Booleans are 0 and 1.
  unsigned width = type.getIntOrFloatBitWidth();
  int64_t low = width == 1 ? 0 : llvm::minIntN(width);
  int64_t high = width == 1 ? 1 : llvm::maxIntN(width);
  return integerScalar(isMax ? low : high);
}

/// result[kept] = combination of x over the reduced axes, in index order.
struct ReduceModel : ReferenceOpInterface::ExternalModel<ReduceModel, ReduceOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results, EvalContext &) const {
    auto reduce = cast<ReduceOp>(op);
    ReduceKind kind = reduce.getKind();
    const HostTensor &x = *operands[0];
    HostTensor &result = results[0];
    Type type = x.getElementType();
    llvm::fill(result.data(), neutral(kind, type));

    // The result read along x's axes: reduced ones are not stepped over.
    SmallVector<int64_t> own = result.getStrides(), strides;
    int64_t count = 1;
    for (int64_t axis = 0, kept = 0; axis < x.getRank(); ++axis) {
      bool isReduced = llvm::is_contained(reduce.getAxes(), axis);
      strides.push_back(isReduced ? 0 : own[kept++]);
      if (isReduced)
        count *= x.getShape()[axis];
    }
    (void)forEachIndex(x.getShape(), {x.getStrides(), strides}, [&](ArrayRef<int64_t> at) {
      Scalar &total = result[at[1]];
      if (x.isFloat())
        total = realScalar(combine(kind, total.real, x.real(at[0])));
      else
        total = integerScalar(wrapInteger(combine(kind, total.integer, x.integer(at[0])), type));
      return success();
    });
    if (kind == ReduceKind::Mean)
      for (Scalar &value : result.data())
        value.real /= static_cast<double>(count);
    return success();
  }
};

/// result[kept, k] = sum of f_k(x1[i1], ..., xn[in]) over the listed axes, in index order.
struct SumsModel : ReferenceOpInterface::ExternalModel<SumsModel, SumsOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results,
                         EvalContext &context) const {
    auto sums = cast<SumsOp>(op);
    FailureOr<ScalarRegion> f = ScalarRegion::build(sums.getBody(), context);
    if (failed(f))
      return failure();
    ArrayRef<int64_t> shape = operands[0]->getShape();
    SmallVector<int64_t> own = results[0].getStrides();
    SmallVector<SmallVector<int64_t>> strides(1);
    int64_t kept = 0;
    for (int64_t axis = 0; axis < operands[0]->getRank(); ++axis)
      strides[0].push_back(llvm::is_contained(sums.getAxes(), axis) ? 0 : own[kept++]);
    for (const HostTensor *operand : operands)
      strides.push_back(broadcastStrides(operand->getShape(), shape));
    SmallVector<Scalar> arguments(operands.size()), values(results[0].getShape().back());
    return forEachIndex(shape, strides, [&](ArrayRef<int64_t> offsets) -> LogicalResult {
      for (auto [argument, operand, offset] : llvm::zip(arguments, operands, offsets.drop_front()))
        argument = (*operand)[offset];
      if (failed(f->evaluate(arguments, values)))
        return failure();
      for (auto [k, value] : llvm::enumerate(values))
        results[0][offsets[0] + int64_t(k)].real += value.real;
      return success();
    });
  }
};

/// The strides of a tensor with one of `indices` per axis, along the indices
/// `order`.
SmallVector<int64_t> stridesAlong(ArrayRef<int64_t> order, ArrayRef<int64_t> indices,
                                  const HostTensor &tensor) {
  SmallVector<int64_t> own = tensor.getStrides(), strides(order.size(), 0);
  for (auto [index, stride] : llvm::zip(indices, own))
    for (auto [position, wanted] : llvm::enumerate(order))
      if (wanted == index)
        strides[position] = stride;
  return strides;
}

/// result[out] = sum of lhs * rhs over the indices not in out, ascending.
struct ContractModel : ReferenceOpInterface::ExternalModel<ContractModel, ContractOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results, EvalContext &) const {
    auto contract = cast<ContractOp>(op);
    const HostTensor &lhs = *operands[0], &rhs = *operands[1];
    ArrayRef<int64_t> out = contract.getResultIndices();
    ArrayRef<int64_t> ofLhs = contract.getLhsIndices();
    ArrayRef<int64_t> ofRhs = contract.getRhsIndices();

    // The summed indices: the innermost one is a line, the others are visited.
    SmallVector<int64_t> summed, shape;
    for (auto [index, size] : llvm::zip(ofLhs, lhs.getShape()))
      if (!llvm::is_contained(out, index)) {
        summed.push_back(index);
        shape.push_back(size);
      }
    SmallVector<int64_t> l = stridesAlong(summed, ofLhs, lhs);
    SmallVector<int64_t> r = stridesAlong(summed, ofRhs, rhs);
    int64_t count = summed.empty() ? 1 : shape.pop_back_val();
    int64_t lStep = summed.empty() ? 0 : l.pop_back_val();
    int64_t rStep = summed.empty() ? 0 : r.pop_back_val();

    return forEachIndex(
        results[0].getShape(),
        {results[0].getStrides(), stridesAlong(out, ofLhs, lhs), stridesAlong(out, ofRhs, rhs)},
        [&](ArrayRef<int64_t> at) {
          double sum = 0;
          (void)forEachIndex(shape, {l, r}, [&](ArrayRef<int64_t> line) {
            sum += dot({&lhs, at[1] + line[0], lStep}, {&rhs, at[2] + line[1], rStep}, count);
            return success();
          });
          results[0][at[0]] = realScalar(sum);
          return success();
        });
  }
};

/// The step of `tenon.extent`: a size, as a scalar of the result's type.
FailureOr<ScalarStep> extent(Operation *op, const EvalContext &context) {
  FailureOr<int64_t> size = context.evaluate(op, cast<ExtentOp>(op).getSize());
  if (failed(size))
    return failure();
  Type type = op->getResult(0).getType();
  Scalar value = isa<FloatType>(type) ? realScalar(static_cast<double>(*size))
                                      : integerScalar(wrapInteger(*size, type));
  return ScalarStep([value](ArrayRef<Scalar>, Scalar &result) {
    result = value;
    return success();
  });
}

} // namespace

void mlir::tenon::addTenonScalarRules(ScalarRules &rules) {
  rules.add(ExtentOp::getOperationName(), extent);
}

void mlir::tenon::attachTensorModels(MLIRContext &context) {
  ReadOp::attachInterface<ReadModel>(context);
  ConstantOp::attachInterface<ConstantModel>(context);
  IotaOp::attachInterface<IotaModel>(context);
  MapOp::attachInterface<MapModel>(context);
  StopGradientOp::attachInterface<StopGradientModel>(context);
  ReduceOp::attachInterface<ReduceModel>(context);
  SumsOp::attachInterface<SumsModel>(context);
  ContractOp::attachInterface<ContractModel>(context);
}
