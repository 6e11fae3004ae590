//===- TenonDialect.cpp - Registration and shared syntax ------------------===//

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::tenon;

#include "tenon/Dialect/Tenon/IR/TenonDialect.cpp.inc"
#include "tenon/Dialect/Tenon/IR/TenonEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "tenon/Dialect/Tenon/IR/TenonAttributes.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "tenon/Dialect/Tenon/IR/TenonTypes.cpp.inc"

#include "tenon/Dialect/Tenon/IR/TenonInterfaces.cpp.inc"

void TenonDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "tenon/Dialect/Tenon/IR/TenonAttributes.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "tenon/Dialect/Tenon/IR/TenonTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "tenon/Dialect/Tenon/IR/TenonOps.cpp.inc"
      >();
}

Operation *TenonDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type,
                                             Location loc) {
  auto typed = dyn_cast<TypedAttr>(value);
  auto tensor = dyn_cast<TenonTensorType>(type);
  if (!typed || !tensor || typed.getType() != tensor.getElementType())
    return nullptr;
  return ConstantOp::create(builder, loc, tensor, typed);
}

ParseResult
mlir::tenon::parseBoundOperands(OpAsmParser &parser,
                                SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
                                SmallVectorImpl<OpAsmParser::Argument> &arguments) {
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, [&]() -> ParseResult {
    return failure(parser.parseArgument(arguments.emplace_back()) || parser.parseEqual() ||
                   parser.parseOperand(operands.emplace_back()));
  });
}

void mlir::tenon::printBoundOperands(OpAsmPrinter &printer, ValueRange operands,
                                     Block::BlockArgListType arguments) {
  printer << "(";
  llvm::interleaveComma(llvm::zip(arguments, operands), printer, [&](auto pair) {
    printer.printOperand(std::get<0>(pair));
    printer << " = ";
    printer.printOperand(std::get<1>(pair));
  });
  printer << ")";
}

LogicalResult mlir::tenon::verifyScalarRegion(Operation *op, Region &region, StringRef constraint) {
  for (Operation &scalar : region.front().without_terminator())
    if (scalar.getNumRegions() != 0 || !isMemoryEffectFree(&scalar) ||
        llvm::any_of(scalar.getResultTypes(),
                     [](Type type) { return !type.isIntOrIndexOrFloat(); }))
      return op->emitOpError() << constraint << ": '" << scalar.getName()
                               << "' is not a scalar op without side effects";
  return success();
}
