//===- Transpose.cpp - Copies that turn tensors around --------------------===//

#include "Transpose.h"

#include "tenon/Conversion/Emission/Access.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <array>

namespace mlir::tenon::kernel {

/// Rows and columns of a tile, and indices along either dimension that one task takes:
/// as many lines as the first cache holds well.
static constexpr int64_t kTile = 8;
static constexpr int64_t kReadBlock = 32, kWrittenBlock = 256;

void transposeSquare(CpuContext &b, MutableArrayRef<Value> rows) {
  int64_t lanes = int64_t(rows.size());
  // Blocks off the diagonal are exchanged, from single elements to halves.
  for (int64_t size = 1; size < lanes; size *= 2) {
    SmallVector<int64_t> upper, lower;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      bool isSecond = lane & size;
      upper.push_back(isSecond ? lanes + lane - size : lane);
      lower.push_back(isSecond ? lanes + lane : lane + size);
    }
    for (int64_t i = 0; i < lanes; ++i) {
      if (i & size)
        continue;
      Value first = rows[i], second = rows[i + size];
      rows[i] = vector::ShuffleOp::create(b, first, second, upper);
      rows[i + size] = vector::ShuffleOp::create(b, first, second, lower);
    }
  }
}

std::optional<Transposition> findTransposition(RowsOp op) {
  auto form = cast<KernelOpInterface>(op.getOperation());
  Block &body = op.getBody().front();
  if (!form.getDims(DimRole::Sum).empty() || form.getInputs().size() != 1 ||
      !body.without_terminator().empty() ||
      body.getTerminator()->getOperand(0) != body.getArgument(0) ||
      !body.getArgument(0).getType().isF32())
    return std::nullopt;
  ArrayRef<SizeAttr> from = form.getAccess(0).getCoefficients();
  ArrayRef<SizeAttr> to = form.getDestinationAccess().getCoefficients();
  std::optional<unsigned> read, written;
  for (unsigned dim = 0; dim < form.getNumDims(); ++dim) {
    if (from[dim].isOne() && !to[dim].isOne() && !to[dim].isZero())
      read = dim;
    if (to[dim].isOne() && !from[dim].isOne() && !from[dim].isZero())
      written = dim;
    if (from[dim].isOne() && to[dim].isOne())
      return std::nullopt;
  }
  if (!read || !written)
    return std::nullopt;
  return Transposition{*read, *written};
}

namespace {

class TransposeEmitter {
public:
  TransposeEmitter(CpuContext &context, Transposition dims)
      : form(context.getOp()), b(context), dims(dims), point(form.getNumDims()) {}

  void emit();

private:
  void emitBlock(Value readBegin, Value readEnd, Value writtenBegin, Value writtenEnd);
  void emitElements(Value readBegin, Value readEnd, Value writtenBegin, Value writtenEnd);
  void emitTile(Value read, Value written);
  Value shuffle(Value x, Value y, ArrayRef<int64_t> lanes) {
    return vector::ShuffleOp::create(b, x, y, lanes);
  }
  /// The last index of [begin, end) after whole tiles.
  Value wholeEnd(Value begin, Value end) {
    return b.add(begin, b.mul(b.div(b.sub(end, begin), b.getIndex(kTile)), kTile));
  }

  KernelOpInterface form;
  CpuContext &b;
  Transposition dims;
  Point point;
};

} // namespace

void TransposeEmitter::emit() {
  SmallVector<GridAttr> grid;
  SmallVector<unsigned> order = form.getDims(DimRole::Rows);
  for (unsigned dim : order) {
    int64_t divisor = dim == dims.read ? kReadBlock : dim == dims.written ? kWrittenBlock : 1;
    grid.push_back(GridAttr::get(b.getContext(), form.getDim(dim).getSize(), divisor));
  }
  b.forTasks(grid, [&](ArrayRef<Value> task) {
    Value begins[2], ends[2];
    for (auto [dim, part, index] : llvm::zip(order, grid, task)) {
      if (dim != dims.read && dim != dims.written) {
        point.indices[dim] = index;
        continue;
      }
      bool isWritten = dim == dims.written;
      begins[isWritten] = b.mul(index, part.getDivisor());
      ends[isWritten] =
          b.min(b.add(begins[isWritten], part.getDivisor()), b.getSize(part.getSize()));
    }
    emitBlock(begins[0], ends[0], begins[1], ends[1]);
  });
}

void TransposeEmitter::emitBlock(Value readBegin, Value readEnd, Value writtenBegin,
                                 Value writtenEnd) {
  Value readWhole = wholeEnd(readBegin, readEnd);
  Value writtenWhole = wholeEnd(writtenBegin, writtenEnd);
  b.forLoop(writtenBegin, writtenWhole, kTile, [&](Value written) {
    b.forLoop(readBegin, readWhole, kTile, [&](Value read) { emitTile(read, written); });
  });
  emitElements(readWhole, readEnd, writtenBegin, writtenWhole);
  emitElements(readBegin, readEnd, writtenWhole, writtenEnd);
}

/// One by one, what no tile holds.
void TransposeEmitter::emitElements(Value readBegin, Value readEnd, Value writtenBegin,
                                    Value writtenEnd) {
  b.forLoop(readBegin, readEnd, 1, [&](Value read) {
    b.forLoop(writtenBegin, writtenEnd, 1, [&](Value written) {
      Point at = point.at(dims.read, read).at(dims.written, written);
      storeElement(b, loadElement(b, 0, at), at);
    });
  });
}

/// Pairs of lanes, then of pairs, then of halves change places.
void TransposeEmitter::emitTile(Value read, Value written) {
  Point from = point.at(dims.read, read), to = point.at(dims.written, written);
  from.vectorDim = dims.read;
  to.vectorDim = dims.written;
  from.lanes = to.lanes = kTile;
  std::array<Value, kTile> x, y;
  for (int64_t i = 0; i < kTile; ++i)
    x[i] = loadElement(b, 0, from.at(dims.written, b.add(written, i)));
  for (int64_t i = 0; i < kTile; i += 2) {
    y[i] = shuffle(x[i], x[i + 1], {0, 8, 1, 9, 4, 12, 5, 13});
    y[i + 1] = shuffle(x[i], x[i + 1], {2, 10, 3, 11, 6, 14, 7, 15});
  }
  for (int64_t i = 0; i < kTile; i += 4)
    for (int64_t k = 0; k < 2; ++k) {
      x[i + 2 * k] = shuffle(y[i + k], y[i + 2 + k], {0, 1, 8, 9, 4, 5, 12, 13});
      x[i + 2 * k + 1] = shuffle(y[i + k], y[i + 2 + k], {2, 3, 10, 11, 6, 7, 14, 15});
    }
  for (int64_t i = 0; i < 4; ++i) {
    y[i] = shuffle(x[i], x[i + 4], {0, 1, 2, 3, 8, 9, 10, 11});
    y[i + 4] = shuffle(x[i], x[i + 4], {4, 5, 6, 7, 12, 13, 14, 15});
  }
  for (int64_t i = 0; i < kTile; ++i)
    storeElement(b, y[i], to.at(dims.read, b.add(read, i)));
}

void emitTransposition(CpuContext &context, Transposition dims) {
  TransposeEmitter(context, dims).emit();
}

} // namespace mlir::tenon::kernel
