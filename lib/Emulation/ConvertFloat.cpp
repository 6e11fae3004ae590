//===- ConvertFloat.cpp - bf16 conversions in integer arithmetic ----------===//

#include "ConvertFloat.h"

using namespace llvm;

namespace tenon::emulation {

/// The integer type as wide as `type` or each of its elements.
static Type *bitsOf(Type *type) {
  return type->getWithNewType(
      IntegerType::get(type->getContext(), type->getScalarType()->getPrimitiveSizeInBits()));
}

Value *roundToBF16(IRBuilderBase &builder, Value *value) {
  Type *wide = bitsOf(value->getType());
  Value *bits = builder.CreateBitCast(value, wide);
  Value *odd = builder.CreateAnd(builder.CreateLShr(bits, 16), 1);
  Value *sum = builder.CreateAdd(builder.CreateAdd(bits, ConstantInt::get(wide, 0x7fff)), odd);
  Value *isNaN = builder.CreateFCmpUNO(value, value);
  return builder.CreateSelect(isNaN, ConstantInt::get(wide, 0x7fff), builder.CreateLShr(sum, 16));
}

void convertBF16(Instruction &instruction) {
  Value *operand = instruction.getOperand(0);
  Type *from = operand->getType(), *to = instruction.getType();
  IRBuilder<> builder(&instruction);
  Value *result = nullptr;
  if (from->getScalarType()->isFloatTy() && to->getScalarType()->isBFloatTy())
    result = builder.CreateTrunc(roundToBF16(builder, operand), bitsOf(to));
  else if (from->getScalarType()->isBFloatTy() && to->getScalarType()->isFloatTy())
    result = builder.CreateShl(
        builder.CreateZExt(builder.CreateBitCast(operand, bitsOf(from)), bitsOf(to)), 16);
  else
    return;
  instruction.replaceAllUsesWith(builder.CreateBitCast(result, to));
  instruction.eraseFromParent();
}

} // namespace tenon::emulation
