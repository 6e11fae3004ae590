//===- GpuContext.cpp - A thread of a block -------------------------------===//

#include "tenon/Conversion/KernelToNVVM/GpuContext.h"

#include "tenon/Conversion/Emission/Combine.h"
#include "tenon/Runtime/Abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::tenon::kernel {

void GpuContext::setLaunch(ArrayRef<GridAttr> grid, int64_t threads) {
  setGrid(grid);
  numThreads = threads;
  getFunction()->setAttr(kThreadsAttr, getI64IntegerAttr(threads));
}

Value GpuContext::getThread() {
  if (!thread) {
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(&getFunction().getBody().front());
    Value number = NVVM::ThreadIdXOp::create(*this, getI32Type());
    thread = arith::IndexCastUIOp::create(*this, getIndexType(), number);
  }
  return thread;
}

Value GpuContext::getBlock() {
  if (!block) {
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(&getFunction().getBody().front());
    Value number = NVVM::BlockIdXOp::create(*this, getI32Type());
    block = arith::IndexCastUIOp::create(*this, getIndexType(), number);
  }
  return block;
}

Value GpuContext::isFirstThread() {
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::eq, getThread(), getIndex(0));
}

Value GpuContext::allocateShared(int64_t elements, Type type) {
  auto memory =
      MemRefType::get(elements, type, AffineMap(), getI64IntegerAttr(int64_t(GpuSpace::Shared)));
  auto module = getFunction()->getParentOfType<ModuleOp>();
  std::string name = (getFunction().getSymName() + "_shared").str();
  memref::GlobalOp global;
  {
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPoint(getFunction());
    global = memref::GlobalOp::create(*this, name, getStringAttr("private"), memory,
                                      UnitAttr::get(getContext()),
                                      /*constant=*/false, getI64IntegerAttr(16));
  }
  // Another of the function's gets a name of its own.
  global->remove();
  SymbolTable(module).insert(global, Block::iterator(getFunction()));
  return memref::GetGlobalOp::create(*this, memory, global.getSymName());
}

Value GpuContext::toPointer(Value memory, GpuSpace space) {
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(*this, memory);
  auto type = LLVM::LLVMPointerType::get(getContext(), unsigned(space));
  Value number = arith::IndexCastOp::create(*this, getI64Type(), address);
  return LLVM::IntToPtrOp::create(*this, type, number);
}

Value GpuContext::getDynamicShared(int64_t bytes, int64_t alignment) {
  getFunction()->setAttr(kSharedAttr, getI64IntegerAttr(bytes));
  auto memory =
      MemRefType::get(0, getI8Type(), AffineMap(), getI64IntegerAttr(int64_t(GpuSpace::Shared)));
  std::string name = (getFunction().getSymName() + "_dynamic").str();
  {
    // Defined nowhere: the launch says how large it is.
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPoint(getFunction());
    memref::GlobalOp::create(*this, name, StringAttr(), memory, Attribute(), /*constant=*/false,
                             getI64IntegerAttr(alignment));
  }
  return toPointer(memref::GetGlobalOp::create(*this, memory, name), GpuSpace::Shared);
}

Value GpuContext::getPointer(unsigned operand) {
  return toPointer(getBuffer(operand), GpuSpace::Global);
}

void GpuContext::barrier() { NVVM::Barrier0Op::create(*this); }

Value GpuContext::exchange(Value value, int64_t distance) {
  Type type = value.getType();
  unsigned width = type.getIntOrFloatBitWidth();
  auto integer = [&](int64_t number) { return getInteger(getI32Type(), number); };
  auto exchangeWord = [&](Value word) -> Value {
    return NVVM::ShflOp::create(*this, getI32Type(), integer(-1), word, integer(distance),
                                integer(kWarp - 1), NVVM::ShflKind::bfly, UnitAttr());
  };
  Type whole = getIntegerType(width);
  bool isFloat = isa<FloatType>(type);
  if (isFloat)
    value = arith::BitcastOp::create(*this, whole, value);
  Value other;
  if (width == 32) {
    other = exchangeWord(value);
  } else if (width < 32) {
    Value wide = arith::ExtUIOp::create(*this, getI32Type(), value);
    other = arith::TruncIOp::create(*this, whole, exchangeWord(wide));
  } else {
    Value half = getInteger(whole, 32);
    Value low = arith::TruncIOp::create(*this, getI32Type(), value);
    Value high =
        arith::TruncIOp::create(*this, getI32Type(), arith::ShRUIOp::create(*this, value, half));
    low = arith::ExtUIOp::create(*this, whole, exchangeWord(low));
    high = arith::ExtUIOp::create(*this, whole, exchangeWord(high));
    other = arith::OrIOp::create(*this, low, arith::ShLIOp::create(*this, high, half));
  }
  return isFloat ? arith::BitcastOp::create(*this, type, other).getResult() : other;
}

Value GpuContext::combineThreads(ReduceKind kind, Value value) {
  if (!isa<FloatType>(value.getType()))
    return combineIntegers(kind, value);
  for (int64_t distance = kWarp / 2; distance > 0; distance /= 2)
    value = combine(*this, kind, value, exchange(value, distance));
  int64_t warps = numThreads / kWarp;
  if (warps == 1)
    return value;
  Value &memory = combined[value.getType()];
  if (!memory)
    memory = allocateShared(warps, value.getType());
  // What others still read of the last combination.
  barrier();
  Value lane = rem(getThread(), getIndex(kWarp));
  auto store = [&] {
    memref::StoreOp::create(*this, value, memory, div(getThread(), getIndex(kWarp)));
  };
  ifElse(arith::CmpIOp::create(*this, arith::CmpIPredicate::eq, lane, getIndex(0)), store, [] {});
  barrier();
  // Every warp combines those of all.
  Value all = memref::LoadOp::create(*this, memory, rem(lane, getIndex(warps)));
  for (int64_t distance = warps / 2; distance > 0; distance /= 2)
    all = combine(*this, kind, all, exchange(all, distance));
  return all;
}

/// In memory, not by exchange: beside tensor cores, where bounds of attention are combined,
/// there are no registers for the numbers of lanes.
Value GpuContext::combineIntegers(ReduceKind kind, Value value) {
  bool isBool = value.getType().isInteger(1);
  // Words of their own: bytes of one word would be those of several threads.
  Type stored = isBool ? getI32Type() : value.getType();
  Value &memory = combined[value.getType()];
  if (!memory)
    memory = allocateShared(numThreads, stored);
  auto store = [&](Value element) {
    if (isBool)
      element = arith::ExtUIOp::create(*this, stored, element);
    memref::StoreOp::create(*this, element, memory, getThread());
  };
  auto load = [&](Value place) -> Value {
    Value element = memref::LoadOp::create(*this, memory, place);
    return isBool ? arith::TruncIOp::create(*this, value.getType(), element).getResult() : element;
  };
  barrier();
  store(value);
  barrier();
  for (int64_t half = numThreads / 2; half > 0; half /= 2) {
    Value isActive =
        arith::CmpIOp::create(*this, arith::CmpIPredicate::ult, getThread(), getIndex(half));
    auto join = [&] {
      store(combine(*this, kind, load(getThread()), load(add(getThread(), half))));
    };
    ifElse(isActive, join, [] {});
    barrier();
  }
  return load(getIndex(0));
}

SmallVector<Value> GpuContext::rolledLoop(Value begin, Value end, int64_t step, ValueRange carried,
                                          LoopBody body) {
  SmallVector<Value> results = forLoop(begin, end, step, carried, body);
  if (results.empty() || results.front() == carried.front())
    return results;
  auto unroll = LLVM::LoopUnrollAttr::get(getContext(), getBoolAttr(true), {}, {}, {}, {}, {}, {});
  auto annotation = LLVM::LoopAnnotationAttr::get(getContext(), {}, {}, {}, unroll, {}, {}, {}, {},
                                                  {}, {}, {}, {}, {}, {}, {});
  results.front().getDefiningOp()->setAttr("llvm.loop_annotation", annotation);
  return results;
}

void GpuContext::reportIndex(unsigned operand, Value position, Value id, Value bound) {
  Value error = getErrorSlot();
  Value launch = getFunction().getArgument(getFunction().getNumArguments() - 2);
  auto report = [&] {
    Value fields[] = {getIndex(TN_INDEX_OUT_OF_RANGE),     launch, position, id, bound,
                      getIndex(getArgumentNumber(operand))};
    for (auto [i, field] : llvm::enumerate(fields)) {
      Value integer = arith::IndexCastOp::create(*this, getI64Type(), field);
      memref::StoreOp::create(*this, integer, error, getIndex(i));
    }
  };
  auto reportFirst = [&] {
    Value code = memref::LoadOp::create(*this, error, getIndex(0));
    Value isFirst = arith::CmpIOp::create(*this, arith::CmpIPredicate::eq, code,
                                          getInteger(getI64Type(), TN_OK));
    ifElse(isFirst, report, [] {});
  };
  ifElse(isFirstThread(), reportFirst, [] {});
}

} // namespace mlir::tenon::kernel
