//===- RowTerms.cpp - A prologue's terms, rows side by side ---------------===//
//
// What the prologue reads lies row by row: squares of it are turned around in registers
// first. Rows beyond the last one repeat it.
//
//===----------------------------------------------------------------------===//

#include "RowTerms.h"
#include "RegisterTile.h"
#include "Transpose.h"
#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {

RowTerms::RowTerms(CpuContext &context, ContractOp op, int64_t groupRows)
    : context(&context), op(op), form(op), lanes(context.getTarget().lanes), groupRows(groupRows) {
  SmallVector<unsigned> sums = form.getDims(DimRole::Sum);
  chunkDim = sums[0];
  elementDim = sums[2];
  numTerms = *form.getDim(sums[1]).getSize().getConstant();
  chunkElements = *form.getDim(elementDim).getSize().getConstant();
  termStride = lanes * groupRows + kLineElements;
  terms = context.allocateScratch(context.makeSize(numTerms * termStride));
  for (unsigned input : op.getLhsInputs())
    if (variesWithRows(input))
      staged[input] = {
          context.allocateScratch(context.makeSize(lanes * groupRows)),
          context.allocateScratch(context.makeSize(groupRows), context.getIndexType())};
}

bool RowTerms::canMake(ContractOp op) {
  KernelOpInterface form = op;
  auto isOfRow = [&](PositionOp position) {
    bool isRow = form.getDim(unsigned(position.getDim())).getRole() == DimRole::Rows;
    return isRow ? WalkResult::interrupt() : WalkResult::advance();
  };
  return !op.getPrologue().walk(isOfRow).wasInterrupted();
}

bool RowTerms::variesWithRows(unsigned input) {
  return llvm::any_of(form.getDims(DimRole::Rows), [&](unsigned dim) {
    return !form.getAccess(input).getCoefficients()[dim].isZero();
  });
}

void RowTerms::begin(Value rows, llvm::function_ref<Point(Value)> getPoint) {
  CpuContext &b = *context;
  numRows = rows;
  first = getPoint(b.getIndex(0));
  Value whole = b.mul(b.ceilDiv(rows, lanes), lanes);
  b.forLoop(b.getIndex(0), whole, 1, [&](Value row) {
    Point point = getPoint(b.min(row, b.sub(rows, b.getIndex(1))));
    for (const auto &[input, to] : staged) {
      Value start = getOffset(b, form.getAccess(input), point);
      memref::StoreOp::create(b, start, to.starts, row);
    }
  });
}

void RowTerms::make(const Run &run) {
  CpuContext &b = *context;
  for (const auto &[input, to] : staged)
    stage(input, to, run);
  Region &prologue = op.getPrologue();
  auto type = cast<VectorType>(getLaneType(b.getF32Type(), unsigned(lanes)));
  Value count = b.getIndex(run.tail.value_or(lanes));
  b.forLoop(b.getIndex(0), count, 1, [&](Value element) {
    Point point = first->at(chunkDim, run.chunk).at(elementDim, b.add(run.firstElement, element));
    Point ofRows = point;
    ofRows.lanes = unsigned(lanes);
    // No dimension: rows are of several.
    ofRows.vectorDim = form.getNumDims();
    b.forLoop(b.getIndex(0), numRows, lanes, [&](Value row) {
      RegionEmitter emitter(b, ofRows, 0, 0);
      for (auto [argument, input] : llvm::zip(prologue.getArguments(), op.getLhsInputs())) {
        auto found = staged.find(input);
        if (found == staged.end()) {
          emitter.bind(argument, loadElement(b, input, point));
          continue;
        }
        Value place = b.add(b.mul(element, groupRows), row);
        emitter.bind(argument, vector::LoadOp::create(b, type, found->second.elements, place));
      }
      for (auto [number, term] : llvm::enumerate(prologue.front().getTerminator()->getOperands()))
        vector::StoreOp::create(b, broadcastLanes(b, emitter.get(term), unsigned(lanes)), terms,
                                getPlace(b.getIndex(int64_t(number)), element, row));
    });
  });
}

/// Puts an input's elements of the run side by side for neighbouring rows.
void RowTerms::stage(unsigned input, const Staged &to, const Run &run) {
  CpuContext &b = *context;
  ArrayRef<SizeAttr> strides = form.getAccess(input).getCoefficients();
  SizeAttr stride = strides[elementDim];
  Value skipped = b.add(b.mul(run.chunk, b.getSize(strides[chunkDim])),
                        b.mul(run.firstElement, b.getSize(stride)));
  auto getStart = [&](Value row) {
    return b.add(memref::LoadOp::create(b, to.starts, row), skipped);
  };
  Point elements(form.getNumDims());
  elements.vectorDim = elementDim;
  elements.lanes = unsigned(lanes);
  if (run.tail)
    elements.mask = makeMask(b, unsigned(lanes), b.getIndex(*run.tail));
  b.forLoop(b.getIndex(0), numRows, lanes, [&](Value firstRow) {
    SmallVector<Value> square;
    for (int64_t i = 0; i < lanes; ++i) {
      Value loaded = loadLanes(b, b.getBuffer(input), getStart(b.add(firstRow, i)), stride,
                               b.getF32Type(), elements);
      square.push_back(broadcastLanes(b, loaded, unsigned(lanes)));
    }
    transposeSquare(b, square);
    for (int64_t i = 0; i < lanes; ++i)
      vector::StoreOp::create(b, square[i], to.elements, b.add(firstRow, i * groupRows));
  });
}

Value RowTerms::getPlace(Value number, Value element, Value row) {
  CpuContext &b = *context;
  return b.add(b.add(b.mul(number, termStride), b.mul(element, groupRows)), row);
}

Value RowTerms::load(Value number, Value element, Value row) {
  CpuContext &b = *context;
  auto type = cast<VectorType>(getLaneType(b.getF32Type(), unsigned(lanes)));
  return vector::LoadOp::create(b, type, terms, getPlace(number, element, row));
}

} // namespace mlir::tenon::kernel
