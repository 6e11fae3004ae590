//===- KernelModule.cpp - Kernels compiled for the host -------------------===//

#include "tenon/Emulation/KernelModule.h"
#include "HostSymbols.h"

#include "tenon/Emulation/Retarget.h"

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Verifier.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <mutex>

using namespace llvm;

namespace tenon::emulation {

struct KernelModule::Jit {
  std::unique_ptr<orc::LLJIT> lljit;
};

KernelModule::KernelModule(std::unique_ptr<Jit> jit, Memory &memory)
    : jit(std::move(jit)), memory(memory) {}

KernelModule::~KernelModule() {
  for (void *object : objects)
    memory.removeObject(object);
}

const Kernel *KernelModule::find(StringRef name) const {
  for (const Kernel &kernel : compiled)
    if (kernel.name == name)
      return &kernel;
  return nullptr;
}

/// Enough that values stay in registers. Kernels are long and written out
/// already: the rest of -O1 takes five times as long and gains nothing.
static constexpr StringLiteral kPasses =
    "always-inline,function(sroa,early-cse<memssa>,simplifycfg,"
    "instcombine<no-verify-fixpoint>,simplifycfg)";

static Error optimize(Module &module, TargetMachine &machine) {
  PassBuilder builder(&machine);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager cgsccs;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(cgsccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, cgsccs, modules);
  ModulePassManager passes;
  if (Error error = builder.parsePassPipeline(passes, kPasses))
    return error;
  passes.run(module, modules);
  return Error::success();
}

/// Variables of the module in global or constant memory, made visible by name.
static std::vector<std::pair<std::string, size_t>> exportVariables(Module &module) {
  std::vector<std::pair<std::string, size_t>> variables;
  for (GlobalVariable &variable : module.globals()) {
    if (variable.isDeclaration() || variable.getName().starts_with("llvm."))
      continue;
    variable.setLinkage(GlobalValue::ExternalLinkage);
    variable.setVisibility(GlobalValue::DefaultVisibility);
    if (!variable.hasName())
      variable.setName("variable");
    variables.emplace_back(
        variable.getName(),
        module.getDataLayout().getTypeAllocSize(variable.getValueType()).getFixedValue());
  }
  return variables;
}

Expected<std::unique_ptr<KernelModule>> KernelModule::load(MemoryBufferRef code, Memory &memory,
                                                           Instrumentation instrumentation) {
  static std::once_flag initialized;
  std::call_once(initialized, [] {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
  });
  auto context = std::make_unique<LLVMContext>();
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module = parseIR(code, diagnostic, *context);
  if (!module)
    return createStringError("not a module: " + diagnostic.getMessage());

  Expected<orc::JITTargetMachineBuilder> host = orc::JITTargetMachineBuilder::detectHost();
  if (!host)
    return host.takeError();
  host->setCodeGenOptLevel(CodeGenOptLevel::Less);
  Expected<std::unique_ptr<TargetMachine>> machine = host->createTargetMachine();
  if (!machine)
    return machine.takeError();
  Expected<std::vector<RetargetedKernel>> kernels = retarget(
      *module, (*machine)->createDataLayout(), (*machine)->getTargetTriple(), instrumentation);
  if (!kernels)
    return kernels.takeError();
  std::string wrong;
  raw_string_ostream os(wrong);
  if (verifyModule(*module, &os))
    return createStringError("the retargeted module is not valid: " + wrong);
  std::vector<std::pair<std::string, size_t>> variables = exportVariables(*module);
  if (Error error = optimize(*module, **machine))
    return std::move(error);

  Expected<std::unique_ptr<orc::LLJIT>> lljit =
      orc::LLJITBuilder().setJITTargetMachineBuilder(std::move(*host)).create();
  if (!lljit)
    return lljit.takeError();
  orc::JITDylib &dylib = (*lljit)->getMainJITDylib();
  if (Error error = dylib.define(orc::absoluteSymbols(hostSymbols(**lljit))))
    return std::move(error);
  if (Error error =
          (*lljit)->addIRModule(orc::ThreadSafeModule(std::move(module), std::move(context))))
    return std::move(error);

  std::unique_ptr<KernelModule> result(
      new KernelModule(std::make_unique<Jit>(Jit{std::move(*lljit)}), memory));
  orc::LLJIT &compiler = *result->jit->lljit;
  for (RetargetedKernel &retargeted : *kernels) {
    Expected<orc::ExecutorAddr> address = compiler.lookup(retargeted.entryName);
    if (!address)
      return address.takeError();
    retargeted.kernel.entry = address->toPtr<void (*)(Thread *, void **)>();
    result->compiled.push_back(std::move(retargeted.kernel));
  }
  for (const auto &[name, bytes] : variables) {
    Expected<orc::ExecutorAddr> address = compiler.lookup(name);
    if (!address)
      return address.takeError();
    memory.addObject(address->toPtr<void *>(), bytes, "variable '" + name + "'");
    result->objects.push_back(address->toPtr<void *>());
  }
  return std::move(result);
}

} // namespace tenon::emulation
