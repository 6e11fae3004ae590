//===- KanOps.cpp - Kolmogorov-Arnold blocks ------------------------------===//

#include "OpSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::tenon;

//===----------------------------------------------------------------------===//
// RationalOp
//===----------------------------------------------------------------------===//

LogicalResult RationalOp::verify() {
  TenonTensorType type = getInput().getType();
  if (type.getRank() < 2)
    return emitOpError() << "C1: input of rank " << type.getRank() << "; expected [.., g, c]";
  SizeAttr groups = type.getDim(type.getRank() - 2);
  for (auto [name, value] :
       {std::pair("numerator", getNumerator()), std::pair("denominator", getDenominator())}) {
    ArrayRef<SizeAttr> shape = value.getType().getShape();
    if (shape.size() != 2 || !shape[0].isConstant() || !shape[1].isConstant() ||
        (!shape[0].isOne() && shape[0] != groups))
      return emitMismatch(*this, "C2", name,
                          "[1 or " + groups.toString() + ", number of coefficients]",
                          shapeToString(shape));
    if (shape[1].isZero())
      return emitOpError() << "C3: " << name << " without coefficients";
  }
  if (getResult().getType() != type)
    return emitOpError() << "C4: result; expected " << type << ", got " << getResult().getType();
  return success();
}

/// Axes in groups: `inputGroups` of the factors become `resultGroups`, in order.
static Value regroup(OpBuilder &builder, Location loc, Value value, ArrayRef<SizeAttr> factors,
                     ArrayRef<int64_t> inputGroups, ArrayRef<int64_t> resultGroups,
                     ArrayRef<SizeAttr> shape) {
  SmallVector<Attribute> attributes(factors.begin(), factors.end());
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, factors.size()));
  auto type = cast<TenonTensorType>(value.getType()).withShape(shape);
  return RearrangeOp::create(builder, loc, type, value, builder.getArrayAttr(attributes),
                             inputGroups, order, resultGroups);
}

/// The last two axes as one.
static Value mergeLast(OpBuilder &builder, Location loc, Value value) {
  ArrayRef<SizeAttr> shape = cast<TenonTensorType>(value.getType()).getShape();
  SmallVector<int64_t> one(shape.size(), 1), merged(shape.size() - 1, 1);
  merged.back() = 2;
  SmallVector<SizeAttr> result(shape.drop_back());
  result.back() = result.back().mul(shape.back());
  return regroup(builder, loc, value, shape, one, merged, result);
}

/// The columns of `table`, [1 or g, k], each as a vector with one element or with
/// one for each of g groups of `channels` channels.
static SmallVector<Value> getCoefficients(OpBuilder &builder, Location loc, Value table,
                                          SizeAttr channels) {
  auto type = cast<TenonTensorType>(table.getType());
  SizeAttr groups = type.getDim(0), count = type.getDim(1),
           one = SizeAttr::get(type.getContext(), 1);
  Value rows = RearrangeOp::create(builder, loc, type.withShape({count, groups}), table,
                                   builder.getArrayAttr({groups, count}), ArrayRef<int64_t>{1, 1},
                                   ArrayRef<int64_t>{1, 0}, ArrayRef<int64_t>{1, 1});
  if (!groups.isOne()) {
    rows = BroadcastOp::create(builder, loc, type.withShape({count, groups, channels}), rows,
                               ArrayRef<int64_t>{0, 1});
    rows = mergeLast(builder, loc, rows);
  }
  SizeAttr width = cast<TenonTensorType>(rows.getType()).getDim(1);
  SmallVector<Value> columns;
  for (int64_t i = 0; i < *count.getConstant(); ++i) {
    Value row = SliceOp::create(builder, loc, type.withShape({one, width}), rows,
                                builder.getArrayAttr({SizeAttr::get(type.getContext(), i),
                                                      SizeAttr::get(type.getContext(), 0)}),
                                ArrayRef<int64_t>{1, 1});
    columns.push_back(mergeLast(builder, loc, row));
  }
  return columns;
}

/// c_0 + c_1 x + ... by Horner's rule.
static Value buildHorner(OpBuilder &builder, Location loc, Value x, ArrayRef<Value> coefficients) {
  Value sum = coefficients.back();
  for (Value coefficient : llvm::reverse(coefficients.drop_back()))
    sum = math::FmaOp::create(builder, loc, sum, x, coefficient);
  return sum;
}

/// P(x) / Q(x) of one element.
static Value buildQuotient(OpBuilder &builder, Location loc, RationalForm form, Value x,
                           ArrayRef<Value> a, ArrayRef<Value> b) {
  auto absolute = [&](Value value) -> Value { return math::AbsFOp::create(builder, loc, value); };
  Value one = arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(1.0f));
  Value denominator;
  if (form == RationalForm::SumOfAbs) {
    SmallVector<Value> terms = {one};
    for (Value coefficient : b)
      terms.push_back(absolute(coefficient));
    denominator = buildHorner(builder, loc, absolute(x), terms);
  } else {
    Value sum = arith::MulFOp::create(builder, loc, x, buildHorner(builder, loc, x, b));
    denominator = arith::AddFOp::create(builder, loc, one, absolute(sum));
  }
  return arith::DivFOp::create(builder, loc, buildHorner(builder, loc, x, a), denominator);
}

/// Channels in one axis and coefficients spread over them: every access is then
/// linear, and what comes before or after can join.
FailureOr<SmallVector<Value>> RationalOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  TenonTensorType type = getInput().getType();
  SizeAttr channels = type.getDim(type.getRank() - 1);
  SmallVector<Value> inputs = {mergeLast(builder, loc, getInput())};
  llvm::append_range(inputs, getCoefficients(builder, loc, getNumerator(), channels));
  size_t firstOfB = inputs.size();
  llvm::append_range(inputs, getCoefficients(builder, loc, getDenominator(), channels));
  Value quotient = MapOp::create(builder, loc, inputs[0].getType(), inputs,
                                 [&](OpBuilder &inner, Location at, ValueRange arguments) {
                                   SmallVector<Value> all(arguments);
                                   ArrayRef<Value> rest = ArrayRef(all).drop_front();
                                   return buildQuotient(inner, at, getForm(), all[0],
                                                        rest.take_front(firstOfB - 1),
                                                        rest.drop_front(firstOfB - 1));
                                 });
  SmallVector<int64_t> one(type.getRank(), 1), merged(type.getRank() - 1, 1);
  merged.back() = 2;
  return SmallVector<Value>{
      regroup(builder, loc, quotient, type.getShape(), merged, one, type.getShape())};
}

//===----------------------------------------------------------------------===//
// KanOp
//===----------------------------------------------------------------------===//

ParseResult KanOp::parse(OpAsmParser &parser, OperationState &state) {
  SmallVector<OpAsmParser::UnresolvedOperand> operands(1), inputs;
  SmallVector<OpAsmParser::Argument> arguments;
  FunctionType type;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseOperand(operands[0]) || parseBoundOperands(parser, inputs, arguments) ||
      parser.parseColon() || parser.parseType(type))
    return failure();
  llvm::append_range(operands, inputs);
  if (parser.resolveOperands(operands, type.getInputs(), loc, state.operands))
    return failure();
  state.addTypes(type.getResults());
  return parseBoundRegion(parser, state, arguments, type.getInputs().drop_front(), loc);
}

void KanOp::print(OpAsmPrinter &printer) {
  printer << " " << getCoefficients() << " ";
  printBoundOperands(printer, getInputs(), getBasis().getArguments());
  printer << " : ";
  printer.printFunctionalType(*this);
  printer << " ";
  printer.printRegion(getBasis(), /*printEntryBlockArgs=*/false);
  printer.printOptionalAttrDict((*this)->getAttrs());
}

LogicalResult KanOp::verify() {
  ArrayRef<SizeAttr> coefficients = getCoefficients().getType().getShape();
  if (coefficients.size() != 3 ||
      llvm::any_of(coefficients, [](SizeAttr size) { return !size.isConstant() || size.isZero(); }))
    return emitMismatch(*this, "C1", "coefficients", "[O, I, K] of constant sizes, 1 or more",
                        shapeToString(coefficients));
  TenonTensorType result = getResult().getType();
  if (result.getRank() < 1 || result.getShape().back() != coefficients[0])
    return emitMismatch(*this, "C2", "result", "[.., " + coefficients[0].toString() + "]",
                        shapeToString(result.getShape()));
  SmallVector<SizeAttr> elements(result.getShape());
  elements.back() = coefficients[1];
  if (getInputs().empty())
    return emitOpError("C2: no input");
  if (getBasis().getNumArguments() != getInputs().size())
    return emitMismatch(*this, "C3", "region arguments", Twine(getInputs().size()),
                        Twine(getBasis().getNumArguments()));
  for (auto [index, input] : llvm::enumerate(getInputs())) {
    auto type = cast<TenonTensorType>(input.getType());
    if (!broadcastsTo(type.getShape(), elements))
      return emitMismatch(*this, "C2", "input " + Twine(index),
                          "a shape that repeats to " + shapeToString(elements),
                          shapeToString(type.getShape()));
    if (getBasis().getArgument(index).getType() != type.getElementType())
      return emitOpError() << "C3: region argument " << index << "; expected "
                           << type.getElementType() << ", got "
                           << getBasis().getArgument(index).getType();
  }
  auto yield = dyn_cast<YieldOp>(getBasis().front().getTerminator());
  if (!yield || int64_t(yield.getValues().size()) != *coefficients[2].getConstant() ||
      llvm::any_of(yield.getValues(),
                   [&](Value value) { return value.getType() != result.getElementType(); }))
    return emitOpError() << "C3: the region must yield " << *coefficients[2].getConstant()
                         << " values of type " << result.getElementType();
  return verifyScalarRegion(*this, getBasis(), "C4");
}

/// Each term as a tensor [.., I], all of them stacked to [.., I, K], and a product with
/// the coefficients.
FailureOr<SmallVector<Value>> KanOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  TenonTensorType type = getResult().getType();
  ArrayRef<SizeAttr> coefficients = getCoefficients().getType().getShape();
  SizeAttr one = SizeAttr::get(getContext(), 1);
  int64_t rank = type.getRank();
  SmallVector<SizeAttr> shape(type.getShape());
  shape.back() = coefficients[1];
  TenonTensorType elements = type.withShape(shape);
  SmallVector<int64_t> ones(rank, 1), withUnit = ones;
  withUnit.push_back(0);
  shape.push_back(one);
  Operation *yield = getBasis().front().getTerminator();
  SmallVector<Value> terms;
  for (Value term : yield->getOperands()) {
    Value value = MapOp::create(builder, loc, elements, getInputs(),
                                [&](OpBuilder &inner, Location, ValueRange arguments) -> Value {
                                  IRMapping mapping;
                                  mapping.map(getBasis().getArguments(), arguments);
                                  for (Operation &op : getBasis().front().without_terminator())
                                    inner.clone(op, mapping);
                                  return mapping.lookupOrDefault(term);
                                });
    terms.push_back(regroup(builder, loc, value, elements.getShape(), ones, withUnit, shape));
  }
  shape.back() = coefficients[2];
  Value stacked = ConcatOp::create(builder, loc, type.withShape(shape), terms, rank);
  SmallVector<int64_t> lhs = llvm::to_vector(llvm::seq<int64_t>(0, rank + 1));
  SmallVector<int64_t> rhs = {rank + 1, rank - 1, rank}, result = lhs;
  result.pop_back();
  result.back() = rank + 1;
  return SmallVector<Value>{
      ContractOp::create(builder, loc, type, stacked, getCoefficients(), lhs, rhs, result)};
}
