//===- ReassociateProducts.cpp - Chains of products in their cheapest order ---===//
//
// (A B) C and A (B C) are the same sums of products. Which order is taken decides what
// it costs: x (W1 W2), with the product of the weights computed when the program loads,
// or q (k^T v) where nothing stands between scores and values.
//
//===----------------------------------------------------------------------===//

#include "tenon/Dialect/Tenon/IR/Remarks.h"
#include "tenon/Dialect/Tenon/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <map>

namespace mlir::tenon {
#define GEN_PASS_DEF_TENONREASSOCIATEPRODUCTS
#include "tenon/Dialect/Tenon/Transforms/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

namespace {

/// Orders of more factors are not searched: their number grows as 3^n.
constexpr size_t kMostFactors = 8;
/// What a dynamic size counts as, unless it is bounded below.
constexpr int64_t kDynamicSize = 1024;
/// Less is gained than rounding in another order is worth.
constexpr double kLeastGain = 0.9;

/// What is computed of parameters and constants alone.
class LoadTime {
public:
  bool knows(Value value);

private:
  llvm::DenseMap<Operation *, bool> known;
};

/// A product of several tensors that a tree of contractions computes. Each axis of a
/// factor has an index; what does not occur in the result is summed.
class Chain {
public:
  Chain(ContractOp root, ModuleOp module, LoadTime &loadTime)
      : root(root), module(module), loadTime(loadTime) {
    for (int64_t index : root.getResultIndices())
      resultIndices.push_back(newIndex(index, root));
    givenCost = collect(root, resultIndices);
  }

  bool isWorthwhile();
  double getGivenCost() const { return givenCost; }
  double getBestCost() { return find(all()).cost; }
  Value build(OpBuilder &builder);

private:
  /// Factors by their bits.
  using Set = unsigned;
  struct Factor {
    Value value;
    SmallVector<int64_t> indices;
  };
  /// The cheapest order: `split` is one side of the last product, 0 of a single factor.
  struct Order {
    double cost = 0;
    Set split = 0;
    bool isKnownAtLoad = false;
  };

  Set all() const { return (Set(1) << factors.size()) - 1; }
  int64_t newIndex(int64_t index, ContractOp product);
  double collect(ContractOp product, ArrayRef<int64_t> result);
  double costOf(ArrayRef<int64_t> lhs, ArrayRef<int64_t> rhs);
  double sizeOf(SizeAttr size);
  SmallVector<int64_t> getIndices(Set set);
  const Order &find(Set set);
  Factor build(OpBuilder &builder, Set set);

  ContractOp root;
  ModuleOp module;
  LoadTime &loadTime;
  /// The numbers that the product is multiplied by.
  double scale = 1;
  SmallVector<Factor> factors;
  /// By index.
  SmallVector<SizeAttr> sizes;
  SmallVector<int64_t> resultIndices;
  double givenCost = 0;
  std::map<Set, Order> orders;
};

struct ReassociateProducts : public tenon::impl::TenonReassociateProductsBase<ReassociateProducts> {
  void runOnOperation() override;
};

} // namespace

bool LoadTime::knows(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || !isa<TenonDialect>(op->getDialect()))
    return false;
  if (auto found = known.find(op); found != known.end())
    return found->second;
  auto isConstant = [](SizeAttr size) { return size.isConstant(); };
  bool all = llvm::all_of(op->getOperands(), [&](Value operand) { return knows(operand); }) &&
             llvm::all_of(cast<TenonTensorType>(value.getType()).getShape(), isConstant);
  return known[op] = all;
}

/// The factor of a map that only multiplies by a number.
static std::optional<double> getScale(MapOp map) {
  if (map.getInputs().size() != 1 ||
      map.getInputs()[0].getType() != Type(map.getResult().getType()))
    return std::nullopt;
  Block &body = map.getBody().front();
  auto product = body.getTerminator()->getOperand(0).getDefiningOp<arith::MulFOp>();
  if (!product)
    return std::nullopt;
  Value argument = body.getArgument(0);
  Value other = product.getLhs() == argument ? product.getRhs() : product.getLhs();
  FloatAttr factor;
  if ((product.getLhs() != argument && product.getRhs() != argument) ||
      !matchPattern(other, m_Constant(&factor)))
    return std::nullopt;
  return factor.getValueAsDouble();
}

/// The contraction that `value` is, perhaps times a number, which `scale` then has as a
/// factor; nothing else may read it.
static ContractOp getInner(Value value, double *scale = nullptr) {
  if (!value.hasOneUse())
    return {};
  if (auto map = value.getDefiningOp<MapOp>()) {
    std::optional<double> factor = getScale(map);
    ContractOp inner = factor ? map.getInputs()[0].getDefiningOp<ContractOp>() : ContractOp();
    if (!inner || !inner->hasOneUse())
      return {};
    if (scale)
      *scale *= *factor;
    return inner;
  }
  return value.getDefiningOp<ContractOp>();
}

/// The size of an index of `product`.
static SizeAttr getSize(ContractOp product, int64_t index) {
  for (auto [operand, indices] : {std::pair(product.getLhs(), product.getLhsIndices()),
                                  std::pair(product.getRhs(), product.getRhsIndices())})
    if (const auto *found = llvm::find(indices, index); found != indices.end())
      return cast<TenonTensorType>(operand.getType()).getDim(found - indices.begin());
  return {};
}

int64_t Chain::newIndex(int64_t index, ContractOp product) {
  sizes.push_back(getSize(product, index));
  return sizes.size() - 1;
}

/// Adds the factors of `product`, whose result has the indices `result`. Returns what
/// the order that is written costs.
double Chain::collect(ContractOp product, ArrayRef<int64_t> result) {
  llvm::DenseMap<int64_t, int64_t> indexOf;
  for (auto [own, index] : llvm::zip(product.getResultIndices(), result))
    indexOf[own] = index;
  auto translate = [&](ArrayRef<int64_t> own) {
    SmallVector<int64_t> indices;
    for (int64_t index : own) {
      if (!indexOf.contains(index))
        indexOf[index] = newIndex(index, product);
      indices.push_back(indexOf[index]);
    }
    return indices;
  };
  SmallVector<int64_t> lhs = translate(product.getLhsIndices());
  SmallVector<int64_t> rhs = translate(product.getRhsIndices());
  double cost = loadTime.knows(product) ? 0 : costOf(lhs, rhs);
  for (auto [operand, indices] : {std::pair(product.getLhs(), &lhs), {product.getRhs(), &rhs}}) {
    if (ContractOp inner = getInner(operand, &scale))
      cost += collect(inner, *indices);
    else
      factors.push_back({operand, *indices});
  }
  return cost;
}

double Chain::sizeOf(SizeAttr size) {
  std::optional<int64_t> value = size.evaluate([&](StringRef name) -> std::optional<int64_t> {
    auto symbol = module.lookupSymbol<SizeOp>(name);
    std::optional<int64_t> bound = symbol ? symbol.getMax() : std::nullopt;
    return bound ? std::min(*bound, kDynamicSize) : kDynamicSize;
  });
  return value ? double(*value) : double(INT64_MAX);
}

/// Multiplications of the product of two tensors: one per value of all their indices.
double Chain::costOf(ArrayRef<int64_t> lhs, ArrayRef<int64_t> rhs) {
  double cost = 1;
  for (int64_t index : lhs)
    cost *= sizeOf(sizes[index]);
  for (int64_t index : rhs)
    if (!llvm::is_contained(lhs, index))
      cost *= sizeOf(sizes[index]);
  return cost;
}

/// The indices that the product of a set of factors has: those that other factors or
/// the result have, too.
SmallVector<int64_t> Chain::getIndices(Set set) {
  SmallVector<int64_t> indices;
  auto isNeeded = [&](int64_t index) {
    if (llvm::popcount(set) == 1 || llvm::is_contained(resultIndices, index))
      return true;
    for (auto [number, factor] : llvm::enumerate(factors))
      if (!(set >> number & 1) && llvm::is_contained(factor.indices, index))
        return true;
    return false;
  };
  for (auto [number, factor] : llvm::enumerate(factors))
    if (set >> number & 1)
      for (int64_t index : factor.indices)
        if (!llvm::is_contained(indices, index) && isNeeded(index))
          indices.push_back(index);
  return indices;
}

const Chain::Order &Chain::find(Set set) {
  if (auto known = orders.find(set); known != orders.end())
    return known->second;
  Order best;
  if (llvm::popcount(set) == 1) {
    best.isKnownAtLoad = loadTime.knows(factors[llvm::countr_zero(set)].value);
    return orders[set] = best;
  }
  best.cost = std::numeric_limits<double>::infinity();
  // Each pair of sides once: the one with the lowest factor.
  for (Set side = (set - 1) & set; side; side = (side - 1) & set) {
    if (llvm::countr_zero(side) != llvm::countr_zero(set))
      continue;
    const Order &left = find(side), &right = find(set ^ side);
    bool isKnown = left.isKnownAtLoad && right.isKnownAtLoad;
    double cost =
        left.cost + right.cost + (isKnown ? 0 : costOf(getIndices(side), getIndices(set ^ side)));
    if (cost < best.cost)
      best = {cost, side, isKnown};
  }
  return orders[set] = best;
}

bool Chain::isWorthwhile() {
  // One number stands for all: it must not have left the range of f32.
  return std::isnormal(float(scale)) && factors.size() > 2 && factors.size() <= kMostFactors &&
         getBestCost() < kLeastGain * givenCost;
}

Chain::Factor Chain::build(OpBuilder &builder, Set set) {
  if (llvm::popcount(set) == 1)
    return factors[llvm::countr_zero(set)];
  Set split = find(set).split;
  Factor lhs = build(builder, split), rhs = build(builder, set ^ split);
  // Weights stand on the right.
  if (loadTime.knows(lhs.value) && !loadTime.knows(rhs.value))
    std::swap(lhs, rhs);
  SmallVector<int64_t> indices = set == all() ? resultIndices : getIndices(set);
  SmallVector<SizeAttr> shape;
  for (int64_t index : indices)
    shape.push_back(sizes[index]);
  // Numbered in the order in which they are seen, so that equal products look equal.
  llvm::DenseMap<int64_t, int64_t> numbers;
  auto renumber = [&](ArrayRef<int64_t> own) {
    return llvm::map_to_vector(own, [&](int64_t index) -> int64_t {
      return numbers.try_emplace(index, numbers.size()).first->second;
    });
  };
  SmallVector<int64_t> left = renumber(lhs.indices), right = renumber(rhs.indices);
  auto type = root.getResult().getType().withShape(shape);
  Value product = ContractOp::create(builder, root.getLoc(), type, lhs.value, rhs.value, left,
                                     right, renumber(indices));
  return {product, indices};
}

Value Chain::build(OpBuilder &builder) {
  Value product = build(builder, all()).value;
  if (scale == 1)
    return product;
  return MapOp::create(builder, root.getLoc(), product.getType(), product,
                       [&](OpBuilder &inner, Location loc, ValueRange arguments) -> Value {
                         Value factor =
                             arith::ConstantOp::create(inner, loc, inner.getF32FloatAttr(scale));
                         return arith::MulFOp::create(inner, loc, arguments[0], factor);
                       });
}

/// Whether no other contraction has `product` as an inner one.
static bool isRoot(ContractOp product) {
  if (!product->hasOneUse())
    return true;
  Operation *user = *product->getUsers().begin();
  if (auto map = dyn_cast<MapOp>(user); map && map->hasOneUse() && getScale(map))
    user = *map->getUsers().begin();
  return !isa<ContractOp>(user);
}

void ReassociateProducts::runOnOperation() {
  auto module = getOperation()->getParentOfType<ModuleOp>();
  SmallVector<ContractOp> roots;
  getOperation().walk([&](ContractOp product) {
    if (isRoot(product) && (getInner(product.getLhs()) || getInner(product.getRhs())))
      roots.push_back(product);
  });
  for (ContractOp root : roots) {
    LoadTime loadTime; // Ops are erased between one chain and the next.
    Chain chain(root, module, loadTime);
    if (!chain.isWorthwhile())
      continue;
    OpBuilder builder(root);
    Value product = chain.build(builder);
    remarkRewritten(root, "tenon-reassociate-products", "CheaperOrder",
                    llvm::formatv("its factors are multiplied in another order: {0:P0} of the "
                                  "multiplications",
                                  chain.getBestCost() / chain.getGivenCost()));
    root.getResult().replaceAllUsesWith(product);
    root->erase();
    ++numReordered;
  }
}
