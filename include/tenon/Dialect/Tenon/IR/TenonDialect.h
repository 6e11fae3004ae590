//===- TenonDialect.h - The tenon dialect -----------------------*- C++ -*-===//
//
// Graph tier: tensors with symbolic sizes, parameters, blocks.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TENON_IR_TENONDIALECT_H
#define TENON_DIALECT_TENON_IR_TENONDIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "tenon/Dialect/Tenon/IR/TenonDialect.h.inc"
#include "tenon/Dialect/Tenon/IR/TenonEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "tenon/Dialect/Tenon/IR/TenonAttributes.h.inc"
#define GET_TYPEDEF_CLASSES
#include "tenon/Dialect/Tenon/IR/TenonTypes.h.inc"

#include "tenon/Dialect/Tenon/IR/TenonInterfaces.h.inc"

#define GET_OP_CLASSES
#include "tenon/Dialect/Tenon/IR/TenonOps.h.inc"

namespace mlir::tenon {

/// Argument and result attributes of entry functions (`func.func`): the name on
/// the command line, and the value that fills an input that is left out.
inline constexpr llvm::StringLiteral kNameAttr = "tenon.name";
inline constexpr llvm::StringLiteral kDefaultAttr = "tenon.default";
/// Function attribute: the documentation of an entry.
inline constexpr llvm::StringLiteral kDocAttr = "tenon.doc";
/// Of an entry: the size along which its samples do not depend on one another.
inline constexpr llvm::StringLiteral kBatchAttr = "tenon.batch";
/// Module attribute: the model's name.
inline constexpr llvm::StringLiteral kModelAttr = "tenon.model";

/// Reads and writes sizes as they stand in types: `B*N + 1`.
FailureOr<SizeAttr> parseSize(AsmParser &parser);
void printSize(AsmPrinter &printer, SizeAttr size);

/// Writes `op` as `(%arg = %operand, ...)` and reads it back: the operands of an
/// op whose region has one argument per operand.
ParseResult parseBoundOperands(OpAsmParser &parser,
                               SmallVectorImpl<OpAsmParser::UnresolvedOperand> &operands,
                               SmallVectorImpl<OpAsmParser::Argument> &arguments);
void printBoundOperands(OpAsmPrinter &printer, ValueRange operands,
                        Block::BlockArgListType arguments);

/// Holds when every op of `region` is a scalar op without side effects or
/// regions; otherwise says which is not.
LogicalResult verifyScalarRegion(Operation *op, Region &region, StringRef constraint);

} // namespace mlir::tenon

#endif // TENON_DIALECT_TENON_IR_TENONDIALECT_H
