//===- RaiseKan.cpp - Kolmogorov-Arnold layers from dataflow --------------===//

#include "Basis.h"
#include "tenon/Dialect/Tenon/IR/Remarks.h"
#include "tenon/Dialect/Tenon/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_TENONRAISEKAN
#include "tenon/Dialect/Tenon/Transforms/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

/// More terms would make regions of thousands of operations.
constexpr int64_t kMostTerms = 64;
/// Fewer elements fill no vector.
constexpr int64_t kFewElements = 16;

namespace {

/// A product that sums over elements and terms, x[.., i, k] * c[o, i, k] -> [.., o], or
/// over elements alone.
struct Layer {
  ContractOp product;
  Value terms, coefficients;
  /// Numbers of the axes [.., I, K] of `terms`, in its order; K is missing without terms.
  SmallVector<int64_t> axes;
  /// The places of O, I and K among the axes of `coefficients`.
  SmallVector<int64_t> order;
  /// Sizes of [.., I].
  SmallVector<SizeAttr> elements;
  int64_t numTerms = 1;

  bool hasFewElements() const { return *elements.back().getConstant() < kFewElements; }
};

struct RaiseKan : public tenon::impl::TenonRaiseKanBase<RaiseKan> {
  using TenonRaiseKanBase::TenonRaiseKanBase;
  void runOnOperation() override;

private:
  LogicalResult raise(ContractOp product, llvm::SmallPtrSetImpl<Operation *> &gone);
};

} // namespace

static TenonTensorType typeOf(Value value) { return cast<TenonTensorType>(value.getType()); }

/// The layer that `product` is when `sums`, indices of its lhs, are I or I and K.
static std::optional<Layer> getLayer(ContractOp product, ArrayRef<int64_t> sums) {
  ArrayRef<int64_t> lhs = product.getLhsIndices(), rhs = product.getRhsIndices(),
                    result = product.getResultIndices();
  if (!product.getResult().getType().getElementType().isF32() || result.empty() ||
      rhs.size() != sums.size() + 1 || lhs.size() != result.size() - 1 + sums.size())
    return std::nullopt;
  Layer layer{product, product.getLhs(), product.getRhs(), {}, {}, {}, 1};
  SmallVector<int64_t> frame(result.drop_back());
  llvm::append_range(frame, sums);
  for (int64_t index : lhs) {
    const auto *place = llvm::find(frame, index);
    if (place == frame.end())
      return std::nullopt;
    layer.axes.push_back(place - frame.begin());
  }
  SmallVector<int64_t> wanted = {result.back()};
  llvm::append_range(wanted, sums);
  for (int64_t index : wanted) {
    const auto *place = llvm::find(rhs, index);
    if (place == rhs.end())
      return std::nullopt;
    layer.order.push_back(place - rhs.begin());
  }
  TenonTensorType terms = typeOf(layer.terms);
  for (int64_t index : ArrayRef(frame).take_front(result.size()))
    layer.elements.push_back(terms.getDim(llvm::find(lhs, index) - lhs.begin()));
  if (!llvm::all_of(typeOf(layer.coefficients).getShape(),
                    [](SizeAttr size) { return size.isConstant() && !size.isZero(); }))
    return std::nullopt;
  if (sums.size() == 2)
    layer.numTerms = *typeOf(layer.coefficients).getDim(layer.order[2]).getConstant();
  return layer;
}

static SmallVector<int64_t> getSums(ContractOp product) {
  SmallVector<int64_t> sums;
  for (int64_t index : product.getLhsIndices())
    if (!llvm::is_contained(product.getResultIndices(), index))
      sums.push_back(index);
  return sums;
}

/// The product whose result is added to that of `product`, and the sum; nulls without.
static std::pair<ContractOp, MapOp> getAddend(ContractOp product) {
  if (!product.getResult().hasOneUse())
    return {};
  auto map = dyn_cast<MapOp>(*product.getResult().user_begin());
  if (!map || map.getInputs().size() != 2)
    return {};
  Block &body = map.getBody().front();
  auto add = dyn_cast<arith::AddFOp>(body.front());
  if (!add || body.getTerminator()->getOperand(0) != add.getResult() ||
      !isa<BlockArgument>(add.getLhs()) || !isa<BlockArgument>(add.getRhs()) ||
      add.getLhs() == add.getRhs())
    return {};
  Value other = map.getInputs()[map.getInputs()[0] == product.getResult() ? 1 : 0];
  auto addend = other.getDefiningOp<ContractOp>();
  if (!addend || addend == product || !other.hasOneUse() ||
      other.getType() != map.getResult().getType() ||
      product.getResult().getType() != other.getType())
    return {};
  return {addend, map};
}

/// The coefficients as [O, I, K].
static Value orderCoefficients(OpBuilder &builder, Location loc, const Layer &layer) {
  TenonTensorType type = typeOf(layer.coefficients);
  SmallVector<Attribute> factors(type.getShape().begin(), type.getShape().end());
  SmallVector<SizeAttr> shape;
  for (int64_t axis : layer.order)
    shape.push_back(type.getDim(axis));
  SmallVector<int64_t> groups(layer.order.size(), 1), ones = groups;
  if (shape.size() == 2) {
    shape.push_back(SizeAttr::get(builder.getContext(), 1));
    groups.push_back(0);
  }
  return RearrangeOp::create(builder, loc, type.withShape(shape), layer.coefficients,
                             builder.getArrayAttr(factors), ones, layer.order, groups);
}

/// Adds the terms of a layer to the basis.
static LogicalResult addTerms(Basis &basis, const Layer &layer) {
  for (int64_t term = 0; term < layer.numTerms; ++term)
    if (failed(basis.addTerm({layer.terms, layer.axes, term})))
      return failure();
  return success();
}

/// Makes a block of the product; fails when it is none, and says why if it looks so.
LogicalResult RaiseKan::raise(ContractOp product, llvm::SmallPtrSetImpl<Operation *> &gone) {
  SmallVector<int64_t> sums = getSums(product);
  if (sums.size() != 2 ||
      !isa_and_nonnull<MapOp, ConcatOp, RearrangeOp>(product.getLhs().getDefiningOp()))
    return failure();
  std::string refusal;
  for (int attempt = 0; attempt < 2; ++attempt, std::swap(sums[0], sums[1])) {
    std::optional<Layer> layer = getLayer(product, sums);
    if (!layer || layer->numTerms > kMostTerms)
      continue;
    // The other way round the terms would be its elements.
    if (early && layer->hasFewElements())
      return failure();
    ContractOp addend;
    MapOp sum;
    std::tie(addend, sum) = getAddend(product);
    std::optional<Layer> base = addend ? getLayer(addend, getSums(addend)) : std::nullopt;
    if (base &&
        (base->numTerms != 1 || base->order.size() != 2 || base->elements != layer->elements))
      base.reset();
    Location loc = withLabel(product.getLoc(), "kan");
    Operation *last = base ? sum.getOperation() : product.getOperation();
    auto build = [&](ArrayRef<const Layer *> parts) -> LogicalResult {
      SmallVector<Operation *> readers;
      for (const Layer *part : parts)
        readers.push_back(part->product);
      Basis basis(loc, layer->elements, readers);
      for (const Layer *part : parts)
        if (failed(addTerms(basis, *part))) {
          refusal = basis.getRefusal().str();
          return failure();
        }
      if (!basis.hasInputs())
        return failure();
      OpBuilder builder(parts.size() > 1 ? last : product.getOperation());
      SmallVector<Value> coefficients;
      for (const Layer *part : parts)
        coefficients.push_back(orderCoefficients(builder, loc, *part));
      TenonTensorType type = product.getResult().getType();
      Value all = coefficients.front();
      if (coefficients.size() > 1) {
        SmallVector<SizeAttr> shape(typeOf(all).getShape());
        shape.back() = SizeAttr::get(builder.getContext(), basis.getNumTerms());
        all = ConcatOp::create(builder, loc, typeOf(all).withShape(shape), coefficients, 2);
      }
      KanOp kan = basis.build(builder, type, all);
      Value replaced = parts.size() > 1 ? sum.getResult() : product.getResult();
      replaced.replaceAllUsesWith(kan.getResult());
      if (parts.size() > 1)
        sum->erase();
      for (const Layer *part : parts) {
        gone.insert(part->product);
        part->product->erase();
      }
      basis.eraseDead();
      return success();
    };
    if ((base && succeeded(build({&*layer, &*base}))) || succeeded(build(&*layer)))
      return success();
  }
  if (!refusal.empty() && !early)
    remarkFallback(product, "tenon-raise-kan", "TermsAreStored",
                   "no Kolmogorov-Arnold block, its terms are stored: " + refusal);
  return failure();
}

void RaiseKan::runOnOperation() {
  SmallVector<ContractOp> products;
  getOperation().walk([&](ContractOp product) { products.push_back(product); });
  llvm::SmallPtrSet<Operation *, 8> gone;
  for (ContractOp product : products)
    if (!gone.contains(product) && succeeded(raise(product, gone)))
      ++numRaised;
}
