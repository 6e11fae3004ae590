//===- AddGpuEntries.cpp - The form that a GPU's driver launches ----------===//

#include "tenon/CodeGen/Passes.h"
#include "tenon/Conversion/KernelToNVVM/GpuContext.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_ADDGPUENTRIES
#include "tenon/CodeGen/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;
using namespace mlir::tenon::kernel;

/// Arguments of a lowered memref of rank 1: two pointers, offset, size, stride.
constexpr unsigned kMemRefArguments = 5;
/// All buffers lie at multiples of it (docs/Devices.md).
constexpr int64_t kBufferAlignment = 64;

/// The kernel that calls `body`.
static void addEntry(LLVM::LLVMFuncOp body) {
  ImplicitLocOpBuilder b(body.getLoc(), body);
  std::string name = body.getName().str();
  body.setName(name + ".body");
  ArrayRef<Type> types = body.getFunctionType().getParams();
  SmallVector<Type> parameters;
  for (size_t i = 0; i < types.size();) {
    parameters.push_back(types[i]);
    i += isa<LLVM::LLVMPointerType>(types[i]) ? kMemRefArguments : 1;
  }
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), parameters);
  auto entry = LLVM::LLVMFuncOp::create(b, name, type);
  entry.setCConv(LLVM::cconv::CConv::PTX_Kernel);
  Block *block = entry.addEntryBlock(b);
  bool isWide = bool(body->removeAttr(kWideAttr));
  b.setInsertionPointToStart(block);
  auto constant = [&](int64_t value) -> Value {
    return LLVM::ConstantOp::create(b, b.getI64Type(), b.getI64IntegerAttr(value));
  };
  SmallVector<Value> operands;
  for (BlockArgument argument : block->getArguments()) {
    operands.push_back(argument);
    if (!isa<LLVM::LLVMPointerType>(argument.getType()))
      continue;
    // A memref that starts at the pointer; its size is not known and never read.
    operands.append({argument, constant(0), constant(0), constant(1)});
    if (isWide && argument.getArgNumber() + 1 < block->getNumArguments())
      entry.setArgAttr(argument.getArgNumber(), LLVM::LLVMDialect::getAlignAttrName(),
                       b.getI64IntegerAttr(kBufferAlignment));
  }
  LLVM::CallOp::create(b, body, operands);
  LLVM::ReturnOp::create(b, ValueRange());
  for (StringRef attribute :
       {StringRef(kGridAttr), StringRef(kThreadsAttr), StringRef(kSharedAttr)})
    if (Attribute value = body->removeAttr(attribute))
      entry->setAttr(attribute, value);
  body.setLinkage(LLVM::Linkage::Internal);
  body.setAlwaysInline(true);
}

namespace {

struct AddGpuEntries : tenon::impl::AddGpuEntriesBase<AddGpuEntries> {
  void runOnOperation() override {
    for (auto body : llvm::make_early_inc_range(getOperation().getOps<LLVM::LLVMFuncOp>()))
      if (body->hasAttr(kThreadsAttr))
        addEntry(body);
  }
};

} // namespace
