//===- RaiseAttention.cpp - Attention blocks from dataflow ----------------===//

#include "tenon/Dialect/Tenon/IR/Remarks.h"
#include "tenon/Dialect/Tenon/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_TENONRAISEATTENTION
#include "tenon/Dialect/Tenon/Transforms/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

namespace {

struct RaiseAttention : public tenon::impl::TenonRaiseAttentionBase<RaiseAttention> {
  void runOnOperation() override;
};

/// One operand of a product: its value and the index number of each axis.
struct Factor {
  Value value;
  SmallVector<int64_t> indices;
  bool has(int64_t index) const { return llvm::is_contained(indices, index); }
};

/// softmax(maps of q k^T) v, the scores [leading.., queries, keys].
struct Chain {
  ContractOp scores;
  SmallVector<MapOp> maps;
  SoftmaxOp softmax;
  ContractOp mix;
  /// Index numbers of `scores`, and that of the values' columns in `mix`.
  SmallVector<int64_t> leading;
  int64_t query, key, depth, column;
  Factor q, k, v;
};

} // namespace

static TenonTensorType typeOf(Value value) { return cast<TenonTensorType>(value.getType()); }

/// The maps between a product and `value`, which is their result; each has nothing but
/// the one before it of the same shape, and repeats its other operands.
static ContractOp collectMaps(Value value, SmallVectorImpl<MapOp> &maps) {
  while (auto map = value.getDefiningOp<MapOp>()) {
    if (!value.hasOneUse())
      return {};
    Value before;
    for (Value input : map.getInputs()) {
      Operation *op = input.getDefiningOp();
      bool isChain = input.getType() == map.getResult().getType() && op && input.hasOneUse() &&
                     isa<MapOp, ContractOp>(op);
      if (isChain && !before)
        before = input;
    }
    if (!before)
      return {};
    maps.insert(maps.begin(), map);
    value = before;
  }
  return value.hasOneUse() ? value.getDefiningOp<ContractOp>() : ContractOp();
}

/// q and k of the scores, whose result is [leading.., query, key].
static bool readScores(Chain &chain) {
  ContractOp scores = chain.scores;
  SmallVector<int64_t> result(scores.getResultIndices());
  if (result.size() < 2 || !scores.getResult().getType().getElementType().isF32())
    return false;
  chain.key = result.pop_back_val();
  chain.query = result.pop_back_val();
  chain.leading = result;
  chain.q = {scores.getLhs(), SmallVector<int64_t>(scores.getLhsIndices())};
  chain.k = {scores.getRhs(), SmallVector<int64_t>(scores.getRhsIndices())};
  if (chain.q.has(chain.key))
    std::swap(chain.q, chain.k);
  size_t rank = result.size() + 2;
  auto fits = [&](const Factor &factor, int64_t own) {
    return factor.indices.size() == rank && factor.has(own) &&
           llvm::all_of(result, [&](int64_t index) { return factor.has(index); });
  };
  if (!fits(chain.q, chain.query) || !fits(chain.k, chain.key))
    return false;
  for (int64_t index : chain.q.indices)
    if (index != chain.query && !llvm::is_contained(result, index))
      chain.depth = index;
  return chain.k.has(chain.depth);
}

/// Whether `mix` multiplies the weights with values [leading.., key, column] in some
/// order; its indices are renumbered to those of the scores.
static bool readMix(Chain &chain) {
  ContractOp mix = chain.mix;
  Value weights = chain.softmax.getResult();
  if (mix.getLhs() == mix.getRhs())
    return false;
  bool isLhs = mix.getLhs() == weights;
  ArrayRef<int64_t> own = isLhs ? mix.getLhsIndices() : mix.getRhsIndices(),
                    others = isLhs ? mix.getRhsIndices() : mix.getLhsIndices();
  ArrayRef<int64_t> scoreIndices = chain.scores.getResultIndices();
  int64_t next = 0;
  for (ArrayRef<int64_t> list :
       {scoreIndices, chain.scores.getLhsIndices(), chain.scores.getRhsIndices()})
    for (int64_t index : list)
      next = std::max(next, index + 1);
  chain.column = next;
  auto renumber = [&](int64_t index) {
    const auto *place = llvm::find(own, index);
    return place == own.end() ? chain.column : scoreIndices[place - own.begin()];
  };
  chain.v = {isLhs ? mix.getRhs() : mix.getLhs(), {}};
  int64_t columns = 0;
  for (int64_t index : others) {
    chain.v.indices.push_back(renumber(index));
    columns += chain.v.indices.back() == chain.column;
  }
  SmallVector<int64_t> result;
  for (int64_t index : mix.getResultIndices())
    result.push_back(renumber(index));
  bool keepsLeading =
      llvm::all_of(chain.leading, [&](int64_t index) { return llvm::is_contained(result, index); });
  return columns == 1 && keepsLeading && llvm::is_contained(result, chain.query) &&
         chain.v.indices.size() == chain.leading.size() + 2 && chain.v.has(chain.key) &&
         !chain.v.has(chain.query) && !llvm::is_contained(result, chain.key);
}

/// The factor with its axes in the order `wanted`, behind an axis of size 1 where there
/// are no leading ones.
static Value arrange(OpBuilder &builder, Location loc, const Factor &factor,
                     ArrayRef<int64_t> wanted, bool needsHead) {
  TenonTensorType type = typeOf(factor.value);
  SmallVector<int64_t> order, ones(wanted.size(), 1), groups = ones;
  SmallVector<SizeAttr> shape;
  for (int64_t index : wanted) {
    order.push_back(llvm::find(factor.indices, index) - factor.indices.begin());
    shape.push_back(type.getDim(order.back()));
  }
  if (needsHead) {
    groups.insert(groups.begin(), 0);
    shape.insert(shape.begin(), SizeAttr::get(builder.getContext(), 1));
  }
  SmallVector<Attribute> factors(type.getShape().begin(), type.getShape().end());
  return RearrangeOp::create(builder, loc, type.withShape(shape), factor.value,
                             builder.getArrayAttr(factors), ones, order, groups);
}

/// A positive constant that the only map multiplies scores by, or divides them by.
static std::optional<double> getScale(const Chain &chain) {
  if (chain.maps.empty())
    return 1.0;
  MapOp map = chain.maps.front();
  Block &body = map->getRegion(0).front();
  Operation *op = body.getTerminator()->getOperand(0).getDefiningOp();
  if (chain.maps.size() > 1 || map.getInputs().size() != 1 ||
      !isa_and_nonnull<arith::MulFOp, arith::DivFOp>(op))
    return std::nullopt;
  for (unsigned i : {0u, 1u}) {
    FloatAttr constant;
    if (op->getOperand(1 - i) != body.getArgument(0) ||
        !matchPattern(op->getOperand(i), m_Constant(&constant)))
      continue;
    double value = constant.getValueAsDouble();
    bool isQuotient = isa<arith::DivFOp>(op);
    if ((isQuotient && i == 0) || !(value > 0) || !std::isfinite(value))
      return std::nullopt;
    return isQuotient ? 1 / value : value;
  }
  return std::nullopt;
}

/// The maps one after another as the score region; their other operands are captures.
static void buildScore(Chain &chain, AttentionOp attention) {
  OpBuilder builder(attention.getContext());
  Location loc = attention.getLoc();
  Block *block = builder.createBlock(&attention.getScore());
  Value score = block->addArgument(builder.getF32Type(), loc);
  for (int place = 0; place < 4; ++place)
    block->addArgument(builder.getIndexType(), loc);
  Value before = chain.scores.getResult();
  for (MapOp map : chain.maps) {
    IRMapping mapping;
    for (auto [input, argument] : llvm::zip(map.getInputs(), map.getBody().getArguments())) {
      if (input == before) {
        mapping.map(argument, score);
        continue;
      }
      attention.getCapturesMutable().append(input);
      mapping.map(argument, block->addArgument(argument.getType(), loc));
    }
    for (Operation &op : map.getBody().front().without_terminator())
      builder.clone(op, mapping);
    score = mapping.lookupOrDefault(map.getBody().front().getTerminator()->getOperand(0));
    before = map.getResult();
  }
  YieldOp::create(builder, loc, score);
}

static bool match(Chain &chain) {
  constexpr llvm::StringLiteral pass = "tenon-raise-attention";
  TenonTensorType type = chain.softmax.getResult().getType();
  if (int64_t(chain.softmax.getAxis()) != type.getRank() - 1)
    return false;
  chain.scores = collectMaps(chain.softmax.getInput(), chain.maps);
  if (!chain.scores || !readScores(chain))
    return false;
  if (!chain.softmax.getResult().hasOneUse()) {
    remarkFallback(chain.softmax, pass, "WeightsHaveAnotherReader",
                   "no attention block: its weights have another reader");
    return false;
  }
  chain.mix = dyn_cast<ContractOp>(*chain.softmax.getResult().user_begin());
  if (!chain.mix || !readMix(chain))
    return false;
  auto isConstant = [](const Factor &factor, int64_t index) {
    return typeOf(factor.value)
        .getDim(llvm::find(factor.indices, index) - factor.indices.begin())
        .isConstant();
  };
  if (!isConstant(chain.q, chain.depth) || !isConstant(chain.v, chain.column)) {
    remarkFallback(chain.softmax, pass, "HeadSizeNotConstant",
                   "no attention block: the size of a head is not constant");
    return false;
  }
  return true;
}

static void raise(Chain &chain) {
  OpBuilder builder(chain.mix);
  Location loc = withLabel(chain.softmax.getLoc(), "attention");
  bool needsHead = chain.leading.empty();
  auto order = [&](int64_t row, int64_t column) {
    SmallVector<int64_t> list(chain.leading);
    list.append({row, column});
    return list;
  };
  SmallVector<int64_t> resultOrder = order(chain.query, chain.column);
  Value q = arrange(builder, loc, chain.q, order(chain.query, chain.depth), needsHead),
        k = arrange(builder, loc, chain.k, order(chain.key, chain.depth), needsHead),
        v = arrange(builder, loc, chain.v, order(chain.key, chain.column), needsHead);
  TenonTensorType query = typeOf(q);
  SmallVector<SizeAttr> shape(query.getShape());
  shape.back() = typeOf(v).getShape().back();
  std::optional<double> scale = getScale(chain);
  auto attention = AttentionOp::create(builder, loc, query.withShape(shape), q, k, v, Value(),
                                       ValueRange(), builder.getF64FloatAttr(scale.value_or(1.0)),
                                       UnitAttr(), builder.getUnitAttr());
  if (!scale)
    buildScore(chain, attention);

  // In the order of the product's result.
  ArrayRef<int64_t> own = chain.mix.getLhs() == chain.softmax.getResult()
                              ? chain.mix.getLhsIndices()
                              : chain.mix.getRhsIndices();
  SmallVector<int64_t> places, groups, ones(shape.size(), 1);
  for (int64_t index : chain.mix.getResultIndices()) {
    const auto *place = llvm::find(own, index);
    int64_t number =
        place == own.end() ? chain.column : chain.scores.getResultIndices()[place - own.begin()];
    places.push_back((llvm::find(resultOrder, number) - resultOrder.begin()) + needsHead);
    groups.push_back(1);
  }
  if (needsHead) {
    places.insert(places.begin(), 0);
    groups.front() = 2;
  }
  SmallVector<Attribute> factors(shape.begin(), shape.end());
  Value result =
      RearrangeOp::create(builder, loc, chain.mix.getResult().getType(), attention.getResult(),
                          builder.getArrayAttr(factors), ones, places, groups);
  chain.mix.getResult().replaceAllUsesWith(result);
  chain.mix->erase();
  chain.softmax->erase();
  for (MapOp map : llvm::reverse(chain.maps))
    map->erase();
  chain.scores->erase();
}

void RaiseAttention::runOnOperation() {
  SmallVector<SoftmaxOp> ops;
  getOperation().walk([&](SoftmaxOp softmax) { ops.push_back(softmax); });
  for (SoftmaxOp softmax : ops) {
    Chain chain{};
    chain.softmax = softmax;
    if (!match(chain))
      continue;
    raise(chain);
    ++numRaised;
  }
}
