//===- Basis.cpp - Tensors of terms as a scalar function ------------------===//

#include "Basis.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::tenon;

static TenonTensorType typeOf(Value value) { return cast<TenonTensorType>(value.getType()); }

/// True for ops that a region can compute element by element.
static bool isElementwise(Operation *op) {
  auto contract = dyn_cast<ContractOp>(op);
  bool sums = contract && contract.getLhsIndices().size() + contract.getRhsIndices().size() !=
                              contract.getResultIndices().size();
  return isa<MapOp, ConcatOp, BroadcastOp, RearrangeOp, SliceOp>(op) || (contract && !sums);
}

Basis::Basis(Location loc, ArrayRef<SizeAttr> elements, ArrayRef<Operation *> readers)
    : loc(loc), elements(elements), region(std::make_unique<Region>()),
      builder(readers.front()->getContext()) {
  region->emplaceBlock();
  builder.setInsertionPointToStart(&region->front());
  // From the readers back: an op whose users are all inside is inside.
  llvm::SmallPtrSet<Operation *, 16> known(readers.begin(), readers.end());
  Operation *last = readers.front();
  for (Operation *reader : readers)
    if (last->isBeforeInBlock(reader))
      last = reader;
  for (Operation *op = last->getPrevNode(); op; op = op->getPrevNode())
    if (!op->use_empty() && isElementwise(op) && !known.contains(op) &&
        llvm::all_of(op->getUsers(), [&](Operation *user) { return known.contains(user); })) {
      known.insert(op);
      inside.insert(op);
    }
}

LogicalResult Basis::refuse(const Twine &reason) {
  if (refusal.empty())
    refusal = reason.str();
  return failure();
}

/// Whether the tensor has an index along K.
bool Basis::varies(const TermView &view) const {
  return llvm::is_contained(view.axes, getTermAxis());
}

/// Whether it varies with nothing else.
bool Basis::isStatic(const TermView &view) const {
  return llvm::all_of(
      view.axes, [&](int64_t axis) { return axis == TermView::kUnit || axis == getTermAxis(); });
}

bool Basis::isInside(const TermView &view) const {
  Operation *op = view.value.getDefiningOp();
  if (!op)
    return false;
  return inside.contains(op) || isa<ConstantOp>(op) ||
         (isStatic(view) && (isElementwise(op) || isa<IotaOp>(op)));
}

LogicalResult Basis::addTerm(const TermView &view) {
  FailureOr<Value> term = get(view);
  if (failed(term))
    return failure();
  terms.push_back(*term);
  return success();
}

FailureOr<Value> Basis::get(const TermView &view) {
  auto &[axes, value] = known[{view.value, varies(view) ? view.term : -1}];
  if (value && axes == view.axes)
    return value;
  FailureOr<Value> computed = isInside(view) ? compute(view) : addInput(view);
  if (succeeded(computed))
    known[{view.value, varies(view) ? view.term : -1}] = {view.axes, *computed};
  return computed;
}

FailureOr<Value> Basis::compute(const TermView &view) {
  Operation *op = view.value.getDefiningOp();
  if (auto constant = dyn_cast<ConstantOp>(op))
    return arith::ConstantOp::create(builder, loc, constant.getValue()).getResult();
  if (isa<IotaOp>(op)) {
    int64_t number = varies(view) ? view.term : 0;
    return arith::ConstantOp::create(builder, loc, builder.getI64IntegerAttr(number)).getResult();
  }
  if (auto map = dyn_cast<MapOp>(op))
    return computeMap(map, view);
  if (auto product = dyn_cast<ContractOp>(op))
    return computeProduct(product, view);
  // What can't be computed here, as one head of many is not, is read.
  FailureOr<TermView> source = stepInto(op, view);
  FailureOr<Value> value = failed(source) ? FailureOr<Value>(failure()) : get(*source);
  return succeeded(value) || varies(view) ? value : addInput(view);
}

FailureOr<Value> Basis::computeMap(MapOp map, const TermView &view) {
  ArrayRef<SizeAttr> shape = map.getResult().getType().getShape();
  IRMapping mapping;
  for (auto [input, argument] : llvm::zip(map.getInputs(), map.getBody().getArguments())) {
    ArrayRef<SizeAttr> own = typeOf(input).getShape();
    TermView operand{input, {}, view.term};
    for (auto [axis, size] : llvm::enumerate(own)) {
      size_t aligned = shape.size() - own.size() + axis;
      bool isRepeated = size.isOne() && !shape[aligned].isOne();
      operand.axes.push_back(isRepeated ? TermView::kUnit : view.axes[aligned]);
    }
    FailureOr<Value> value = get(operand);
    if (failed(value))
      return failure();
    mapping.map(argument, *value);
  }
  // Numbers along K are constants here, and what is made of them is, too.
  for (Operation &op : map.getBody().front().without_terminator()) {
    Operation *clone = builder.clone(op, mapping);
    SmallVector<Value> folded;
    if (failed(builder.tryFold(clone, folded)))
      continue;
    mapping.map(op.getResults(), folded);
    clone->erase();
  }
  return mapping.lookupOrDefault(map.getBody().front().getTerminator()->getOperand(0));
}

/// A product without a sum.
FailureOr<Value> Basis::computeProduct(ContractOp product, const TermView &view) {
  Value factors[2];
  for (auto [factor, value, indices] :
       {std::tuple(&factors[0], product.getLhs(), product.getLhsIndices()),
        std::tuple(&factors[1], product.getRhs(), product.getRhsIndices())}) {
    TermView operand{value, {}, view.term};
    for (int64_t index : indices)
      operand.axes.push_back(view.axes[llvm::find(product.getResultIndices(), index) -
                                       product.getResultIndices().begin()]);
    FailureOr<Value> computed = get(operand);
    if (failed(computed))
      return failure();
    *factor = *computed;
  }
  return builder.createOrFold<arith::MulFOp>(loc, factors[0], factors[1]);
}

/// Where an op that only moves elements takes those of `view` from.
FailureOr<TermView> Basis::stepInto(Operation *op, const TermView &view) {
  TermView source{op->getOperand(0), {}, view.term};
  auto isTerm = [&](size_t axis) { return view.axes[axis] == getTermAxis(); };
  if (auto concat = dyn_cast<ConcatOp>(op)) {
    if (!isTerm(concat.getAxis()))
      return refuse("elements are put together along another axis than that of the terms");
    int64_t first = 0;
    for (Value piece : concat.getInputs()) {
      std::optional<int64_t> size = typeOf(piece).getDim(concat.getAxis()).getConstant();
      if (!size)
        return refuse("the number of terms is not constant");
      if (view.term < first + *size) {
        source = {piece, view.axes, view.term - first};
        if (*size == 1)
          source.axes[concat.getAxis()] = TermView::kUnit;
        return source;
      }
      first += *size;
    }
    return refuse("the number of terms is not constant");
  }
  ArrayRef<SizeAttr> from = typeOf(op->getOperand(0)).getShape(),
                     to = typeOf(op->getResult(0)).getShape();
  if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
    for (auto [size, axis] : llvm::zip(from, broadcast.getAxes()))
      source.axes.push_back(size.isOne() && !to[axis].isOne() ? TermView::kUnit : view.axes[axis]);
    return source;
  }
  if (auto slice = dyn_cast<SliceOp>(op)) {
    source.axes = view.axes;
    for (size_t axis = 0; axis < to.size(); ++axis) {
      auto start = cast<SizeAttr>(slice.getStarts()[axis]);
      int64_t step = slice.getSteps()[axis];
      if (from[axis] == to[axis] && start.isZero() && step == 1)
        continue;
      bool isUnit = view.axes[axis] == TermView::kUnit;
      if (!start.isConstant() || !(isTerm(axis) || isUnit) || varies(view) == isUnit)
        return refuse("a part of the elements is taken");
      source.term = *start.getConstant() + (isUnit ? 0 : view.term * step);
      source.axes[axis] = getTermAxis();
    }
    return source;
  }
  auto rearrange = cast<RearrangeOp>(op);
  // Each axis may hold one factor that is not 1.
  SmallVector<int64_t> axisOf(rearrange.getFactors().size(), TermView::kUnit);
  size_t place = 0;
  for (auto [axis, count] : llvm::enumerate(rearrange.getResultGroups()))
    for (int64_t i = 0, used = 0; i < count; ++i, ++place) {
      int64_t factor = rearrange.getPermutation()[place];
      if (cast<SizeAttr>(rearrange.getFactors()[factor]).isOne())
        continue;
      if (used++)
        return refuse("axes are merged");
      axisOf[factor] = view.axes[axis];
    }
  place = 0;
  for (int64_t count : rearrange.getInputGroups()) {
    int64_t axis = TermView::kUnit;
    for (int64_t i = 0, used = 0; i < count; ++i, ++place) {
      if (cast<SizeAttr>(rearrange.getFactors()[place]).isOne())
        continue;
      if (used++)
        return refuse("axes are merged");
      axis = axisOf[place];
    }
    source.axes.push_back(axis);
  }
  return source;
}

FailureOr<Value> Basis::addInput(const TermView &view) {
  Type type = typeOf(view.value).getElementType();
  if (!type.isF32())
    return refuse("it is made of values that are not f32");
  if (varies(view) &&
      llvm::any_of(view.axes, [&](int64_t axis) { return axis >= 0 && axis + 1 < getTermAxis(); }))
    return refuse("terms that are computed elsewhere differ from row to row");
  SmallVector<int64_t> axes;
  for (int64_t axis : view.axes)
    if (axis != TermView::kUnit && axis != getTermAxis())
      axes.push_back(axis);
  if (!llvm::is_sorted(axes))
    return refuse("axes are in another order");
  Value argument = region->addArgument(type, loc);
  inputs.push_back({view, argument});
  return argument;
}

/// The tensor of one index along K, with the axes of [.., I]: size 1 where it lacks one.
static Value align(OpBuilder &builder, Location loc, const TermView &view, int64_t termAxis) {
  MLIRContext *context = builder.getContext();
  SizeAttr one = SizeAttr::get(context, 1);
  TenonTensorType type = typeOf(view.value);
  Value value = view.value;
  SmallVector<SizeAttr> shape(type.getShape());
  if (const auto *term = llvm::find(view.axes, termAxis); term != view.axes.end()) {
    SmallVector<Attribute> starts(shape.size(), SizeAttr::get(context, 0));
    size_t axis = term - view.axes.begin();
    starts[axis] = SizeAttr::get(context, view.term);
    shape[axis] = one;
    value = SliceOp::create(builder, loc, type.withShape(shape), value,
                            builder.getArrayAttr(starts), SmallVector<int64_t>(shape.size(), 1));
  }
  // Axes of size 1 go into the first result axis.
  SmallVector<int64_t> permutation, resultGroups;
  SmallVector<SizeAttr> aligned;
  int64_t first = termAxis - 1;
  for (auto [number, axis] : llvm::enumerate(view.axes)) {
    if (axis == TermView::kUnit || axis == termAxis)
      permutation.push_back(number);
    else
      first = std::min(first, axis);
  }
  int64_t numUnits = permutation.size();
  for (int64_t axis = first; axis < termAxis; ++axis) {
    const auto *own = llvm::find(view.axes, axis);
    bool isThere = own != view.axes.end();
    if (isThere)
      permutation.push_back(own - view.axes.begin());
    resultGroups.push_back(isThere ? 1 : 0);
    aligned.push_back(isThere ? shape[own - view.axes.begin()] : one);
  }
  resultGroups.front() += numUnits;
  SmallVector<Attribute> factors(shape.begin(), shape.end());
  return RearrangeOp::create(builder, loc, type.withShape(aligned), value,
                             builder.getArrayAttr(factors), SmallVector<int64_t>(shape.size(), 1),
                             permutation, resultGroups);
}

KanOp Basis::build(OpBuilder &outer, TenonTensorType type, Value coefficients) {
  SmallVector<Value> operands;
  for (const Input &input : inputs)
    operands.push_back(align(outer, loc, input.view, getTermAxis()));
  auto kan = KanOp::create(outer, loc, type, coefficients, operands);
  YieldOp::create(builder, loc, terms);
  kan.getBasis().takeBody(*region);
  return kan;
}

void Basis::eraseDead() {
  for (Operation *op : inside)
    if (op->use_empty())
      op->erase();
}
