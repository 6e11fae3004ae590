//===- IsolateKernels.cpp - Leaves only kernels in the module -------------===//

#include "tenon/CodeGen/Passes.h"
#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_ISOLATEKERNELS
#include "tenon/CodeGen/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;

namespace {

struct IsolateKernels : tenon::impl::IsolateKernelsBase<IsolateKernels> {
  void runOnOperation() override {
    for (Operation &op : llvm::make_early_inc_range(*getOperation().getBody()))
      if (!op.hasAttr(tenon::kernel::kGridAttr) && !isa<memref::GlobalOp, LLVM::LLVMFuncOp>(op))
        op.erase();
  }
};

} // namespace
