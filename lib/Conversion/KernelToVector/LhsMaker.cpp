//===- LhsMaker.cpp - A lhs that a prologue computes ----------------------===//

#include "LhsMaker.h"
#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {

/// Rows a multiple of 4 KiB apart would share the sets of the first cache.
static int64_t getRowStride(int64_t terms) {
  return llvm::alignTo(terms, kLineElements) + kLineElements;
}

LhsMaker::LhsMaker(CpuContext &context, ContractOp op, int64_t blockRows)
    : context(&context), op(op) {
  KernelOpInterface form = op;
  SmallVector<unsigned> sums = form.getDims(DimRole::Sum);
  chunkDim = sums[0];
  elementDim = sums[2];
  numTerms = *form.getDim(sums[1]).getSize().getConstant();
  chunkElements = *form.getDim(elementDim).getSize().getConstant();
  stride = getRowStride(getChunk());
  terms = context.allocateScratch(context.makeSize(blockRows * stride));
}

void LhsMaker::make(Value firstTerm, Value begin, Value end,
                    llvm::function_ref<Point(Value)> getPoint) {
  CpuContext &b = *context;
  this->firstTerm = firstTerm;
  Value chunk = b.div(firstTerm, b.getIndex(getChunk()));
  int64_t lanes = b.getTarget().lanes;
  b.forLoop(begin, end, 1, [&](Value row) {
    Point point = getPoint(row);
    point.indices[chunkDim] = chunk;
    point.vectorDim = elementDim;
    point.lanes = lanes;
    Value start = b.mul(b.sub(row, begin), stride);
    int64_t whole = chunkElements / lanes * lanes;
    b.forLoop(b.getIndex(0), b.getIndex(whole), lanes,
              [&](Value element) { makeElements(point.at(elementDim, element), start); });
    if (whole == chunkElements)
      return;
    point.mask = makeMask(b, lanes, b.getIndex(chunkElements - whole));
    makeElements(point.at(elementDim, b.getIndex(whole)), start);
  });
}

/// The terms of a vector of elements: each term's lie together.
void LhsMaker::makeElements(Point point, Value rowStart) {
  CpuContext &b = *context;
  Region &prologue = op.getPrologue();
  RegionEmitter emitter(b, point, 0, 0);
  for (auto [argument, input] : llvm::zip(prologue.getArguments(), op.getLhsInputs()))
    emitter.bind(argument, loadElement(b, input, point));
  Value start = b.add(rowStart, point.indices[elementDim]);
  for (auto [number, term] : llvm::enumerate(prologue.front().getTerminator()->getOperands())) {
    Value value = broadcastLanes(b, emitter.get(term), point.lanes);
    Value place = b.add(start, int64_t(number) * chunkElements);
    if (point.mask)
      vector::MaskedStoreOp::create(b, terms, place, point.mask, value);
    else
      vector::StoreOp::create(b, value, terms, place);
  }
}

PanelProduct::LhsOfRow LhsMaker::getRows(Value firstRow, unsigned rows) {
  CpuContext &b = *context;
  SmallVector<Value> starts;
  for (unsigned i = 0; i < rows; ++i)
    starts.push_back(b.sub(b.mul(b.add(firstRow, i), stride), firstTerm));
  Value memory = terms;
  return [&b, memory, starts](unsigned row, Value k) -> Value {
    return memref::LoadOp::create(b, memory, b.add(starts[row], k));
  };
}

} // namespace mlir::tenon::kernel
