//===- FeedForwardOps.cpp - Feed-forward blocks ---------------------------===//

#include "OpSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::tenon;

ParseResult FfnOp::parse(OpAsmParser &parser, OperationState &state) {
  SmallVector<OpAsmParser::UnresolvedOperand> operands(3), biases;
  FunctionType type;
  SMLoc loc = parser.getCurrentLocation();
  bool hasBias1 = false, hasBias2 = false;
  if (parser.parseOperand(operands[0]) || parser.parseComma() || parser.parseOperand(operands[1]) ||
      parser.parseComma() || parser.parseOperand(operands[2]))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("bias"))) {
    // `bias %b1, %b2`, where `none` stands for a missing one.
    auto parseBias = [&](bool &isPresent) -> ParseResult {
      isPresent = failed(parser.parseOptionalKeyword("none"));
      return isPresent ? parser.parseOperand(operands.emplace_back()) : ParseResult(success());
    };
    if (parseBias(hasBias1) || parser.parseComma() || parseBias(hasBias2))
      return failure();
  }
  if (parser.parseOptionalAttrDict(state.attributes) || parser.parseColon() ||
      parser.parseType(type) ||
      parser.resolveOperands(operands, type.getInputs(), loc, state.operands) ||
      parser.parseRegion(*state.addRegion()))
    return failure();
  state.addTypes(type.getResults());
  state.addAttribute(getOperandSegmentSizesAttrName(state.name),
                     parser.getBuilder().getDenseI32ArrayAttr({1, 1, 1, hasBias1, hasBias2}));
  return success();
}

void FfnOp::print(OpAsmPrinter &printer) {
  printer << " " << getInput() << ", " << getWeight1() << ", " << getWeight2();
  if (getBias1() || getBias2()) {
    auto printBias = [&](Value bias) {
      if (bias)
        printer << bias;
      else
        printer << "none";
    };
    printer << " bias ";
    printBias(getBias1());
    printer << ", ";
    printBias(getBias2());
  }
  printer.printOptionalAttrDict((*this)->getAttrs(), {getOperandSegmentSizesAttrName()});
  printer << " : ";
  printer.printFunctionalType(*this);
  printer << " ";
  printer.printRegion(getActivation());
}

LogicalResult FfnOp::verify() {
  TenonTensorType input = getInput().getType(), weight1 = getWeight1().getType(),
                  weight2 = getWeight2().getType(), result = getResult().getType();
  if (input.getRank() < 1 || weight1.getRank() != 2 || weight2.getRank() != 2)
    return emitOpError() << "C1: ranks of x, W1 and W2; expected 1 or more, 2 and 2";
  if (weight1.getDim(1) != input.getShape().back())
    return emitMismatch(*this, "C1", "width of W1", input.getShape().back().toString(),
                        weight1.getDim(1).toString());
  if (weight2.getDim(1) != weight1.getDim(0))
    return emitMismatch(*this, "C1", "width of W2", weight1.getDim(0).toString(),
                        weight2.getDim(1).toString());
  auto verifyBias = [&](StringRef name, TypedValue<TenonTensorType> bias,
                        SizeAttr size) -> LogicalResult {
    if (bias && bias.getType().getShape() != ArrayRef(size))
      return emitMismatch(*this, "C2", name, shapeToString(size),
                          shapeToString(bias.getType().getShape()));
    return success();
  };
  if (failed(verifyBias("b1", getBias1(), weight1.getDim(0))) ||
      failed(verifyBias("b2", getBias2(), weight2.getDim(0))))
    return failure();
  SmallVector<SizeAttr> shape(input.getShape());
  shape.back() = weight2.getDim(0);
  if (result != input.withShape(shape))
    return emitOpError() << "C3: result; expected " << input.withShape(shape) << ", got " << result;
  auto yield = dyn_cast<YieldOp>(getActivation().front().getTerminator());
  if (getActivation().getNumArguments() != 1 || !getActivation().getArgument(0).getType().isF32() ||
      !yield || yield.getValues().size() != 1 || !yield.getValues()[0].getType().isF32())
    return emitOpError() << "C4: the activation must take one f32 and yield one f32";
  return verifyScalarRegion(*this, getActivation(), "C4");
}

FailureOr<SmallVector<Value>> FfnOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  TenonTensorType input = getInput().getType();
  int64_t rank = input.getRank();
  // x W^T + b over the last axis.
  auto linear = [&](Value x, Value weight, Value bias) -> Value {
    SmallVector<SizeAttr> shape(input.getShape());
    shape.back() = cast<TenonTensorType>(weight.getType()).getDim(0);
    TenonTensorType type = input.withShape(shape);
    SmallVector<int64_t> rows = llvm::to_vector(llvm::seq<int64_t>(0, rank)), result = rows;
    result.back() = rank;
    Value product = ContractOp::create(builder, loc, type, x, weight, rows,
                                       ArrayRef<int64_t>{rank, rank - 1}, result);
    if (!bias)
      return product;
    return MapOp::create(builder, loc, type, ValueRange{product, bias},
                         [&](OpBuilder &inner, Location, ValueRange args) -> Value {
                           return arith::AddFOp::create(inner, loc, args[0], args[1]);
                         });
  };
  Value hidden = linear(getInput(), getWeight1(), getBias1());
  Value active = MapOp::create(builder, loc, hidden.getType(), hidden,
                               [&](OpBuilder &inner, Location, ValueRange args) -> Value {
                                 IRMapping mapping;
                                 mapping.map(getActivation().getArgument(0), args[0]);
                                 for (Operation &op : getActivation().front().without_terminator())
                                   inner.clone(op, mapping);
                                 return mapping.lookupOrDefault(
                                     getActivation().front().getTerminator()->getOperand(0));
                               });
  return SmallVector<Value>{linear(active, getWeight2(), getBias2())};
}
