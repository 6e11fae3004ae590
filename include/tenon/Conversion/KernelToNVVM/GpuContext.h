//===- GpuContext.h - A thread of a block -----------------------*- C++ -*-===//
//
// What an emitter for GPUs gets beside the context of all emitters: which thread of which
// block runs, memory that a block shares, and values that its threads combine.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CONVERSION_KERNELTONVVM_GPUCONTEXT_H
#define TENON_CONVERSION_KERNELTONVVM_GPUCONTEXT_H

#include "tenon/Conversion/Emission/EmitContext.h"
#include "tenon/Target/GpuTarget.h"

namespace mlir::tenon::kernel {

/// The memory spaces of LLVM's target for NVIDIA GPUs.
enum class GpuSpace : int64_t { Global = 1, Shared = 3 };

/// The threads of a warp.
inline constexpr int64_t kWarp = 32;
/// The function's attribute with the threads of a block.
inline constexpr llvm::StringLiteral kThreadsAttr = "kernel.threads";
/// The function's attribute with the bytes of shared memory that its launch sets aside.
inline constexpr llvm::StringLiteral kSharedAttr = "kernel.shared";

/// The function's attribute that neighbours which it reads or writes become one access. Where
/// tensor cores need the registers they do not.
inline constexpr llvm::StringLiteral kWideAttr = "kernel.wide";

class GpuContext : public EmitContext {
public:
  /// `function` has the signature that convert-kernel-to-nvvm describes.
  GpuContext(KernelOpInterface op, func::FuncOp function, const GpuTarget &target,
             ArrayRef<StringAttr> symbols)
      : EmitContext(op, function, symbols), target(target) {}

  const GpuTarget &getTarget() const { return target; }

  /// Sets how many blocks there are, of how many threads.
  void setLaunch(ArrayRef<GridAttr> grid, int64_t threads);
  /// Accesses of neighbours become one, where they lie at multiples of its size.
  void setWide() { getFunction()->setAttr(kWideAttr, getUnitAttr()); }
  int64_t getNumThreads() const { return numThreads; }
  /// The numbers of this thread in its block and of the block.
  Value getThread();
  Value getBlock();
  /// Whether this is the block's first thread.
  Value isFirstThread();

  /// `elements` of memory that the threads of a block share.
  Value allocateShared(int64_t elements, Type type);
  /// A pointer to `bytes` of memory that the threads of a block share, at a multiple of
  /// `alignment`, set aside by the launch: as much as a device has. Asked for once.
  Value getDynamicShared(int64_t bytes, int64_t alignment = 16);
  /// A pointer to the memory of operand number `operand`.
  Value getPointer(unsigned operand);
  /// No thread of the block goes on before all are here. All must come: it stands under no
  /// condition that they do not share.
  void barrier();
  /// The value of the thread of the warp whose number differs in the bit `distance`. All
  /// threads of the warp must come.
  Value exchange(Value value, int64_t distance);
  /// The values of all threads of the block, which are a power of two, combined in a tree of
  /// fixed form; every thread gets the result.
  Value combineThreads(ReduceKind kind, Value value);

  /// `forLoop` that is not unrolled. Products of one turn would else move behind the barriers
  /// of the next, and all that they have loaded would wait in registers.
  SmallVector<Value> rolledLoop(Value begin, Value end, int64_t step, ValueRange carried,
                                LoopBody body);

  /// The block's first thread leaves what TN_INDEX_OUT_OF_RANGE reports, unless an earlier
  /// launch has.
  void reportIndex(unsigned operand, Value position, Value id, Value bound);

private:
  Value combineIntegers(ReduceKind kind, Value value);
  Value toPointer(Value memory, GpuSpace space);

  const GpuTarget &target;
  int64_t numThreads = 0;
  Value thread, block;
  llvm::DenseMap<Type, Value> combined;
};

} // namespace mlir::tenon::kernel

#endif // TENON_CONVERSION_KERNELTONVVM_GPUCONTEXT_H
