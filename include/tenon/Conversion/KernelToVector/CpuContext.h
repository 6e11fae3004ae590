//===- CpuContext.h - Tasks and scratch memory of a worker ------*- C++ -*-===//
//
// What an emitter for the CPU gets beside the context of all emitters: the machine,
// the loop over a worker's tasks, and its scratch memory.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CONVERSION_KERNELTOVECTOR_CPUCONTEXT_H
#define TENON_CONVERSION_KERNELTOVECTOR_CPUCONTEXT_H

#include "tenon/Conversion/Emission/EmitContext.h"
#include "tenon/Target/CpuTarget.h"

namespace mlir::tenon::kernel {

class CpuContext : public EmitContext {
public:
  /// `function` has the signature that convert-kernel-to-vector describes.
  CpuContext(KernelOpInterface op, func::FuncOp function, const CpuTarget &target,
             ArrayRef<StringAttr> symbols);

  const CpuTarget &getTarget() const { return target; }

  /// The first and one past the last task.
  Value getBegin() { return getFunction().getArgument(getFunction().getNumArguments() - 4); }
  Value getEnd() { return getFunction().getArgument(getFunction().getNumArguments() - 3); }

  /// Sets the function's grid and loops over its tasks from begin to end,
  /// giving each one's coordinate per factor.
  void forTasks(ArrayRef<GridAttr> grid, llvm::function_ref<void(ArrayRef<Value>)> body);
  /// As `forTasks`, for runs of neighbouring tasks along the last factor: `body`
  /// gets the coordinates of the first and the number of tasks, at most `most`.
  void forTaskRuns(ArrayRef<GridAttr> grid, int64_t most,
                   llvm::function_ref<void(ArrayRef<Value>, Value)> body);

  /// `elements` of scratch memory, 64-byte aligned; f32 unless `type` is given.
  Value allocateScratch(SizeAttr elements, Type type = {});

private:
  const CpuTarget &target;
  SizeAttr scratchBytes;
};

} // namespace mlir::tenon::kernel

#endif // TENON_CONVERSION_KERNELTOVECTOR_CPUCONTEXT_H
