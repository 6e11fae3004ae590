//===- Products.h - Ways to multiply the factors of a tile ------*- C++ -*-===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_PRODUCTS_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_PRODUCTS_H

#include "ContractTile.h"

#include "tenon/Target/GpuTarget.h"

namespace mlir::tenon::kernel {

/// Each thread has its part of the tile and multiplies in f32.
void emitThreadProduct(ContractTile &tile);

/// Warps multiply on tensor cores: f32 factors, or factors rounded to `compute`.
void emitTensorProduct(ContractTile &tile, const GpuProductTile &shape, FloatType compute);

/// Warpgroups multiply factors of bf16 that lie in pieces of 16 bytes.
void emitWarpgroupProduct(ContractTile &tile, const WarpgroupTile &shape);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_PRODUCTS_H
