//===- AddKernelEntries.cpp - The form that the runtime calls -------------===//

#include "tenon/CodeGen/LowerToLLVM.h"
#include "tenon/CodeGen/Passes.h"
#include "tenon/Dialect/Kernel/IR/KernelDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_ADDKERNELENTRIES
#include "tenon/CodeGen/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;
using namespace mlir::tenon::kernel;

std::string mlir::tenon::getKernelSymbol(const CpuTarget &target, StringRef name) {
  return ("tn_" + target.name + "_" + name).str();
}

namespace {

/// Arguments of a lowered memref of rank 1: two pointers, offset, size, stride.
constexpr unsigned kMemRefArguments = 5;
/// begin, end, scratch and error slot end a kernel's arguments.
constexpr unsigned kTrailingArguments = 2 + 2 * kMemRefArguments;

/// Builds the entry of one kernel.
class EntryBuilder {
public:
  EntryBuilder(LLVM::LLVMFuncOp body, StringRef name) : b(body.getLoc(), body), body(body) {
    Type pointer = LLVM::LLVMPointerType::get(b.getContext());
    auto type = LLVM::LLVMFunctionType::get(b.getI32Type(),
                                            {pointer, b.getI64Type(), b.getI64Type(), pointer});
    entry = LLVM::LLVMFuncOp::create(b, name, type);
  }

  void build() {
    Block *block = entry.addEntryBlock(b);
    b.setInsertionPointToStart(block);
    Value args = block->getArgument(0);
    // tn_args: buffers, symbols, error.
    Value buffers = loadPointer(args, 0), symbols = loadPointer(args, 1);
    SmallVector<Value> operands;
    ArrayRef<Type> types = body.getFunctionType().getParams();
    types = types.drop_back(kTrailingArguments);
    unsigned numBuffers = 0, numSymbols = 0;
    while (!types.empty()) {
      bool isBuffer = isa<LLVM::LLVMPointerType>(types.front());
      if (isBuffer)
        appendMemRef(loadPointer(buffers, numBuffers++), operands);
      else
        operands.push_back(load(b.getI64Type(), symbols, numSymbols++));
      types = types.drop_front(isBuffer ? kMemRefArguments : 1);
    }
    operands.append({block->getArgument(1), block->getArgument(2)});
    appendMemRef(block->getArgument(3), operands);
    appendMemRef(loadPointer(args, 2), operands);
    auto call = LLVM::CallOp::create(b, body, operands);
    LLVM::ReturnOp::create(b, call.getResult());

    entry.setVisibility_(LLVM::Visibility::Hidden);
    for (StringRef name : {StringRef(kGridAttr), StringRef(kScratchAttr)})
      entry->setAttr(name, body->removeAttr(name));
    body.setLinkage(LLVM::Linkage::Internal);
    body.setAlwaysInline(true);
  }

private:
  Value load(Type type, Value base, int32_t index) {
    Value address = LLVM::GEPOp::create(b, base.getType(), type, base,
                                        ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(index)});
    return LLVM::LoadOp::create(b, type, address);
  }
  Value loadPointer(Value base, int32_t index) { return load(base.getType(), base, index); }

  /// A memref that starts at `pointer`; its size is not known and never read.
  void appendMemRef(Value pointer, SmallVectorImpl<Value> &operands) {
    auto constant = [&](int64_t value) {
      return LLVM::ConstantOp::create(b, b.getI64Type(), b.getI64IntegerAttr(value));
    };
    operands.append({pointer, pointer, constant(0), constant(0), constant(1)});
  }

  ImplicitLocOpBuilder b;
  LLVM::LLVMFuncOp body, entry;
};

struct AddKernelEntries : tenon::impl::AddKernelEntriesBase<AddKernelEntries> {
  using Base::Base;

  void runOnOperation() override {
    const CpuTarget *target = findCpuTarget(level);
    if (!target) {
      getOperation().emitError() << "unknown CPU level '" << level << "'";
      return signalPassFailure();
    }
    for (auto body : llvm::make_early_inc_range(getOperation().getOps<LLVM::LLVMFuncOp>()))
      if (body->hasAttr(kGridAttr))
        EntryBuilder(body, getKernelSymbol(*target, body.getName())).build();
  }
};

} // namespace
