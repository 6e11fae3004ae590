//===- MergeRoutes.cpp - Equal branches computed once ---------------------===//

#include "tenon/Dialect/Tenon/IR/Remarks.h"
#include "tenon/Dialect/Tenon/Transforms/Passes.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

namespace mlir::tenon {
#define GEN_PASS_DEF_TENONMERGEROUTES
#include "tenon/Dialect/Tenon/Transforms/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

static constexpr llvm::StringLiteral kPass = "tenon-merge-routes";

namespace {

/// One value per branch.
using Tuple = SmallVector<Value>;

/// Merges the branches of one route. Ops are built before it.
class Merger {
public:
  explicit Merger(RouteOp route)
      : route(route), builder(route), ids(route.getIds()),
        numAxes(route.getIds().getType().getRank()) {}

  /// The value that holds, for each token, what its branch of `values` holds; null
  /// when the branches differ here, after setting `difference`.
  Value merge(const Tuple &values);
  const std::string &getDifference() const { return difference; }

private:
  Value mergeOps(ArrayRef<Operation *> ops);
  Value mergeOrRoute(const Tuple &values);
  Value gatherOwn(const Tuple &values);
  Value decomposeAndMerge(ArrayRef<Operation *> ops);
  Value refuse(const llvm::Twine &reason) {
    if (difference.empty())
      difference = reason.str();
    return Value();
  }

  RouteOp route;
  OpBuilder builder;
  Value ids;
  unsigned numAxes;
  std::string difference;
  std::map<SmallVector<void *>, Value> merged, gathered;
};

struct MergeRoutes : public tenon::impl::TenonMergeRoutesBase<MergeRoutes> {
  void runOnOperation() override;
};

} // namespace

static SmallVector<void *> getKey(const Tuple &values) {
  return llvm::map_to_vector(values, [](Value value) { return value.getAsOpaquePointer(); });
}

/// The same op up to its operands.
static bool areAlike(Operation *a, Operation *b) {
  return a->getName() == b->getName() && a->getAttrDictionary() == b->getAttrDictionary() &&
         a->getResultTypes() == b->getResultTypes() && a->getNumOperands() == b->getNumOperands() &&
         llvm::all_of(llvm::zip(a->getRegions(), b->getRegions()), [](const auto &regions) {
           return OperationEquivalence::isRegionEquivalentTo(
               &std::get<0>(regions), &std::get<1>(regions), OperationEquivalence::IgnoreLocations);
         });
}

Value Merger::merge(const Tuple &values) {
  if (llvm::all_equal(values))
    return values.front();
  auto [known, isNew] = merged.try_emplace(getKey(values));
  if (!isNew)
    return known->second;
  SmallVector<Operation *> ops =
      llvm::map_to_vector(values, [](Value value) { return value.getDefiningOp(); });
  // The iterator stays valid while others are merged.
  return known->second = mergeOps(ops);
}

Value Merger::mergeOps(ArrayRef<Operation *> ops) {
  for (Operation *op : ops) {
    if (!op || op->getNumResults() != 1)
      return refuse("a branch is an input as it is");
    StringRef name = getDisplayName(op), firstName = getDisplayName(ops.front());
    if (name != firstName)
      return refuse("'" + firstName + "' in one, '" + name + "' in another");
    if (!areAlike(ops.front(), op))
      return refuse("'" + name + "' is not the same in all");
  }
  auto first = dyn_cast<TokenwiseOpInterface>(ops.front());
  if (!first)
    return decomposeAndMerge(ops);
  std::optional<SmallVector<TokenOperand>> kinds = first.getTokenOperands(numAxes);
  if (!kinds)
    return refuse("'" + getDisplayName(ops.front()) + "' does not compute tokens one by one");
  SmallVector<Value> operands;
  SmallVector<unsigned> widened;
  for (auto [index, kind] : llvm::enumerate(*kinds)) {
    Tuple values = llvm::map_to_vector(
        ops, [position = index](Operation *op) { return op->getOperand(position); });
    Value operand = values.front();
    if (!llvm::all_equal(values)) {
      StringRef name = getDisplayName(ops.front());
      if (!llvm::all_equal(ValueRange(values).getTypes()))
        return refuse("operands of '" + name + "' differ in size");
      if (kind == TokenOperand::Other)
        return refuse("what '" + name + "' reads varies along some axes of tokens alone");
      if (kind == TokenOperand::Whole)
        widened.push_back(index);
      operand = kind == TokenOperand::Whole ? gatherOwn(values) : mergeOrRoute(values);
    }
    operands.push_back(operand);
  }
  FailureOr<Value> result = first.rebuildForTokens(builder, operands, widened, numAxes);
  return succeeded(result) ? *result : decomposeAndMerge(ops);
}

/// Blocks that cannot take one operand per token may be made of ops that can.
Value Merger::decomposeAndMerge(ArrayRef<Operation *> ops) {
  Tuple values;
  for (Operation *op : ops) {
    auto block = dyn_cast<DecomposableOpInterface>(op);
    if (!block || isa<RouteOp>(op))
      return refuse("'" + getDisplayName(op) + "' does not compute tokens one by one");
    OpBuilder before(op);
    FailureOr<SmallVector<Value>> parts = block.decompose(before);
    if (failed(parts))
      return refuse("'" + getDisplayName(op) + "' has no decomposition");
    values.push_back(parts->front());
  }
  return merge(values);
}

/// What the branches hold, merged as far as they are alike.
Value Merger::mergeOrRoute(const Tuple &values) {
  if (Value value = merge(values))
    return value;
  return merged[getKey(values)] =
             RouteOp::create(builder, route.getLoc(), values.front().getType(), ids, values);
}

/// For each token the value of its branch: [tokens.., shape of a value].
Value Merger::gatherOwn(const Tuple &values) {
  Value &known = gathered[getKey(values)];
  if (known)
    return known;
  auto type = cast<TenonTensorType>(values.front().getType());
  SmallVector<Attribute> factors(type.getShape().begin(), type.getShape().end());
  SmallVector<int64_t> one(factors.size(), 1), groups = one;
  SmallVector<SizeAttr> shape(type.getShape());
  groups.insert(groups.begin(), 0);
  shape.insert(shape.begin(), SizeAttr::get(builder.getContext(), 1));
  SmallVector<Value> rows;
  for (Value value : values)
    rows.push_back(RearrangeOp::create(
        builder, value.getLoc(), type.withShape(shape), value, builder.getArrayAttr(factors), one,
        llvm::to_vector(llvm::seq<int64_t>(0, factors.size())), groups));
  shape.front() = SizeAttr::get(builder.getContext(), values.size());
  Value table = ConcatOp::create(builder, route.getLoc(), type.withShape(shape), rows, 0);
  SmallVector<SizeAttr> own(cast<TenonTensorType>(ids.getType()).getShape());
  llvm::append_range(own, type.getShape());
  known = GatherOp::create(builder, route.getLoc(), type.withShape(own), table, ids, 0);
  return known;
}

void MergeRoutes::runOnOperation() {
  SmallVector<RouteOp> routes;
  getOperation().walk([&](RouteOp route) { routes.push_back(route); });
  for (RouteOp route : routes) {
    Merger merger(route);
    Value value = merger.merge(Tuple(route.getBranches()));
    // A route inside may stay where the branches part.
    if (!merger.getDifference().empty())
      remarkFallback(route, kPass, "BranchesDiffer",
                     "every branch computes all tokens where they differ: " +
                         merger.getDifference());
    if (!value)
      continue;
    if (merger.getDifference().empty())
      remarkRewritten(route, kPass, "BranchesMerged",
                      llvm::Twine(route.getBranches().size()) + " branches are computed as one");
    route.replaceAllUsesWith(value);
    route.erase();
    ++numMerged;
  }
}
