//===- KernelModule.h - Kernels compiled for the host -----------*- C++ -*-===//

#ifndef TENON_EMULATION_KERNELMODULE_H
#define TENON_EMULATION_KERNELMODULE_H

#include "tenon/Emulation/Instrumentation.h"
#include "tenon/Emulation/Launch.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <memory>

namespace tenon::emulation {

class HostCompiler;

/// A module made for nvptx64, retargeted and compiled for the host.
class KernelModule {
public:
  /// Loads LLVM bitcode or text. The module's own variables become known to
  /// `memory`, which must outlive it.
  static llvm::Expected<std::unique_ptr<KernelModule>>
  load(llvm::MemoryBufferRef code, Memory &memory, Instrumentation instrumentation = {});
  ~KernelModule();

  /// Null when there is no kernel of that name.
  const Kernel *find(llvm::StringRef name) const;
  llvm::ArrayRef<Kernel> kernels() const { return compiled; }

private:
  KernelModule(std::unique_ptr<HostCompiler> compiler, Memory &memory);

  /// Keeps the code.
  std::unique_ptr<HostCompiler> compiler;
  Memory &memory;
  std::vector<Kernel> compiled;
  std::vector<void *> objects;
};

} // namespace tenon::emulation

#endif // TENON_EMULATION_KERNELMODULE_H
