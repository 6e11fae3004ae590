//===- TensorBuilder.cpp - Tensor ops as formulas write them --------------===//

#include "TensorBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::tenon;

SmallVector<int64_t> mlir::tenon::axesBut(int64_t count, ArrayRef<int64_t> left) {
  SmallVector<int64_t> axes;
  for (int64_t axis = 0; axis < count; ++axis)
    if (!llvm::is_contained(left, axis))
      axes.push_back(axis);
  return axes;
}

Value TensorBuilder::map(TenonTensorType type, ValueRange inputs, Body body) {
  auto map = MapOp::create(builder, loc, type, inputs, body);
  Block &block = map.getBody().front();
  // What a rule did not need would keep its operands alive, and in memory.
  for (Operation *op = block.getTerminator()->getPrevNode(); op;) {
    Operation *before = op->getPrevNode();
    if (op->use_empty())
      op->erase();
    op = before;
  }
  for (unsigned index = inputs.size(); index-- > 0;)
    if (block.getArgument(index).use_empty()) {
      block.eraseArgument(index);
      map.getInputsMutable().erase(index);
    }
  return map;
}

FailureOr<Value>
TensorBuilder::mapOrZero(TenonTensorType type, ValueRange inputs,
                         function_ref<FailureOr<Value>(OpBuilder &, Location, ValueRange)> body) {
  FailureOr<Value> scalar = failure();
  Value built = map(type, inputs, [&](OpBuilder &inner, Location at, ValueRange values) {
    scalar = body(inner, at, values);
    if (succeeded(scalar) && *scalar)
      return *scalar;
    Attribute none = inner.getFloatAttr(type.getElementType(), 0);
    return arith::ConstantOp::create(inner, at, cast<TypedAttr>(none)).getResult();
  });
  if (failed(scalar))
    return failure();
  if (*scalar)
    return built;
  built.getDefiningOp()->erase();
  return Value();
}

Value TensorBuilder::sums(
    ArrayRef<int64_t> axes, ValueRange inputs,
    function_ref<SmallVector<Value>(OpBuilder &, Location, ValueRange)> body) {
  OperationState state(loc, SumsOp::getOperationName());
  state.addOperands(inputs);
  state.addAttribute("axes", builder.getDenseI64ArrayAttr(axes));
  TenonTensorType first = typeOf(inputs[0]);
  SmallVector<SizeAttr> shape;
  for (int64_t axis : axesBut(first.getRank(), axes))
    shape.push_back(first.getDim(axis));
  {
    OpBuilder::InsertionGuard guard(builder);
    Block *block = builder.createBlock(state.addRegion());
    for (Value input : inputs)
      block->addArgument(typeOf(input).getElementType(), loc);
    SmallVector<Value> terms = body(builder, loc, block->getArguments());
    YieldOp::create(builder, loc, terms);
    shape.push_back(size(int64_t(terms.size())));
  }
  state.addTypes(TenonTensorType::get(ArrayRef<SizeAttr>(shape), builder.getF32Type()));
  return builder.create(state)->getResult(0);
}

Value TensorBuilder::multiply(Value a, Value b) {
  return map(typeOf(a), {a, b}, [](OpBuilder &inner, Location at, ValueRange x) -> Value {
    return arith::MulFOp::create(inner, at, x[0], x[1]);
  });
}

Value TensorBuilder::add(ValueRange values) {
  if (values.size() == 1)
    return values[0];
  if (Value joined = join(values))
    return joined;
  return map(typeOf(values[0]), values, [](OpBuilder &inner, Location at, ValueRange x) {
    Value sum = x[0];
    for (Value value : x.drop_front())
      sum = arith::AddFOp::create(inner, at, sum, value);
    return sum;
  });
}

namespace {
/// What `pad` put among zeros, and where along the axis.
struct PaddedPart {
  Value value;
  int64_t axis, begin, end;
};
} // namespace

static std::optional<PaddedPart> matchPadded(Value value) {
  auto concat = value.getDefiningOp<ConcatOp>();
  if (!concat)
    return std::nullopt;
  int64_t axis = concat.getAxis(), start = 0;
  std::optional<PaddedPart> part;
  for (Value input : concat.getInputs()) {
    std::optional<int64_t> size = typeOf(input).getDim(axis).getConstant();
    if (!size)
      return std::nullopt;
    auto zeros = input.getDefiningOp<ConstantOp>();
    auto number = zeros ? dyn_cast<FloatAttr>(zeros.getValue()) : FloatAttr();
    if (!number || !number.getValue().isZero()) {
      if (part)
        return std::nullopt;
      part = {input, axis, start, start + *size};
    }
    start += *size;
  }
  return part;
}

/// Null when they are not such parts, or overlap.
Value TensorBuilder::join(ValueRange padded) {
  SmallVector<PaddedPart> parts;
  for (Value value : padded) {
    std::optional<PaddedPart> part = matchPadded(value);
    if (!part || part->axis != (parts.empty() ? part->axis : parts.front().axis))
      return {};
    parts.push_back(*part);
  }
  llvm::sort(parts, [](const PaddedPart &a, const PaddedPart &b) { return a.begin < b.begin; });
  TenonTensorType type = typeOf(padded[0]);
  int64_t axis = parts.front().axis, end = 0;
  SmallVector<Value> values;
  auto addZeros = [&](int64_t count) {
    SmallVector<SizeAttr> shape(type.getShape());
    shape[axis] = size(count);
    if (count > 0)
      values.push_back(fill(type.withShape(shape), 0));
  };
  for (const PaddedPart &part : parts) {
    if (part.begin < end)
      return {};
    addZeros(part.begin - end);
    values.push_back(part.value);
    end = part.end;
  }
  addZeros(*type.getDim(axis).getConstant() - end);
  return ConcatOp::create(builder, loc, type, values, axis);
}

Value TensorBuilder::areEqual(Value a, Value b, Type elementType) {
  return map(typeOf(a).withElementType(elementType), {a, b},
             [&](OpBuilder &inner, Location at, ValueRange x) -> Value {
               Value isEqual;
               if (isa<FloatType>(x[0].getType()))
                 isEqual = arith::CmpFOp::create(inner, at, arith::CmpFPredicate::OEQ, x[0], x[1]);
               else
                 isEqual = arith::CmpIOp::create(inner, at, arith::CmpIPredicate::eq, x[0], x[1]);
               return arith::UIToFPOp::create(inner, at, elementType, isEqual);
             });
}

Value TensorBuilder::fill(TenonTensorType type, double number) {
  return ConstantOp::create(builder, loc, type,
                            builder.getFloatAttr(type.getElementType(), number));
}

Value TensorBuilder::reduce(ReduceKind kind, Value value, ArrayRef<int64_t> axes) {
  TenonTensorType type = typeOf(value);
  SmallVector<SizeAttr> kept;
  for (int64_t axis : axesBut(type.getRank(), axes))
    kept.push_back(type.getDim(axis));
  return ReduceOp::create(builder, loc, type.withShape(kept), kind, value, axes);
}

Value TensorBuilder::reduceKeeping(ReduceKind kind, Value value, ArrayRef<int64_t> axes) {
  return insertUnits(reduce(kind, value, axes), axes);
}

Value TensorBuilder::sumTo(Value value, TenonTensorType type) {
  TenonTensorType from = typeOf(value);
  int64_t shift = from.getRank() - type.getRank();
  SmallVector<int64_t> summed, units;
  for (int64_t axis = 0; axis < from.getRank(); ++axis)
    if (axis < shift) {
      summed.push_back(axis);
    } else if (type.getDim(axis - shift) != from.getDim(axis)) {
      summed.push_back(axis);
      units.push_back(axis - shift);
    }
  if (summed.empty())
    return value;
  return insertUnits(reduce(ReduceKind::Sum, value, summed), units);
}

Value TensorBuilder::insertUnits(Value value, ArrayRef<int64_t> axes) {
  if (axes.empty())
    return value;
  TenonTensorType type = typeOf(value);
  SmallVector<int64_t> one(type.getRank(), 1), groups = one;
  for (int64_t axis : axes)
    groups.insert(groups.begin() + axis, 0);
  return rearrange(value, type.getShape(), one, axesBut(type.getRank()), groups);
}

Value TensorBuilder::repeat(Value value, TenonTensorType type, ArrayRef<int64_t> axes) {
  if (auto constant = value.getDefiningOp<ConstantOp>())
    return ConstantOp::create(builder, loc, type, constant.getValue());
  return BroadcastOp::create(builder, loc, type, value, axes);
}

Value TensorBuilder::rearrange(Value value, ArrayRef<SizeAttr> factors,
                               ArrayRef<int64_t> inputGroups, ArrayRef<int64_t> permutation,
                               ArrayRef<int64_t> resultGroups) {
  SmallVector<SizeAttr> shape;
  unsigned next = 0;
  for (int64_t count : resultGroups) {
    SizeAttr merged = size(1);
    for (int64_t k = 0; k < count; ++k)
      merged = merged.mul(factors[permutation[next++]]);
    shape.push_back(merged);
  }
  SmallVector<Attribute> attributes(factors.begin(), factors.end());
  return RearrangeOp::create(builder, loc, typeOf(value).withShape(shape), value,
                             builder.getArrayAttr(attributes), inputGroups, permutation,
                             resultGroups);
}

Value TensorBuilder::slice(Value value, int64_t axis, SizeAttr start, SizeAttr count,
                           int64_t step) {
  TenonTensorType type = typeOf(value);
  SmallVector<SizeAttr> shape(type.getShape());
  shape[axis] = count;
  SmallVector<Attribute> starts(type.getRank(), size(0));
  SmallVector<int64_t> steps(type.getRank(), 1);
  starts[axis] = start;
  steps[axis] = step;
  return SliceOp::create(builder, loc, type.withShape(shape), value, builder.getArrayAttr(starts),
                         steps);
}

Value TensorBuilder::pad(Value value, int64_t axis, SizeAttr before, SizeAttr after) {
  TenonTensorType type = typeOf(value);
  SmallVector<SizeAttr> shape(type.getShape());
  SmallVector<Value> parts;
  auto addZeros = [&](SizeAttr count) {
    if (count.isZero())
      return;
    SmallVector<SizeAttr> zeros(type.getShape());
    zeros[axis] = count;
    shape[axis] = shape[axis].add(count);
    parts.push_back(fill(type.withShape(zeros), 0));
  };
  addZeros(before);
  parts.push_back(value);
  addZeros(after);
  if (parts.size() == 1)
    return value;
  return ConcatOp::create(builder, loc, type.withShape(shape), parts, axis);
}

FailureOr<Value> TensorBuilder::unslice(Value value, int64_t axis, SizeAttr start, SizeAttr total,
                                        int64_t step) {
  SizeAttr count = typeOf(value).getDim(axis);
  if (step > 1) {
    // Each element with step - 1 zeros after it.
    Value spread = pad(insertUnits(value, axis + 1), axis + 1, size(0), size(step - 1));
    ArrayRef<SizeAttr> factors = typeOf(spread).getShape();
    SmallVector<int64_t> one(factors.size(), 1), merged(factors.size() - 1, 1);
    merged[axis] = 2;
    value = rearrange(spread, SmallVector<SizeAttr>(factors), one, axesBut(factors.size()), merged);
    count = count.mul(step);
  }
  SizeAttr after = total.sub(start).sub(count);
  std::optional<int64_t> known = after.getConstant();
  if (!known && step > 1)
    return failure();
  if (known && *known < 0) {
    value = slice(value, axis, size(0), total.sub(start));
    after = size(0);
  }
  return pad(value, axis, start, after);
}

Value TensorBuilder::contract(Value lhs, ArrayRef<int64_t> lhsIndices, Value rhs,
                              ArrayRef<int64_t> rhsIndices, ArrayRef<int64_t> resultIndices) {
  SmallVector<SizeAttr> shape;
  for (int64_t index : resultIndices) {
    const int64_t *found = llvm::find(lhsIndices, index);
    shape.push_back(found != lhsIndices.end()
                        ? typeOf(lhs).getDim(found - lhsIndices.begin())
                        : typeOf(rhs).getDim(llvm::find(rhsIndices, index) - rhsIndices.begin()));
  }
  return ContractOp::create(builder, loc, typeOf(lhs).withShape(shape), lhs, rhs, lhsIndices,
                            rhsIndices, resultIndices);
}
