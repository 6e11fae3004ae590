//===- NarrowProduct.cpp - A product with few columns ---------------------===//

#include "NarrowProduct.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {

/// Sums that are added to in turns, so that none waits for its last addition.
static constexpr unsigned kLeastChains = 12;

bool NarrowProduct::pays(CpuContext &context, ContractOp op) {
  KernelOpInterface form = op;
  std::optional<int64_t> columns =
      form.getDim(form.getDims(DimRole::Cols).front()).getSize().getConstant();
  int64_t lanes = context.getTarget().lanes;
  return op.getPanel() && columns && *columns > 0 && *columns < int64_t(*op.getPanel()) &&
         5 * *columns < 4 * int64_t(llvm::alignTo(*columns, lanes)) &&
         form.getDims(DimRole::Groups).empty() && RowTerms::canMake(op);
}

NarrowProduct::NarrowProduct(CpuContext &context, ContractOp op, PanelProduct &product)
    : context(&context), form(op), product(&product), terms(context, op, kGroupRows),
      panel(int64_t(*op.getPanel())),
      numColumns(*form.getDim(form.getDims(DimRole::Cols).front()).getSize().getConstant()) {
  sums = context.allocateScratch(context.makeSize(numColumns * kGroupRows));
  results = context.allocateScratch(context.makeSize(panel * kGroupRows));
}

void NarrowProduct::emitBlock(const PanelProduct::Block &block) {
  CpuContext &b = *context;
  Value numRows = b.sub(block.end, block.begin);
  clearSums();
  terms.begin(numRows, [&](Value row) {
    Point point = block.batch;
    product->setRow(point, b.add(block.begin, row));
    return point;
  });
  int64_t elements = terms.getChunkElements();
  int64_t whole = elements / terms.getRunElements() * terms.getRunElements();
  Value numChunks = b.getSize(form.getDim(terms.getChunkDim()).getSize());
  b.forLoop(b.getIndex(0), numChunks, 1, [&](Value chunk) {
    b.forLoop(b.getIndex(0), b.getIndex(whole), terms.getRunElements(),
              [&](Value element) { addRun(block, {chunk, element, std::nullopt}, numRows); });
    if (whole < elements)
      addRun(block, {chunk, b.getIndex(whole), elements - whole}, numRows);
  });
  b.forLoop(b.getIndex(0), numRows, 1, [&](Value row) {
    for (int64_t column = 0; column < numColumns; ++column) {
      Value sum = memref::LoadOp::create(b, sums, b.add(row, column * kGroupRows));
      memref::StoreOp::create(b, sum, results, b.add(b.mul(row, panel), column));
    }
  });
  product->storeRows(block, numRows, results);
}

std::pair<Value, Value> NarrowProduct::getBounds(Value group) {
  CpuContext &b = *context;
  Value begin = b.mul(group, kGroupRows);
  return {begin, b.min(b.add(begin, kGroupRows), b.getSize(product->getRows().getTotal()))};
}

void NarrowProduct::clearSums() {
  CpuContext &b = *context;
  int64_t lanes = b.getTarget().lanes;
  Value zero = b.getFloat(getLaneType(b.getF32Type(), unsigned(lanes)), 0.0);
  b.forLoop(b.getIndex(0), b.getIndex(numColumns * kGroupRows), lanes,
            [&](Value place) { vector::StoreOp::create(b, zero, sums, place); });
}

/// Adds the products of a run of elements.
void NarrowProduct::addRun(const PanelProduct::Block &block, const RowTerms::Run &run,
                           Value numRows) {
  CpuContext &b = *context;
  const CpuTarget &target = b.getTarget();
  terms.make(run);
  int64_t chunk = terms.getNumTerms() * terms.getChunkElements();
  Value firstTerm = b.add(b.mul(run.chunk, chunk), run.firstElement);
  Value coefficients = b.add(getOffset(b, form.getAccess(1), block.batch), b.mul(firstTerm, panel));
  unsigned most = target.tileRows * target.tileVectors / 2;
  unsigned tiles = unsigned(llvm::divideCeil(numColumns, most));
  unsigned columns = unsigned(llvm::divideCeil(numColumns, tiles));
  // Few columns take more vectors of rows, so that there are enough chains of additions.
  unsigned vectors =
      std::min(kLeastChains / std::min(columns, kLeastChains), unsigned(kGroupRows / target.lanes));
  vectors = llvm::bit_floor(vectors);
  b.forLoop(b.getIndex(0), numRows, int64_t(vectors) * target.lanes, [&](Value row) {
    for (int64_t column = 0; column < numColumns; column += columns)
      addTile(coefficients, run, column, unsigned(std::min<int64_t>(columns, numColumns - column)),
              row, vectors);
  });
}

void NarrowProduct::addTile(Value coefficients, const RowTerms::Run &run, int64_t firstColumn,
                            unsigned columns, Value firstRow, unsigned vectors) {
  CpuContext &b = *context;
  int64_t lanes = b.getTarget().lanes;
  int64_t elements = run.tail.value_or(terms.getRunElements());
  int64_t unroll = elements % kUnroll == 0 ? kUnroll : 1;
  SmallVector<Value> products =
      b.forLoop(b.getIndex(0), b.getIndex(terms.getNumTerms()), 1,
                makeZeroTile(b, columns, vectors), [&](Value number, ValueRange before) {
                  Value start =
                      b.add(coefficients, b.mul(number, terms.getChunkElements() * panel));
                  auto loadCoefficient = [&](unsigned column, Value element) -> Value {
                    Value place = b.add(start, b.add(b.mul(element, panel), firstColumn + column));
                    return memref::LoadOp::create(b, b.getBuffer(1), place);
                  };
                  auto loadRows = [&](Value element, unsigned vector) -> Value {
                    return terms.load(number, element, b.add(firstRow, int64_t(vector) * lanes));
                  };
                  return emitTile(b, columns, vectors, b.getIndex(0), b.getIndex(elements), unroll,
                                  before, {loadCoefficient, loadRows});
                });
  Value start = b.add(firstRow, firstColumn * kGroupRows);
  Value stride = b.getIndex(kGroupRows);
  SmallVector<Value> totals = loadTile(b, columns, vectors, sums, start, stride);
  for (auto [total, sum] : llvm::zip(totals, products))
    total = arith::AddFOp::create(b, total, sum);
  storeTile(b, totals, columns, vectors, sums, start, stride);
}

} // namespace mlir::tenon::kernel
