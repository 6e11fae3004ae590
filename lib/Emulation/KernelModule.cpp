//===- KernelModule.cpp - Kernels compiled for the host -------------------===//

#include "tenon/Emulation/KernelModule.h"
#include "HostCompiler.h"

#include "tenon/Emulation/Retarget.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Verifier.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/SourceMgr.h"

using namespace llvm;

namespace tenon::emulation {

KernelModule::KernelModule(std::unique_ptr<HostCompiler> compiler, Memory &memory)
    : compiler(std::move(compiler)), memory(memory) {}

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

/// Variables of the module in global or constant memory, made visible by name,
/// and their sizes.
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
  LLVMContext context;
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module = parseIR(code, diagnostic, context);
  if (!module)
    return createStringError("not a module: " + diagnostic.getMessage());
  Expected<std::unique_ptr<HostCompiler>> compiler = HostCompiler::create();
  if (!compiler)
    return compiler.takeError();
  Expected<std::vector<RetargetedKernel>> kernels =
      retarget(*module, (*compiler)->layout(), (*compiler)->triple(), instrumentation);
  if (!kernels)
    return kernels.takeError();
  std::string wrong;
  raw_string_ostream os(wrong);
  if (verifyModule(*module, &os))
    return createStringError("the retargeted module is not valid: " + wrong);

  std::vector<std::pair<std::string, size_t>> variables = exportVariables(*module);
  std::vector<std::string> names;
  for (const RetargetedKernel &kernel : *kernels)
    names.push_back(kernel.entryName);
  for (const auto &[name, bytes] : variables)
    names.push_back(name);
  Expected<std::map<std::string, void *>> addresses =
      (*compiler)->compile(std::move(module), names, static_cast<unsigned>(kernels->size()));
  if (!addresses)
    return addresses.takeError();

  std::unique_ptr<KernelModule> result(new KernelModule(std::move(*compiler), memory));
  for (RetargetedKernel &retargeted : *kernels) {
    void *entry = addresses->at(retargeted.entryName);
    retargeted.kernel.entry = reinterpret_cast<void (*)(Thread *, void **)>(entry);
    result->compiled.push_back(std::move(retargeted.kernel));
  }
  for (const auto &[name, bytes] : variables) {
    void *address = addresses->at(name);
    memory.addObject(address, bytes, "variable '" + name + "'");
    result->objects.push_back(address);
  }
  return std::move(result);
}

} // namespace tenon::emulation
