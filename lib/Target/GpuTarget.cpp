//===- GpuTarget.cpp - The tables of GPUs and of product tiles ------------===//

#include "tenon/Target/GpuTarget.h"

using namespace mlir::tenon;

// block: rows, columns; warp: rows, columns; least number; takes all
static constexpr GpuProductTile kTiles[] = {{{128, 128}, {64, 32}, 48, false},
                                            {{64, 64}, {32, 16}, 0, true}};

// block: rows, columns; least number, least terms; stages
static constexpr WarpgroupTile kWarpgroupTiles[] = {{{128, 256}, 96, 2048, 4},
                                                    {{128, 128}, 48, 0, 3}};

// name; features; capability; exact; warpgroups
static constexpr GpuTarget kTargets[] = {{"sm_90a", "+ptx80", 90, true, true},
                                         {"sm_80", "+ptx80", 80, false, false}};

llvm::ArrayRef<GpuTarget> mlir::tenon::getGpuTargets() { return kTargets; }

const GpuTarget *mlir::tenon::findGpuTarget(llvm::StringRef name) {
  for (const GpuTarget &target : kTargets)
    if (target.name == name)
      return &target;
  return nullptr;
}

llvm::ArrayRef<WarpgroupTile> mlir::tenon::getWarpgroupTiles() { return kWarpgroupTiles; }

llvm::ArrayRef<GpuProductTile> mlir::tenon::getGpuProductTiles() { return kTiles; }
