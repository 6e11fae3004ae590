//===- TensorMovement.cpp - Rearrange, broadcast, slice, concat, index ----===//

#include "Models.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::tenon;

/// The index at a row-major offset, for messages: `[1, 3]`.
std::string mlir::tenon::indexAt(int64_t offset, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> index;
  for (int64_t stride : rowMajorStrides(shape)) {
    index.push_back(offset / stride);
    offset %= stride;
  }
  return llvm::formatv("[{0:$[, ]}]", llvm::make_range(index.begin(), index.end()));
}

namespace {

/// to[i along toStrides] = from[i along fromStrides] for every i of `shape`.
void copy(ArrayRef<int64_t> shape, const HostTensor &from, int64_t fromStart,
          ArrayRef<int64_t> fromStrides, HostTensor &to, int64_t toStart,
          ArrayRef<int64_t> toStrides) {
  SmallVector<SmallVector<int64_t>> strides = {SmallVector<int64_t>(fromStrides),
                                               SmallVector<int64_t>(toStrides)};
  (void)forEachIndex(shape, strides, [&](ArrayRef<int64_t> at) {
    to[toStart + at[1]] = from[fromStart + at[0]];
    return success();
  });
}

/// The factors of the input, permuted: merging axes moves nothing.
struct RearrangeModel : ReferenceOpInterface::ExternalModel<RearrangeModel, RearrangeOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results,
                         EvalContext &context) const {
    auto rearrange = cast<RearrangeOp>(op);
    SmallVector<SizeAttr> sizes(rearrange.getFactors().getAsRange<SizeAttr>());
    FailureOr<SmallVector<int64_t>> factors = context.evaluate(op, sizes);
    if (failed(factors))
      return failure();
    SmallVector<int64_t> strides = rowMajorStrides(*factors), shape, from;
    for (int64_t factor : rearrange.getPermutation()) {
      shape.push_back((*factors)[factor]);
      from.push_back(strides[factor]);
    }
    copy(shape, *operands[0], 0, from, results[0], 0, rowMajorStrides(shape));
    return success();
  }
};

/// result[i] = x[i restricted to axes]
struct BroadcastModel : ReferenceOpInterface::ExternalModel<BroadcastModel, BroadcastOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results, EvalContext &) const {
    const HostTensor &x = *operands[0];
    SmallVector<int64_t> own = x.getStrides();
    SmallVector<int64_t> from(results[0].getRank(), 0);
    for (auto [axis, target] : llvm::enumerate(cast<BroadcastOp>(op).getAxes()))
      if (x.getShape()[axis] != 1)
        from[target] = own[axis];
    copy(results[0].getShape(), x, 0, from, results[0], 0, results[0].getStrides());
    return success();
  }
};

/// result[i] = x[starts + i * steps]
struct SliceModel : ReferenceOpInterface::ExternalModel<SliceModel, SliceOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results,
                         EvalContext &context) const {
    auto slice = cast<SliceOp>(op);
    const HostTensor &x = *operands[0];
    SmallVector<SizeAttr> sizes(slice.getStarts().getAsRange<SizeAttr>());
    FailureOr<SmallVector<int64_t>> starts = context.evaluate(op, sizes);
    if (failed(starts))
      return failure();
    SmallVector<int64_t> strides = x.getStrides(), from;
    int64_t first = 0;
    for (int64_t axis = 0; axis < x.getRank(); ++axis) {
      int64_t start = (*starts)[axis], step = slice.getSteps()[axis];
      int64_t count = results[0].getShape()[axis];
      int64_t last = start + (count - 1) * step;
      if (count > 0 && last >= x.getShape()[axis])
        return op->emitError() << "slice of axis " << axis << " reads element " << last
                               << "; the axis has " << x.getShape()[axis];
      first += start * strides[axis];
      from.push_back(step * strides[axis]);
    }
    copy(results[0].getShape(), x, first, from, results[0], 0, results[0].getStrides());
    return success();
  }
};

/// Each operand in its part of the axis.
struct ConcatModel : ReferenceOpInterface::ExternalModel<ConcatModel, ConcatOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results, EvalContext &) const {
    int64_t axis = cast<ConcatOp>(op).getAxis();
    SmallVector<int64_t> strides = results[0].getStrides();
    int64_t start = 0;
    for (const HostTensor *x : operands) {
      copy(x->getShape(), *x, 0, x->getStrides(), results[0], start * strides[axis], strides);
      start += x->getShape()[axis];
    }
    return success();
  }
};

/// Visits what `gather` reads: for each id its flat element of the read part, and of the
/// table.
LogicalResult forIndexed(Operation *op, const HostTensor &ids, ArrayRef<int64_t> table,
                         int64_t axis, int64_t numShared,
                         function_ref<void(int64_t part, int64_t element)> body) {
  auto product = [](ArrayRef<int64_t> sizes) {
    int64_t product = 1;
    for (int64_t size : sizes)
      product *= size;
    return product;
  };
  int64_t bound = table[axis], inner = product(table.drop_front(axis + 1));
  int64_t shared = product(table.take_front(numShared));
  int64_t outer = product(table.slice(numShared, axis - numShared));
  int64_t count = product(ids.getShape().drop_front(numShared));
  for (int64_t s = 0; s < shared; ++s)
    for (int64_t k = 0; k < count; ++k) {
      int64_t id = ids.integer(s * count + k);
      if (id < 0 || id >= bound)
        return op->emitError() << "index " << id << " at " << indexAt(s * count + k, ids.getShape())
                               << " is out of range; expected 0.." << bound - 1;
      for (int64_t o = s * outer; o < (s + 1) * outer; ++o)
        for (int64_t r = 0; r < inner; ++r)
          body((o * count + k) * inner + r, (o * bound + id) * inner + r);
    }
  return success();
}

/// result[o.., i.., r..] = table[o.., ids[i..], r..]
struct GatherModel : ReferenceOpInterface::ExternalModel<GatherModel, GatherOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results, EvalContext &) const {
    auto gather = cast<GatherOp>(op);
    const HostTensor &table = *operands[0];
    return forIndexed(op, *operands[1], table.getShape(), gather.getAxis(), gather.getShared(),
                      [&](int64_t part, int64_t at) { results[0][part] = table[at]; });
  }
};

/// result[o.., ids[i..], r..] += updates[o.., i.., r..]
struct ScatterAddModel : ReferenceOpInterface::ExternalModel<ScatterAddModel, ScatterAddOp> {
  LogicalResult evaluate(Operation *op, Operands operands, Results results, EvalContext &) const {
    auto scatter = cast<ScatterAddOp>(op);
    return forIndexed(
        op, *operands[1], results[0].getShape(), scatter.getAxis(), scatter.getShared(),
        [&](int64_t part, int64_t at) { results[0][at].real += operands[0]->real(part); });
  }
};

/// result = table, but result[ids[i..], r..] = updates[i.., r..]
struct PutModel : ReferenceOpInterface::ExternalModel<PutModel, PutOp> {
  LogicalResult evaluate(Operation *, Operands operands, Results results, EvalContext &) const {
    const HostTensor &updates = *operands[0], &table = *operands[1], &ids = *operands[2];
    int64_t rows = table.getShape()[0], count = ids.getNumElements();
    int64_t width = rows == 0 ? 0 : table.getNumElements() / rows;
    for (int64_t i = 0; i < rows * width; ++i)
      results[0][i] = table[i];
    for (int64_t k = 0; k < count; ++k)
      if (int64_t id = ids.integer(k); 0 <= id && id < rows)
        for (int64_t r = 0; r < width; ++r)
          results[0][id * width + r] = updates[k * width + r];
    return success();
  }
};

} // namespace

void mlir::tenon::attachMovementModels(MLIRContext &context) {
  RearrangeOp::attachInterface<RearrangeModel>(context);
  BroadcastOp::attachInterface<BroadcastModel>(context);
  SliceOp::attachInterface<SliceModel>(context);
  ConcatOp::attachInterface<ConcatModel>(context);
  GatherOp::attachInterface<GatherModel>(context);
  ScatterAddOp::attachInterface<ScatterAddModel>(context);
  PutOp::attachInterface<PutModel>(context);
}
