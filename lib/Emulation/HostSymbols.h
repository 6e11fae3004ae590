//===- HostSymbols.h - What compiled kernels are linked with ----*- C++ -*-===//

#ifndef TENON_LIB_EMULATION_HOSTSYMBOLS_H
#define TENON_LIB_EMULATION_HOSTSYMBOLS_H

#include "llvm/ExecutionEngine/Orc/LLJIT.h"

namespace tenon::emulation {

/// The runtime's functions, and what code generation itself may call: named one
/// by one, since the process need not export them.
llvm::orc::SymbolMap hostSymbols(llvm::orc::LLJIT &jit);

} // namespace tenon::emulation

#endif // TENON_LIB_EMULATION_HOSTSYMBOLS_H
