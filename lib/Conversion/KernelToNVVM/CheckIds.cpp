//===- CheckIds.cpp - The first id that is out of range -------------------===//

#include "CheckIds.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

namespace mlir::tenon::kernel {

Point getPoint(GpuContext &b, ArrayRef<unsigned> dims, Value number) {
  Point point(b.getOp().getNumDims());
  setIndices(b, point, dims, number);
  return point;
}

Value isIdValid(GpuContext &b, Value id, Value bound) {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, id, bound);
}

static void reportFirst(GpuContext &b, unsigned operand, ArrayRef<unsigned> dims, Value bound) {
  Value none = b.getInteger(b.getI64Type(), std::numeric_limits<int64_t>::max());
  Value count = b.getSize(countPoints(b, dims));
  SmallVector<Value> firsts = b.forLoop(
      b.getThread(), count, b.getNumThreads(), none, [&](Value number, ValueRange before) {
        Value place = getOffset(b, b.getOp().getAccess(operand), getPoint(b, dims, number));
        Value found =
            arith::SelectOp::create(b, isIdValid(b, loadIndex(b, operand, place), bound), none,
                                    arith::IndexCastOp::create(b, b.getI64Type(), place));
        return SmallVector<Value>{arith::MinSIOp::create(b, before[0], found)};
      });
  Value first = b.combineThreads(ReduceKind::Min, firsts[0]);
  Value isBad = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, first, none);
  auto report = [&] {
    Value place = arith::IndexCastOp::create(b, b.getIndexType(), first);
    b.reportIndex(operand, place, loadIndex(b, operand, place), bound);
  };
  b.ifElse(isBad, report, [] {});
}

void checkIds(GpuContext &b, unsigned operand, ArrayRef<unsigned> dims, Value bound) {
  Value isFirstBlock =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, b.getBlock(), b.getIndex(0));
  b.ifElse(isFirstBlock, [&] { reportFirst(b, operand, dims, bound); }, [] {});
}

} // namespace mlir::tenon::kernel
