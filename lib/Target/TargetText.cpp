//===- TargetText.cpp - CPU levels in words -------------------------------===//

#include "tenon/Target/TargetText.h"

#include "llvm/ADT/Twine.h"

std::string mlir::tenon::describeProducts(const CpuTarget &target) {
  TileShape tile = target.getProductTile();
  return ("register tile of " + llvm::Twine(tile.rows) + " x " + llvm::Twine(tile.columns) +
          ", panels of " + llvm::Twine(target.getPanel()) + " columns, blocks of " +
          llvm::Twine(target.blockRows) + " rows x " + llvm::Twine(target.blockPanels) +
          " panels x " + llvm::Twine(target.blockTerms) + " terms")
      .str();
}
