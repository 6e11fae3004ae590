//===- Contract.cpp - kernel.contract and window in f32 on GPUs -----------===//
//
// A block has a tile of rows by columns of one batch. Terms come in slices: the block's
// threads bring a slice of both factors into shared memory, then each adds its products
// to its part of the tile, in registers, terms ascending. After 4096 terms sums go on
// beside those of the terms before, as on the CPU.
//
// In a grouped product rows are taken in the order of groups; a tile that holds rows of
// several passes once for each. Where sums are grouped, groups are batches, each with terms
// of its own. Windows are rows whose terms may lie outside: these count as 0.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"

#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::tenon::kernel {
namespace {

constexpr int64_t kTile = 64, kSlice = 16, kSide = 16, kPart = kTile / kSide;
constexpr int64_t kThreads = kSide * kSide;
/// The input that holds the first row, or term, of each group, then the rows.
constexpr unsigned kGroupRows = 2;

class ContractEmitter {
public:
  /// `bounds` are those of a window.
  ContractEmitter(KernelOpInterface form, GpuContext &context, ArrayRef<int64_t> bounds = {})
      : form(form), b(context), batchDims(form.getDims(DimRole::Batch)),
        rowDims(form.getDims(DimRole::Rows)), sumDims(form.getDims(DimRole::Sum)),
        colDim(form.getDims(DimRole::Cols).front()), bounds(bounds), tile(form.getNumDims()) {}

  LogicalResult emit();

private:
  Value load(unsigned operand, const Point &point, Value isInside);
  Value isBelow(Value lhs, Value rhs) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, lhs, rhs);
  }
  Value loadInteger(Value place) { return loadIndex(b, kGroupRows, place); }
  SizeAttr getNumTerms() {
    return getDomainProduct(form, [](DimAttr dim) { return dim.getRole() == DimRole::Sum; });
  }
  SmallVector<Value> getSizes(ArrayRef<unsigned> dims) {
    return llvm::map_to_vector(dims,
                               [&](unsigned dim) { return b.getSize(form.getDim(dim).getSize()); });
  }
  void setRow(Point &point, Value row);
  Value isInWindow(const Point &point, Value isInside);
  SmallVector<Value> getZeros() {
    return SmallVector<Value>(kPart * kPart, b.getFloat(b.getF32Type(), 0));
  }
  void emitTile(Value begin, Value end, Value firstTerm, Value lastTerm);
  SmallVector<Value> addTerms(Value begin, Value end, Value firstTerm, Value lastTerm,
                              ValueRange sums);
  void fillSlice(Value begin, Value end, Value term, Value lastTerm);
  SmallVector<Value> addSlice(ValueRange sums);
  void store(Value begin, Value end, ArrayRef<Value> sums);
  void storeZeros(Value begin, Value end);
  void forPart(Value begin, Value end, llvm::function_ref<void(const Point &, unsigned)> body);

  KernelOpInterface form;
  GpuContext &b;
  SmallVector<unsigned> batchDims, rowDims, sumDims;
  unsigned colDim;
  ArrayRef<int64_t> bounds;
  std::optional<unsigned> rowGroupDim, sumGroupDim;
  /// The tile's batch, first row, and first column.
  Point tile;
  Value firstRow, firstColumn, numRows, numColumns, numTerms;
  /// This thread's place among the parts of the tile.
  Value partRow, partColumn;
  /// A slice of either factor: [term, row] and [term, column].
  Value lhsSlice, rhsSlice;
};

} // namespace

LogicalResult ContractEmitter::emit() {
  if (form->hasAttr("panel"))
    return form->emitOpError("cannot be emitted for GPUs: its rhs is packed for a CPU");
  if (auto contract = dyn_cast<ContractOp>(form.getOperation())) {
    if (!contract.getPrologue().empty())
      return form->emitOpError("cannot be emitted for GPUs: a prologue makes its lhs");
    sumGroupDim = contract.getGroupsOfSums();
  }
  if (SmallVector<unsigned> groups = form.getDims(DimRole::Groups); !groups.empty() && !sumGroupDim)
    rowGroupDim = groups.front();
  if (sumGroupDim)
    batchDims.push_back(*sumGroupDim);

  SizeAttr rows =
      getDomainProduct(form, [](DimAttr dim) { return dim.getRole() == DimRole::Rows; });
  SmallVector<GridAttr> grid;
  for (unsigned dim : batchDims)
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), 1));
  grid.push_back(GridAttr::get(b.getContext(), rows, kTile));
  grid.push_back(GridAttr::get(b.getContext(), form.getDim(colDim).getSize(), kTile));
  b.setLaunch(grid, kThreads);
  lhsSlice = b.allocateShared(kSlice * kTile, b.getF32Type());
  rhsSlice = b.allocateShared(kSlice * kTile, b.getF32Type());

  SmallVector<Value> task = b.getTaskCoordinates(b.getBlock());
  for (auto [dim, index] : llvm::zip(batchDims, task))
    tile.indices[dim] = index;
  numRows = b.getSize(rows);
  numColumns = b.getSize(form.getDim(colDim).getSize());
  numTerms = b.getSize(getNumTerms());
  firstRow = b.mul(task[batchDims.size()], kTile);
  firstColumn = b.mul(task.back(), kTile);
  partRow = b.mul(b.div(b.getThread(), b.getIndex(kSide)), kPart);
  partColumn = b.mul(b.rem(b.getThread(), b.getIndex(kSide)), kPart);

  Value end = b.min(b.add(firstRow, kTile), numRows);
  if (sumGroupDim) {
    Value group = tile.indices[*sumGroupDim];
    emitTile(firstRow, end, loadInteger(group), loadInteger(b.add(group, 1)));
    return success();
  }
  if (!rowGroupDim) {
    emitTile(firstRow, end, b.getIndex(0), numTerms);
    return success();
  }
  Value numGroups = b.getSize(form.getDim(*rowGroupDim).getSize());
  b.forLoop(b.getIndex(0), numGroups, 1, [&](Value group) {
    tile.indices[*rowGroupDim] = group;
    Value first = b.max(firstRow, loadInteger(group));
    Value last = b.min(end, loadInteger(b.add(group, 1)));
    b.ifElse(isBelow(first, last), [&] { emitTile(first, last, b.getIndex(0), numTerms); }, [] {});
  });
  storeZeros(b.max(firstRow, loadInteger(numGroups)), end);
  return success();
}

void ContractEmitter::setRow(Point &point, Value row) {
  if (rowGroupDim)
    row = loadInteger(b.add(b.getSize(form.getAccess(kGroupRows).getOffset()), row));
  setIndices(b, point, rowDims, row);
}

/// Whether the term at a point inside the domain lies inside the source, too.
Value ContractEmitter::isInWindow(const Point &point, Value isInside) {
  for (size_t i = 0; i < bounds.size(); i += 6) {
    ArrayRef<int64_t> bound = bounds.slice(i, 6);
    Value position =
        b.add(b.mul(point.indices[bound[0]], bound[2]), b.mul(point.indices[bound[1]], bound[3]));
    position = b.sub(position, b.getIndex(bound[4]));
    // As unsigned numbers, negative positions are large.
    Value isThere =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ult, position, b.getIndex(bound[5]));
    isInside = arith::AndIOp::create(b, isInside, isThere);
  }
  return isInside;
}

/// Rows `begin` to `end` of the tile, sums over terms from `firstTerm` to `lastTerm`.
void ContractEmitter::emitTile(Value begin, Value end, Value firstTerm, Value lastTerm) {
  std::optional<int64_t> known = getNumTerms().getConstant();
  if (known && *known <= kSumBlock) {
    store(begin, end, addTerms(begin, end, firstTerm, lastTerm, getZeros()));
    return;
  }
  SmallVector<Value> sums =
      b.forLoop(firstTerm, lastTerm, kSumBlock, getZeros(), [&](Value first, ValueRange totals) {
        Value last = b.min(b.add(first, kSumBlock), lastTerm);
        SmallVector<Value> chain = addTerms(begin, end, first, last, getZeros()), next;
        for (auto [total, sum] : llvm::zip(totals, chain))
          next.push_back(arith::AddFOp::create(b, total, sum));
        return next;
      });
  store(begin, end, sums);
}

/// One chain of additions per result.
SmallVector<Value> ContractEmitter::addTerms(Value begin, Value end, Value firstTerm,
                                             Value lastTerm, ValueRange sums) {
  return b.forLoop(firstTerm, lastTerm, kSlice, sums, [&](Value term, ValueRange before) {
    fillSlice(begin, end, term, lastTerm);
    b.barrier();
    SmallVector<Value> after = addSlice(before);
    b.barrier();
    return after;
  });
}

/// The element of an operand; 0 outside.
Value ContractEmitter::load(unsigned operand, const Point &point, Value isInside) {
  Value offset = getOffset(b, form.getAccess(operand), point);
  Value place = arith::SelectOp::create(b, isInside, offset, b.getIndex(0));
  Value element = memref::LoadOp::create(b, b.getBuffer(operand), place);
  return arith::SelectOp::create(b, isInside, element, b.getFloat(b.getF32Type(), 0));
}

/// Brings the next terms of both factors into shared memory. Neighbouring threads take
/// what lies side by side.
void ContractEmitter::fillSlice(Value begin, Value end, Value term, Value lastTerm) {
  auto fill = [&](unsigned operand, Value slice,
                  llvm::function_ref<Value(Point &, Value)> setPlace) {
    bool isAlongTerms = form.getAccess(operand).getCoefficients()[sumDims.back()].isOne();
    for (int64_t i = 0; i < kTile * kSlice / kThreads; ++i) {
      Value own = b.add(b.getThread(), i * kThreads);
      Value inner = b.getIndex(isAlongTerms ? kSlice : kTile);
      Value minor = b.rem(own, inner), major = b.div(own, inner);
      Value k = isAlongTerms ? minor : major, place = isAlongTerms ? major : minor;
      Point point = tile;
      Value isInside = setPlace(point, place);
      Value number = b.add(term, k);
      isInside = arith::AndIOp::create(b, isInside, isBelow(number, lastTerm));
      setIndices(b, point, sumDims, number);
      if (operand == 0)
        isInside = isInWindow(point, isInside);
      Value element = load(operand, point, isInside);
      memref::StoreOp::create(b, element, slice, b.add(b.mul(k, kTile), place));
    }
  };
  fill(0, lhsSlice, [&](Point &point, Value place) {
    // A row outside stands for the first one: its list of rows is read in any case.
    Value row = b.add(firstRow, place);
    Value isInside = arith::AndIOp::create(
        b, isBelow(row, end), arith::CmpIOp::create(b, arith::CmpIPredicate::sge, row, begin));
    setRow(point, arith::SelectOp::create(b, isInside, row, begin));
    return isInside;
  });
  fill(1, rhsSlice, [&](Point &point, Value place) {
    point.indices[colDim] = b.add(firstColumn, place);
    return isBelow(point.indices[colDim], numColumns);
  });
}

/// Adds the slice's products to this thread's part.
SmallVector<Value> ContractEmitter::addSlice(ValueRange before) {
  SmallVector<Value> sums(before);
  for (int64_t k = 0; k < kSlice; ++k) {
    SmallVector<Value> rows, columns;
    for (int64_t i = 0; i < kPart; ++i) {
      rows.push_back(memref::LoadOp::create(b, lhsSlice, b.add(partRow, k * kTile + i)));
      columns.push_back(memref::LoadOp::create(b, rhsSlice, b.add(partColumn, k * kTile + i)));
    }
    for (int64_t i = 0; i < kPart; ++i)
      for (int64_t j = 0; j < kPart; ++j) {
        Value &sum = sums[i * kPart + j];
        sum = math::FmaOp::create(b, rows[i], columns[j], sum);
      }
  }
  return sums;
}

/// Visits this thread's results in rows `begin` to `end`.
void ContractEmitter::forPart(Value begin, Value end,
                              llvm::function_ref<void(const Point &, unsigned)> body) {
  for (int64_t i = 0; i < kPart; ++i) {
    Value row = b.add(firstRow, b.add(partRow, i));
    Value isInside = arith::AndIOp::create(
        b, isBelow(row, end), arith::CmpIOp::create(b, arith::CmpIPredicate::sge, row, begin));
    b.ifElse(
        isInside,
        [&] {
          Point point = tile;
          setRow(point, row);
          for (int64_t j = 0; j < kPart; ++j) {
            point.indices[colDim] = b.add(firstColumn, b.add(partColumn, j));
            b.ifElse(
                isBelow(point.indices[colDim], numColumns), [&] { body(point, i * kPart + j); },
                [] {});
          }
        },
        [] {});
  }
}

void ContractEmitter::store(Value begin, Value end, ArrayRef<Value> sums) {
  forPart(begin, end, [&](const Point &point, unsigned number) {
    Region &region = form.getEpilogueRegion();
    RegionEmitter emitter(b, point, form.getFirstEpilogueInput(), 1);
    emitter.bind(region.getArgument(0), sums[number]);
    storeElement(b, emitter.getYielded(region), point);
  });
}

void ContractEmitter::storeZeros(Value begin, Value end) {
  forPart(begin, end, [&](const Point &point, unsigned) {
    storeElement(b, b.getFloat(b.getF32Type(), 0), point);
  });
}

namespace {
struct ContractModel : GpuEmitterOpInterface::ExternalModel<ContractModel, ContractOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    return ContractEmitter(cast<ContractOp>(op), context).emit();
  }
};

struct WindowModel : GpuEmitterOpInterface::ExternalModel<WindowModel, WindowOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    auto window = cast<WindowOp>(op);
    return ContractEmitter(window, context, window.getBounds()).emit();
  }
};
} // namespace

void attachGpuContractEmitter(MLIRContext *context) {
  ContractOp::attachInterface<ContractModel>(*context);
}

void attachGpuWindowEmitter(MLIRContext *context) {
  WindowOp::attachInterface<WindowModel>(*context);
}

} // namespace mlir::tenon::kernel
