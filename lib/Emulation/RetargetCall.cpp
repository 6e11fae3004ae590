//===- RetargetCall.cpp - Calls of GPU instructions -----------------------===//

#include "RetargetCall.h"
#include "RuntimeFunctions.h"
#include "Thread.h"

#include "llvm/IR/Module.h"

#include <cstddef>

using namespace llvm;

namespace tenon::emulation {

static Type *typeOf(IRBuilder<> &builder, char letter) {
  switch (letter) {
  case 'i':
    return builder.getInt32Ty();
  case 'l':
    return builder.getInt64Ty();
  case 'p':
    return builder.getPtrTy();
  default:
    return builder.getVoidTy();
  }
}

Value *callRuntime(IRBuilder<> &builder, Value *thread, StringRef name,
                   ArrayRef<Value *> arguments) {
  const RuntimeFunction *found = nullptr;
  for (const RuntimeFunction &function : runtimeFunctions())
    if (name == function.name)
      found = &function;
  assert(found && "no such function of the runtime");
  StringRef signature = found->signature;
  SmallVector<Type *> types{builder.getPtrTy()};
  SmallVector<Value *> values{thread};
  for (auto [letter, value] : zip_equal(signature.drop_front(), arguments)) {
    Type *type = typeOf(builder, letter);
    types.push_back(type);
    values.push_back(type->isPointerTy() ? builder.CreateAddrSpaceCast(value, type)
                                         : builder.CreateZExtOrTrunc(value, type));
  }
  FunctionCallee callee = builder.GetInsertBlock()->getModule()->getOrInsertFunction(
      name, FunctionType::get(typeOf(builder, signature[0]), types, /*isVarArg=*/false));
  auto *declaration = cast<Function>(callee.getCallee());
  // Nothing may make it depend on more conditions than it does now.
  declaration->setConvergent();
  declaration->setDoesNotThrow();
  return builder.CreateCall(callee, values);
}

Value *CallSite::threadWord(size_t offset) {
  Value *address = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), thread, offset);
  LoadInst *load = builder.CreateAlignedLoad(builder.getInt32Ty(), address, Align(4));
  load->setMetadata(LLVMContext::MD_invariant_load, MDNode::get(builder.getContext(), {}));
  return load;
}

Value *CallSite::mailAddress(uint32_t word) {
  return builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), thread,
                                            offsetof(Thread, mail) + size_t{4} * word);
}

void CallSite::writeMail(uint32_t &word, Value *value) {
  Type *type = value->getType();
  if (type->isPointerTy())
    value = builder.CreatePtrToInt(builder.CreateAddrSpaceCast(value, builder.getPtrTy()),
                                   builder.getInt64Ty());
  else if (type->isIntegerTy() && type->getIntegerBitWidth() < 32)
    value = builder.CreateZExt(value, builder.getInt32Ty());
  builder.CreateAlignedStore(value, mailAddress(word), Align(4));
  word += divideCeil(value->getType()->getPrimitiveSizeInBits(), 32);
}

Value *CallSite::readMail(uint32_t &word, Type *type) {
  if (auto *structType = dyn_cast<StructType>(type)) {
    Value *result = PoisonValue::get(type);
    for (unsigned i = 0; i < structType->getNumElements(); ++i)
      result = builder.CreateInsertValue(result, readMail(word, structType->getElementType(i)), i);
    return result;
  }
  bool isNarrow = type->isIntegerTy() && type->getIntegerBitWidth() < 32;
  Value *value = builder.CreateAlignedLoad(isNarrow ? builder.getInt32Ty() : type,
                                           mailAddress(word), Align(4));
  word += divideCeil(type->getPrimitiveSizeInBits(), 32);
  return isNarrow ? builder.CreateTrunc(value, type) : value;
}

Value *CallSite::readMail() {
  if (resultType()->isVoidTy())
    return PoisonValue::get(builder.getInt32Ty());
  uint32_t word = 0;
  return readMail(word, resultType());
}

Value *CallSite::collective(Operation operation, Value *mask, ArrayRef<Value *> operands) {
  uint32_t next = 0;
  for (Value *operand : operands)
    writeMail(next, operand);
  assert(next <= kMailWords && "the mail is too small");
  runtime("tenon.emulation.collective", {word(operation.encode()), mask, word(site)});
  return readMail();
}

Value *CallSite::alignedCollective(Operation operation) {
  SmallVector<Value *> operands(call.args());
  return collective(operation, word(~0u), operands);
}

} // namespace tenon::emulation
