//===- AttentionLowering.cpp - Attention and softmax ----------------------===//

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"
#include "tenon/Conversion/TenonToKernel/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::tenon;
using kernel::AccessAttr;
using kernel::DimRole;

namespace {

/// The dimensions of an attention kernel.
struct AttentionDims {
  SmallVector<int64_t> batch; // leading axes
  int64_t group, member;      // head = group * members + member; member -1 without sharing
  int64_t query, key, depth, value;
  SizeAttr members;
};

struct AttentionLowering
    : public KernelLoweringOpInterface::ExternalModel<AttentionLowering, AttentionOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const;
};

/// One kernel writes the three derivatives into one buffer.
struct AttentionGradientLowering
    : public KernelLoweringOpInterface::ExternalModel<AttentionGradientLowering,
                                                      AttentionGradientOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const;
};

/// exp(x - max) / sum exp(x - max) along the row.
struct SoftmaxLowering
    : public KernelLoweringOpInterface::ExternalModel<SoftmaxLowering, SoftmaxOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const {
    auto softmax = cast<SoftmaxOp>(op);
    TenonTensorType type = softmax.getInput().getType();
    DomainBuilder domain = lowering.createDomain();
    SmallVector<int64_t> dims;
    for (auto [axis, size] : llvm::enumerate(type.getShape()))
      dims.push_back(domain.add(
          int64_t(axis) == int64_t(softmax.getAxis()) ? DimRole::Sum : DimRole::Rows, size));
    View view = lowering.getView(softmax.getInput());
    Value destination = lowering.createEmpty(op->getLoc(), type);
    Value result = lowering.createRows(
        op->getLoc(), domain, view.buffer, domain.access(view, dims), destination,
        domain.access(lowering.getView(destination), dims),
        [](OpBuilder &builder, Location loc, ValueRange arguments) -> Value {
          Value x = arguments[0];
          Value max = kernel::ReduceOp::create(builder, loc, kernel::ReduceKind::Max, x);
          Value shifted = arith::SubFOp::create(builder, loc, x, max);
          Value weight = math::ExpOp::create(builder, loc, shifted);
          Value sum = kernel::ReduceOp::create(builder, loc, kernel::ReduceKind::Sum, weight);
          Value one = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(1.0f));
          return arith::MulFOp::create(builder, loc, weight,
                                       arith::DivFOp::create(builder, loc, one, sum));
        });
    lowering.setBuffer(softmax.getResult(), result);
    return success();
  }
};

} // namespace

/// Adds the attention's dimensions. Heads that share keys are split in two, so
/// that every access stays linear.
template <class Op> static AttentionDims addDims(Op op, DomainBuilder &domain) {
  TenonTensorType query = op.getQuery().getType(), key = op.getKey().getType();
  int64_t rank = query.getRank();
  AttentionDims dims;
  for (SizeAttr size : query.getShape().drop_back(3))
    dims.batch.push_back(domain.add(DimRole::Batch, size));
  SizeAttr heads = query.getDim(rank - 3), groups = key.getDim(rank - 3);
  dims.members = heads == groups ? SizeAttr::get(op.getContext(), 1) : heads.divideExactly(groups);
  dims.group = domain.add(DimRole::Batch, groups);
  dims.member = dims.members.isOne() ? -1 : int64_t(domain.add(DimRole::Batch, dims.members));
  dims.query = domain.add(DimRole::Queries, query.getDim(rank - 2));
  dims.key = domain.add(DimRole::Keys, key.getDim(rank - 2));
  dims.depth = domain.add(DimRole::Depth, query.getDim(rank - 1));
  dims.value = domain.add(DimRole::Values, op.getValue().getType().getDim(rank - 1));
  return dims;
}

/// The access of a tensor [.., heads, row, column]; an axis of size 1 that is
/// repeated has no dimension.
static AccessAttr headAccess(const View &view, TenonTensorType type, const AttentionDims &dims,
                             const DomainBuilder &domain, bool isKey, int64_t row, int64_t column) {
  // Aligned at the last axes, as captures may have fewer.
  SmallVector<int64_t> axes(dims.batch);
  axes.append({dims.group, row, column});
  SmallVector<std::pair<unsigned, SizeAttr>> coefficients;
  int64_t skipped = int64_t(axes.size()) - type.getRank();
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    int64_t dim = axes[axis + skipped];
    if (type.getDim(axis).isOne())
      continue;
    SizeAttr stride = view.strides[axis];
    if (dim == dims.group && dims.member >= 0 && !isKey) {
      coefficients.emplace_back(dims.group, stride.mul(dims.members));
      coefficients.emplace_back(dims.member, stride);
    } else {
      coefficients.emplace_back(dim, stride);
    }
  }
  return domain.access(view.offset, coefficients);
}

/// sum over (dimension, weight) of weight * position(dimension), as an index.
static Value buildPosition(OpBuilder &builder, Location loc,
                           ArrayRef<std::pair<int64_t, SizeAttr>> terms) {
  Value sum;
  for (auto [dim, weight] : terms) {
    Value term = kernel::PositionOp::create(builder, loc, builder.getIndexType(), dim);
    if (!weight.isOne())
      term = arith::MulIOp::create(builder, loc, term,
                                   ExtentOp::create(builder, loc, builder.getIndexType(), weight));
    sum = sum ? arith::AddIOp::create(builder, loc, sum, term).getResult() : term;
  }
  return sum ? sum : arith::ConstantIndexOp::create(builder, loc, 0).getResult();
}

/// The score region of the kernel: the op's own.
template <class Op>
static void buildScore(Op op, const AttentionDims &dims, const DomainBuilder &domain,
                       Region &region, OpBuilder &builder) {
  OpBuilder::InsertionGuard guard(builder);
  Location loc = op.getLoc();
  Block *block = builder.createBlock(&region);
  Value score = block->addArgument(builder.getF32Type(), loc);
  for (Value capture : op.getCaptures())
    block->addArgument(cast<TenonTensorType>(capture.getType()).getElementType(), loc);
  SmallVector<std::pair<int64_t, SizeAttr>> batch, head = {{dims.group, dims.members}};
  SizeAttr weight = SizeAttr::get(op.getContext(), 1);
  for (int64_t dim : llvm::reverse(dims.batch)) {
    batch.emplace_back(dim, weight);
    weight = weight.mul(domain.getSize(dim));
  }
  if (dims.member >= 0)
    head.emplace_back(dims.member, SizeAttr::get(op.getContext(), 1));
  SizeAttr one = SizeAttr::get(op.getContext(), 1);
  SmallVector<Value> arguments = {score, buildPosition(builder, loc, batch),
                                  buildPosition(builder, loc, head),
                                  buildPosition(builder, loc, {{dims.query, one}}),
                                  buildPosition(builder, loc, {{dims.key, one}})};
  llvm::append_range(arguments, block->getArguments().drop_front());
  YieldOp::create(builder, loc, inlineScalarRegion(builder, op.getScore(), arguments));
}

namespace {
/// Inputs of a kernel with their accesses.
struct KernelInputs {
  SmallVector<Value> buffers;
  SmallVector<Attribute> accesses;
  void add(const View &view, AccessAttr access) {
    buffers.push_back(view.buffer);
    accesses.push_back(access);
  }
};
} // namespace

/// Fails when a kernel of attention cannot have the domain.
template <class Op>
static LogicalResult checkHeadSizes(Op op, const AttentionDims &dims, const DomainBuilder &domain) {
  for (int64_t dim : {dims.depth, dims.value})
    if (!domain.getSize(dim).isConstant())
      return op.emitOpError() << "cannot be lowered: head size " << domain.getSize(dim).toString()
                              << " is not constant";
  return success();
}

/// q, k, v, and `rows`, which are laid out as the result.
template <class Op>
static void addHeads(Op op, const AttentionDims &dims, const DomainBuilder &domain,
                     ArrayRef<TypedValue<TenonTensorType>> rows, KernelLowering &lowering,
                     KernelInputs &inputs) {
  auto add = [&](TypedValue<TenonTensorType> value, bool isKey, int64_t row, int64_t column) {
    View view = lowering.getUnitStrideView(value, value.getType().getRank() - 1);
    inputs.add(view, headAccess(view, value.getType(), dims, domain, isKey, row, column));
  };
  add(op.getQuery(), false, dims.query, dims.depth);
  add(op.getKey(), true, dims.key, dims.depth);
  add(op.getValue(), true, dims.key, dims.value);
  for (TypedValue<TenonTensorType> value : rows)
    add(value, false, dims.query, dims.value);
}

/// The captures, then the key mask; returns how many.
template <class Op>
static int64_t addScoreInputs(Op op, const AttentionDims &dims, const DomainBuilder &domain,
                              KernelLowering &lowering, KernelInputs &inputs) {
  size_t before = inputs.buffers.size();
  for (Value capture : op.getCaptures()) {
    View view = lowering.getView(capture);
    inputs.add(view, headAccess(view, cast<TenonTensorType>(capture.getType()), dims, domain, false,
                                dims.query, dims.key));
  }
  if (TypedValue<TenonTensorType> mask = op.getKeyMask()) {
    View view = lowering.getView(mask);
    SmallVector<int64_t> axes(dims.batch);
    axes.push_back(dims.key);
    inputs.add(view, domain.access(view, axes));
  }
  return int64_t(inputs.buffers.size() - before);
}

LogicalResult AttentionLowering::lowerToKernel(Operation *op, KernelLowering &lowering) const {
  auto attention = cast<AttentionOp>(op);
  Location loc = op->getLoc();
  OpBuilder &builder = lowering.builder;
  DomainBuilder domain = lowering.createDomain();
  AttentionDims dims = addDims(attention, domain);
  if (failed(checkHeadSizes(attention, dims, domain)))
    return failure();
  KernelInputs inputs;
  addHeads(attention, dims, domain, {}, lowering, inputs);
  int64_t scoreInputs = addScoreInputs(attention, dims, domain, lowering, inputs);

  Value destination = lowering.createEmpty(loc, attention.getResult().getType());
  inputs.accesses.push_back(headAccess(lowering.getView(destination),
                                       attention.getResult().getType(), dims, domain, false,
                                       dims.query, dims.value));
  auto attend = kernel::AttendOp::create(
      builder, loc, destination.getType(), inputs.buffers, destination, domain.getDomain(),
      builder.getArrayAttr(inputs.accesses), attention.getScaleAttr(), attention.getCausalAttr(),
      builder.getI64IntegerAttr(scoreInputs),
      attention.getKeyMask() ? builder.getUnitAttr() : UnitAttr(), UnitAttr(),
      attention.getStrictAttr());
  if (!attention.getScore().empty())
    buildScore(attention, dims, domain, attend.getScore(), builder);
  buildIdentityRegion(builder, attend.getEpilogue(), builder.getF32Type(), loc);
  lowering.setBuffer(attention.getResult(), attend.getResult());
  return success();
}

LogicalResult AttentionGradientLowering::lowerToKernel(Operation *op,
                                                       KernelLowering &lowering) const {
  auto attention = cast<AttentionGradientOp>(op);
  Location loc = op->getLoc();
  OpBuilder &builder = lowering.builder;
  MLIRContext *context = op->getContext();
  DomainBuilder domain = lowering.createDomain();
  AttentionDims dims = addDims(attention, domain);
  if (failed(checkHeadSizes(attention, dims, domain)))
    return failure();
  KernelInputs inputs;
  addHeads(attention, dims, domain, {attention.getGradient()}, lowering, inputs);
  int64_t scoreInputs = addScoreInputs(attention, dims, domain, lowering, inputs);

  SizeAttr end = SizeAttr::get(context, 0);
  for (Value result : attention.getResults())
    end = end.add(cast<TenonTensorType>(result.getType()).getNumElements());
  TenonTensorType query = attention.getQuery().getType();
  Value destination = lowering.createEmpty(loc, query.withShape({end}));
  inputs.accesses.push_back(domain.access(SizeAttr::get(context, 0), {}));
  auto attend = kernel::AttendGradientOp::create(
      builder, loc, destination.getType(), inputs.buffers, destination, domain.getDomain(),
      builder.getArrayAttr(inputs.accesses), attention.getScaleAttr(), attention.getCausalAttr(),
      builder.getI64IntegerAttr(scoreInputs),
      attention.getKeyMask() ? builder.getUnitAttr() : UnitAttr(), attention.getStrictAttr(),
      UnitAttr());
  if (!attention.getScore().empty())
    buildScore(attention, dims, domain, attend.getScore(), builder);
  buildIdentityRegion(builder, attend.getEpilogue(), builder.getF32Type(), loc);
  SizeAttr start = SizeAttr::get(context, 0);
  for (Value result : attention.getResults()) {
    auto type = cast<TenonTensorType>(result.getType());
    lowering.setView(result,
                     {attend.getResult(), start, getContiguousStrides(type.getShape(), context)});
    start = start.add(type.getNumElements());
  }
  return success();
}

void mlir::tenon::registerAttentionLowerings(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TenonDialect *) {
    AttentionOp::attachInterface<AttentionLowering>(*context);
    AttentionGradientOp::attachInterface<AttentionGradientLowering>(*context);
    SoftmaxOp::attachInterface<SoftmaxLowering>(*context);
  });
}
