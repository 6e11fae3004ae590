//===- SharedRows.cpp - Rows of an operand in shared memory ---------------===//

#include "SharedRows.h"
#include "TensorCore.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace mlir::tenon::kernel {

SharedRows::SharedRows(GpuContext &context, unsigned operand, unsigned rowDim, unsigned columnDim,
                       int64_t rows)
    : b(context), operand(operand), rowDim(rowDim), columnDim(columnDim), rows(rows),
      width(*b.getOp().getDim(columnDim).getSize().getConstant()), piece(isWide() ? 4 : 1) {}

/// Whether every row begins at a multiple of 16 bytes: buffers do.
bool SharedRows::isWide() {
  SizeAttr four = b.makeSize(4);
  AccessAttr access = b.getOp().getAccess(operand);
  for (auto [dim, coefficient] : llvm::enumerate(access.getCoefficients()))
    if (dim != columnDim && !coefficient.divideExactly(four))
      return false;
  return bool(access.getOffset().divideExactly(four));
}

/// Neighbouring threads copy neighbouring pieces of a row.
void SharedRows::copy(const Point &point, Value first, Value last,
                      llvm::function_ref<Value(Value)> isWanted) {
  int64_t pieces = getPaddedWidth() / piece, threads = b.getNumThreads();
  int64_t across = std::max<int64_t>(llvm::PowerOf2Ceil(pieces), threads / rows);
  int64_t down = threads / across;
  Value column = b.mul(b.rem(b.getThread(), b.getIndex(across)), piece);
  Value ownRow = b.div(b.getThread(), b.getIndex(across));
  Value elements = b.max(b.min(b.sub(b.getIndex(width), column), b.getIndex(piece)), b.getIndex(0));
  Value bytes = arith::IndexCastOp::create(b, b.getI32Type(), b.mul(elements, 4));
  Value source = b.getPointer(operand);
  auto copyPiece = [&](Value row) {
    Value number = b.add(first, row);
    Value isThere = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, number, last);
    if (Value wanted = isWanted(b.min(number, b.sub(last, b.getIndex(1)))))
      isThere = arith::AndIOp::create(b, isThere, wanted);
    Value read = arith::SelectOp::create(b, isThere, bytes, b.getInteger(b.getI32Type(), 0));
    Point place = point.at(rowDim, number).at(columnDim, column);
    Value offset = getOffset(b, b.getOp().getAccess(operand), place);
    copyAsync(b, getPointer(row, column), movePointer(b, source, b.mul(offset, 4)), piece * 4,
              read);
  };
  auto copyAll = [&] { b.forLoop(ownRow, b.getIndex(rows), down, copyPiece); };
  if (across == pieces)
    copyAll();
  else
    b.ifElse(
        arith::CmpIOp::create(b, arith::CmpIPredicate::slt, column, b.getIndex(getPaddedWidth())),
        copyAll, [] {});
}

Value SharedRows::getPointer(Value row, Value column) {
  return movePointer(b, memory, b.mul(b.add(b.mul(row, getStride()), column), 4));
}

SmallVector<Value> SharedRows::loadBlocks(Value row, Value column) {
  Value lane = b.rem(b.getThread(), b.getIndex(32));
  Value own = b.add(row, b.rem(lane, b.getIndex(16)));
  Value pointer = getPointer(own, b.add(b.mul(b.div(lane, b.getIndex(16)), 4), column));
  return toFloats(b, kernel::loadBlocks(b, pointer));
}

SmallVector<Value> SharedRows::load(Value row, Value column, int64_t count) {
  Value pointer = getPointer(row, column);
  Type element = b.getF32Type();
  if (count == 1)
    return {LLVM::LoadOp::create(b, element, pointer)};
  Value vector = LLVM::LoadOp::create(b, VectorType::get(count, element), pointer,
                                      /*alignment=*/unsigned(4 * count));
  SmallVector<Value> elements;
  for (int64_t i = 0; i < count; ++i)
    elements.push_back(LLVM::ExtractElementOp::create(b, vector, b.getInteger(b.getI32Type(), i)));
  return elements;
}

void SharedRows::store(ArrayRef<Value> elements, Value row, Value column) {
  Value pointer = getPointer(row, column);
  if (elements.size() == 1) {
    LLVM::StoreOp::create(b, elements.front(), pointer);
    return;
  }
  auto type = VectorType::get(int64_t(elements.size()), b.getF32Type());
  Value vector = LLVM::PoisonOp::create(b, type);
  for (auto [number, element] : llvm::enumerate(elements))
    vector = LLVM::InsertElementOp::create(b, vector, element,
                                           b.getInteger(b.getI32Type(), int64_t(number)));
  LLVM::StoreOp::create(b, vector, pointer, /*alignment=*/unsigned(4 * elements.size()));
}

} // namespace mlir::tenon::kernel
