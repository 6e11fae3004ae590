//===- HostCompiler.cpp - Machine code of the host ------------------------===//

#include "HostCompiler.h"
#include "HostSymbols.h"

#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/Threading.h"
#include "llvm/Transforms/Utils/SplitModule.h"

#include <mutex>

using namespace llvm;

namespace tenon::emulation {

Expected<std::unique_ptr<HostCompiler>> HostCompiler::create() {
  static std::once_flag initialized;
  std::call_once(initialized, [] {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
  });
  Expected<orc::JITTargetMachineBuilder> host = orc::JITTargetMachineBuilder::detectHost();
  if (!host)
    return host.takeError();
  host->setCodeGenOptLevel(CodeGenOptLevel::Less);
  Expected<std::unique_ptr<TargetMachine>> machine = host->createTargetMachine();
  if (!machine)
    return machine.takeError();
  Expected<std::unique_ptr<orc::LLJIT>> jit =
      orc::LLJITBuilder()
          .setJITTargetMachineBuilder(std::move(*host))
          .setNumCompileThreads(hardware_concurrency().compute_thread_count())
          .create();
  if (!jit)
    return jit.takeError();
  orc::JITDylib &dylib = (*jit)->getMainJITDylib();
  if (Error error = dylib.define(orc::absoluteSymbols(hostSymbols(**jit))))
    return std::move(error);
  std::unique_ptr<HostCompiler> compiler(new HostCompiler);
  compiler->machine = std::move(*machine);
  compiler->jit = std::move(*jit);
  return std::move(compiler);
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

/// `part` in a context of its own: those of one context are compiled one after
/// the other.
static Expected<orc::ThreadSafeModule> isolate(const Module &part) {
  SmallString<0> bitcode;
  raw_svector_ostream os(bitcode);
  WriteBitcodeToFile(part, os);
  auto context = std::make_unique<LLVMContext>();
  Expected<std::unique_ptr<Module>> copy =
      parseBitcodeFile(MemoryBufferRef(bitcode, part.getName()), *context);
  if (!copy)
    return copy.takeError();
  return orc::ThreadSafeModule(std::move(*copy), std::move(context));
}

Expected<std::map<std::string, void *>> HostCompiler::compile(std::unique_ptr<Module> module,
                                                              ArrayRef<std::string> names,
                                                              unsigned kernels) {
  if (Error error = optimize(*module, *machine))
    return std::move(error);
  Error failure = Error::success();
  auto add = [&](std::unique_ptr<Module> part) {
    if (failure)
      return;
    Expected<orc::ThreadSafeModule> isolated = isolate(*part);
    failure = isolated ? jit->addIRModule(std::move(*isolated)) : isolated.takeError();
  };
  SplitModule(*module, std::max(kernels, 1u), add, /*PreserveLocals=*/false, /*RoundRobin=*/true);
  if (failure)
    return std::move(failure);

  // In one look-up, so that all parts are compiled at the same time.
  orc::SymbolLookupSet symbols;
  for (const std::string &name : names)
    symbols.add(jit->mangleAndIntern(name));
  Expected<orc::SymbolMap> found = jit->getExecutionSession().lookup(
      orc::makeJITDylibSearchOrder(&jit->getMainJITDylib()), std::move(symbols));
  if (!found)
    return found.takeError();
  std::map<std::string, void *> addresses;
  for (const std::string &name : names)
    addresses[name] = (*found)[jit->mangleAndIntern(name)].getAddress().toPtr<void *>();
  return std::move(addresses);
}

} // namespace tenon::emulation
