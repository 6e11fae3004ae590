//===- AttendOperands.h - Keys and values of kernel.attend ------*- C++ -*-===//
//
// Keys and values of one head lie far apart in memory, often at a distance that
// maps them to few sets of the caches. They are copied once for all queries of a
// task: neighbours in the order of their use.
//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_ATTENDOPERANDS_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_ATTENDOPERANDS_H

#include "Access.h"

namespace mlir::tenon::kernel {

/// Lays `numKeys` keys out in `panels`: panel p holds, for each index of depth,
/// keys p * lanes to p * lanes + lanes - 1 side by side. Lanes beyond the last
/// key repeat it. `start` is the first key's offset in operand 1; neighbouring
/// keys are `stride` apart.
void packKeys(EmitContext &context, Value start, Value stride, Value numKeys, int64_t depth,
              Value panels);

/// Lays `numKeys` values out in `panels`: panel p holds, for each key, columns
/// p * panelWidth to p * panelWidth + panelWidth - 1, zero beyond `width`.
/// `start` is the first value's offset in operand 2; neighbouring values are
/// `stride` apart, panels `panelStride` elements.
void packValues(EmitContext &context, Value start, Value stride, Value numKeys, int64_t width,
                int64_t panelWidth, Value panels, Value panelStride);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_ATTENDOPERANDS_H
