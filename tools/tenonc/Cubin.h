//===- Cubin.h - Machine code of GPUs, where there is an assembler --------===//

#ifndef TENON_TOOLS_TENONC_CUBIN_H
#define TENON_TOOLS_TENONC_CUBIN_H

#include "Options.h"

#include "tenon/Target/GpuTarget.h"

#include <string>

namespace tenon::driver {

/// PATH of ptxas: the one that --ptxas names, else the CUDA toolkit's, else none.
std::string findPtxas(const Options &options);

/// Machine code of `ptx` for GPUs of exactly the target's capability; empty where ptxas refuses it,
/// which a note says: a driver can compile the text.
std::string assemble(const std::string &ptxas, const std::string &ptx,
                     const mlir::tenon::GpuTarget &target);

} // namespace tenon::driver

#endif // TENON_TOOLS_TENONC_CUBIN_H
