//===- TensorOps.cpp - Declarations, maps, reductions, contractions -------===//

#include "OpSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallSet.h"

using namespace mlir;
using namespace mlir::tenon;

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

ParseResult SizeOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr name;
  int64_t min, max;
  Builder &builder = parser.getBuilder();
  if (parser.parseSymbolName(name, getSymNameAttrName(state.name), state.attributes) ||
      parser.parseKeyword("from") || parser.parseInteger(min) || parser.parseKeyword("to"))
    return failure();
  state.addAttribute(getMinAttrName(state.name), builder.getI64IntegerAttr(min));
  if (failed(parser.parseOptionalStar())) {
    if (parser.parseInteger(max))
      return failure();
    state.addAttribute(getMaxAttrName(state.name), builder.getI64IntegerAttr(max));
  }
  return parser.parseOptionalAttrDict(state.attributes);
}

void SizeOp::print(OpAsmPrinter &printer) {
  printer << " ";
  printer.printSymbolName(getSymName());
  printer << " from " << getMin() << " to ";
  if (std::optional<int64_t> max = getMax())
    printer << *max;
  else
    printer << "*";
  printer.printOptionalAttrDict((*this)->getAttrs(),
                                {getSymNameAttrName(), getMinAttrName(), getMaxAttrName()});
}

LogicalResult SizeOp::verify() {
  if (int64_t(getMin()) < 0)
    return emitMismatch(*this, "C1", "lower bound", "0 or more", Twine(int64_t(getMin())));
  if (getMax() && *getMax() < getMin())
    return emitMismatch(*this, "C1", "upper bound", Twine(int64_t(getMin())) + " or more",
                        Twine(int64_t(*getMax())));
  return success();
}

LogicalResult ParamOp::verify() {
  auto type = dyn_cast<TenonTensorType>(getType());
  if (!type)
    return emitOpError() << "expected a tenon tensor, got " << getType();
  for (auto [axis, size] : llvm::enumerate(type.getShape()))
    if (!size.isConstant())
      return emitMismatch(*this, "C1", "axis " + Twine(axis), "a constant size", size.toString());
  return success();
}

LogicalResult ReadOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto param = symbols.lookupNearestSymbolFrom<ParamOp>(*this, getParamAttr());
  if (!param)
    return emitOpError() << "C1: no parameter is named '" << getParam() << "'";
  if (param.getType() != getResult().getType())
    return emitOpError() << "C1: parameter '" << getParam() << "'; expected " << param.getType()
                         << ", got " << getResult().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::verify() {
  if (getValue().getType() != getResult().getType().getElementType())
    return emitOpError() << "C1: value of type " << getValue().getType() << "; expected "
                         << getResult().getType().getElementType();
  return success();
}

LogicalResult IotaOp::verify() {
  TenonTensorType type = getResult().getType();
  if (type.getRank() != 1 || !type.getElementType().isInteger(64))
    return emitOpError() << "C1: result; expected one axis of i64, got " << type;
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

LogicalResult ExtentOp::verify() {
  if (!getResult().getType().isIntOrIndexOrFloat())
    return emitOpError() << "C1: expected a scalar result, got " << getResult().getType();
  return success();
}

//===----------------------------------------------------------------------===//
// MapOp
//===----------------------------------------------------------------------===//

void MapOp::build(OpBuilder &builder, OperationState &state, Type result, ValueRange inputs,
                  function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  state.addOperands(inputs);
  state.addTypes(result);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(state.addRegion());
  for (Value input : inputs)
    block->addArgument(cast<TenonTensorType>(input.getType()).getElementType(), state.location);
  Value value = body(builder, state.location, block->getArguments());
  YieldOp::create(builder, state.location, value);
}

ParseResult MapOp::parse(OpAsmParser &parser, OperationState &state) {
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  SmallVector<OpAsmParser::Argument> arguments;
  FunctionType type;
  SMLoc loc = parser.getCurrentLocation();
  if (parseBoundOperands(parser, operands, arguments) || parser.parseColon() ||
      parser.parseType(type) ||
      parser.resolveOperands(operands, type.getInputs(), loc, state.operands))
    return failure();
  state.addTypes(type.getResults());
  return parseBoundRegion(parser, state, arguments, type.getInputs(), loc);
}

void MapOp::print(OpAsmPrinter &printer) {
  printer << " ";
  printBoundOperands(printer, getInputs(), getBody().getArguments());
  printer << " : ";
  printer.printFunctionalType(*this);
  printer << " ";
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
  printer.printOptionalAttrDict((*this)->getAttrs());
}

LogicalResult MapOp::verify() {
  TenonTensorType result = getResult().getType();
  if (getBody().getNumArguments() != getInputs().size())
    return emitMismatch(*this, "C3", "region arguments", Twine(getInputs().size()),
                        Twine(getBody().getNumArguments()));
  for (auto [index, input] : llvm::enumerate(getInputs())) {
    auto type = cast<TenonTensorType>(input.getType());
    if (type.getRank() > result.getRank())
      return emitMismatch(*this, "C1", "rank of operand " + Twine(index),
                          "at most " + Twine(result.getRank()), Twine(type.getRank()));
    if (!broadcastsTo(type.getShape(), result.getShape()))
      return emitMismatch(*this, "C2", "operand " + Twine(index),
                          "a shape that repeats to " + shapeToString(result.getShape()),
                          shapeToString(type.getShape()));
    if (getBody().getArgument(index).getType() != type.getElementType())
      return emitOpError() << "C3: region argument " << index << "; expected "
                           << type.getElementType() << ", got "
                           << getBody().getArgument(index).getType();
  }
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (!yield || yield.getValues().size() != 1 ||
      yield.getValues()[0].getType() != result.getElementType())
    return emitOpError() << "C4: the region must yield one " << result.getElementType();
  return verifyScalarRegion(*this, getBody(), "C5");
}

namespace {

/// map(x, constant c) { f(x, c) } -> map(x) { f(x, c) } with c in the region.
struct InlineConstantOperand : public OpRewritePattern<MapOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MapOp map, PatternRewriter &rewriter) const override {
    for (auto [index, input] : llvm::enumerate(map.getInputs())) {
      auto constant = input.getDefiningOp<ConstantOp>();
      if (!constant)
        continue;
      rewriter.setInsertionPointToStart(&map.getBody().front());
      Value scalar = arith::ConstantOp::create(rewriter, map.getLoc(), constant.getValue());
      rewriter.modifyOpInPlace(map, [&, position = index] {
        map.getBody().getArgument(position).replaceAllUsesWith(scalar);
        map.getBody().eraseArgument(position);
        map.getInputsMutable().erase(position);
      });
      return success();
    }
    return rewriter.notifyMatchFailure(map, "no operand is a constant");
  }
};

/// map(x, x) { f(a, b) } -> map(x) { f(a, a) }.
struct MergeEqualOperands : public OpRewritePattern<MapOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MapOp map, PatternRewriter &rewriter) const override {
    for (unsigned later = 1; later < map.getInputs().size(); ++later)
      for (unsigned earlier = 0; earlier < later; ++earlier) {
        if (map.getInputs()[earlier] != map.getInputs()[later])
          continue;
        rewriter.modifyOpInPlace(map, [&] {
          Region &body = map.getBody();
          body.getArgument(later).replaceAllUsesWith(body.getArgument(earlier));
          body.eraseArgument(later);
          map.getInputsMutable().erase(later);
        });
        return success();
      }
    return rewriter.notifyMatchFailure(map, "operands differ");
  }
};

} // namespace

void MapOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<InlineConstantOperand, MergeEqualOperands>(context);
}

//===----------------------------------------------------------------------===//
// SumsOp
//===----------------------------------------------------------------------===//

ParseResult SumsOp::parse(OpAsmParser &parser, OperationState &state) {
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  SmallVector<OpAsmParser::Argument> arguments;
  DenseI64ArrayAttr axes;
  FunctionType type;
  if (parser.parseKeyword("over"))
    return failure();
  axes = dyn_cast_or_null<DenseI64ArrayAttr>(DenseI64ArrayAttr::parse(parser, Type()));
  SMLoc loc = parser.getCurrentLocation();
  if (!axes || parseBoundOperands(parser, operands, arguments) || parser.parseColon() ||
      parser.parseType(type) ||
      parser.resolveOperands(operands, type.getInputs(), loc, state.operands))
    return failure();
  state.addAttribute("axes", axes);
  state.addTypes(type.getResults());
  return parseBoundRegion(parser, state, arguments, type.getInputs(), loc);
}

void SumsOp::print(OpAsmPrinter &printer) {
  printer << " over ";
  getAxesAttr().print(printer);
  printer << " ";
  printBoundOperands(printer, getInputs(), getBody().getArguments());
  printer << " : ";
  printer.printFunctionalType(*this);
  printer << " ";
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
  printer.printOptionalAttrDict((*this)->getAttrs(), {"axes"});
}

LogicalResult SumsOp::verify() {
  if (getInputs().empty())
    return emitOpError("C1: no operand");
  auto first = cast<TenonTensorType>(getInputs()[0].getType());
  if (getBody().getNumArguments() != getInputs().size())
    return emitMismatch(*this, "C3", "region arguments", Twine(getInputs().size()),
                        Twine(getBody().getNumArguments()));
  for (auto [index, input] : llvm::enumerate(getInputs())) {
    auto type = cast<TenonTensorType>(input.getType());
    if (type.getRank() > first.getRank() || !broadcastsTo(type.getShape(), first.getShape()))
      return emitMismatch(*this, "C1", "operand " + Twine(index),
                          "a shape that repeats to " + shapeToString(first.getShape()),
                          shapeToString(type.getShape()));
    if (getBody().getArgument(index).getType() != type.getElementType())
      return emitOpError() << "C3: region argument " << index << "; expected "
                           << type.getElementType() << ", got "
                           << getBody().getArgument(index).getType();
  }
  if (!areAscendingAxes(getAxes(), first.getRank()))
    return emitOpError() << "C2: axes must ascend within rank " << first.getRank();
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (!yield || yield.getValues().empty() ||
      !llvm::all_of(yield.getValues().getTypes(), [](Type type) { return type.isF32(); }))
    return emitOpError("C4: the region must yield f32, one value or more");
  SmallVector<SizeAttr> shape;
  for (auto [axis, size] : llvm::enumerate(first.getShape()))
    if (!llvm::is_contained(getAxes(), int64_t(axis)))
      shape.push_back(size);
  shape.push_back(SizeAttr::get(getContext(), yield.getValues().size()));
  auto expected = TenonTensorType::get(ArrayRef<SizeAttr>(shape), Float32Type::get(getContext()));
  if (getResult().getType() != expected)
    return emitOpError() << "C6: result; expected " << expected << ", got "
                         << getResult().getType();
  return verifyScalarRegion(*this, getBody(), "C5");
}

/// A map and a reduction for each, side by side.
FailureOr<SmallVector<Value>> SumsOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  TenonTensorType result = getResult().getType();
  auto elements =
      cast<TenonTensorType>(getInputs()[0].getType()).withElementType(result.getElementType());
  SizeAttr one = SizeAttr::get(getContext(), 1);
  SmallVector<SizeAttr> kept(result.getShape().drop_back()), column(kept);
  column.push_back(one);
  SmallVector<int64_t> ones(kept.size(), 1), withUnit = ones;
  withUnit.push_back(0);
  SmallVector<Attribute> factors(kept.begin(), kept.end());
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, kept.size()));
  SmallVector<Value> sums;
  for (Value value : getBody().front().getTerminator()->getOperands()) {
    Value terms = MapOp::create(builder, loc, elements, getInputs(),
                                [&](OpBuilder &inner, Location, ValueRange arguments) -> Value {
                                  IRMapping mapping;
                                  mapping.map(getBody().getArguments(), arguments);
                                  for (Operation &op : getBody().front().without_terminator())
                                    inner.clone(op, mapping);
                                  return mapping.lookupOrDefault(value);
                                });
    Value sum =
        ReduceOp::create(builder, loc, result.withShape(kept), ReduceKind::Sum, terms, getAxes());
    sums.push_back(RearrangeOp::create(builder, loc, result.withShape(column), sum,
                                       builder.getArrayAttr(factors), ones, order, withUnit));
  }
  if (sums.size() == 1)
    return sums;
  return SmallVector<Value>{ConcatOp::create(builder, loc, result, sums, int64_t(kept.size()))};
}

//===----------------------------------------------------------------------===//
// ReduceOp, ContractOp
//===----------------------------------------------------------------------===//

LogicalResult ReduceOp::verify() {
  TenonTensorType input = getInput().getType(), result = getResult().getType();
  if (!areAscendingAxes(getAxes(), input.getRank()))
    return emitOpError() << "C1: axes must ascend within rank " << input.getRank();
  SmallVector<SizeAttr> kept;
  for (auto [axis, size] : llvm::enumerate(input.getShape()))
    if (!llvm::is_contained(getAxes(), int64_t(axis)))
      kept.push_back(size);
  TenonTensorType expected = input.withShape(kept);
  if (result != expected)
    return emitOpError() << "C2: result; expected " << expected << ", got " << result;
  if (getKind() == ReduceKind::Mean && !isa<FloatType>(input.getElementType()))
    return emitOpError() << "C3: mean of " << input.getElementType();
  return success();
}

LogicalResult ContractOp::verify() {
  TenonTensorType lhs = getLhs().getType(), rhs = getRhs().getType(),
                  result = getResult().getType();
  llvm::SmallMapVector<int64_t, SizeAttr, 8> sizes;
  auto visit = [&](StringRef name, TenonTensorType type,
                   ArrayRef<int64_t> indices) -> LogicalResult {
    if (int64_t(indices.size()) != type.getRank())
      return emitMismatch(*this, "C1", "indices of " + name, Twine(type.getRank()),
                          Twine(indices.size()));
    llvm::SmallSet<int64_t, 8> seen;
    for (auto [index, size] : llvm::zip(indices, type.getShape())) {
      if (index < 0 || !seen.insert(index).second)
        return emitOpError() << "C1: an index occurs twice in " << name;
      auto [known, isNew] = sizes.insert({index, size});
      if (!isNew && known->second != size)
        return emitMismatch(*this, "C2", "index '" + Twine(char('a' + index % 26)) + "' of " + name,
                            known->second.toString(), size.toString());
    }
    return success();
  };
  if (failed(visit("lhs", lhs, getLhsIndices())) || failed(visit("rhs", rhs, getRhsIndices())))
    return failure();
  size_t numOperandIndices = sizes.size();
  if (failed(visit("result", result, getResultIndices())))
    return failure();
  if (sizes.size() != numOperandIndices)
    return emitOpError() << "C3: a result index occurs in no operand";
  for (auto [index, size] : sizes)
    if (!llvm::is_contained(getResultIndices(), index) &&
        (!llvm::is_contained(getLhsIndices(), index) ||
         !llvm::is_contained(getRhsIndices(), index)))
      return emitOpError() << "C4: index '" << char('a' + index % 26)
                           << "' is summed but occurs in one operand only";
  if (!isa<FloatType>(lhs.getElementType()) || lhs.getElementType() != rhs.getElementType() ||
      lhs.getElementType() != result.getElementType())
    return emitOpError() << "C5: element types " << lhs.getElementType() << ", "
                         << rhs.getElementType() << " and " << result.getElementType()
                         << "; expected one floating type";
  return success();
}
