//===- KernelSyntax.h - Text form shared by kernel ops ----------*- C++ -*-===//
//
//   kernel.NAME [role d: size, ...] (%in[access], ...) -> %dest[access]
//       keyword(attributes) : (types) -> type { region }
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_DIALECT_KERNEL_IR_KERNELSYNTAX_H
#define TENON_LIB_DIALECT_KERNEL_IR_KERNELSYNTAX_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

namespace mlir::tenon::kernel {

/// Reads domain, operands with accesses, the attribute dictionary and types into
/// `state`; regions follow. The types in parentheses are the inputs'; the
/// destination has the result's type.
ParseResult parseKernel(OpAsmParser &parser, OperationState &state);

/// Writes what `parseKernel` reads.
void printKernel(OpAsmPrinter &printer, KernelOpInterface op);

/// Constraints K1 to K5 (K4 and K5 for the epilogue region).
LogicalResult verifyKernel(KernelOpInterface op);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_DIALECT_KERNEL_IR_KERNELSYNTAX_H
