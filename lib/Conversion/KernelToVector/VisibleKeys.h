//===- VisibleKeys.h - The keys a query of kernel.attend may see *- C++ -*-===//
//
// A score region that ends in selects of -inf hides keys: a window, a document, the
// images of a mixed sequence. Scores before the first and after the last key that a
// query sees need not be computed.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_VISIBLEKEYS_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_VISIBLEKEYS_H

#include "tenon/Conversion/Emission/Access.h"
#include "tenon/Conversion/KernelToVector/CpuContext.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::tenon::kernel {

/// Keys `first` to `last` - 1.
struct KeyRange {
  Value first, last;
};

class VisibleKeys {
public:
  /// Scores are visited from multiples of `step` on; arguments of the score region
  /// after the score are operands from `firstScoreInput` on.
  VisibleKeys(AttendOp op, CpuContext &context, unsigned firstScoreInput, unsigned step);

  /// Whether the score region hides keys, or a mask of which scores are computed.
  bool areLimited() const { return !conditions.empty() || keyMask; }
  /// Of keys 0 to `end` - 1, a range with all that the query at `point` sees. Its
  /// first key is a multiple of the step; an empty one ends there.
  KeyRange emit(const Point &point, Value end);

private:
  /// What arithmetic says: null stands for no limit. Exact when no other key than
  /// those between is hidden by something that depends on memory.
  struct Bounds {
    Value first, last;
    bool isExact = false;
  };
  Bounds getBounds(Value condition, bool expected, const Point &point);
  Bounds getComparisonBounds(arith::CmpIOp compare, bool expected, const Point &point);
  std::optional<int64_t> getKeyCoefficient(Value value);
  Value isAnyVisible(Point point, Value key, Value end);
  KeyRange scan(const Point &point, KeyRange range);
  Value roundDown(Value key) { return b.mul(b.div(key, b.getIndex(step)), step); }

  CpuContext &b;
  KernelOpInterface form;
  unsigned firstScoreInput, keyDim, step;
  SmallVector<HidingCondition> conditions;
  /// The key mask, unless the keys that it hides are left out beforehand.
  std::optional<unsigned> keyMask;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_VISIBLEKEYS_H
