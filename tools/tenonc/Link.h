//===- Link.h - From objects to a program -----------------------*- C++ -*-===//

#ifndef TENON_TOOLS_TENONC_LINK_H
#define TENON_TOOLS_TENONC_LINK_H

#include "Options.h"

#include "llvm/ADT/ArrayRef.h"

namespace tenon::driver {

/// Checks, before long work, that the linker and the runtime library are there.
int checkLinker(Emit emit);

/// Links `objects` into `output`: a relocatable object, a shared library or an
/// executable with the runtime. Returns an exit code.
int link(Emit emit, llvm::ArrayRef<std::string> objects, llvm::StringRef output);

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_LINK_H
