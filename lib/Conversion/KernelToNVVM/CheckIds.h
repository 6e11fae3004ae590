//===- CheckIds.h - The first id that is out of range -----------*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_CHECKIDS_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_CHECKIDS_H

#include "tenon/Conversion/Emission/Access.h"
#include "tenon/Conversion/KernelToNVVM/GpuContext.h"

namespace mlir::tenon::kernel {

/// The point whose indices along `dims` make up `number`, the last varying fastest.
Point getPoint(GpuContext &context, ArrayRef<unsigned> dims, Value number);

/// Whether an id is in 0..bound-1.
Value isIdValid(GpuContext &context, Value id, Value bound);

/// The first block looks at the ids of an operand at all points along `dims`, and reports
/// the first one that is not in 0..bound-1.
void checkIds(GpuContext &context, unsigned operand, ArrayRef<unsigned> dims, Value bound);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_CHECKIDS_H
