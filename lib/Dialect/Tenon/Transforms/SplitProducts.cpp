//===- SplitProducts.cpp - Products of repeated parts, computed once ------===//
//
// A product is linear in its left operand. Where that is put together from parts, some
// of them repeated along rows, as the first layer over pairs (q, k) is,
//
//   [q, k, q - k, q * k] W = q (W1 + W3) + k (W2 - W3 + diag(q) W4)
//
// each part is multiplied once: what is repeated before it is repeated, what occurs
// several times with the sum of its weights, and a factor that is repeated goes to the
// weights.
//
//===----------------------------------------------------------------------===//

#include "tenon/Dialect/Tenon/IR/Remarks.h"
#include "tenon/Dialect/Tenon/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_TENONSPLITPRODUCTS
#include "tenon/Dialect/Tenon/Transforms/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

static TenonTensorType typeOf(Value value) { return cast<TenonTensorType>(value.getType()); }

static std::optional<int64_t> widthOf(Value value, int64_t axis) {
  return typeOf(value).getDim(axis).getConstant();
}

namespace {

struct SplitProducts : public tenon::impl::TenonSplitProductsBase<SplitProducts> {
  void runOnOperation() override;
};

/// A tensor that stands for a larger one, of which it lacks some axes: each of its own
/// axes is one of the larger tensor's.
struct Part {
  Value value;
  SmallVector<int64_t> axes;
};

/// `sign` times the columns of the weights from `first` on, times `factor` if there is one.
struct Weight {
  int64_t first;
  bool isNegative;
  std::optional<Part> factor;
};

/// The left operand of a product as a sum over parts.
class Split {
public:
  explicit Split(ContractOp product);

  /// True when products of fewer terms remain.
  bool isCheaper();
  /// The terms that each row sums, before and after.
  int64_t getSumSize() { return *widthOf(product.getLhs(), sumAxis); }
  int64_t getNumTerms() const { return numTerms; }
  Value build(OpBuilder &builder);

private:
  void expand(Value value, int64_t first, bool isNegative);
  bool expandMap(MapOp map, int64_t first, bool isNegative);
  void addTerm(Value value, int64_t first, bool isNegative, std::optional<Part> factor = {});
  Part reduce(Value value);
  bool isRepeated(const Part &part);
  Value buildWeights(OpBuilder &builder, const Part &part, ArrayRef<Weight> weights,
                     SmallVectorImpl<int64_t> &indices);
  Value buildProduct(OpBuilder &builder, const Part &part, ArrayRef<Weight> weights);

  ContractOp product;
  int64_t sumAxis = -1;
  /// A tensor that is repeated in two ways is two parts.
  SmallVector<std::pair<Part, SmallVector<Weight>>> terms;
  int64_t numTerms = 0;
  int numMaps = 0;
};

} // namespace

Split::Split(ContractOp product) : product(product) {
  ArrayRef<int64_t> lhs = product.getLhsIndices(), rhs = product.getRhsIndices();
  if (!product.getResult().getType().getElementType().isF32())
    return;
  for (auto [axis, index] : llvm::enumerate(lhs)) {
    bool isShared = llvm::is_contained(rhs, index),
         isSummed = !llvm::is_contained(product.getResultIndices(), index);
    if (isShared != isSummed || (isSummed && sumAxis >= 0)) {
      sumAxis = -1;
      return;
    }
    if (isSummed)
      sumAxis = axis;
  }
  if (sumAxis >= 0 && widthOf(product.getLhs(), sumAxis))
    expand(product.getLhs(), 0, false);
}

/// What `value` repeats: it may be the result of a broadcast, or have axes of size 1.
Part Split::reduce(Value value) {
  ArrayRef<SizeAttr> shape = typeOf(value).getShape();
  Part part{value, llvm::to_vector(llvm::seq<int64_t>(0, shape.size()))};
  auto broadcast = value.getDefiningOp<BroadcastOp>();
  if (!broadcast)
    return part;
  ArrayRef<SizeAttr> own = broadcast.getInput().getType().getShape();
  for (auto [axis, size] : llvm::zip(broadcast.getAxes(), own))
    if (size != shape[axis])
      return part;
  return {broadcast.getInput(), SmallVector<int64_t>(broadcast.getAxes())};
}

/// True when the part is the same for several rows, and not along the sum.
bool Split::isRepeated(const Part &part) {
  TenonTensorType whole = product.getLhs().getType();
  bool lacksRows = false;
  for (int64_t axis = 0; axis < whole.getRank(); ++axis)
    if (axis != sumAxis && !llvm::is_contained(part.axes, axis) && !whole.getDim(axis).isOne())
      lacksRows = true;
  return lacksRows && llvm::is_contained(part.axes, sumAxis);
}

void Split::addTerm(Value value, int64_t first, bool isNegative, std::optional<Part> factor) {
  Part part = reduce(value);
  if (!isRepeated(part))
    part = {value, llvm::to_vector(llvm::seq<int64_t>(0, typeOf(value).getRank()))};
  auto *known = llvm::find_if(terms, [&](const auto &term) {
    return term.first.value == part.value && term.first.axes == part.axes;
  });
  if (known == terms.end()) {
    terms.emplace_back(part, SmallVector<Weight>());
    known = &terms.back();
  }
  known->second.push_back({first, isNegative, factor});
}

void Split::expand(Value value, int64_t first, bool isNegative) {
  // A concatenation that others read is there anyway, and may occur in other parts.
  bool isWhole = value == product.getLhs();
  if (auto concat = value.getDefiningOp<ConcatOp>();
      concat && int64_t(concat.getAxis()) == sumAxis && (isWhole || value.hasOneUse()) &&
      llvm::all_of(concat.getInputs(), [&](Value piece) { return widthOf(piece, sumAxis); })) {
    for (Value piece : concat.getInputs()) {
      expand(piece, first, isNegative);
      first += *widthOf(piece, sumAxis);
    }
    return;
  }
  // A value that is reached on many ways would be expanded on each.
  constexpr int kMostMaps = 64;
  auto map = value.getDefiningOp<MapOp>();
  if (!map || ++numMaps > kMostMaps || !expandMap(map, first, isNegative))
    addTerm(value, first, isNegative);
}

/// Sums and differences of tensors, and products with a repeated one.
bool Split::expandMap(MapOp map, int64_t first, bool isNegative) {
  Block &body = map.getBody().front();
  Operation *op = &body.front();
  if (map.getInputs().size() != 2 || body.getTerminator()->getOperand(0).getDefiningOp() != op ||
      op->getNumOperands() != 2)
    return false;
  Value operands[2];
  for (auto [operand, argument] : llvm::zip(operands, op->getOperands())) {
    auto own = dyn_cast<BlockArgument>(argument);
    if (!own)
      return false;
    operand = map.getInputs()[own.getArgNumber()];
    if (operand.getType() != map.getResult().getType())
      return false;
  }
  if (isa<arith::AddFOp, arith::SubFOp>(op)) {
    expand(operands[0], first, isNegative);
    expand(operands[1], first, isNegative != isa<arith::SubFOp>(op));
    return true;
  }
  if (!isa<arith::MulFOp>(op))
    return false;
  for (auto [factor, other] :
       {std::pair(operands[0], operands[1]), std::pair(operands[1], operands[0])})
    if (Part part = reduce(factor); isRepeated(part) && !isRepeated(reduce(other))) {
      addTerm(other, first, isNegative, part);
      return true;
    }
  return false;
}

bool Split::isCheaper() {
  if (sumAxis < 0)
    return false;
  for (auto &[part, weights] : terms)
    if (!isRepeated(part))
      numTerms += *widthOf(part.value, sumAxis);
  return numTerms > 0 && numTerms < getSumSize();
}

static Value combine(OpBuilder &builder, Location loc, TenonTensorType type, Value a, Value b,
                     bool isDifference) {
  return MapOp::create(builder, loc, type, ValueRange{a, b},
                       [&](OpBuilder &inner, Location at, ValueRange args) -> Value {
                         if (isDifference)
                           return arith::SubFOp::create(inner, at, args[0], args[1]);
                         return arith::AddFOp::create(inner, at, args[0], args[1]);
                       });
}

/// `value` with axes of size 1 where `axes`, ascending numbers of the result's, leave some out.
static Value spread(OpBuilder &builder, Location loc, Value value, ArrayRef<int64_t> axes,
                    int64_t rank) {
  TenonTensorType type = typeOf(value);
  SmallVector<SizeAttr> shape(rank, SizeAttr::get(builder.getContext(), 1));
  SmallVector<int64_t> groups(rank, 0), ones(axes.size(), 1);
  for (auto [axis, size] : llvm::zip(axes, type.getShape())) {
    shape[axis] = size;
    groups[axis] = 1;
  }
  SmallVector<Attribute> factors(type.getShape().begin(), type.getShape().end());
  return RearrangeOp::create(builder, loc, type.withShape(shape), value,
                             builder.getArrayAttr(factors), ones,
                             llvm::to_vector(llvm::seq<int64_t>(0, axes.size())), groups);
}

/// The weights of a part, and their indices: those of the product's rhs, after those of
/// the rows along which factors vary.
Value Split::buildWeights(OpBuilder &builder, const Part &part, ArrayRef<Weight> weights,
                          SmallVectorImpl<int64_t> &indices) {
  Location loc = product.getLoc();
  Value rhs = product.getRhs();
  ArrayRef<int64_t> rhsIndices = product.getRhsIndices();
  int64_t axis = llvm::find(rhsIndices, product.getLhsIndices()[sumAxis]) - rhsIndices.begin();
  SmallVector<SizeAttr> shape(typeOf(rhs).getShape());
  const auto *own = llvm::find(part.axes, sumAxis);
  shape[axis] = typeOf(part.value).getDim(own - part.axes.begin());
  TenonTensorType plain = typeOf(rhs).withShape(shape);

  // Rows along which some factor varies.
  SmallVector<int64_t> rows;
  for (int64_t row = 0; row < product.getLhs().getType().getRank(); ++row)
    if (row != sumAxis && llvm::any_of(weights, [&](const Weight &weight) {
          return weight.factor && llvm::is_contained(weight.factor->axes, row);
        }))
      rows.push_back(row);
  SmallVector<SizeAttr> rowSizes;
  for (int64_t row : rows) {
    indices.push_back(product.getLhsIndices()[row]);
    rowSizes.push_back(product.getLhs().getType().getDim(row));
  }
  llvm::append_range(indices, rhsIndices);

  Value sum;
  auto add = [&](Value value, bool isNegative, TenonTensorType type) {
    if (!sum && isNegative)
      sum = MapOp::create(builder, loc, type, ValueRange{value},
                          [](OpBuilder &inner, Location at, ValueRange args) -> Value {
                            return arith::NegFOp::create(inner, at, args[0]);
                          });
    else
      sum = sum ? combine(builder, loc, type, sum, value, isNegative) : value;
  };
  auto slice = [&](const Weight &weight) -> Value {
    SmallVector<Attribute> starts(shape.size(), SizeAttr::get(builder.getContext(), 0));
    starts[axis] = SizeAttr::get(builder.getContext(), weight.first);
    return SliceOp::create(builder, loc, plain, rhs, builder.getArrayAttr(starts),
                           SmallVector<int64_t>(shape.size(), 1));
  };
  for (const Weight &weight : weights)
    if (!weight.factor)
      add(slice(weight), weight.isNegative, plain);
  SmallVector<SizeAttr> wideShape(rowSizes);
  llvm::append_range(wideShape, shape);
  TenonTensorType wide = plain.withShape(wideShape);
  for (const Weight &weight : weights) {
    if (!weight.factor)
      continue;
    // The factor lies along its rows and the sum.
    SmallVector<int64_t> places;
    for (int64_t own : weight.factor->axes)
      places.push_back(own == sumAxis ? int64_t(rows.size()) + axis
                                      : llvm::find(rows, own) - rows.begin());
    if (!llvm::is_sorted(places))
      return {};
    Value factor = spread(builder, loc, weight.factor->value, places, wideShape.size());
    Value scaled = MapOp::create(builder, loc, wide, ValueRange{factor, slice(weight)},
                                 [](OpBuilder &inner, Location at, ValueRange args) -> Value {
                                   return arith::MulFOp::create(inner, at, args[0], args[1]);
                                 });
    add(scaled, weight.isNegative, wide);
  }
  return sum;
}

/// The product with a part; with axes of size 1 for the rows that it lacks.
Value Split::buildProduct(OpBuilder &builder, const Part &part, ArrayRef<Weight> weights) {
  SmallVector<int64_t> lhs, rhs, result, places;
  for (int64_t axis : part.axes)
    lhs.push_back(product.getLhsIndices()[axis]);
  Value weight = buildWeights(builder, part, weights, rhs);
  if (!weight)
    return {};
  SmallVector<SizeAttr> shape;
  TenonTensorType whole = product.getResult().getType();
  for (auto [place, index] : llvm::enumerate(product.getResultIndices()))
    if (llvm::is_contained(lhs, index) || llvm::is_contained(rhs, index)) {
      result.push_back(index);
      places.push_back(place);
      shape.push_back(whole.getDim(place));
    }
  Value value = ContractOp::create(builder, product.getLoc(), whole.withShape(shape), part.value,
                                   weight, lhs, rhs, result);
  return places.size() == size_t(whole.getRank())
             ? value
             : spread(builder, product.getLoc(), value, places, whole.getRank());
}

/// Null when a factor's axes are in an order of their own.
Value Split::build(OpBuilder &builder) {
  Value sum;
  // Whole products first: what is added to them joins them.
  for (bool isRepeatedTurn : {false, true})
    for (auto &[term, weights] : terms) {
      if (isRepeated(term) != isRepeatedTurn)
        continue;
      Value part = buildProduct(builder, term, weights);
      if (!part)
        return {};
      sum =
          sum ? combine(builder, product.getLoc(), product.getResult().getType(), sum, part, false)
              : part;
    }
  return sum;
}

void SplitProducts::runOnOperation() {
  SmallVector<ContractOp> products;
  getOperation().walk([&](ContractOp product) {
    if (product.getLhs().getDefiningOp<ConcatOp>() || product.getLhs().getDefiningOp<MapOp>())
      products.push_back(product);
  });
  for (ContractOp product : products) {
    Split split(product);
    if (!split.isCheaper())
      continue;
    OpBuilder builder(product);
    Value sum = split.build(builder);
    if (!sum)
      continue;
    remarkRewritten(product, "tenon-split-products", "RepeatedPartsOnce",
                    "its left-hand side repeats parts: sums of " + Twine(split.getNumTerms()) +
                        " terms for each row instead of " + Twine(split.getSumSize()));
    product.getResult().replaceAllUsesWith(sum);
    product->erase();
    ++numSplit;
  }
}
