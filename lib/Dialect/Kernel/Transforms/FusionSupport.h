//===- FusionSupport.h - Matching the dimensions of two kernels -*- C++ -*-===//

#ifndef TENON_LIB_DIALECT_KERNEL_TRANSFORMS_FUSIONSUPPORT_H
#define TENON_LIB_DIALECT_KERNEL_TRANSFORMS_FUSIONSUPPORT_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

namespace mlir::tenon::kernel {

/// A dimension of one kernel as dimensions of another, innermost first: its index
/// is the sum of weight * index. Empty for a dimension of size 1.
using DimParts = SmallVector<std::pair<unsigned, SizeAttr>, 1>;

/// The parts of each dimension of a kernel.
using DimMap = SmallVector<DimParts>;

/// Matches the dimensions of `from` with those of `to` for which `isCandidate`
/// holds, by size and by coefficient in the accesses of the tensor both touch. A
/// dimension may be the product of several: rows of a window are (h, w), those of
/// its reader h*w. Nothing when a dimension has no partner, two share one, or
/// offsets differ.
std::optional<DimMap> matchDims(KernelOpInterface from, AccessAttr fromAccess, KernelOpInterface to,
                                AccessAttr toAccess,
                                llvm::function_ref<bool(unsigned)> isCandidate);

/// True when `dim` is part of some dimension of the map.
bool isPart(const DimMap &dims, unsigned dim);

/// An access over the dimensions of `from` as one over `numDims` dimensions.
AccessAttr remapAccess(AccessAttr access, const DimMap &dims, unsigned numDims);

/// A name for a further dimension: `base`, with a number where a dimension or a size of the
/// kernel has it.
StringAttr makeDimName(KernelOpInterface op, StringRef base);

/// True when the kernel is a map: `kernel.rows` without sum dimensions.
bool isMap(KernelOpInterface op);

/// The only dimension that is not of size 1; nothing when there are more, or none.
std::optional<unsigned> getOnlyDim(KernelOpInterface kernel);

/// Why two kernels stay apart: the name of the remark, and a sentence about the
/// kernel that would have vanished or grown.
struct Refusal {
  llvm::StringLiteral name;
  std::string reason;
};

/// `'gelu' of layer.0.mlp`, or the op's own name where the text has none.
std::string describe(Operation *op);

/// The first kernel that has `value` as an operand; null when none has.
KernelOpInterface getReader(Value value);

/// Nothing when `producer` writes a fresh buffer that `reader` alone reads; else
/// what is in the way.
std::optional<Refusal> refuseSharedResult(KernelOpInterface producer, Operation *reader);

/// The cost of evaluating a map where its result is read, per element of the
/// result and evaluation after the first: the map's operations are repeated,
/// and one write and one read of the element are saved.
struct RepetitionCost {
  /// Bytes that a core moves to or from its second-level cache in the time of
  /// one scalar operation in vector code. Both levels move about 32 (v3) or 64
  /// (v4) bytes per cycle and do 2 x 8 or 2 x 16 operations. Results that do not
  /// fit that cache make fusion cheaper than this, never dearer.
  static constexpr int64_t kBytesPerOp = 2;

  int64_t opsRepeated;
  int64_t bytesSaved;

  /// Operations that the saved bytes pay for.
  int64_t getOpsPaid() const { return bytesSaved / kBytesPerOp; }
  bool isPaid() const { return opsRepeated <= getOpsPaid(); }
};
RepetitionCost getRepetitionCost(KernelOpInterface map);

/// Bytes that vanish when a kernel's result never reaches memory: one write and
/// one read of it.
SizeAttr getBytesSaved(KernelOpInterface producer);

/// One input of a kernel that is a map's result, and how the map's dimensions lie there.
struct SharedInput {
  unsigned index;
  DimMap dims;
};

/// Computes the map `producer` where `reader` reads its result, which are `shared`; the
/// map vanishes.
void joinReader(KernelOpInterface producer, KernelOpInterface reader, ArrayRef<SharedInput> shared);

/// True when `operand` of the kernel is the right-hand side of a product, which is packed.
bool isPacked(KernelOpInterface kernel, unsigned operand);

/// Clones the scalar ops of `region` at the builder, arguments standing for
/// `arguments` and positions renumbered by `dims`; returns what it yields.
Value cloneScalarRegion(OpBuilder &builder, Region &region, ValueRange arguments,
                        const DimMap &dims);

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_DIALECT_KERNEL_TRANSFORMS_FUSIONSUPPORT_H
