//===- ConvertFloat.h - bf16 conversions in integer arithmetic --*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_CONVERTFLOAT_H
#define TENON_LIB_EMULATION_CONVERTFLOAT_H

#include "llvm/IR/IRBuilder.h"

namespace tenon::emulation {

/// The bits of f32 `value` (or of each element) rounded to bf16, nearest, ties
/// to even, in the low half of an i32; NaN is 0x7fff, as on the GPU.
llvm::Value *roundToBF16(llvm::IRBuilderBase &builder, llvm::Value *value);

/// Replaces fptrunc from f32 to bf16 and fpext from bf16 to f32, for which not
/// every host has instructions; leaves all others.
void convertBF16(llvm::Instruction &instruction);

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_CONVERTFLOAT_H
