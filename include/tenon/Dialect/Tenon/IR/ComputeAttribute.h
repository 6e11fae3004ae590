//===- ComputeAttribute.h - What products are computed in -------*- C++ -*-===//

#ifndef TENON_DIALECT_TENON_IR_COMPUTEATTRIBUTE_H
#define TENON_DIALECT_TENON_IR_COMPUTEATTRIBUTE_H

#include "llvm/ADT/StringRef.h"

namespace mlir::tenon {

/// Of a module, a type: what factors of products are rounded to where a device gains by it,
/// bf16 or tf32. Sums are f32. Without it products are of f32.
inline constexpr llvm::StringLiteral kComputeAttr = "tenon.compute";

} // namespace mlir::tenon

#endif // TENON_DIALECT_TENON_IR_COMPUTEATTRIBUTE_H
