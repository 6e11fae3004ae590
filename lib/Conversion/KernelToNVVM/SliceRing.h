//===- SliceRing.h - Slices of both factors, stage by stage -----*- C++ -*-===//
//
// A block brings slices of both factors into stages of shared memory, in turn: while some
// are multiplied, those that come next are on their way.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTONVVM_SLICERING_H
#define TENON_LIB_CONVERSION_KERNELTONVVM_SLICERING_H

#include "FactorSlices.h"

namespace mlir::tenon::kernel {

class SliceRing {
public:
  /// `ahead` of the stages are on their way while another is multiplied.
  SliceRing(ContractTile &tile, int64_t stages, int64_t ahead)
      : lhs(tile, 0), rhs(tile, 1), tile(tile), b(tile.b), stages(stages), ahead(ahead) {}

  int64_t getNumBytes() const { return stages * getStageBytes(); }
  void setMemory(Value pointer) { memory = pointer; }

  /// What this thread copies in a pass.
  void begin(const TilePass &pass) {
    lhs.begin(pass);
    rhs.begin(pass);
  }
  /// Calls `multiply` for the slices of terms from `first` to `last`, in order: with pointers
  /// to both factors' slices, and what it has given before. `order` makes what threads have
  /// copied known to those that multiply; a barrier follows. `multiply` calls `startNext` once
  /// it has begun. At the end the memory may be used for something else.
  SmallVector<Value>
  forSlices(Value first, Value last, ValueRange carried, llvm::function_ref<void()> order,
            llvm::function_ref<SmallVector<Value>(Value lhsSlice, Value rhsSlice, ValueRange before,
                                                  llvm::function_ref<void()> startNext)>
                multiply);

  FactorSlices lhs, rhs;

private:
  int64_t getStageBytes() const { return lhs.getNumBytes() + rhs.getNumBytes(); }
  Value getStage(Value number);
  void startCopies(Value stage, Value term, Value lastTerm);

  ContractTile &tile;
  GpuContext &b;
  int64_t stages, ahead;
  Value memory;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTONVVM_SLICERING_H
