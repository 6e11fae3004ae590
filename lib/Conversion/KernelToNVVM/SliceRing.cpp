//===- SliceRing.cpp - Slices of both factors, stage by stage -------------===//

#include "SliceRing.h"
#include "TensorCore.h"

namespace mlir::tenon::kernel {

Value SliceRing::getStage(Value number) {
  return movePointer(b, memory, b.mul(number, getStageBytes()));
}

/// Where there are terms left: a group of copies of theirs, else an empty one.
void SliceRing::startCopies(Value stage, Value term, Value lastTerm) {
  b.ifElse(
      tile.isBelow(term, lastTerm),
      [&] {
        lhs.copy(getStage(stage), term, lastTerm);
        Value slice = movePointer(b, getStage(stage), b.getIndex(lhs.getNumBytes()));
        rhs.copy(slice, term, lastTerm);
      },
      [] {});
  commitCopies(b);
}

SmallVector<Value> SliceRing::forSlices(
    Value first, Value last, ValueRange carried, llvm::function_ref<void()> order,
    llvm::function_ref<SmallVector<Value>(Value, Value, ValueRange, llvm::function_ref<void()>)>
        multiply) {
  int64_t terms = lhs.getNumTerms();
  size_t count = carried.size();
  for (int64_t i = 0; i < ahead; ++i)
    startCopies(b.getIndex(i), b.add(first, i * terms), last);
  SmallVector<Value> all(carried);
  all.push_back(b.getIndex(0));
  all.push_back(b.getIndex(ahead));
  SmallVector<Value> results =
      b.forLoop(first, last, terms, all, [&](Value term, ValueRange before) {
        Value full = before[count], free = before[count + 1];
        waitForCopies(b, ahead - 1);
        order();
        // All have copied the slice, and what lies where the next is to be is multiplied.
        b.barrier();
        Value lhsSlice = getStage(full);
        Value rhsSlice = movePointer(b, lhsSlice, b.getIndex(lhs.getNumBytes()));
        SmallVector<Value> next = multiply(lhsSlice, rhsSlice, before.take_front(count), [&] {
          startCopies(free, b.add(term, ahead * terms), last);
        });
        next.push_back(getNextStage(b, full, stages));
        next.push_back(getNextStage(b, free, stages));
        return next;
      });
  waitForCopies(b, 0);
  b.barrier();
  results.truncate(count);
  return results;
}

} // namespace mlir::tenon::kernel
