//===- HostCompiler.h - Machine code of the host ----------------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_HOSTCOMPILER_H
#define TENON_LIB_EMULATION_HOSTCOMPILER_H

#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

#include <map>
#include <memory>
#include <string>

namespace tenon::emulation {

/// Compiles one retargeted module in memory, its functions on several threads,
/// and keeps the code.
class HostCompiler {
public:
  static llvm::Expected<std::unique_ptr<HostCompiler>> create();

  llvm::DataLayout layout() const { return machine->createDataLayout(); }
  const llvm::Triple &triple() const { return machine->getTargetTriple(); }

  /// The addresses of the functions and variables of `module` that are called
  /// `names`. `kernels` is about how many functions share the work.
  llvm::Expected<std::map<std::string, void *>> compile(std::unique_ptr<llvm::Module> module,
                                                        llvm::ArrayRef<std::string> names,
                                                        unsigned kernels);

private:
  HostCompiler() = default;

  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_HOSTCOMPILER_H
