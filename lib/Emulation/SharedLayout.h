//===- SharedLayout.h - Places of shared variables --------------*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_SHAREDLAYOUT_H
#define TENON_LIB_EMULATION_SHAREDLAYOUT_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace tenon::emulation {

/// Where the shared variables of a module lie in a block's shared memory. A
/// kernel's shared memory holds the variables that it names itself; those
/// without a size come after the others, all at the same place.
class SharedLayout {
public:
  struct Extent {
    uint32_t fixedBytes = 0, dynamicOffset = 0;
  };

  /// Fails when a function that is no kernel names a shared variable.
  llvm::Error compute(llvm::Module &module);
  Extent extentOf(const llvm::Function &kernel) const { return extents.lookup(&kernel); }

  /// Puts addresses from the thread, the first parameter, in place of the
  /// variables; `functions` leads from those seen by compute to the present
  /// ones.
  void replaceVariables(const llvm::MapVector<llvm::Function *, llvm::Function *> &functions);

private:
  using Places = llvm::MapVector<llvm::GlobalVariable *, uint32_t>;
  llvm::DenseMap<const llvm::Function *, Extent> extents;
  llvm::MapVector<llvm::Function *, Places> places;
  llvm::SmallVector<llvm::GlobalVariable *> variables;
};

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_SHAREDLAYOUT_H
