//===- AttendOperands.h - Keys and values of kernel.attend ------*- C++ -*-===//
//
// Keys and values of one head lie far apart in memory, often at a distance that
// maps them to few sets of the caches. They are copied once for all queries of a
// task: neighbours in the order of their use.
//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_ATTENDOPERANDS_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_ATTENDOPERANDS_H

#include "tenon/Conversion/Emission/Access.h"
#include "tenon/Conversion/KernelToVector/CpuContext.h"

namespace mlir::tenon::kernel {

/// The keys that are copied, `count` of them: the first ones, or those whose
/// numbers `list` holds.
struct KeySelection {
  Value count, list;
};

/// Writes the numbers of the keys below `numKeys` for which `isVisible` gives true
/// to `list`, in ascending order.
KeySelection selectKeys(CpuContext &context, Value numKeys, Value list,
                        llvm::function_ref<Value(Value)> isVisible);

/// Lays the keys of operand number `operand` out in `panels`: panel p holds, for each
/// index of depth, keys p * lanes to p * lanes + lanes - 1 side by side. Lanes beyond
/// the last key repeat it. `start` is the offset of key 0; neighbouring keys are
/// `stride` apart. Keys for which `isVisible` gives false are replaced by 0; null: none.
void packKeys(CpuContext &context, unsigned operand, Value start, Value stride, KeySelection keys,
              int64_t depth, Value panels, llvm::function_ref<Value(Value)> isVisible = nullptr);

/// Lays the values of operand number `operand` out in `panels`: panel p holds, for each
/// key, columns p * panelWidth to p * panelWidth + panelWidth - 1, zero beyond `width`.
/// `start` is the offset of value 0; neighbouring values are `stride` apart, panels
/// `panelStride` elements. Values of keys for which `isVisible` gives false are
/// replaced by 0; null: none.
void packValues(CpuContext &context, unsigned operand, Value start, Value stride, KeySelection keys,
                int64_t width, int64_t panelWidth, Value panels, Value panelStride,
                llvm::function_ref<Value(Value)> isVisible);

/// Combines scores of a row: sums add up; of maxima NaN is left out, one instruction
/// instead of four: a NaN comes back in the exponentials.
Value combineScores(CpuContext &context, ReduceKind kind, Value lhs, Value rhs);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_ATTENDOPERANDS_H
