//===- OpSupport.h - Shared by the op families' sources ---------*- C++ -*-===//

#ifndef TENON_LIB_DIALECT_TENON_IR_OPSUPPORT_H
#define TENON_LIB_DIALECT_TENON_IR_OPSUPPORT_H

#include "tenon/Dialect/Tenon/IR/TenonDialect.h"

namespace mlir::tenon {

/// A floating attribute written as a bare number.
ParseResult parsePlainF64(OpAsmParser &parser, FloatAttr &value);
void printPlainF64(OpAsmPrinter &printer, Operation *op, FloatAttr value);

/// `[B, N + 1]`.
ParseResult parseSizes(OpAsmParser &parser, ArrayAttr &sizes);
void printSizes(OpAsmPrinter &printer, Operation *op, ArrayAttr sizes);

/// `[a, b, c]`: one letter per index number.
ParseResult parseIndices(OpAsmParser &parser, DenseI64ArrayAttr &indices);
void printIndices(OpAsmPrinter &printer, Operation *op, DenseI64ArrayAttr indices);

/// `[a: B, (b: 3, c: 16)] -> [b, a, c]`.
ParseResult parseRearrangement(OpAsmParser &parser, ArrayAttr &factors,
                               DenseI64ArrayAttr &inputGroups, DenseI64ArrayAttr &permutation,
                               DenseI64ArrayAttr &resultGroups);
void printRearrangement(OpAsmPrinter &printer, Operation *op, ArrayAttr factors,
                        DenseI64ArrayAttr inputGroups, DenseI64ArrayAttr permutation,
                        DenseI64ArrayAttr resultGroups);

inline SizeAttr sizeAt(ArrayAttr sizes, int64_t index) {
  return llvm::cast<SizeAttr>(sizes[index]);
}

/// The end of `(%a = %x, ...) : type { region }`: gives the arguments the element types
/// of `inputs`, and parses the region and the attributes.
ParseResult parseBoundRegion(OpAsmParser &parser, OperationState &state,
                             MutableArrayRef<OpAsmParser::Argument> arguments, TypeRange inputs,
                             SMLoc loc);

/// True when `axes` are ascending, unique and below `rank`.
bool areAscendingAxes(ArrayRef<int64_t> axes, int64_t rank);

/// An error `constraint: what; expected X, got Y` on `op`.
InFlightDiagnostic emitMismatch(Operation *op, StringRef constraint, const Twine &what,
                                const Twine &expected, const Twine &got);

/// `[B, 4]`, for messages.
std::string shapeToString(ArrayRef<SizeAttr> shape);

/// Holds when `shape` can be repeated to `result` as in `tenon.map`.
bool broadcastsTo(ArrayRef<SizeAttr> shape, ArrayRef<SizeAttr> result);

} // namespace mlir::tenon

#endif // TENON_LIB_DIALECT_TENON_IR_OPSUPPORT_H
