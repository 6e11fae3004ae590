//===- SkipPadding.cpp - Products leave out tokens that a mask hides ------===//
//
// A buffer of T tokens and T*W elements keeps token t in elements t*W to t*W+W-1,
// whatever the shapes of its readers. A kernel works token by token between two such
// buffers when the same dimensions step over tokens in both and the others stay inside
// one. Then a token's values matter to others only where they do in the result; and not
// at all where attention reads them as hidden keys, or where they are multiplied by the
// mask.
//
//===----------------------------------------------------------------------===//

#include "tenon/Dialect/Kernel/Transforms/Passes.h"
#include "tenon/Dialect/Tenon/IR/Remarks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELSKIPPADDING
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

namespace {

struct SkipPadding : public impl::KernelSkipPaddingBase<SkipPadding> {
  void runOnOperation() override;
};

/// How an access walks over tokens: by how many each dimension steps; zero for
/// dimensions that stay inside one.
using TokenSteps = SmallVector<SizeAttr>;

/// What a mask over tokens hides.
class Padding {
public:
  explicit Padding(Value mask)
      : mask(mask), numTokens(cast<TenonTensorType>(mask.getType()).getNumElements()) {}

  /// True when no output of the function depends on what `value` holds for hidden
  /// tokens.
  bool isUnseen(Value value);
  /// The steps of the rows of a product that works token by token; nothing when it
  /// does not, or its rows are not all tokens in order.
  std::optional<TokenSteps> getRowSteps(ContractOp product);
  /// True when the queries of an attention are the tokens that its keys are.
  bool isSelfAttention(AttendOp attend);
  /// Makes products with the mask 0 for hidden tokens, whatever is multiplied.
  void chooseZeros();
  /// For each token: in group 0 when it is visible.
  Value getOrder(StringAttr dimName);

private:
  bool isUnseenBy(KernelOpInterface reader, unsigned operand);
  std::optional<TokenSteps> getSteps(KernelOpInterface kernel, unsigned operand);
  bool isMaskAt(KernelOpInterface kernel, unsigned operand, const TokenSteps &steps);
  bool isMaskFactor(KernelOpInterface kernel, Value scalar, const TokenSteps &steps);
  bool isMasked(KernelOpInterface kernel, Operation *scalar, const TokenSteps &steps);

  Value mask;
  SizeAttr numTokens;
  llvm::DenseMap<Value, bool> unseen;
  /// Products with the mask that were relied on, and their factor.
  llvm::MapVector<Operation *, Value> maskedProducts;
  Value order;
};

} // namespace

static SizeAttr getElements(Value value) {
  return cast<TenonTensorType>(value.getType()).getNumElements();
}

std::optional<TokenSteps> Padding::getSteps(KernelOpInterface kernel, unsigned operand) {
  SizeAttr elements = getElements(kernel->getOperand(operand));
  SizeAttr width = elements ? elements.divideExactly(numTokens) : SizeAttr();
  std::optional<int64_t> size = width ? width.getConstant() : std::nullopt;
  AccessAttr access = kernel.getAccess(operand);
  std::optional<int64_t> inside = access.getOffset().getConstant();
  if (!size || *size == 0 || !inside)
    return std::nullopt;
  TokenSteps steps(kernel.getNumDims(), SizeAttr::get(kernel.getContext(), 0));
  bool walks = false;
  for (unsigned dim = 0; dim < kernel.getNumDims(); ++dim) {
    SizeAttr coefficient = access.getCoefficients()[dim], extent = kernel.getDim(dim).getSize();
    if (coefficient.isZero() || extent.isOne())
      continue;
    if (SizeAttr step = coefficient.divideExactly(width)) {
      steps[dim] = step;
      walks = true;
      continue;
    }
    std::optional<int64_t> last = extent.getConstant(), distance = coefficient.getConstant();
    if (!last || !distance)
      return std::nullopt;
    *inside += (*last - 1) * *distance;
  }
  if (!walks || *inside < 0 || *inside >= *size)
    return std::nullopt;
  return steps;
}

/// True when the kernel writes a fresh buffer from its first element to its last, in
/// the order of the domain.
static bool writesAll(KernelOpInterface kernel) {
  AccessAttr access = kernel.getDestinationAccess();
  SizeAttr next = SizeAttr::get(kernel.getContext(), 1);
  for (unsigned dim = kernel.getNumDims(); dim-- > 0;) {
    SizeAttr extent = kernel.getDim(dim).getSize();
    if (!extent.isOne() && access.getCoefficients()[dim] != next)
      return false;
    next = next.mul(extent);
  }
  return access.getOffset().isZero() && next == getElements(kernel->getResult(0)) &&
         kernel.getDestinationOperand().getDefiningOp<EmptyOp>();
}

/// True when the operand is the mask, or the mask as 0 and 1, each token its own.
bool Padding::isMaskAt(KernelOpInterface kernel, unsigned operand, const TokenSteps &steps) {
  Value value = kernel->getOperand(operand);
  AccessAttr access = kernel.getAccess(operand);
  if (getElements(value) != numTokens || !access.getOffset().isZero())
    return false;
  for (unsigned dim = 0; dim < kernel.getNumDims(); ++dim)
    if (!kernel.getDim(dim).getSize().isOne() && access.getCoefficients()[dim] != steps[dim])
      return false;
  if (value == mask)
    return true;
  auto cast = value.getDefiningOp<RowsOp>();
  if (!cast || cast.getInputs().size() != 1 || cast.getInputs()[0] != mask || !writesAll(cast))
    return false;
  KernelOpInterface map = cast;
  auto convert =
      cast.getBody().front().getTerminator()->getOperand(0).getDefiningOp<arith::UIToFPOp>();
  return convert && convert.getIn() == cast.getBody().getArgument(0) &&
         map.getAccess(0) == map.getDestinationAccess() && map.getDims(DimRole::Sum).empty();
}

/// True for the mask as 0 and 1 in a region of `kernel`.
bool Padding::isMaskFactor(KernelOpInterface kernel, Value scalar, const TokenSteps &steps) {
  if (auto convert = scalar.getDefiningOp<arith::UIToFPOp>())
    scalar = convert.getIn();
  auto argument = dyn_cast<BlockArgument>(scalar);
  if (!argument || argument.getArgNumber() < kernel.getNumOwnEpilogueArguments())
    return false;
  unsigned input = kernel.getFirstEpilogueInput() + argument.getArgNumber() -
                   kernel.getNumOwnEpilogueArguments();
  return isMaskAt(kernel, input, steps);
}

/// True when the op gives 0 for hidden tokens, or will: a product with the mask must
/// not pass on what becomes of zeros, which may be NaN.
bool Padding::isMasked(KernelOpInterface kernel, Operation *scalar, const TokenSteps &steps) {
  if (auto product = dyn_cast_or_null<arith::MulFOp>(scalar)) {
    for (Value factor : {product.getLhs(), product.getRhs()})
      if (isMaskFactor(kernel, factor, steps)) {
        maskedProducts.insert({product, factor});
        return true;
      }
    return false;
  }
  auto choice = dyn_cast_or_null<arith::SelectOp>(scalar);
  return choice && matchPattern(choice.getFalseValue(), m_AnyZeroFloat()) &&
         isa<BlockArgument>(choice.getCondition()) &&
         isMaskFactor(kernel, choice.getCondition(), steps);
}

bool Padding::isUnseenBy(KernelOpInterface reader, unsigned operand) {
  unsigned destination = reader->getNumOperands() - 1;
  std::optional<TokenSteps> steps = getSteps(reader, operand);
  if (!steps || operand == destination)
    return false;
  if (auto attend = dyn_cast<AttendOp>(reader.getOperation()); attend && operand <= 2)
    if (std::optional<unsigned> keys = attend.getKeyMaskOperand();
        keys && reader->getOperand(*keys) == mask && operand != 0)
      return isMaskAt(reader, *keys, *steps);
  // Element by element, or in the end: nothing of a hidden token is left.
  Region &region = reader.getEpilogueRegion();
  if (operand >= reader.getFirstEpilogueInput()) {
    unsigned number =
        operand - reader.getFirstEpilogueInput() + reader.getNumOwnEpilogueArguments();
    if (llvm::all_of(region.getArgument(number).getUsers(),
                     [&](Operation *user) { return isMasked(reader, user, *steps); }))
      return true;
  }
  std::optional<TokenSteps> stored = getSteps(reader, destination);
  if (!stored || *stored != *steps)
    return false;
  // A sum over tokens would mix them.
  for (auto [dim, step] : llvm::enumerate(*steps)) {
    DimRole role = reader.getDim(dim).getRole();
    if (!step.isZero() && (role == DimRole::Sum || role == DimRole::Keys || role == DimRole::Cols))
      return false;
  }
  return isMasked(reader, region.front().getTerminator()->getOperand(0).getDefiningOp(), *steps) ||
         isUnseen(reader->getResult(0));
}

bool Padding::isUnseen(Value value) {
  auto [known, isNew] = unseen.try_emplace(value, false);
  if (!isNew)
    return known->second;
  bool result = llvm::all_of(value.getUses(), [&](OpOperand &use) {
    auto reader = dyn_cast<KernelOpInterface>(use.getOwner());
    return reader && isUnseenBy(reader, use.getOperandNumber());
  });
  return unseen[value] = result;
}

std::optional<TokenSteps> Padding::getRowSteps(ContractOp product) {
  KernelOpInterface kernel = product;
  if (!kernel.getDims(DimRole::Batch).empty() || !kernel.getDims(DimRole::Groups).empty() ||
      !product.getPrologue().empty())
    return std::nullopt;
  std::optional<TokenSteps> steps = getSteps(kernel, product->getNumOperands() - 1);
  if (!steps)
    return std::nullopt;
  // The rows are the tokens, numbered in the order of the domain.
  SizeAttr next = SizeAttr::get(product.getContext(), 1);
  for (unsigned dim : llvm::reverse(kernel.getDims(DimRole::Rows))) {
    if (!kernel.getDim(dim).getSize().isOne() && (*steps)[dim] != next)
      return std::nullopt;
    next = next.mul(kernel.getDim(dim).getSize());
  }
  if (next != numTokens)
    return std::nullopt;
  for (unsigned dim : kernel.getDims(DimRole::Cols))
    if (!(*steps)[dim].isZero())
      return std::nullopt;
  return steps;
}

bool Padding::isSelfAttention(AttendOp attend) {
  KernelOpInterface kernel = attend;
  std::optional<TokenSteps> stored = getSteps(kernel, attend->getNumOperands() - 1),
                            keys = getSteps(kernel, 1);
  if (attend->getOperand(attend.getKeyMaskOperand().value_or(0)) != mask || !stored || !keys ||
      !isMaskAt(kernel, *attend.getKeyMaskOperand(), *keys))
    return false;
  unsigned query = kernel.getDims(DimRole::Queries).front(),
           key = kernel.getDims(DimRole::Keys).front();
  std::swap((*keys)[query], (*keys)[key]);
  return *stored == *keys && kernel.getDim(query).getSize() == kernel.getDim(key).getSize() &&
         attend.getScore().empty() && !attend.getCausal();
}

static void buildRegion(OpBuilder &builder, Region &region, Type type,
                        llvm::function_ref<Value(OpBuilder &, Value)> body, Location loc) {
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&region);
  YieldOp::create(builder, loc, body(builder, block->addArgument(type, loc)));
}

Value Padding::getOrder(StringAttr dimName) {
  if (order)
    return order;
  OpBuilder builder(mask.getContext());
  builder.setInsertionPointAfterValue(mask);
  Location loc = withLabel(mask.getLoc(), "find hidden");
  Type integer = builder.getI32Type();
  SizeAttr one = SizeAttr::get(builder.getContext(), 1),
           zero = SizeAttr::get(builder.getContext(), 0);
  Attribute rows = DimAttr::get(builder.getContext(), DimRole::Rows, dimName, numTokens);
  auto each = AccessAttr::get(builder.getContext(), zero, one);
  auto none = AccessAttr::get(builder.getContext(), zero, zero);
  auto create = [&](SizeAttr size) -> Value {
    return EmptyOp::create(builder, loc, TenonTensorType::get(size, integer));
  };
  Value ids = create(numTokens);
  auto number = RowsOp::create(builder, loc, ids.getType(), ValueRange{mask}, ids,
                               builder.getArrayAttr(rows), builder.getArrayAttr({each, each}));
  buildRegion(
      builder, number.getBody(), builder.getI1Type(),
      [&](OpBuilder &inner, Value isVisible) -> Value {
        Value first = arith::ConstantOp::create(inner, loc, inner.getI32IntegerAttr(0));
        Value second = arith::ConstantOp::create(inner, loc, inner.getI32IntegerAttr(1));
        return arith::SelectOp::create(inner, loc, isVisible, first, second);
      },
      loc);
  Value destination = create(numTokens.add(3));
  auto partition = PartitionOp::create(
      builder, loc, destination.getType(), ValueRange{number.getResult()}, destination,
      builder.getArrayAttr(rows), builder.getArrayAttr({each, none}), 2);
  buildRegion(
      builder, partition.getEpilogue(), integer, [](OpBuilder &, Value id) { return id; }, loc);
  return order = partition.getResult();
}

void Padding::chooseZeros() {
  for (auto [product, factor] : maskedProducts) {
    OpBuilder builder(product->getContext());
    builder.setInsertionPointAfter(product);
    Location loc = product->getLoc();
    Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(factor.getType()));
    Value isVisible = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNE, factor, zero);
    auto chosen = arith::SelectOp::create(builder, loc, isVisible, product->getResult(0), zero);
    product->getResult(0).replaceAllUsesExcept(chosen, chosen);
  }
}

/// A name for a dimension that neither another one nor a size has.
static StringAttr getNewName(ContractOp product) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << product.getDomain() << product.getAccesses();
  std::string name = "g0";
  while (StringRef(text).contains(name))
    name += '_';
  return StringAttr::get(product.getContext(), name);
}

/// Computes the rows of group 0 alone.
static void skipHidden(ContractOp product, Value order, const TokenSteps &steps) {
  OpBuilder builder(product);
  KernelOpInterface kernel = product;
  SizeAttr zero = SizeAttr::get(builder.getContext(), 0);
  SmallVector<Attribute> domain = {DimAttr::get(builder.getContext(), DimRole::Groups,
                                                getNewName(product),
                                                SizeAttr::get(builder.getContext(), 1))};
  llvm::append_range(domain, kernel.getDomain());
  auto widen = [&](AccessAttr access) {
    SmallVector<SizeAttr> coefficients = {zero};
    llvm::append_range(coefficients, access.getCoefficients());
    return AccessAttr::get(builder.getContext(), access.getOffset(), coefficients);
  };
  SmallVector<Value> inputs(kernel.getInputs());
  SmallVector<Attribute> accesses;
  for (unsigned i = 0; i < product->getNumOperands(); ++i)
    accesses.push_back(widen(kernel.getAccess(i)));
  TokenSteps rows(steps.size(), zero);
  for (unsigned dim : kernel.getDims(DimRole::Rows))
    rows[dim] = steps[dim];
  inputs.insert(inputs.begin() + 2, order);
  // Behind the starts of the two groups and the end.
  accesses.insert(
      accesses.begin() + 2,
      widen(AccessAttr::get(builder.getContext(), SizeAttr::get(builder.getContext(), 3), rows)));
  auto grouped = ContractOp::create(builder, product.getLoc(), product.getResult().getType(),
                                    inputs, product.getDestination(), builder.getArrayAttr(domain),
                                    builder.getArrayAttr(accesses), product.getPanelAttr(),
                                    product.getPartsAttr());
  grouped.getEpilogue().takeBody(product.getEpilogue());
  product.replaceAllUsesWith(grouped.getResult());
  product.erase();
}

void SkipPadding::runOnOperation() {
  llvm::SmallSetVector<Value, 2> masks;
  getOperation().walk([&](AttendOp attend) {
    if (std::optional<unsigned> operand = attend.getKeyMaskOperand())
      masks.insert(attend->getOperand(*operand));
  });
  for (Value mask : masks) {
    if (!getElements(mask))
      continue;
    Padding padding(mask);
    // All are asked before any is changed: steps are those of the kernels as they are.
    bool isSkipping = false;
    SmallVector<std::pair<ContractOp, TokenSteps>> products;
    getOperation().walk([&](ContractOp product) {
      std::optional<TokenSteps> steps = padding.getRowSteps(product);
      Operation *maskOp = mask.getDefiningOp();
      bool isMaskKnown = !maskOp || maskOp->isBeforeInBlock(product);
      if (steps && isMaskKnown && padding.isUnseen(product.getResult()))
        products.emplace_back(product, *steps);
    });
    getOperation().walk([&](AttendOp attend) {
      if (!padding.isSelfAttention(attend) || !padding.isUnseen(attend.getResult()))
        return;
      attend.setSkipsHidden(true);
      isSkipping = true;
    });
    for (auto &[product, steps] : products) {
      remarkRewritten(product, "kernel-skip-padding", "HiddenTokensSkipped",
                      "tokens that the key mask hides are left out: no output sees them");
      KernelOpInterface kernel = product;
      Value order =
          padding.getOrder(kernel.getDim(kernel.getDims(DimRole::Rows).front()).getName());
      skipHidden(product, order, steps);
      ++numSkipping;
    }
    if (isSkipping || !products.empty())
      padding.chooseZeros();
  }
}

} // namespace mlir::tenon::kernel
