//===- ObjectEmitter.cpp - From the LLVM dialect to machine code ----------===//

#include "tenon/CodeGen/ObjectEmitter.h"

#include "OptimizeModule.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <mutex>

using namespace mlir;
using namespace mlir::tenon;

static constexpr llvm::StringLiteral kTriple = "x86_64-unknown-linux-gnu";

/// A machine that generates position-independent code for `target`, every
/// function in its own section.
static std::unique_ptr<llvm::TargetMachine> createTargetMachine(const CpuTarget &target) {
  static std::once_flag initialized;
  std::call_once(initialized, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
  llvm::Triple triple(kTriple);
  std::string message;
  const llvm::Target *found = llvm::TargetRegistry::lookupTarget(triple, message);
  if (!found)
    return nullptr;
  llvm::TargetOptions options;
  options.FunctionSections = true;
  options.DataSections = true;
  return std::unique_ptr<llvm::TargetMachine>(
      found->createTargetMachine(triple, target.cpu, /*Features=*/"", options, llvm::Reloc::PIC_,
                                 std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// What all functions are told beside their code.
static void setFunctionAttributes(llvm::Module &module, const CpuTarget &target) {
  std::string width = std::to_string(target.vectorBits);
  for (llvm::Function &function : module) {
    function.addFnAttr("target-cpu", target.cpu);
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
    // Loops must not turn into calls of memcpy or memset.
    function.addFnAttr("no-builtins");
    function.addFnAttr(llvm::Attribute::NoUnwind);
    // A kernel has one caller, its entry.
    if (function.hasLocalLinkage())
      function.addFnAttr(llvm::Attribute::AlwaysInline);
  }
}

/// What kernels need between translation and instruction selection. They say
/// themselves which vectors they want, how far loops are unrolled and in which
/// order reductions add: of LLVM's -O3, what remains useful is cleaning up index
/// arithmetic. The rest takes two to four times as long and gains nothing.
static constexpr llvm::StringLiteral kPasses =
    "always-inline,function(early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
    "loop-mssa(loop-rotate,licm),gvn,instcombine<no-verify-fixpoint>,simplifycfg)";

/// Every symbol that the object file uses is defined in it.
static LogicalResult checkSelfContained(ModuleOp module, ArrayRef<char> object) {
  llvm::MemoryBufferRef buffer(StringRef(object.data(), object.size()), "object");
  auto file = llvm::object::ObjectFile::createObjectFile(buffer);
  if (!file)
    return module.emitError() << llvm::toString(file.takeError());
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    auto flags = symbol.getFlags();
    auto name = symbol.getName();
    if (!flags || !name)
      return module.emitError("the object file has a damaged symbol table");
    if ((*flags & llvm::object::SymbolRef::SF_Undefined) && !name->empty() &&
        *name != "_GLOBAL_OFFSET_TABLE_")
      return module.emitError() << "a kernel calls '" << *name
                                << "'; kernels must not call other functions";
  }
  return success();
}

LogicalResult mlir::tenon::emitCode(ModuleOp module, const CpuTarget &target, CodeKind kind,
                                    llvm::SmallVectorImpl<char> &output) {
  std::unique_ptr<llvm::TargetMachine> machine = createTargetMachine(target);
  if (!machine)
    return module.emitError() << "this LLVM generates no code for " << kTriple;
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> translated = translateModuleToLLVMIR(module, context, "tenon");
  if (!translated)
    return module.emitError("could not be translated to LLVM IR");
  translated->setTargetTriple(machine->getTargetTriple());
  translated->setDataLayout(machine->createDataLayout());
  setFunctionAttributes(*translated, target);
  if (llvm::Error error = optimizeModule(*translated, *machine, kPasses))
    return module.emitError() << llvm::toString(std::move(error));

  llvm::raw_svector_ostream stream(output);
  if (kind == CodeKind::LLVM) {
    translated->print(stream, nullptr);
    return success();
  }
  llvm::legacy::PassManager passes;
  auto type = kind == CodeKind::Assembly ? llvm::CodeGenFileType::AssemblyFile
                                         : llvm::CodeGenFileType::ObjectFile;
  if (machine->addPassesToEmitFile(passes, stream, nullptr, type))
    return module.emitError("cannot be written as machine code");
  passes.run(*translated);
  return kind == CodeKind::Object ? checkSelfContained(module, output) : success();
}
