//===- Retarget.cpp - GPU code made to run on the host --------------------===//

#include "tenon/Emulation/Retarget.h"
#include "Access.h"
#include "ConvertFloat.h"
#include "RetargetCall.h"
#include "SharedArena.h"
#include "SharedLayout.h"
#include "Thread.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

#include <cstddef>

using namespace llvm;

namespace tenon::emulation {

static constexpr unsigned kSharedSpace = 3;

static Error makeError(const Function &function, const Twine &message) {
  return createStringError("'" + function.getName() + "': " + message);
}

namespace {

class Retargeting {
public:
  Retargeting(Module &module, Instrumentation instrumentation)
      : module(module), instrumentation(instrumentation) {}

  Error run(const DataLayout &hostLayout, const Triple &hostTriple);
  std::vector<RetargetedKernel> takeKernels() { return std::move(kernels); }

private:
  Error describeKernels();
  Error addThreadParameters();
  Error rewrite(Function &function);
  Error rewriteCall(CallInst &call, Value *thread, uint32_t site);
  void makeEntry(RetargetedKernel &kernel, Function &function);

  Module &module;
  Instrumentation instrumentation;
  SharedLayout layout;
  std::vector<RetargetedKernel> kernels;
  /// A kernel's parameters that are passed as the address of a constant copy.
  DenseMap<const Function *, SmallVector<Type *>> copiedParameters;
  /// From a function as given to the one with the thread as first parameter.
  MapVector<Function *, Function *> replacements;
};

} // namespace

/// The product of the sizes "x,y,z" that the blocks of a kernel have at most, or
/// 0 when it does not say.
static uint32_t threadLimit(const Function &function) {
  uint32_t threads = 1;
  StringRef text = function.getFnAttribute("nvvm.reqntid").getValueAsString();
  if (text.empty())
    text = function.getFnAttribute("nvvm.maxntid").getValueAsString();
  if (text.empty())
    return 0;
  for (StringRef part : split(text, ',')) {
    uint32_t size = 1;
    if (part.trim().getAsInteger(10, size))
      return 0;
    threads *= size;
  }
  return threads;
}

Error Retargeting::describeKernels() {
  for (Function &function : module) {
    if (function.isDeclaration() || function.getCallingConv() != CallingConv::PTX_Kernel)
      continue;
    RetargetedKernel result;
    Kernel &kernel = result.kernel;
    kernel.name = function.getName().str();
    result.entryName = kernel.name + ".emulated";
    kernel.maxThreads = threadLimit(function);
    kernel.flushesDenormals = function.getFnAttribute("denormal-fp-math-f32")
                                  .getValueAsString()
                                  .starts_with("preserve-sign");
    kernel.checksAccesses = instrumentation.checksAccesses;
    SharedLayout::Extent extent = layout.extentOf(function);
    kernel.staticShared = extent.fixedBytes;
    kernel.dynamicOffset = extent.dynamicOffset;
    const DataLayout &dl = module.getDataLayout();
    for (Argument &argument : function.args()) {
      Type *copied = argument.getParamByValType();
      Type *type = copied ? copied : argument.getType();
      Align align = argument.getParamAlign().value_or(dl.getABITypeAlign(type));
      kernel.parameters.push_back({dl.getTypeAllocSize(type), align.value()});
      bool isConstant = argument.hasAttribute("nvvm.grid_constant");
      copiedParameters[&function].push_back(copied && !isConstant ? copied : nullptr);
    }
    kernels.push_back(std::move(result));
  }
  return Error::success();
}

/// Gives every function a first parameter, the running thread.
Error Retargeting::addThreadParameters() {
  SmallVector<Function *> functions;
  for (Function &function : module)
    if (!function.isDeclaration())
      functions.push_back(&function);
  for (Function *function : functions) {
    for (User *user : function->users()) {
      auto *call = dyn_cast<CallInst>(user);
      if (!call || call->getCalledOperand() != function)
        return makeError(*function, "its address is taken, which has no emulation");
    }
    SmallVector<Type *> types{PointerType::getUnqual(module.getContext())};
    append_range(types, function->getFunctionType()->params());
    auto *type = FunctionType::get(function->getReturnType(), types, /*isVarArg=*/false);
    auto *replacement = Function::Create(type, GlobalValue::InternalLinkage, "", &module);
    replacement->takeName(function);
    replacement->setDoesNotThrow();
    replacement->splice(replacement->begin(), function);
    for (auto [before, after] : zip(function->args(), drop_begin(replacement->args()))) {
      before.replaceAllUsesWith(&after);
      after.takeName(&before);
    }
    replacement->getArg(0)->setName("thread");
    replacements[function] = replacement;
  }
  return Error::success();
}

Error Retargeting::rewriteCall(CallInst &call, Value *thread, uint32_t site) {
  Function *function = call.getFunction();
  if (call.isInlineAsm())
    return makeError(*function, "inline assembly has no emulation: " +
                                    cast<InlineAsm>(call.getCalledOperand())->getAsmString());
  Function *callee = call.getCalledFunction();
  if (!callee)
    return makeError(*function, "a call through a pointer has no emulation");
  IRBuilder<> builder(&call);
  Value *result = nullptr;
  if (Function *replacement = replacements.lookup(callee)) {
    SmallVector<Value *> arguments{thread};
    append_range(arguments, call.args());
    result = builder.CreateCall(replacement, arguments);
  } else {
    StringRef name = callee->getName();
    CallSite at(call, thread, site);
    if (name == "llvm.trap")
      result = at.runtime("tenon.emulation.trap", {});
    else if (name.consume_front("llvm.nvvm."))
      result = emulateIntrinsic(at, name);
    else if (name.starts_with("tenon."))
      result = emulateFunction(at, name);
    else if (callee->isIntrinsic())
      return Error::success();
    if (!result)
      return makeError(*function, callee->getName() + " has no emulation");
  }
  if (!call.getType()->isVoidTy())
    call.replaceAllUsesWith(result);
  call.eraseFromParent();
  return Error::success();
}

/// The GPU's shared addresses are small numbers; those of the host are not.
static void rewritePointerCast(Instruction &instruction, Value *thread) {
  IRBuilder<> builder(instruction.getNextNode());
  if (auto *number = dyn_cast<PtrToIntInst>(&instruction)) {
    uint64_t mask = SharedArena::kOffsetMask;
    unsigned bits = number->getType()->getScalarSizeInBits();
    if (bits < 64)
      mask &= (uint64_t{1} << bits) - 1;
    auto *masked = cast<Instruction>(builder.CreateAnd(number, mask));
    number->replaceUsesWithIf(masked, [&](Use &use) { return use.getUser() != masked; });
    return;
  }
  auto *intToPtr = dyn_cast<IntToPtrInst>(&instruction);
  builder.SetInsertPoint(&instruction);
  Value *base = builder.CreateAlignedLoad(
      builder.getPtrTy(),
      builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), thread, offsetof(Thread, shared)),
      Align(8));
  Value *offset = builder.CreateZExtOrTrunc(intToPtr->getOperand(0), builder.getInt64Ty());
  Value *address = builder.CreateGEP(builder.getInt8Ty(), base, offset);
  intToPtr->replaceAllUsesWith(builder.CreateAddrSpaceCast(address, intToPtr->getType()));
  intToPtr->eraseFromParent();
}

/// Whether a check of accesses through `pointer` could find anything: not in a
/// thread's own variables, nor in what this file has added.
static bool isWorthChecking(Value *pointer, Value *thread) {
  Value *object = getUnderlyingObject(pointer);
  return object != thread && !isa<AllocaInst>(object);
}

/// Puts calls of checkAccess before an instruction that accesses memory.
static void addChecks(Instruction &instruction, Value *thread, uint32_t site) {
  IRBuilder<> builder(&instruction);
  const DataLayout &dl = instruction.getDataLayout();
  auto check = [&](Value *pointer, Value *bytes, Align align, bool isWrite) {
    if (!isWorthChecking(pointer, thread))
      return;
    AccessKind kind{isWrite, static_cast<uint32_t>(align.value())};
    callRuntime(builder, thread, "tenon.emulation.access",
                {pointer, bytes, builder.getInt32(kind.encode()), builder.getInt32(site)});
  };
  auto bytesOf = [&](Type *type) {
    return builder.getInt64(dl.getTypeStoreSize(type).getFixedValue());
  };
  if (auto *load = dyn_cast<LoadInst>(&instruction))
    check(load->getPointerOperand(), bytesOf(load->getType()), load->getAlign(), false);
  if (auto *store = dyn_cast<StoreInst>(&instruction))
    check(store->getPointerOperand(), bytesOf(store->getValueOperand()->getType()),
          store->getAlign(), true);
  if (auto *move = dyn_cast<MemTransferInst>(&instruction))
    check(move->getSource(), move->getLength(), Align(1), false);
  if (auto *fill = dyn_cast<MemIntrinsic>(&instruction))
    check(fill->getDest(), fill->getLength(), Align(1), true);
}

Error Retargeting::rewrite(Function &function) {
  Value *thread = function.getArg(0);
  uint32_t site = 0, access = 0;
  for (Instruction &instruction : make_early_inc_range(instructions(function))) {
    if (isa<AtomicRMWInst, AtomicCmpXchgInst>(instruction))
      return makeError(function, "an atomic operation: results must not depend on the order of "
                                 "threads");
    if (instrumentation.checksAccesses && isa<LoadInst, StoreInst, MemIntrinsic>(instruction))
      addChecks(instruction, thread, access++);
    if (isa<PtrToIntInst>(instruction) &&
        instruction.getOperand(0)->getType()->getPointerAddressSpace() == kSharedSpace)
      rewritePointerCast(instruction, thread);
    else if (isa<IntToPtrInst>(instruction) &&
             instruction.getType()->getPointerAddressSpace() == kSharedSpace)
      rewritePointerCast(instruction, thread);
    else if (isa<FPTruncInst, FPExtInst>(instruction))
      convertBF16(instruction);
    else if (auto *call = dyn_cast<CallInst>(&instruction))
      if (Error error = rewriteCall(*call, thread, site++))
        return error;
  }
  return Error::success();
}

/// void entry(thread, arguments): calls the kernel with the values that the
/// addresses point to.
void Retargeting::makeEntry(RetargetedKernel &kernel, Function &function) {
  LLVMContext &context = module.getContext();
  Type *pointer = PointerType::getUnqual(context);
  auto *type = FunctionType::get(Type::getVoidTy(context), {pointer, pointer}, false);
  auto *entry = Function::Create(type, GlobalValue::ExternalLinkage, kernel.entryName, &module);
  entry->setDoesNotThrow();
  IRBuilder<> builder(BasicBlock::Create(context, "", entry));
  SmallVector<Value *> values{entry->getArg(0)};
  Function *original = nullptr;
  for (auto [before, after] : replacements)
    if (after == &function)
      original = before;
  for (auto [index, argument] : enumerate(drop_begin(function.args()))) {
    Value *slot = builder.CreateConstInBoundsGEP1_64(pointer, entry->getArg(1), index);
    Value *address = builder.CreateLoad(pointer, slot);
    const Kernel::Parameter &parameter = kernel.kernel.parameters[index];
    if (Type *copied = copiedParameters[original][index]) {
      AllocaInst *copy = builder.CreateAlloca(copied);
      copy->setAlignment(Align(parameter.alignment));
      builder.CreateMemCpy(copy, copy->getAlign(), address, MaybeAlign(1), parameter.bytes);
      values.push_back(builder.CreateAddrSpaceCast(copy, argument.getType()));
    } else if (original->getArg(index)->hasByValAttr()) {
      values.push_back(builder.CreateAddrSpaceCast(address, argument.getType()));
    } else {
      values.push_back(builder.CreateAlignedLoad(argument.getType(), address, Align(1)));
    }
  }
  builder.CreateCall(&function, values);
  builder.CreateRetVoid();
}

/// What the module says about its GPU and nothing else.
static void removeTargetInformation(Module &module) {
  StripDebugInfo(module);
  if (NamedMDNode *annotations = module.getNamedMetadata("nvvm.annotations"))
    module.eraseNamedMetadata(annotations);
  for (Function &function : module)
    if (!function.isIntrinsic() && function.isDeclaration() && function.use_empty())
      function.setCallingConv(CallingConv::C);
}

Error Retargeting::run(const DataLayout &hostLayout, const Triple &hostTriple) {
  removeTargetInformation(module);
  if (Error error = layout.compute(module))
    return error;
  if (Error error = describeKernels())
    return error;
  module.setTargetTriple(hostTriple);
  module.setDataLayout(hostLayout);
  if (Error error = addThreadParameters())
    return error;
  layout.replaceVariables(replacements);
  for (auto [before, after] : replacements)
    if (Error error = rewrite(*after))
      return error;
  for (RetargetedKernel &kernel : kernels)
    makeEntry(kernel, *module.getFunction(kernel.kernel.name));
  for (auto [before, after] : replacements)
    before->eraseFromParent();
  for (Function &function : make_early_inc_range(module))
    if (function.isDeclaration() && function.use_empty())
      function.eraseFromParent();
  return Error::success();
}

Expected<std::vector<RetargetedKernel>> retarget(Module &module, const DataLayout &hostLayout,
                                                 const Triple &hostTriple,
                                                 Instrumentation instrumentation) {
  Retargeting retargeting(module, instrumentation);
  if (Error error = retargeting.run(hostLayout, hostTriple))
    return std::move(error);
  return retargeting.takeKernels();
}

} // namespace tenon::emulation
