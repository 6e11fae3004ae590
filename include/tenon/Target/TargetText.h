//===- TargetText.h - CPU levels in words -----------------------*- C++ -*-===//

#ifndef TENON_TARGET_TARGETTEXT_H
#define TENON_TARGET_TARGETTEXT_H

#include "tenon/Target/CpuTarget.h"

#include <string>

namespace mlir::tenon {

/// How `target` divides a matrix product: tile, panels, blocks.
std::string describeProducts(const CpuTarget &target);

} // namespace mlir::tenon

#endif // TENON_TARGET_TARGETTEXT_H
