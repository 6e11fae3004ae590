//===- LaunchMemory.h - What a list of launches keeps in memory -*- C++ -*-===//

#ifndef TENON_DIALECT_KERNEL_TRANSFORMS_LAUNCHMEMORY_H
#define TENON_DIALECT_KERNEL_TRANSFORMS_LAUNCHMEMORY_H

#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::tenon::kernel {

/// The value of each symbol of the program.
using SymbolValues = llvm::function_ref<std::optional<int64_t>(llvm::StringRef)>;

/// The memory that `value` lies in: results of launches lie in their destination's.
Value getMemory(Value value);

/// The kernel that the launch runs; null for a function without a body.
Operation *findKernel(LaunchOp launch, const SymbolTable &symbols);

/// A name for that memory: parameters and their packed copies have one, so that several ops
/// may stand for it.
const void *getPlace(Value value);

/// A temporary and the launches, by number, between its first write and its last use.
struct Buffer {
  int64_t bytes = 0;
  int first = 0, last = 0;
  /// Launches that write to it.
  int writers = 0;

  bool isAlive(int launch) const { return first <= launch && launch <= last; }
};

/// The temporaries of a function of launches, for one value of each symbol, and how many
/// bytes of them are alive at each launch. Inputs, outputs and parameters are not counted:
/// they stay where they are all the time.
class LaunchMemory {
public:
  /// Fails, with an error, when a size leaves 64 bits or a symbol has no value.
  static FailureOr<LaunchMemory> read(func::FuncOp function, SymbolValues values);

  llvm::ArrayRef<LaunchOp> getLaunches() const { return launches; }
  int getNumber(LaunchOp launch) const { return numbers.lookup(launch); }
  const llvm::MapVector<Value, Buffer> &getBuffers() const { return buffers; }
  /// The temporary that `value` lies in; null for other memory.
  const Buffer *find(Value value) const;
  int64_t getAlive(int launch) const { return alive[launch]; }
  /// The first launch at which most is alive; -1 without any.
  int getPeak() const;
  int64_t getMost() const { return alive.empty() ? 0 : alive[getPeak()]; }
  /// At how many launches so much is alive.
  int64_t countPeaks() const { return llvm::count(alive, getMost()); }

private:
  LogicalResult addOperand(Value value, int launch, bool isWritten, SymbolValues values);

  llvm::SmallVector<LaunchOp> launches;
  llvm::DenseMap<Operation *, int> numbers;
  llvm::MapVector<Value, Buffer> buffers;
  llvm::DenseSet<Value> outputs;
  llvm::SmallVector<int64_t> alive;
};

} // namespace mlir::tenon::kernel

#endif // TENON_DIALECT_KERNEL_TRANSFORMS_LAUNCHMEMORY_H
