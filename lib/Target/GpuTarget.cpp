//===- GpuTarget.cpp - The table of product tiles -------------------------===//

#include "tenon/Target/GpuTarget.h"

using namespace mlir::tenon;

// block: rows, columns; warp: rows, columns; least number; takes all
static constexpr GpuProductTile kTiles[] = {{{128, 128}, {64, 32}, 48, false},
                                            {{64, 64}, {32, 16}, 0, true}};

llvm::ArrayRef<GpuProductTile> mlir::tenon::getGpuProductTiles() { return kTiles; }
