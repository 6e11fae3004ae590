//===- SplitProducts.cpp - Long sums of small products in parts -----------===//

#include "FusionSupport.h"
#include "tenon/Dialect/Kernel/Transforms/Passes.h"

#include "mlir/IR/IRMapping.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELSPLITPRODUCTS
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

namespace {

/// Rows and columns of a block's tile.
constexpr int64_t kTile = 64;
/// Tiles that keep a device busy.
constexpr int64_t kEnoughTiles = 256;
constexpr int64_t kMaxParts = 32;
/// Rows or columns below which threads multiply.
constexpr int64_t kLeastExtent = 8;
/// Terms of a part that are worth a block's time.
constexpr int64_t kPartTerms = 256;

struct SplitProducts : public impl::KernelSplitProductsBase<SplitProducts> {
  void runOnOperation() override;
};

} // namespace

static std::optional<int64_t> countKnown(KernelOpInterface op, DimRole role) {
  return getDomainProduct(op, [=](DimAttr dim) { return dim.getRole() == role; }).getConstant();
}

/// 1 where the product stays.
static int64_t countParts(ContractOp op) {
  KernelOpInterface form = op;
  bool hasPositions = llvm::any_of(op.getEpilogue().getOps(),
                                   [](Operation &inner) { return isa<PositionOp>(inner); });
  if (op.getParts() || op.getPanel() || !op.getPrologue().empty() || hasPositions ||
      !form.getDims(DimRole::Groups).empty())
    return 1;
  std::optional<int64_t> batch = countKnown(form, DimRole::Batch),
                         rows = countKnown(form, DimRole::Rows),
                         columns = countKnown(form, DimRole::Cols),
                         terms = countKnown(form, DimRole::Sum);
  // Few rows or columns are left to threads.
  if (!batch || !rows || !columns || *batch == 0 || *rows < kLeastExtent || *columns < kLeastExtent)
    return 1;
  int64_t tiles = *batch * llvm::divideCeil(*rows, kTile) * llvm::divideCeil(*columns, kTile);
  int64_t parts = std::min(kMaxParts, kEnoughTiles / tiles);
  if (terms)
    parts = std::min(parts, *terms / kPartTerms);
  return std::max<int64_t>(parts, 1);
}

static void split(ContractOp op, int64_t parts) {
  OpBuilder b(op);
  MLIRContext *context = op.getContext();
  KernelOpInterface form = op;
  auto size = [&](int64_t value) { return SizeAttr::get(context, value); };
  auto dimOf = [&](DimRole role) {
    return DimAttr::get(context, role, makeDimName(form, "p"), size(parts));
  };

  // Parts of all results, row-major over the dimensions but those of sums.
  SmallVector<SizeAttr> shape, strides(form.getNumDims(), size(0));
  SizeAttr step = size(1);
  for (unsigned dim = form.getNumDims(); dim-- > 0;) {
    if (form.getDim(dim).getRole() == DimRole::Sum)
      continue;
    strides[dim] = step;
    step = step.mul(form.getDim(dim).getSize());
    shape.insert(shape.begin(), form.getDim(dim).getSize());
  }
  shape.insert(shape.begin(), size(parts));
  auto type = TenonTensorType::get(shape, b.getF32Type());
  Value destination = EmptyOp::create(b, op.getLoc(), type);

  auto withFirst = [&](SizeAttr first, SizeAttr offset, ArrayRef<SizeAttr> coefficients) {
    SmallVector<SizeAttr> all = {first};
    llvm::append_range(all, coefficients);
    return AccessAttr::get(context, offset, all);
  };
  SmallVector<Attribute> domain = {dimOf(DimRole::Batch)}, accesses;
  llvm::append_range(domain, op.getDomain());
  for (unsigned factor : {0, 1}) {
    AccessAttr access = form.getAccess(factor);
    accesses.push_back(withFirst(size(0), access.getOffset(), access.getCoefficients()));
  }
  accesses.push_back(withFirst(step, size(0), strides));
  auto product = ContractOp::create(b, op.getLoc(), type, op.getInputs().take_front(2), destination,
                                    b.getArrayAttr(domain), b.getArrayAttr(accesses), IntegerAttr(),
                                    b.getUnitAttr());
  {
    OpBuilder::InsertionGuard guard(b);
    Block *plain = b.createBlock(&product.getEpilogue());
    Value sum = plain->addArgument(b.getF32Type(), op.getLoc());
    YieldOp::create(b, op.getLoc(), sum);
  }

  // All dimensions but those of sums, then the parts.
  SmallVector<unsigned> kept;
  domain.clear(), accesses.clear();
  for (unsigned dim = 0; dim < form.getNumDims(); ++dim)
    if (DimAttr attribute = form.getDim(dim); attribute.getRole() != DimRole::Sum) {
      kept.push_back(dim);
      domain.push_back(
          DimAttr::get(context, DimRole::Rows, attribute.getName(), attribute.getSize()));
    }
  domain.push_back(dimOf(DimRole::Sum));
  auto ofKept = [&](SizeAttr offset, ArrayRef<SizeAttr> coefficients, SizeAttr last) {
    SmallVector<SizeAttr> own =
        llvm::map_to_vector(kept, [&](unsigned dim) { return coefficients[dim]; });
    own.push_back(last);
    return AccessAttr::get(context, offset, own);
  };
  SmallVector<Value> inputs = {product.getResult()};
  accesses.push_back(ofKept(size(0), strides, step));
  for (unsigned i = 2; i < op->getNumOperands(); ++i) {
    AccessAttr access = form.getAccess(i);
    accesses.push_back(ofKept(access.getOffset(), access.getCoefficients(), size(0)));
    if (i < op.getInputs().size())
      inputs.push_back(op->getOperand(i));
  }
  auto whole = RowsOp::create(b, op.getLoc(), op.getResult().getType(), inputs, op.getDestination(),
                              b.getArrayAttr(domain), b.getArrayAttr(accesses));
  IRMapping mapping;
  op.getEpilogue().cloneInto(&whole.getBody(), mapping);
  Block &body = whole.getBody().front();
  b.setInsertionPointToStart(&body);
  auto sum = ReduceOp::create(b, op.getLoc(), ReduceKind::Sum, body.getArgument(0));
  body.getArgument(0).replaceAllUsesExcept(sum.getResult(), sum);
  op.getResult().replaceAllUsesWith(whole.getResult());
  op.erase();
}

void SplitProducts::runOnOperation() {
  SmallVector<std::pair<ContractOp, int64_t>> ops;
  getOperation().walk([&](ContractOp op) {
    if (int64_t parts = countParts(op); parts > 1)
      ops.push_back({op, parts});
  });
  for (auto [op, parts] : ops)
    split(op, parts);
  numSplit += ops.size();
}

} // namespace mlir::tenon::kernel
