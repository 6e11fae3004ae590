//===- ExpandPtxFunctions.cpp - Device functions become PTX ---------------===//

#include "tenon/CodeGen/ExpandPtxFunctions.h"

#include "tenon/Target/PtxFunctions.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"

using namespace mlir::tenon;

namespace {

/// Text and constraints of inline assembly, and the type of the function that
/// it stands for.
struct Assembly {
  std::string text, constraints;
  llvm::FunctionType *type;
};

class AssemblyWriter {
public:
  AssemblyWriter(const PtxFunction &function, llvm::LLVMContext &context)
      : function(function), context(context) {}

  Assembly write() {
    switch (function.kind) {
    case PtxFunction::Kind::Wgmma:
      return writeWgmma();
    case PtxFunction::Kind::WgmmaWait:
      return writeWgmmaWait();
    case PtxFunction::Kind::MBarrierWait:
      break;
    }
    return writeMBarrierWait();
  }

private:
  Assembly writeWgmma();
  Assembly writeWgmmaWait();
  Assembly writeMBarrierWait();

  /// "$first, ..." for `count` operands.
  static std::string operands(unsigned first, unsigned count) {
    std::string text;
    for (unsigned i = 0; i < count; ++i)
      text += (i ? ", $" : "$") + std::to_string(first + i);
    return text;
  }
  /// The accumulators: results, and operands in the same registers.
  std::string tiedAccumulators() const {
    std::string text;
    for (unsigned i = 0; i < function.accumulators; ++i)
      text += i ? ",=f" : "=f";
    for (unsigned i = 0; i < function.accumulators; ++i)
      text += "," + std::to_string(i);
    return text;
  }
  llvm::FunctionType *typeWith(llvm::ArrayRef<llvm::Type *> more) const {
    llvm::Type *f32 = llvm::Type::getFloatTy(context);
    llvm::SmallVector<llvm::Type *> accumulators(function.accumulators, f32);
    auto *result = llvm::StructType::get(context, accumulators);
    llvm::append_range(accumulators, more);
    return llvm::FunctionType::get(result, accumulators, /*isVarArg=*/false);
  }

  const PtxFunction &function;
  llvm::LLVMContext &context;
};

} // namespace

Assembly AssemblyWriter::writeWgmma() {
  const unsigned count = function.accumulators, firstOfA = 2 * count;
  const unsigned registersOfA = function.aInRegisters ? 4 : 1;
  const unsigned b = firstOfA + registersOfA, add = b + 1;
  const std::string element = function.isF16 ? "f16" : "bf16";
  std::string a = operands(firstOfA, registersOfA);
  // Signs of A and B, then for each that lies in shared memory whether k is
  // outermost.
  std::string flags = "1, 1";
  if (function.aInRegisters)
    a = "{" + a + "}";
  else
    flags += function.aMajorMN ? ", 1" : ", 0";
  flags += function.bMajorMN ? ", 1" : ", 0";
  std::string text = "{\n.reg .pred add;\nsetp.ne.b32 add, $" + std::to_string(add) +
                     ", 0;\nwgmma.mma_async.sync.aligned.m64n" + std::to_string(2 * count) +
                     "k16.f32." + element + "." + element + " {" + operands(0, count) + "}, " + a +
                     ", $" + std::to_string(b) + ", add, " + flags + ";\n}";
  llvm::Type *i32 = llvm::Type::getInt32Ty(context), *i64 = llvm::Type::getInt64Ty(context);
  llvm::SmallVector<llvm::Type *> more(registersOfA, function.aInRegisters ? i32 : i64);
  more.append({i64, i32});
  return {text, tiedAccumulators() + (function.aInRegisters ? ",r,r,r,r,l,r" : ",l,l,r"),
          typeWith(more)};
}

Assembly AssemblyWriter::writeWgmmaWait() {
  return {"wgmma.wait_group.sync.aligned " + std::to_string(function.inFlight) + ";",
          tiedAccumulators() + ",~{memory}", typeWith({})};
}

Assembly AssemblyWriter::writeMBarrierWait() {
  // A try_wait gives up after a while: repeat it.
  constexpr const char *kText = "{\n.reg .pred over;\nagain${:uid}:\n"
                                "mbarrier.try_wait.parity.shared::cta.b64 over, [$0], $1;\n"
                                "@!over bra.uni again${:uid};\n}";
  auto *type = llvm::FunctionType::get(
      llvm::Type::getVoidTy(context),
      {llvm::PointerType::get(context, /*AddressSpace=*/3), llvm::Type::getInt32Ty(context)},
      /*isVarArg=*/false);
  return {kText, "l,r,~{memory}", type};
}

/// Replaces all calls of `declaration` and erases it.
static llvm::Error expand(llvm::Function &declaration) {
  std::optional<PtxFunction> function = PtxFunction::parse(
      std::string_view(declaration.getName().data(), declaration.getName().size()));
  if (!function)
    return llvm::createStringError("there is no device function '" + declaration.getName() + "'");
  Assembly assembly = AssemblyWriter(*function, declaration.getContext()).write();
  if (declaration.getFunctionType() != assembly.type)
    return llvm::createStringError("'" + declaration.getName() + "' is declared with another type");
  auto *text = llvm::InlineAsm::get(assembly.type, assembly.text, assembly.constraints,
                                    /*hasSideEffects=*/true);
  for (llvm::User *user : llvm::make_early_inc_range(declaration.users())) {
    auto *call = llvm::dyn_cast<llvm::CallInst>(user);
    if (!call || call->getCalledOperand() != &declaration)
      return llvm::createStringError("'" + declaration.getName() + "' may only be called");
    llvm::IRBuilder<> builder(call);
    llvm::SmallVector<llvm::Value *> arguments(call->args());
    llvm::CallInst *expanded = builder.CreateCall(text, arguments);
    // All threads of a warp come to it together, or none.
    expanded->setConvergent();
    call->replaceAllUsesWith(expanded);
    call->eraseFromParent();
  }
  declaration.eraseFromParent();
  return llvm::Error::success();
}

llvm::Error mlir::tenon::expandPtxFunctions(llvm::Module &module) {
  for (llvm::Function &function : llvm::make_early_inc_range(module))
    if (function.isDeclaration() && function.getName().starts_with("tenon."))
      if (llvm::Error error = expand(function))
        return error;
  return llvm::Error::success();
}
