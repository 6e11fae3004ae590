//===- CpuTarget.cpp - The table of CPU levels ----------------------------===//

#include "tenon/Target/CpuTarget.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::tenon;

// name, cpu, lanes; tile: rows, vectors; block: rows, panels, terms;
// panels: streams, ahead; rows ahead; attention: queries, scores, keys; bits
static constexpr CpuTarget kTargets[] = {
    {"v3", "x86-64-v3", 8, 6, 2, 66, 8, 1024, 4, 512, 2048, 36, 40960, 256, 256},
    {"v4", "x86-64-v4", 16, 6, 4, 204, 4, 768, 4, 512, 2048, 36, 40960, 256, 512}};

llvm::ArrayRef<CpuTarget> mlir::tenon::getCpuTargets() { return kTargets; }

const CpuTarget *mlir::tenon::findCpuTarget(llvm::StringRef name) {
  const CpuTarget *found = llvm::find_if(
      kTargets, [&](const CpuTarget &target) { return target.name == name || target.cpu == name; });
  return found == std::end(kTargets) ? nullptr : found;
}
