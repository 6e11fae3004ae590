//===- AttendKeys.h - Keys of kernel.attend, transposed ---------*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_ATTENDKEYS_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_ATTENDKEYS_H

#include "Access.h"

namespace mlir::tenon::kernel {

/// Lays `numKeys` keys out in `panels`: panel p holds, for each index of depth,
/// keys p * lanes to p * lanes + lanes - 1 side by side. Lanes beyond the last
/// key repeat it. `start` is the first key's offset in operand 1; neighbouring
/// keys are `stride` apart.
void packKeys(EmitContext &context, Value start, Value stride, Value numKeys, int64_t depth,
              Value panels);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_ATTENDKEYS_H
