//===- GpuImage.cpp - From the LLVM dialect to code for GPUs --------------===//

#include "tenon/CodeGen/GpuImage.h"

#include "OptimizeModule.h"

#include "tenon/CodeGen/ExpandPtxFunctions.h"
#include "tenon/Conversion/KernelToNVVM/GpuContext.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <mutex>

using namespace mlir;
using namespace mlir::tenon;

static constexpr llvm::StringLiteral kTriple = "nvptx64-nvidia-cuda";

static std::unique_ptr<llvm::TargetMachine> createTargetMachine(const GpuTarget &target) {
  static std::once_flag initialized;
  std::call_once(initialized, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
  llvm::Triple triple(kTriple);
  std::string message;
  const llvm::Target *found = llvm::TargetRegistry::lookupTarget(triple, message);
  if (!found)
    return nullptr;
  return std::unique_ptr<llvm::TargetMachine>(
      found->createTargetMachine(triple, target.name, target.features, llvm::TargetOptions(),
                                 std::nullopt, std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// How many threads a block of each kernel has: registers are shared out by it.
static void setThreads(ModuleOp module, llvm::Module &translated) {
  for (auto kernel : module.getOps<LLVM::LLVMFuncOp>())
    if (auto threads = kernel->getAttrOfType<IntegerAttr>(kernel::kThreadsAttr))
      translated.getFunction(kernel.getName())
          ->addFnAttr("nvvm.maxntid", std::to_string(threads.getInt()));
}

LogicalResult mlir::tenon::emitGpuImage(ModuleOp module, const GpuTarget &target, GpuImageKind kind,
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
  setThreads(module, *translated);
  if (llvm::Error error = optimizeModule(*translated, *machine, "default<O3>"))
    return module.emitError() << llvm::toString(std::move(error));
  for (const llvm::Function &function : *translated)
    if (function.isDeclaration() && !function.isIntrinsic() &&
        !function.getName().starts_with("tenon."))
      return module.emitError() << "a kernel calls '" << function.getName()
                                << "'; kernels must not call other functions";

  llvm::raw_svector_ostream stream(output);
  if (kind == GpuImageKind::LLVM) {
    translated->print(stream, nullptr);
    return success();
  }
  if (kind == GpuImageKind::Bitcode) {
    llvm::WriteBitcodeToFile(*translated, stream);
    return success();
  }
  if (llvm::Error error = expandPtxFunctions(*translated))
    return module.emitError() << llvm::toString(std::move(error));
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile))
    return module.emitError("cannot be written as PTX");
  passes.run(*translated);
  return success();
}
