//===- Warpgroup.cpp - Products of four warps from shared memory ----------===//

#include "Warpgroup.h"

#include "tenon/Target/PtxFunctions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace mlir::tenon::kernel {

/// Bytes of 8 lines of 128 bytes, whose pieces are mixed alike.
static constexpr int64_t kLines = 1024;
/// Numbers of a line.
static constexpr int64_t kLineTerms = 64;

Value mixInLine(GpuContext &b, Value element, Value line) {
  return arith::XOrIOp::create(b, element, b.mul(b.rem(line, b.getIndex(8)), kNarrowPiece));
}

WarpgroupFactor WarpgroupFactor::at(GpuContext &b, Value pointer, bool isAlongTerms,
                                    int64_t panelBytes) {
  // PTX ISA, "Matrix descriptor": address and distances in pieces of 16 bytes; bit 62, lines
  // of 128 bytes that are mixed. The first distance is between panels, the second between
  // 8 lines.
  int64_t leading = isAlongTerms ? 1 : panelBytes / 16;
  int64_t fixed = int64_t(1) << 62 | (kLines / 16) << 32 | leading << 16;
  Value address = LLVM::PtrToIntOp::create(b, b.getI64Type(), pointer);
  Value pieces = arith::ShRUIOp::create(b, address, b.getInteger(b.getI64Type(), 4));
  Value low = arith::AndIOp::create(b, pieces, b.getInteger(b.getI64Type(), 0x3fff));
  return {arith::OrIOp::create(b, low, b.getInteger(b.getI64Type(), fixed)), isAlongTerms,
          panelBytes};
}

Value WarpgroupFactor::getDescriptor(GpuContext &b, int64_t term) const {
  int64_t bytes =
      isAlongTerms ? term / kLineTerms * panelBytes + term % kLineTerms * 2 : term / 8 * kLines;
  return bytes == 0 ? descriptor
                    : arith::AddIOp::create(b, descriptor, b.getInteger(b.getI64Type(), bytes / 16))
                          .getResult();
}

void showToProducts(GpuContext &b) {
  auto space = NVVM::SharedSpaceAttr::get(b.getContext(), NVVM::SharedSpace::shared_cta);
  NVVM::FenceProxyOp::create(b, NVVM::ProxyKind::async_shared, space);
}

void beginProducts(GpuContext &b) { NVVM::WgmmaFenceAlignedOp::create(b); }

void commitProducts(GpuContext &b) { NVVM::WgmmaGroupSyncAlignedOp::create(b); }

/// A call of a function that becomes PTX; its results are as many f32 as it has sums.
static SmallVector<Value> callPtx(GpuContext &b, const PtxFunction &function,
                                  ArrayRef<Value> operands) {
  auto module = b.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  std::string name = function.name();
  auto result = LLVM::LLVMStructType::getLiteral(
      b.getContext(), SmallVector<Type>(function.accumulators, b.getF32Type()));
  auto declared = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
  if (!declared) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    auto type =
        LLVM::LLVMFunctionType::get(result, llvm::to_vector(ValueRange(operands).getTypes()));
    declared = LLVM::LLVMFuncOp::create(b, name, type);
    // All threads of a warp come to it together.
    declared.setConvergent(true);
    declared.setNoUnwind(true);
  }
  Value call = LLVM::CallOp::create(b, declared, operands).getResult();
  SmallVector<Value> values;
  for (unsigned i = 0; i < function.accumulators; ++i)
    values.push_back(LLVM::ExtractValueOp::create(b, call, int64_t(i)));
  return values;
}

SmallVector<Value> waitForProducts(GpuContext &b, int64_t inFlight, ValueRange sums) {
  PtxFunction function;
  function.kind = PtxFunction::Kind::WgmmaWait;
  function.accumulators = unsigned(sums.size());
  function.inFlight = unsigned(inFlight);
  return callPtx(b, function, SmallVector<Value>(sums));
}

static SmallVector<Value> multiply(GpuContext &b, PtxFunction function, ArrayRef<Value> lhs,
                                   const WarpgroupFactor &rhs, int64_t term, ValueRange sums,
                                   bool adds = true) {
  function.kind = PtxFunction::Kind::Wgmma;
  function.accumulators = unsigned(sums.size());
  function.bMajorMN = !rhs.isAlongTerms;
  SmallVector<Value> operands(sums);
  llvm::append_range(operands, lhs);
  operands.push_back(rhs.getDescriptor(b, term));
  operands.push_back(b.getInteger(b.getI32Type(), adds));
  return callPtx(b, function, operands);
}

SmallVector<Value> multiply(GpuContext &b, const WarpgroupFactor &lhs, const WarpgroupFactor &rhs,
                            int64_t term, ValueRange sums) {
  PtxFunction function;
  function.aMajorMN = !lhs.isAlongTerms;
  return multiply(b, function, lhs.getDescriptor(b, term), rhs, term, sums);
}

SmallVector<Value> multiplyFirst(GpuContext &b, const WarpgroupFactor &lhs,
                                 const WarpgroupFactor &rhs, int64_t columns) {
  PtxFunction function;
  function.aMajorMN = !lhs.isAlongTerms;
  SmallVector<Value> anything(size_t(columns / 2), LLVM::PoisonOp::create(b, b.getF32Type()));
  return multiply(b, function, lhs.getDescriptor(b, 0), rhs, 0, anything, /*adds=*/false);
}

SmallVector<Value> multiply(GpuContext &b, ArrayRef<Value> lhsWords, const WarpgroupFactor &rhs,
                            int64_t term, ValueRange sums) {
  PtxFunction function;
  function.aInRegisters = true;
  return multiply(b, function, lhsWords, rhs, term, sums);
}

} // namespace mlir::tenon::kernel
