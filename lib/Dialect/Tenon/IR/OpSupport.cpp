//===- OpSupport.cpp - Shared by the op families' sources -----------------===//

#include "OpSupport.h"

using namespace mlir;
using namespace mlir::tenon;

ParseResult mlir::tenon::parsePlainF64(OpAsmParser &parser, FloatAttr &value) {
  double number;
  if (parser.parseFloat(number))
    return failure();
  value = parser.getBuilder().getF64FloatAttr(number);
  return success();
}

void mlir::tenon::printPlainF64(OpAsmPrinter &printer, Operation *, FloatAttr value) {
  printer.printFloat(value.getValue());
}

ParseResult mlir::tenon::parseSizes(OpAsmParser &parser, ArrayAttr &sizes) {
  SmallVector<Attribute> elements;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&]() -> ParseResult {
        FailureOr<SizeAttr> size = parseSize(parser);
        if (failed(size))
          return failure();
        elements.push_back(*size);
        return success();
      }))
    return failure();
  sizes = parser.getBuilder().getArrayAttr(elements);
  return success();
}

void mlir::tenon::printSizes(OpAsmPrinter &printer, Operation *, ArrayAttr sizes) {
  printer << "[";
  llvm::interleaveComma(sizes, printer,
                        [&](Attribute size) { printSize(printer, cast<SizeAttr>(size)); });
  printer << "]";
}

ParseResult mlir::tenon::parseBoundRegion(OpAsmParser &parser, OperationState &state,
                                          MutableArrayRef<OpAsmParser::Argument> arguments,
                                          TypeRange inputs, SMLoc loc) {
  for (auto [argument, type] : llvm::zip(arguments, inputs)) {
    auto tensor = dyn_cast<TenonTensorType>(type);
    if (!tensor)
      return parser.emitError(loc) << "expected tenon tensors, got " << type;
    argument.type = tensor.getElementType();
  }
  return failure(parser.parseRegion(*state.addRegion(), arguments) ||
                 parser.parseOptionalAttrDict(state.attributes));
}

bool mlir::tenon::areAscendingAxes(ArrayRef<int64_t> axes, int64_t rank) {
  int64_t previous = -1;
  for (int64_t axis : axes) {
    if (axis <= previous || axis >= rank)
      return false;
    previous = axis;
  }
  return true;
}

InFlightDiagnostic mlir::tenon::emitMismatch(Operation *op, StringRef constraint, const Twine &what,
                                             const Twine &expected, const Twine &got) {
  return op->emitOpError() << constraint << ": " << what << "; expected " << expected << ", got "
                           << got;
}

std::string mlir::tenon::shapeToString(ArrayRef<SizeAttr> shape) {
  std::string text = "[";
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(shape, os, [&](SizeAttr size) { os << size.toString(); });
  os << "]";
  return text;
}

bool mlir::tenon::broadcastsTo(ArrayRef<SizeAttr> shape, ArrayRef<SizeAttr> result) {
  if (shape.size() > result.size())
    return false;
  return llvm::all_of(llvm::zip(shape, result.take_back(shape.size())), [](auto pair) {
    auto [size, resultSize] = pair;
    return size == resultSize || size.isOne();
  });
}

//===----------------------------------------------------------------------===//
// Index lists and rearrangements
//===----------------------------------------------------------------------===//

/// a, b, ..., z, a1, b1, ...
static std::string letter(int64_t index) {
  std::string name(1, char('a' + index % 26));
  return index < 26 ? name : name + std::to_string(index / 26);
}

static ParseResult parseLetter(OpAsmParser &parser, int64_t &index) {
  StringRef name;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&name))
    return failure();
  unsigned round = 0;
  if (name[0] < 'a' || name[0] > 'z' ||
      (name.size() > 1 && name.drop_front().getAsInteger(10, round)) || round > 1000)
    return parser.emitError(loc) << "expected an index like a, b or a1, got '" << name << "'";
  index = (name[0] - 'a') + 26 * int64_t(round);
  return success();
}

ParseResult mlir::tenon::parseIndices(OpAsmParser &parser, DenseI64ArrayAttr &indices) {
  SmallVector<int64_t> numbers;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                     [&] { return parseLetter(parser, numbers.emplace_back()); }))
    return failure();
  indices = parser.getBuilder().getDenseI64ArrayAttr(numbers);
  return success();
}

void mlir::tenon::printIndices(OpAsmPrinter &printer, Operation *, DenseI64ArrayAttr indices) {
  printer << "[";
  llvm::interleaveComma(indices.asArrayRef(), printer,
                        [&](int64_t index) { printer << letter(index); });
  printer << "]";
}

/// A list of axes, each `item` or `(item, item, ...)`; `groups` gets the counts.
static ParseResult parseGroups(OpAsmParser &parser, SmallVectorImpl<int64_t> &groups,
                               function_ref<ParseResult()> parseItem) {
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&]() -> ParseResult {
    int64_t count = 0;
    auto countItem = [&] {
      ++count;
      return parseItem();
    };
    if (failed(parser.parseOptionalLParen())) {
      if (countItem())
        return failure();
    } else if (failed(parser.parseOptionalRParen())) {
      if (parser.parseCommaSeparatedList(countItem) || parser.parseRParen())
        return failure();
    }
    groups.push_back(count);
    return success();
  });
}

ParseResult mlir::tenon::parseRearrangement(OpAsmParser &parser, ArrayAttr &factors,
                                            DenseI64ArrayAttr &inputGroups,
                                            DenseI64ArrayAttr &permutation,
                                            DenseI64ArrayAttr &resultGroups) {
  SmallVector<Attribute> sizes;
  SmallVector<int64_t> inputs, order, results;
  auto parseFactor = [&]() -> ParseResult {
    int64_t index;
    SMLoc loc = parser.getCurrentLocation();
    if (parseLetter(parser, index) || parser.parseColon())
      return failure();
    if (index != int64_t(sizes.size()))
      return parser.emitError(loc)
             << "factors are lettered in order; expected '" << letter(sizes.size()) << "'";
    FailureOr<SizeAttr> size = parseSize(parser);
    if (failed(size))
      return failure();
    sizes.push_back(*size);
    return success();
  };
  if (parseGroups(parser, inputs, parseFactor) || parser.parseArrow() ||
      parseGroups(parser, results, [&] { return parseLetter(parser, order.emplace_back()); }))
    return failure();
  factors = parser.getBuilder().getArrayAttr(sizes);
  inputGroups = parser.getBuilder().getDenseI64ArrayAttr(inputs);
  permutation = parser.getBuilder().getDenseI64ArrayAttr(order);
  resultGroups = parser.getBuilder().getDenseI64ArrayAttr(results);
  return success();
}

static void printGroups(OpAsmPrinter &printer, ArrayRef<int64_t> groups,
                        function_ref<void(int64_t)> printItem) {
  int64_t next = 0;
  printer << "[";
  llvm::interleaveComma(groups, printer, [&](int64_t count) {
    if (count != 1)
      printer << "(";
    for (int64_t i = 0; i < count; ++i) {
      if (i)
        printer << ", ";
      printItem(next++);
    }
    if (count != 1)
      printer << ")";
  });
  printer << "]";
}

void mlir::tenon::printRearrangement(OpAsmPrinter &printer, Operation *, ArrayAttr factors,
                                     DenseI64ArrayAttr inputGroups, DenseI64ArrayAttr permutation,
                                     DenseI64ArrayAttr resultGroups) {
  printGroups(printer, inputGroups, [&](int64_t index) {
    printer << letter(index) << ": ";
    if (index < int64_t(factors.size()))
      printSize(printer, sizeAt(factors, index));
  });
  printer << " -> ";
  printGroups(printer, resultGroups, [&](int64_t index) {
    if (index < permutation.size())
      printer << letter(permutation[index]);
  });
}
