//===- PanelProduct.h - Rows times a packed matrix, with epilogue -*- C++ -*-===//
//
// What kernel.contract and kernel.window share: they differ in where the rows
// of the lhs come from.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_CONVERSION_KERNELTOVECTOR_PANELPRODUCT_H
#define TENON_LIB_CONVERSION_KERNELTOVECTOR_PANELPRODUCT_H

#include "RegisterTile.h"
#include "RowBlocks.h"
#include "tenon/Conversion/KernelToVector/CpuContext.h"

namespace mlir::tenon::kernel {

class PanelProduct {
public:
  /// Checks that the rhs, which is packed or has whole panels of contiguous columns, fits
  /// the machine's register tile; fails with an error on the op otherwise. Rows come in blocks of
  /// at most `blockRows`. A lhs that is made for `chunk` terms at a time says so.
  static FailureOr<PanelProduct> create(CpuContext &context, std::optional<uint64_t> panel,
                                        int64_t blockRows,
                                        std::optional<int64_t> chunk = std::nullopt);

  SizeAttr getSumSize() const { return sumSize; }
  ArrayRef<unsigned> getBatchDims() const { return batchDims; }
  /// The dimension that counts the groups that rows belong to.
  std::optional<unsigned> getGroupDim() const { return groupDim; }
  const RowBlocks &getRows() const { return *rowBlocks; }
  /// The factor of the grid that counts the panels.
  GridAttr getPanelFactor();
  Value getNumPanels();

  /// The first row, or term, of group number `group`, in the order of groups.
  Value getFirstRow(Value group);
  /// The domain's indices along `rows` of row number `row`, written to `point`. Rows
  /// of a grouped product are numbered in the order of groups.
  void setRow(Point &point, Value row);

  /// Computes panels `firstPanel` to `lastPanel` of rows `begin` to `end`, a
  /// block or part of one, and stores the epilogue's results. `batch` holds the
  /// batch indices. For each tile, after its first row is known, `getLhs` gives
  /// the function that loads a row's element number k. Before the terms from some
  /// number on are read, the next chunk of a lhs that is made in chunks, `makeLhs` is
  /// given this number.
  using LhsOfRow = std::function<Value(unsigned, Value)>;
  using GetLhs = llvm::function_ref<LhsOfRow(Value firstRow, unsigned rows)>;
  using MakeLhs = llvm::function_ref<void(Value firstTerm)>;
  struct Block {
    explicit Block(unsigned numDims) : batch(numDims) {}
    Point batch;
    Value firstPanel, lastPanel;
    Value begin, end;
  };
  void emitBlock(const Block &block, GetLhs getLhs, MakeLhs makeLhs = nullptr);
  /// Stores the epilogue's results of a block of the only panel: the sums over all terms
  /// are in `sums`, row by row of a panel's width.
  void storeRows(const Block &block, Value rows, Value sums);
  /// Makes its part of the result zero.
  void emitZeros(const Block &block);

private:
  PanelProduct(CpuContext &context, std::optional<uint64_t> panel, int64_t blockRows,
               std::optional<int64_t> chunk);

  /// How wide panels are: all but the last have every column.
  struct Width {
    unsigned vectors;
    bool isLast;
  };
  /// Rows of sums in scratch memory: the first one's place and the distance.
  struct Sums {
    Value buffer, start;
    int64_t stride;
  };
  /// The panel that is fetched while the tiles of another multiply: its first
  /// element, and the number of terms.
  struct Ahead {
    Value start, terms;
  };
  /// A tile's share of it: `perTerm` elements from `start` on for each term.
  struct Share {
    Value start, perTerm;
  };
  Share getShare(const Block &block, const Ahead &ahead, Value firstRow, Value rows);
  void prefetch(const Share &share, Value term, int64_t terms);
  void emitPanels(const Block &block, Width width, GetLhs getLhs, MakeLhs makeLhs);
  void emitFew(const Block &block, Width width, unsigned rows, GetLhs getLhs);
  void emitFewPanels(const Block &block, Value panel, unsigned panels, Width width, unsigned rows,
                     const LhsOfRow &lhs);
  void emitMany(const Block &block, Width width, GetLhs getLhs, MakeLhs makeLhs);
  void emitWholeSums(const Block &block, Width width, GetLhs getLhs);
  std::pair<Value, Value> getTermBounds(const Block &block);
  void emitSumBlocks(const Block &block, Width width, GetLhs getLhs, MakeLhs makeLhs);
  void emitTerms(const Block &block, Width width, Value begin, Value end, GetLhs getLhs);
  void emitTiles(const Block &block, Value panel, Value firstTerm, const Ahead &ahead,
                 Value firstRow, Value rows, GetLhs getLhs,
                 llvm::function_ref<void(unsigned, TileOperands)> body);
  void emitEpilogue(const Point &batch, Value panel, Width width, Value firstRow, Value rows,
                    Sums sums);
  Value getPanelStart(const Point &batch, Value panel);
  /// How far term number k lies from a panel's start.
  Value getTermOffset(Value k);
  Value getSumsStart(const Block &block, Value panel, Value row);
  void forBlockVectors(const Block &block, llvm::function_ref<void(VectorType, Value)> body);
  void clear(Value buffer, const Block &block);

  CpuContext *context;
  int64_t panelWidth;
  /// The rhs is read where it lies, not from panels.
  bool isInPlace;
  SmallVector<unsigned> batchDims, rowDims;
  std::optional<unsigned> groupDim;
  /// The dimension that counts the groups that terms belong to; a batch, too.
  std::optional<unsigned> sumGroupDim;
  unsigned colDim;
  SizeAttr sumSize, numCols;
  std::optional<RowBlocks> rowBlocks;
  /// Terms that one pass over the rows of a block adds, and those of one chain.
  int64_t blockTerms, chainTerms;
  /// The terms of one iteration, which divide those of a pass.
  int64_t unroll;
  /// The lhs is made for one pass at a time, and there are several.
  bool hasChunks;
  /// Tiles whose sums are complete before the epilogue takes them.
  int64_t waitingTiles;
  /// Scratch: the sums of these tiles; or, of a block of rows by a group of panels,
  /// the sums over terms so far, and those over whole chains.
  Value tileSums, partialSums, totals;
};

} // namespace mlir::tenon::kernel

#endif // TENON_LIB_CONVERSION_KERNELTOVECTOR_PANELPRODUCT_H
