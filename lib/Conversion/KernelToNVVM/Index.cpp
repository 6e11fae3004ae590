//===- Index.cpp - kernel.index on GPUs -----------------------------------===//
//
// A thread per element; one whose id is out of range stores nothing. The first block
// looks at all ids: the first bad one, in their order, is what the launch reports.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"

#include "tenon/Conversion/Emission/RegionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

#include <limits>

namespace mlir::tenon::kernel {
namespace {

constexpr unsigned kTable = 0, kIds = 1;
constexpr int64_t kThreads = 256;

class IndexEmitter {
public:
  IndexEmitter(IndexOp op, GpuContext &context)
      : op(op), form(op), b(context), rowDims(form.getDims(DimRole::Rows)), dims(rowDims) {
    llvm::append_range(dims, form.getDims(DimRole::Cols));
  }

  LogicalResult emit();

private:
  SizeAttr getNumber(ArrayRef<unsigned> of) {
    SizeAttr number = b.makeSize(1);
    for (unsigned dim : of)
      number = number.mul(form.getDim(dim).getSize());
    return number;
  }
  Point getPoint(ArrayRef<unsigned> of, Value number);
  Value isBelow(Value lhs, Value rhs) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, lhs, rhs);
  }
  Value loadId(Value position);
  void checkIds();
  void emitElement(const Point &point);

  IndexOp op;
  KernelOpInterface form;
  GpuContext &b;
  SmallVector<unsigned> rowDims, dims;
  Value bound;
};

} // namespace

LogicalResult IndexEmitter::emit() {
  SizeAttr number = getNumber(dims);
  b.setLaunch(GridAttr::get(b.getContext(), number, kThreads), kThreads);
  bound = b.getSize(op.getBound());
  Value isFirstBlock =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, b.getBlock(), b.getIndex(0));
  b.ifElse(isFirstBlock, [&] { checkIds(); }, [] {});
  Value element = b.add(b.mul(b.getBlock(), kThreads), b.getThread());
  b.ifElse(
      isBelow(element, b.getSize(number)), [&] { emitElement(getPoint(dims, element)); }, [] {});
  return success();
}

Point IndexEmitter::getPoint(ArrayRef<unsigned> of, Value number) {
  SmallVector<Value> sizes =
      llvm::map_to_vector(of, [&](unsigned dim) { return b.getSize(form.getDim(dim).getSize()); });
  Point point(form.getNumDims());
  for (auto [dim, index] : llvm::zip(of, b.delinearize(number, sizes)))
    point.indices[dim] = index;
  return point;
}

Value IndexEmitter::loadId(Value position) {
  Value stored = memref::LoadOp::create(b, b.getBuffer(kIds), position);
  return arith::IndexCastOp::create(b, b.getIndexType(), stored);
}

void IndexEmitter::checkIds() {
  Value none = b.getInteger(b.getI64Type(), std::numeric_limits<int64_t>::max());
  Value numRows = b.getSize(getNumber(rowDims));
  SmallVector<Value> firsts =
      b.forLoop(b.getThread(), numRows, kThreads, none, [&](Value row, ValueRange before) {
        Value position = getOffset(b, form.getAccess(kIds), getPoint(rowDims, row));
        Value found =
            arith::SelectOp::create(b, isBelow(loadId(position), bound), none,
                                    arith::IndexCastOp::create(b, b.getI64Type(), position));
        return SmallVector<Value>{arith::MinSIOp::create(b, before[0], found)};
      });
  Value first = b.combineThreads(ReduceKind::Min, firsts[0]);
  Value isBad = arith::CmpIOp::create(b, arith::CmpIPredicate::ne, first, none);
  b.ifElse(
      isBad,
      [&] {
        Value position = arith::IndexCastOp::create(b, b.getIndexType(), first);
        b.reportIndex(kIds, position, loadId(position), bound);
      },
      [] {});
}

void IndexEmitter::emitElement(const Point &point) {
  Value id = loadId(getOffset(b, form.getAccess(kIds), point));
  b.ifElse(
      isBelow(id, bound),
      [&] {
        Value offset = b.add(getOffset(b, form.getAccess(kTable), point),
                             b.mul(id, b.getSize(op.getStride())));
        Type type = cast<TenonTensorType>(form->getOperand(kTable).getType()).getElementType();
        Value element = loadLanes(b, b.getBuffer(kTable), offset, b.makeSize(0), type, point);
        Region &region = op.getEpilogue();
        RegionEmitter emitter(b, point, op.getFirstEpilogueInput(), 1);
        emitter.bind(region.getArgument(0), element);
        storeElement(b, emitter.getYielded(region), point);
      },
      [] {});
}

namespace {
struct IndexModel : GpuEmitterOpInterface::ExternalModel<IndexModel, IndexOp> {
  LogicalResult emitForGpu(Operation *op, GpuContext &context) const {
    return IndexEmitter(cast<IndexOp>(op), context).emit();
  }
};
} // namespace

void attachGpuIndexEmitter(MLIRContext *context) { IndexOp::attachInterface<IndexModel>(*context); }

} // namespace mlir::tenon::kernel
