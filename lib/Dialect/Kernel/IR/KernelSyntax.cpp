//===- KernelSyntax.cpp - Text form and checks shared by kernel ops -------===//

#include "KernelSyntax.h"

#include "llvm/ADT/SmallSet.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace mlir::tenon;
using namespace mlir::tenon::kernel;

//===----------------------------------------------------------------------===//
// Accesses as text
//===----------------------------------------------------------------------===//

/// Takes a polynomial in sizes and dimension names apart: each term holds at
/// most one dimension, once. Null when it does not.
static AccessAttr splitAccess(SizeAttr polynomial, ArrayRef<DimAttr> dims) {
  MLIRContext *context = polynomial.getContext();
  SizeAttr zero = SizeAttr::get(context, 0);
  SmallVector<SizeAttr> coefficients(dims.size(), zero);
  SizeAttr offset = zero;
  SmallVector<StringAttr> dimNames =
      llvm::map_to_vector(dims, [](DimAttr dim) { return dim.getName(); });
  ArrayRef<StringAttr> symbols = polynomial.getSymbols();
  for (size_t i = 0; i < polynomial.getTerms().size(); i += symbols.size() + 1) {
    SizeAttr term = SizeAttr::get(context, polynomial.getTerms()[i]);
    std::optional<size_t> dim;
    for (auto [symbol, power] :
         llvm::zip(symbols, polynomial.getTerms().slice(i + 1, symbols.size()))) {
      auto it = llvm::find(dimNames, symbol);
      if (it == dimNames.end()) {
        for (int64_t p = 0; p < power; ++p)
          term = term.mul(SizeAttr::getSymbol(context, symbol));
        continue;
      }
      if (power == 0)
        continue;
      if (dim || power > 1)
        return {};
      dim = it - dimNames.begin();
    }
    SizeAttr &target = dim ? coefficients[*dim] : offset;
    target = target.add(term);
  }
  return AccessAttr::get(context, offset, coefficients);
}

static SizeAttr joinAccess(AccessAttr access, ArrayRef<DimAttr> dims) {
  SizeAttr sum = access.getOffset();
  for (auto [coefficient, dim] : llvm::zip(access.getCoefficients(), dims))
    sum = sum.add(coefficient.mul(SizeAttr::getSymbol(access.getContext(), dim.getName())));
  return sum;
}

static SmallVector<DimAttr> getDims(ArrayAttr domain) {
  return llvm::map_to_vector(domain, [](Attribute dim) { return cast<DimAttr>(dim); });
}

//===----------------------------------------------------------------------===//
// Ops as text
//===----------------------------------------------------------------------===//

ParseResult mlir::tenon::kernel::parseKernel(OpAsmParser &parser, OperationState &state) {
  Builder &builder = parser.getBuilder();
  SmallVector<Attribute> domain, accesses;
  auto parseDim = [&]() -> ParseResult {
    StringRef role, name;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseKeyword(&role) || parser.parseKeyword(&name) || parser.parseColon())
      return failure();
    std::optional<DimRole> kind = symbolizeDimRole(role);
    if (!kind)
      return parser.emitError(loc) << "unknown role '" << role << "'";
    FailureOr<SizeAttr> size = parseSize(parser);
    if (failed(size))
      return failure();
    domain.push_back(DimAttr::get(builder.getContext(), *kind, builder.getStringAttr(name), *size));
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseDim))
    return failure();
  SmallVector<DimAttr> dims = getDims(builder.getArrayAttr(domain));

  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  auto parseAccessed = [&]() -> ParseResult {
    if (parser.parseOperand(operands.emplace_back()) || parser.parseLSquare())
      return failure();
    SMLoc loc = parser.getCurrentLocation();
    FailureOr<SizeAttr> polynomial = parseSize(parser);
    if (failed(polynomial) || parser.parseRSquare())
      return failure();
    AccessAttr access = splitAccess(*polynomial, dims);
    if (!access)
      return parser.emitError(loc, "access is not linear in the dimensions");
    accesses.push_back(access);
    return success();
  };
  FunctionType type;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseAccessed) ||
      parser.parseArrow() || parseAccessed() || parser.parseOptionalAttrDict(state.attributes) ||
      parser.parseColon() || parser.parseType(type))
    return failure();
  if (type.getNumResults() != 1)
    return parser.emitError(loc, "expected one result type");
  SmallVector<Type> operandTypes(type.getInputs());
  operandTypes.push_back(type.getResult(0));
  state.addAttribute("domain", builder.getArrayAttr(domain));
  state.addAttribute("accesses", builder.getArrayAttr(accesses));
  state.addTypes(type.getResults());
  return parser.resolveOperands(operands, operandTypes, loc, state.operands);
}

void mlir::tenon::kernel::printKernel(OpAsmPrinter &printer, KernelOpInterface op) {
  SmallVector<DimAttr> dims = getDims(op.getDomain());
  printer << " [";
  llvm::interleaveComma(dims, printer, [&](DimAttr dim) {
    printer << stringifyDimRole(dim.getRole()) << " " << dim.getName().getValue() << ": "
            << dim.getSize().toString();
  });
  printer << "] (";
  auto printAccessed = [&](unsigned index) {
    printer << op->getOperand(index) << "[" << joinAccess(op.getAccess(index), dims).toString()
            << "]";
  };
  llvm::interleaveComma(llvm::seq<unsigned>(0, op->getNumOperands() - 1), printer, printAccessed);
  printer << ") -> ";
  printAccessed(op->getNumOperands() - 1);
  printer.printOptionalAttrDict(op->getAttrs(), {"domain", "accesses"});
  printer << " : ";
  printer << FunctionType::get(op->getContext(), op.getInputs().getTypes(), op->getResultTypes());
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// Scalar regions ask for positions along dimensions that exist.
static LogicalResult verifyPositions(KernelOpInterface op) {
  WalkResult result = op->walk([&](PositionOp position) {
    if (position.getDim() < op.getNumDims())
      return WalkResult::advance();
    op->emitOpError() << "K5: position along dimension " << int64_t(position.getDim())
                      << "; expected one of " << op.getNumDims();
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

static LogicalResult verifyEpilogue(KernelOpInterface op) {
  Region &region = op.getEpilogueRegion();
  auto elementOf = [](Value value) {
    return cast<TenonTensorType>(value.getType()).getElementType();
  };
  SmallVector<Type> expected;
  // Places are integers whatever is sorted, sums f32 whatever is multiplied.
  if (op.getNumOwnEpilogueArguments()) {
    Type own = elementOf(op->getOperand(0));
    if (isa<kernel::ArgsortOp>(op.getOperation()))
      own = IntegerType::get(op.getContext(), 64);
    else if (own.isBF16())
      own = Float32Type::get(op.getContext());
    expected.push_back(own);
  }
  for (Value input : op.getInputs().drop_front(op.getFirstEpilogueInput()))
    expected.push_back(elementOf(input));
  if (!llvm::equal(region.getArgumentTypes(), expected))
    return op->emitOpError() << "K4: the region takes (" << region.getArgumentTypes()
                             << "); expected (" << expected << ")";
  auto yield = dyn_cast<YieldOp>(region.front().getTerminator());
  // Of sums any number.
  bool isOne = !isa<kernel::SumsOp, kernel::PartSumsOp>(op.getOperation());
  Type stored = elementOf(op.getDestinationOperand());
  if (!yield || yield.getValues().empty() || (isOne && yield.getValues().size() != 1) ||
      llvm::any_of(yield.getValues().getTypes(), [&](Type type) { return type != stored; }))
    return op->emitOpError() << "K4: the region must yield " << (isOne ? "one " : "values of ")
                             << stored;
  return success(succeeded(verifyScalarRegion(op, region, "K5")) && succeeded(verifyPositions(op)));
}

LogicalResult mlir::tenon::kernel::verifyKernel(KernelOpInterface op) {
  if (!llvm::all_of(op.getDomain(), llvm::IsaPred<DimAttr>) ||
      !llvm::all_of(op.getAccesses(), llvm::IsaPred<AccessAttr>))
    return op->emitOpError("K1: expected a domain of dimensions and accesses");
  if (op.getAccesses().size() != op->getNumOperands())
    return op->emitOpError() << "K1: " << op.getAccesses().size() << " accesses; expected "
                             << op->getNumOperands();
  llvm::SmallSet<StringRef, 8> names;
  for (unsigned i = 0; i < op.getNumDims(); ++i)
    if (!names.insert(op.getDim(i).getName().getValue()).second)
      return op->emitOpError() << "K3: two dimensions are named '"
                               << op.getDim(i).getName().getValue() << "'";
  auto verifySymbols = [&](SizeAttr size) -> LogicalResult {
    for (StringAttr symbol : size.getSymbols())
      if (names.contains(symbol.getValue()))
        return op->emitOpError() << "K3: a dimension has the name of the size '"
                                 << symbol.getValue() << "'";
    return success();
  };
  for (unsigned i = 0; i < op.getNumDims(); ++i)
    if (failed(verifySymbols(op.getDim(i).getSize())))
      return failure();
  for (unsigned i = 0; i < op->getNumOperands(); ++i) {
    if (op.getAccess(i).getCoefficients().size() != op.getNumDims())
      return op->emitOpError() << "K1: access " << i << " has "
                               << op.getAccess(i).getCoefficients().size()
                               << " coefficients; expected " << op.getNumDims();
    if (failed(verifySymbols(op.getAccess(i).getOffset())) ||
        llvm::any_of(op.getAccess(i).getCoefficients(),
                     [&](SizeAttr size) { return failed(verifySymbols(size)); }))
      return failure();
  }
  if (op->getResult(0).getType() != op.getDestinationOperand().getType())
    return op->emitOpError() << "K2: result of type " << op->getResult(0).getType() << "; expected "
                             << op.getDestinationOperand().getType();
  return verifyEpilogue(op);
}
