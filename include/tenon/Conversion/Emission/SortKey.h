//===- SortKey.h - Elements as integers of their order ----------*- C++ -*-===//

#ifndef TENON_CONVERSION_EMISSION_SORTKEY_H
#define TENON_CONVERSION_EMISSION_SORTKEY_H

#include "tenon/Conversion/Emission/EmitContext.h"

namespace mlir::tenon::kernel {

/// An integer that is the smaller, the sooner an element, f32, i32 or i64, comes. NaN is
/// the largest, -0.0 equals 0.0.
Value getSortKey(EmitContext &context, Value element, bool isDescending);

} // namespace mlir::tenon::kernel

#endif // TENON_CONVERSION_EMISSION_SORTKEY_H
