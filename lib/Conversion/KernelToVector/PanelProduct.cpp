//===- PanelProduct.cpp - Rows times a packed matrix, with epilogue -------===//

#include "PanelProduct.h"
#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace mlir::tenon::kernel {

/// Vectors that go through an epilogue as one.
constexpr unsigned kEpilogueVectors = 2;
/// Sums that wait for a long epilogue, in the first cache, about: it is one chain of
/// operations for each element, and those of the few elements of a tile would not fill the
/// pipes.
constexpr int64_t kWaitingSums = 1536;
/// The locality that brings a line into the first cache, and the second.
constexpr unsigned kFirstCache = 3, kSecondCache = 2;

FailureOr<PanelProduct> PanelProduct::create(CpuContext &context, std::optional<uint64_t> panel,
                                             int64_t blockRows, std::optional<int64_t> chunk) {
  const CpuTarget &target = context.getTarget();
  KernelOpInterface op = context.getOp();
  unsigned column = op.getDims(DimRole::Cols).front();
  std::optional<int64_t> cols = op.getDim(column).getSize().getConstant();
  if (!panel && !(cols && *cols % target.getPanel() == 0 &&
                  op.getAccess(1).getCoefficients()[column].isOne()))
    return context.getOp()->emitOpError(
               "cannot be emitted: the rhs is neither packed (attribute 'panel') nor of whole "
               "panels of ")
           << target.getPanel() << " contiguous columns";
  if (!panel)
    return PanelProduct(context, panel, blockRows, chunk);
  if (*panel % target.lanes != 0 || int64_t(*panel) > target.getPanel())
    return context.getOp()->emitOpError()
           << "cannot be emitted: panel of " << *panel << " columns; expected a multiple of "
           << target.lanes << " up to " << target.getPanel();
  return PanelProduct(context, panel, blockRows, chunk);
}

/// The terms per pass: equal passes of at most `most` terms, in steps of the
/// unrolled loop.
static int64_t chooseBlockTerms(SizeAttr sumSize, int64_t most) {
  std::optional<int64_t> size = sumSize.getConstant();
  if (!size || *size > kSumBlock)
    return most;
  int64_t passes = std::max<int64_t>((*size + most - 1) / most, 1);
  return llvm::alignTo((*size + passes - 1) / passes, kUnroll);
}

/// Whether a value goes through at least as many instructions as a function has.
static bool isLong(Region &epilogue) {
  constexpr unsigned kFunctionCost = 16;
  unsigned cost = 0;
  for (Operation &op : epilogue.front().without_terminator())
    cost += isa<math::MathDialect>(op.getDialect()) ? kFunctionCost : 1;
  return cost >= kFunctionCost;
}

PanelProduct::PanelProduct(CpuContext &context, std::optional<uint64_t> panel, int64_t blockRows,
                           std::optional<int64_t> chunk)
    : context(&context), panelWidth(panel.value_or(context.getTarget().getPanel())),
      isInPlace(!panel) {
  KernelOpInterface op = context.getOp();
  const CpuTarget &target = context.getTarget();
  batchDims = op.getDims(DimRole::Batch);
  rowDims = op.getDims(DimRole::Rows);
  colDim = op.getDims(DimRole::Cols).front();
  numCols = op.getDim(colDim).getSize();
  sumSize = getDomainProduct(op, [](DimAttr dim) { return dim.getRole() == DimRole::Sum; });
  if (auto contract = dyn_cast<ContractOp>(op.getOperation()))
    sumGroupDim = contract.getGroupsOfSums();
  if (sumGroupDim)
    batchDims.push_back(*sumGroupDim);
  else if (SmallVector<unsigned> groups = op.getDims(DimRole::Groups); !groups.empty())
    groupDim = groups.front();
  rowBlocks.emplace(
      context, getDomainProduct(op, [](DimAttr dim) { return dim.getRole() == DimRole::Rows; }),
      blockRows, /*isRagged=*/groupDim.has_value());
  blockTerms = chunk ? *chunk : chooseBlockTerms(sumSize, target.blockTerms);
  chainTerms = chunk ? kSumBlock / *chunk * *chunk : kSumBlock;
  unroll = sumGroupDim ? 1 : getUnroll(chunk ? context.makeSize(*chunk) : sumSize);
  int64_t tileSize = target.tileRows * target.getPanel();
  waitingTiles =
      isLong(op.getEpilogueRegion())
          ? std::min<int64_t>(kWaitingSums / tileSize, llvm::divideCeil(blockRows, target.tileRows))
          : 1;
  tileSums = context.allocateScratch(context.makeSize(waitingTiles * tileSize));
  std::optional<int64_t> size = sumSize.getConstant();
  bool isOnePass = size && *size <= blockTerms && !sumGroupDim;
  hasChunks = chunk && !isOnePass;
  if (isOnePass)
    return;
  SizeAttr blockSize = context.makeSize(target.blockPanels * blockRows * panelWidth);
  partialSums = context.allocateScratch(blockSize);
  // Groups without terms have totals, too.
  if (!size || *size > chainTerms || sumGroupDim)
    totals = context.allocateScratch(blockSize);
}

GridAttr PanelProduct::getPanelFactor() {
  return GridAttr::get(context->getContext(), numCols, panelWidth);
}

Value PanelProduct::getNumPanels() {
  return context->ceilDiv(context->getSize(numCols), panelWidth);
}

/// The input that holds the first row of each group, then the rows.
static constexpr unsigned kGroupRows = 2;

Value PanelProduct::getFirstRow(Value group) { return loadIndex(*context, kGroupRows, group); }

void PanelProduct::setRow(Point &point, Value row) {
  if (groupDim) {
    Value list = context->getSize(context->getOp().getAccess(kGroupRows).getOffset());
    row = loadIndex(*context, kGroupRows, context->add(list, row));
  }
  setIndices(*context, point, rowDims, row);
}

void PanelProduct::emitBlock(const Block &block, GetLhs getLhs, MakeLhs makeLhs) {
  CpuContext &b = *context;
  if (makeLhs && !hasChunks)
    makeLhs(b.getIndex(0));
  unsigned lanes = b.getTarget().lanes;
  unsigned vectors = panelWidth / lanes;
  std::optional<int64_t> cols = numCols.getConstant();
  if (cols && *cols % panelWidth == 0) {
    emitPanels(block, {vectors, false}, getLhs, makeLhs);
    return;
  }
  // The last panel: of a constant width, only the vectors it needs.
  unsigned lastVectors = cols ? (*cols % panelWidth + lanes - 1) / lanes : vectors;
  if (cols && *cols < panelWidth) {
    emitPanels(block, {lastVectors, true}, getLhs, makeLhs);
    return;
  }
  Value numWhole = b.div(b.getSize(numCols), b.getIndex(panelWidth));
  Block whole = block, last = block;
  whole.lastPanel = b.min(block.lastPanel, numWhole);
  last.firstPanel = b.max(block.firstPanel, numWhole);
  emitPanels(whole, {vectors, false}, getLhs, makeLhs);
  emitPanels(last, {lastVectors, true}, getLhs, makeLhs);
}

void PanelProduct::emitPanels(const Block &block, Width width, GetLhs getLhs, MakeLhs makeLhs) {
  CpuContext &b = *context;
  unsigned few = b.getTarget().tileRows;
  if (hasChunks || sumGroupDim) {
    emitMany(block, width, getLhs, makeLhs);
    return;
  }
  if (std::optional<int64_t> constant = rowBlocks->getConstantTotal()) {
    if (*constant <= few && *constant > 0)
      emitFew(block, width, *constant, getLhs);
    else
      emitMany(block, width, getLhs, makeLhs);
    return;
  }
  Value rows = b.sub(block.end, block.begin);
  Value isFew =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ule, rows, b.getIndex(few)).getResult();
  b.ifElse(
      isFew,
      [&] {
        auto counts = llvm::to_vector(llvm::seq_inclusive<unsigned>(1, few));
        rowBlocks->switchRows(rows, counts,
                              [&](unsigned count) { emitFew(block, width, count, getLhs); });
      },
      [&] { emitMany(block, width, getLhs, makeLhs); });
}

Value PanelProduct::getPanelStart(const Point &batch, Value panel) {
  CpuContext &b = *context;
  SizeAttr distance = isInPlace ? b.makeSize(panelWidth) : sumSize.mul(panelWidth);
  return b.add(getOffset(b, b.getOp().getAccess(1), batch), b.mul(panel, b.getSize(distance)));
}

Value PanelProduct::getTermOffset(Value k) {
  CpuContext &b = *context;
  if (!isInPlace)
    return b.mul(k, panelWidth);
  KernelOpInterface op = b.getOp();
  unsigned sum = op.getDims(DimRole::Sum).front();
  return b.mul(k, b.getSize(op.getAccess(1).getCoefficients()[sum]));
}

void PanelProduct::storeRows(const Block &block, Value rows, Value sums) {
  CpuContext &b = *context;
  int64_t lanes = b.getTarget().lanes, cols = *numCols.getConstant();
  Width width = {unsigned(llvm::divideCeil(cols, lanes)), cols % panelWidth != 0};
  emitEpilogue(block.batch, b.getIndex(0), width, block.begin, rows,
               {sums, b.getIndex(0), panelWidth});
}

void PanelProduct::emitZeros(const Block &block) {
  CpuContext &b = *context;
  unsigned lanes = b.getTarget().lanes;
  Value numColumns = b.getSize(numCols);
  Value lastColumn = b.min(b.mul(block.lastPanel, panelWidth), numColumns);
  b.forLoop(block.begin, block.end, 1, [&](Value row) {
    Point point = block.batch;
    point.vectorDim = colDim;
    point.lanes = lanes;
    setRow(point, row);
    Value first = b.mul(block.firstPanel, panelWidth);
    Value whole = b.sub(lastColumn, b.rem(b.sub(lastColumn, first), b.getIndex(lanes)));
    auto clearColumns = [&](Value begin, Value end, bool isTail) {
      b.forLoop(begin, end, lanes, [&](Value column) {
        point.indices[colDim] = column;
        point.mask = isTail ? makeMask(b, lanes, b.sub(numColumns, column)) : Value();
        storeElement(b, b.getFloat(getLaneType(b.getF32Type(), lanes), 0.0), point);
      });
    };
    clearColumns(first, whole, false);
    clearColumns(whole, lastColumn, true);
  });
}

//===----------------------------------------------------------------------===//
// A few rows: what counts is reading the panels fast
//===----------------------------------------------------------------------===//

/// At most a tile of rows: every panel is read once, from its first row to its
/// last. As many panels at once as the registers hold, so that there are enough
/// chains of additions and several streams from memory.
void PanelProduct::emitFew(const Block &block, Width width, unsigned rows, GetLhs getLhs) {
  CpuContext &b = *context;
  const CpuTarget &target = b.getTarget();
  unsigned panels = target.tileRows * target.tileVectors / (rows * width.vectors);
  panels = width.isLast ? 1 : std::clamp(panels, 1u, target.panelStreams);
  LhsOfRow lhs = getLhs(block.begin, rows);
  Value count = b.sub(block.lastPanel, block.firstPanel);
  Value grouped = b.add(block.firstPanel, b.mul(b.div(count, b.getIndex(panels)), int64_t(panels)));
  b.forLoop(block.firstPanel, grouped, panels,
            [&](Value panel) { emitFewPanels(block, panel, panels, width, rows, lhs); });
  if (panels > 1)
    b.forLoop(grouped, block.lastPanel, 1,
              [&](Value panel) { emitFewPanels(block, panel, 1, width, rows, lhs); });
}

void PanelProduct::emitFewPanels(const Block &block, Value panel, unsigned panels, Width width,
                                 unsigned rows, const LhsOfRow &lhs) {
  CpuContext &b = *context;
  int64_t lanes = b.getTarget().lanes, vectors = width.vectors;
  auto type = cast<VectorType>(getLaneType(b.getF32Type(), lanes));
  SmallVector<Value> starts;
  for (unsigned i = 0; i < panels; ++i)
    starts.push_back(getPanelStart(block.batch, b.add(panel, i)));
  auto loadColumns = [&](Value k, unsigned vector) -> Value {
    int64_t column = int64_t(vector % vectors) * lanes;
    Value offset = b.add(starts[vector / vectors], b.add(getTermOffset(k), column));
    // Several streams keep a core's prefetchers busy: requests of our own would only take
    // their place.
    if (panels == 1 && column % kLineElements == 0)
      memref::PrefetchOp::create(b, b.getBuffer(1),
                                 b.add(offset, int64_t(b.getTarget().panelAhead)), false,
                                 kFirstCache, true);
    return vector::LoadOp::create(b, type, b.getBuffer(1), offset);
  };
  int64_t stride = panels * vectors * lanes;
  emitBlockedTile(b, rows, panels * vectors, sumSize, {lhs, loadColumns}, tileSums, b.getIndex(0),
                  stride);
  for (unsigned i = 0; i < panels; ++i)
    emitEpilogue(block.batch, b.add(panel, i), width, block.begin, b.getIndex(rows),
                 {tileSums, b.getIndex(i * vectors * lanes), stride});
}

//===----------------------------------------------------------------------===//
// Many rows: what counts is that the registers' tile never waits
//===----------------------------------------------------------------------===//

void PanelProduct::emitMany(const Block &block, Width width, GetLhs getLhs, MakeLhs makeLhs) {
  if (partialSums)
    emitSumBlocks(block, width, getLhs, makeLhs);
  else
    emitWholeSums(block, width, getLhs);
}

/// Sums short enough that a panel stays in cache: one tile after the other.
void PanelProduct::emitWholeSums(const Block &block, Width width, GetLhs getLhs) {
  CpuContext &b = *context;
  b.forLoop(block.firstPanel, block.lastPanel, 1, [&](Value panel) {
    Ahead ahead = {getPanelStart(block.batch, b.add(panel, 1)), b.getSize(sumSize)};
    rowBlocks->forTileGroups(
        block.begin, block.end, waitingTiles,
        [&](Value firstRow, Value rows, Value firstOfGroup) {
          Value start = b.mul(b.sub(firstRow, firstOfGroup), panelWidth);
          emitTiles(block, panel, b.getIndex(0), ahead, firstRow, rows, getLhs,
                    [&](unsigned count, TileOperands in) {
                      emitBlockedTile(b, count, width.vectors, sumSize, in, tileSums, start,
                                      panelWidth);
                    });
        },
        [&](Value firstRow, Value rows) {
          emitEpilogue(block.batch, panel, width, firstRow, rows,
                       {tileSums, b.getIndex(0), panelWidth});
        });
  });
}

/// The terms that a block's results are sums of.
std::pair<Value, Value> PanelProduct::getTermBounds(const Block &block) {
  CpuContext &b = *context;
  if (!sumGroupDim)
    return {b.getIndex(0), b.getSize(sumSize)};
  Value group = block.batch.indices[*sumGroupDim];
  return {getFirstRow(group), getFirstRow(b.add(group, 1))};
}

/// Long sums: some terms for all panels and rows, then the next terms. Chains go
/// on through `partialSums` in the same order, so that the result is the same.
void PanelProduct::emitSumBlocks(const Block &block, Width width, GetLhs getLhs, MakeLhs makeLhs) {
  CpuContext &b = *context;
  auto [start, end] = getTermBounds(block);
  auto emitChain = [&](Value first, Value last) {
    clear(partialSums, block);
    b.forLoop(first, last, blockTerms, [&](Value begin) {
      if (makeLhs)
        makeLhs(begin);
      emitTerms(block, width, begin, b.min(b.add(begin, blockTerms), last), getLhs);
    });
  };
  if (!totals) {
    emitChain(start, end);
    return;
  }
  clear(totals, block);
  Value last = end;
  b.forLoop(start, last, chainTerms, [&](Value first) {
    emitChain(first, b.min(b.add(first, chainTerms), last));
    forBlockVectors(block, [&](VectorType type, Value offset) {
      Value total = vector::LoadOp::create(b, type, totals, offset);
      Value more = vector::LoadOp::create(b, type, partialSums, offset);
      vector::StoreOp::create(b, arith::AddFOp::create(b, total, more), totals, offset);
    });
  });
  b.forLoop(block.firstPanel, block.lastPanel, 1, [&](Value panel) {
    emitEpilogue(block.batch, panel, width, block.begin, b.sub(block.end, block.begin),
                 {totals, getSumsStart(block, panel, block.begin), panelWidth});
  });
}

/// Adds terms `begin` to `end` of the sum to `partialSums`. With the last ones
/// a tile is complete: unless there are totals, its results are stored.
void PanelProduct::emitTerms(const Block &block, Width width, Value begin, Value end,
                             GetLhs getLhs) {
  CpuContext &b = *context;
  Value stride = b.getIndex(panelWidth);
  Value isComplete =
      arith::CmpIOp::create(b, arith::CmpIPredicate::sge, end, b.getSize(sumSize)).getResult();
  // After these terms of the last panel come the next terms of the first or,
  // after the last terms, the next panel of all.
  Value afterLast = arith::SelectOp::create(
      b, isComplete, getPanelStart(block.batch, block.lastPanel),
      b.add(getPanelStart(block.batch, block.firstPanel), getTermOffset(end)));
  b.forLoop(block.firstPanel, block.lastPanel, 1, [&](Value panel) {
    Value next = b.add(panel, 1);
    Value isLast =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sge, next, block.lastPanel).getResult();
    Value following = b.add(getPanelStart(block.batch, next), getTermOffset(begin));
    Ahead ahead = {arith::SelectOp::create(b, isLast, afterLast, following), b.sub(end, begin)};
    rowBlocks->forTiles(block.begin, block.end, [&](Value firstRow, Value rows) {
      Value start = getSumsStart(block, panel, firstRow);
      emitTiles(
          block, panel, begin, ahead, firstRow, rows, getLhs, [&](unsigned count, TileOperands in) {
            SmallVector<Value> tile = loadTile(b, count, width.vectors, partialSums, start, stride);
            tile = emitTile(b, count, width.vectors, begin, end, unroll, tile, in);
            storeTile(b, tile, count, width.vectors, partialSums, start, stride);
          });
      if (totals)
        return;
      b.ifElse(
          isComplete,
          [&] {
            emitEpilogue(block.batch, panel, width, firstRow, rows,
                         {partialSums, start, panelWidth});
          },
          [] {});
    });
  });
}

/// Divides the panel ahead among the tiles of the block.
PanelProduct::Share PanelProduct::getShare(const Block &block, const Ahead &ahead, Value firstRow,
                                           Value rows) {
  CpuContext &b = *context;
  Value all = b.sub(block.end, block.begin);
  Value perTerm = b.div(b.add(b.mul(rows, panelWidth), b.sub(all, b.getIndex(1))), all);
  Value before = b.mul(b.sub(firstRow, block.begin), b.mul(ahead.terms, panelWidth));
  return {b.add(ahead.start, b.div(before, all)), perTerm};
}

/// Fetches what is due after `term` terms of a tile, and the next `terms`, into
/// the second cache: one line at a time, so that the multiplications never wait
/// behind a burst.
void PanelProduct::prefetch(const Share &share, Value term, int64_t terms) {
  CpuContext &b = *context;
  // Two tiles or more share a panel.
  int64_t lines = std::max<int64_t>(terms * panelWidth / (2 * kLineElements), 1);
  Value first = b.add(share.start, b.mul(term, share.perTerm));
  for (int64_t i = 0; i < lines; ++i) {
    Value further = b.div(b.mul(share.perTerm, i * terms), b.getIndex(lines));
    memref::PrefetchOp::create(b, b.getBuffer(1), b.add(first, further), false, kSecondCache, true);
  }
}

/// Runs `body` for the tile's number of rows, with what it multiplies.
void PanelProduct::emitTiles(const Block &block, Value panel, Value firstTerm, const Ahead &ahead,
                             Value firstRow, Value rows, GetLhs getLhs,
                             llvm::function_ref<void(unsigned, TileOperands)> body) {
  CpuContext &b = *context;
  int64_t lanes = b.getTarget().lanes;
  auto type = cast<VectorType>(getLaneType(b.getF32Type(), lanes));
  Value panelStart = getPanelStart(block.batch, panel);
  Share share = getShare(block, ahead, firstRow, rows);
  // Fewer rows have a form of their own, which reads a whole lhs.
  int64_t smallest = hasChunks || sumGroupDim ? 1 : b.getTarget().tileRows + 1;
  rowBlocks->switchRows(rows, rowBlocks->getTileHeights(smallest), [&](unsigned count) {
    LhsOfRow lhs = getLhs(firstRow, count);
    auto loadColumns = [&](Value k, unsigned vector) -> Value {
      Value offset = b.add(panelStart, b.add(getTermOffset(k), int64_t(vector) * lanes));
      return vector::LoadOp::create(b, type, b.getBuffer(1), offset);
    };
    auto prefetchShare = [&](Value k, int64_t terms) {
      prefetch(share, b.sub(k, firstTerm), terms);
    };
    body(count, {lhs, loadColumns, prefetchShare});
  });
}

//===----------------------------------------------------------------------===//
// Sums in scratch memory, and what is made of them
//===----------------------------------------------------------------------===//

/// Where `partialSums` and `totals` hold a row of a panel: panel by panel, row
/// by row.
Value PanelProduct::getSumsStart(const Block &block, Value panel, Value row) {
  CpuContext &b = *context;
  Value number = b.add(b.mul(b.sub(panel, block.firstPanel), rowBlocks->getBlockRows()),
                       b.sub(row, block.begin));
  return b.mul(number, panelWidth);
}

/// Visits the block's sums, a vector at a time.
void PanelProduct::forBlockVectors(const Block &block,
                                   llvm::function_ref<void(VectorType, Value)> body) {
  CpuContext &b = *context;
  auto type = cast<VectorType>(getLaneType(b.getF32Type(), b.getTarget().lanes));
  b.forLoop(block.firstPanel, block.lastPanel, 1, [&](Value panel) {
    Value start = getSumsStart(block, panel, block.begin);
    Value size = b.mul(b.sub(block.end, block.begin), panelWidth);
    b.forLoop(b.getIndex(0), size, b.getTarget().lanes,
              [&](Value index) { body(type, b.add(start, index)); });
  });
}

void PanelProduct::clear(Value buffer, const Block &block) {
  CpuContext &b = *context;
  forBlockVectors(block, [&](VectorType type, Value offset) {
    vector::StoreOp::create(b, b.getFloat(type, 0.0), buffer, offset);
  });
}

/// Reads sums back, row by row, and stores what the epilogue makes of them. Pairs
/// of vectors go through it as one: their chains of operations then alternate.
void PanelProduct::emitEpilogue(const Point &batch, Value panel, Width width, Value firstRow,
                                Value rows, Sums sums) {
  CpuContext &b = *context;
  unsigned lanes = b.getTarget().lanes;
  std::optional<int64_t> cols = numCols.getConstant();
  Value firstColumn = b.mul(panel, panelWidth);
  b.forLoop(b.getIndex(0), rows, 1, [&](Value row) {
    Point point = batch;
    point.vectorDim = colDim;
    setRow(point, b.add(firstRow, row));
    Value start = b.add(sums.start, b.mul(row, sums.stride));
    for (unsigned column = 0; column < width.vectors * lanes; column += point.lanes) {
      point.lanes =
          std::min(width.isLast ? 1 : kEpilogueVectors, width.vectors - column / lanes) * lanes;
      point.indices[colDim] = b.add(firstColumn, column);
      point.mask = Value();
      if (width.isLast && cols && *cols % panelWidth < column + lanes)
        point.mask = makeMask(b, lanes, b.getIndex(*cols % panelWidth - column));
      else if (width.isLast && !cols)
        point.mask = makeMask(b, lanes, b.sub(b.getSize(numCols), point.indices[colDim]));
      auto type = cast<VectorType>(getLaneType(b.getF32Type(), point.lanes));
      Value sum = vector::LoadOp::create(b, type, sums.buffer, b.add(start, column));
      Region &region = b.getOp().getEpilogueRegion();
      RegionEmitter emitter(b, point, b.getOp().getFirstEpilogueInput(), 1);
      emitter.bind(region.getArgument(0), sum);
      storeElement(b, emitter.getYielded(region), point);
    }
  });
}

} // namespace mlir::tenon::kernel
