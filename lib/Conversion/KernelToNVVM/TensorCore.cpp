//===- TensorCore.cpp - Products of a warp on tensor cores ----------------===//

#include "TensorCore.h"

#include "tenon/Dialect/Tenon/IR/ComputeAttribute.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace mlir::tenon::kernel {

FloatType getCompute(KernelOpInterface form) {
  auto module = form->getParentOfType<ModuleOp>();
  if (auto compute = module->getAttrOfType<TypeAttr>(kComputeAttr))
    if (auto type = dyn_cast<FloatType>(compute.getValue());
        type && (type.isBF16() || type.isTF32()))
      return type;
  return Float32Type::get(form.getContext());
}

Value movePointer(GpuContext &b, Value pointer, Value offset) {
  Value bytes = arith::IndexCastOp::create(b, b.getI64Type(), offset);
  return LLVM::GEPOp::create(b, pointer.getType(), b.getI8Type(), pointer, bytes);
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

void copyAsync(GpuContext &b, Value to, Value from, int64_t bytes, Value bytesRead) {
  // What is copied in large pieces passes the first cache by.
  auto cache = bytes == 16 ? NVVM::LoadCacheModifierKind::CG : NVVM::LoadCacheModifierKind::CA;
  NVVM::CpAsyncOp::create(b, to, from, uint32_t(bytes), cache, bytesRead);
}

void commitCopies(GpuContext &b) { NVVM::CpAsyncCommitGroupOp::create(b); }

void waitForCopies(GpuContext &b, int64_t inFlight) {
  NVVM::CpAsyncWaitGroupOp::create(b, uint32_t(inFlight));
}

Value getNextStage(GpuContext &b, Value number, int64_t stages) {
  Value isLast = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, number, b.getIndex(stages - 1));
  return arith::SelectOp::create(b, isLast, b.getIndex(0), b.add(number, 1));
}

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

static SmallVector<Value> unpack(GpuContext &b, Value structure) {
  auto types = cast<LLVM::LLVMStructType>(structure.getType()).getBody();
  SmallVector<Value> values;
  for (int64_t i = 0; i < int64_t(types.size()); ++i)
    values.push_back(LLVM::ExtractValueOp::create(b, structure, i));
  return values;
}

SmallVector<Value> loadBlocks(GpuContext &b, Value pointer, bool turns) {
  auto type =
      LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(4, b.getI32Type()));
  auto shape = NVVM::LdStMatrixShapeAttr::get(b.getContext(), 8, 8);
  Value loaded = NVVM::LdMatrixOp::create(b, type, pointer, 4u,
                                          turns ? NVVM::MMALayout::col : NVVM::MMALayout::row,
                                          shape, NVVM::LdStMatrixEltType::B16);
  return unpack(b, loaded);
}

SmallVector<Value> toFloats(GpuContext &b, ArrayRef<Value> words) {
  return llvm::map_to_vector(words, [&](Value word) -> Value {
    return arith::BitcastOp::create(b, b.getF32Type(), word);
  });
}

Value TensorCore::toBits(Value value) { return arith::BitcastOp::create(b, b.getI32Type(), value); }

/// `high` has the 11 upper bits of the fraction, rounded, `low` the rest, exactly; tensor
/// cores take as many bits of it.
Fragment TensorCore::split(ArrayRef<Value> words) {
  Fragment fragment;
  Value half = b.getInteger(b.getI32Type(), 0x1000);
  Value mask = b.getInteger(b.getI32Type(), int32_t(0xffffe000));
  for (Value word : words) {
    Value rounded = arith::AddIOp::create(b, toBits(word), half);
    Value high = arith::AndIOp::create(b, rounded, mask);
    Value upper = arith::BitcastOp::create(b, b.getF32Type(), high);
    fragment.high.push_back(high);
    fragment.low.push_back(toBits(arith::SubFOp::create(b, word, upper)));
  }
  return fragment;
}

static Value callIntrinsic(GpuContext &b, StringRef name, Type type, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(b, type, b.getStringAttr(name), operands).getResult(0);
}

Value packPair(GpuContext &b, Value first, Value second) {
  auto pair = VectorType::get(2, b.getBF16Type());
  Value packed = callIntrinsic(b, "llvm.nvvm.ff2bf16x2.rn", pair, {second, first});
  return LLVM::BitcastOp::create(b, b.getI32Type(), packed);
}

Fragment TensorCore::makeFragment(ArrayRef<Value> words, int64_t numBlocks) {
  if (isSplit())
    return split(words);
  Fragment fragment;
  if (!compute.isBF16()) {
    for (Value word : words)
      fragment.high.push_back(callIntrinsic(b, "llvm.nvvm.f2tf32.rna", b.getI32Type(), word));
    return fragment;
  }
  // A register has two terms of a row. Which they are is for us to say, where both factors
  // agree: those that the lane has.
  for (int64_t half : {0, 1})
    for (int64_t block = 0; block < numBlocks; ++block) {
      Value first = words[2 * half * numBlocks + block];
      Value second = words[(2 * half + 1) * numBlocks + block];
      fragment.high.push_back(packPair(b, first, second));
    }
  return fragment;
}

SmallVector<Value> TensorCore::multiply(const Fragment &lhs, const Fragment &rhs, unsigned number,
                                        ValueRange sums) {
  // The small products first.
  ArrayRef<Value> left = isSplit() && number == 0 ? lhs.low : lhs.high;
  ArrayRef<Value> right = isSplit() && number == 1 ? rhs.low : rhs.high;
  auto type =
      LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(4, b.getF32Type()));
  NVVM::MMATypes element = compute.isBF16() ? NVVM::MMATypes::bf16 : NVVM::MMATypes::tf32;
  std::array<NVVM::MMATypes, 2> elements = {element, element};
  std::array<NVVM::MMALayout, 2> layouts = {NVVM::MMALayout::row, NVVM::MMALayout::col};
  Value product = NVVM::MmaOp::create(b, type, left, right, sums, {16, 8, getStep()}, std::nullopt,
                                      std::nullopt, elements, layouts);
  return unpack(b, product);
}

} // namespace mlir::tenon::kernel
