//===- CpuContext.cpp - Tasks and scratch memory of a worker --------------===//

#include "tenon/Conversion/KernelToVector/CpuContext.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::tenon::kernel {

CpuContext::CpuContext(KernelOpInterface op, func::FuncOp function, const CpuTarget &target,
                       ArrayRef<StringAttr> symbols)
    : EmitContext(op, function, symbols), target(target), scratchBytes(makeSize(0)) {
  function->setAttr(kScratchAttr, scratchBytes);
}

void CpuContext::forTasks(ArrayRef<GridAttr> factors,
                          llvm::function_ref<void(ArrayRef<Value>)> body) {
  setGrid(factors);
  forLoop(getBegin(), getEnd(), 1, [&](Value task) { body(getTaskCoordinates(task)); });
}

void CpuContext::forTaskRuns(ArrayRef<GridAttr> factors, int64_t most,
                             llvm::function_ref<void(ArrayRef<Value>, Value)> body) {
  setGrid(factors);
  Value last = ceilDiv(getSize(factors.back().getSize()), factors.back().getDivisor());
  auto loop = scf::WhileOp::create(*this, TypeRange(getIndexType()), ValueRange(getBegin()));
  OpBuilder::InsertionGuard guard(*this);
  Block *before = createBlock(&loop.getBefore(), {}, getIndexType(), getLoc());
  Value task = before->getArgument(0);
  Value isLeft = arith::CmpIOp::create(*this, arith::CmpIPredicate::slt, task, getEnd());
  scf::ConditionOp::create(*this, isLeft, task);
  Block *after = createBlock(&loop.getAfter(), {}, getIndexType(), getLoc());
  task = after->getArgument(0);
  SmallVector<Value> coordinates = getTaskCoordinates(task);
  Value count = min(min(sub(getEnd(), task), sub(last, coordinates.back())), getIndex(most));
  body(coordinates, count);
  scf::YieldOp::create(*this, add(task, count));
}

Value CpuContext::allocateScratch(SizeAttr elements, Type elementType) {
  Value scratch = getFunction().getArgument(getFunction().getNumArguments() - 2);
  auto type = MemRefType::get(ShapedType::kDynamic, elementType ? elementType : getF32Type());
  Value view = memref::ViewOp::create(*this, type, scratch, getSize(scratchBytes),
                                      ValueRange(getSize(elements)));
  // Whole cache lines, so that the next allocation is aligned too.
  SizeAttr bytes = elements.mul(type.getElementType().isIndex() ? 8 : 4);
  if (std::optional<int64_t> constant = bytes.getConstant())
    bytes = makeSize((*constant + 63) / 64 * 64);
  scratchBytes = scratchBytes.add(bytes);
  getFunction()->setAttr(kScratchAttr, scratchBytes);
  return view;
}

} // namespace mlir::tenon::kernel
