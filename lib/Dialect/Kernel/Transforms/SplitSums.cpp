//===- SplitSums.cpp - Long sums in parts ---------------------------------===//

#include "FusionSupport.h"
#include "tenon/Dialect/Kernel/Transforms/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::tenon::kernel {
#define GEN_PASS_DEF_KERNELSPLITSUMS
#include "tenon/Dialect/Kernel/Transforms/Passes.h.inc"

namespace {

/// Blocks that keep a device busy, and how many there should be at least before sums are split.
constexpr int64_t kManyBlocks = 1024, kEnoughBlocks = 256;
/// Rows of a block that has a thread for each.
constexpr int64_t kRowThreads = 256;
constexpr int64_t kMaxParts = 512;
/// Terms of a part that are worth a block's or a thread's time.
constexpr int64_t kBlockTerms = 1024, kThreadTerms = 64;
/// Elements side by side that may count as rows.
constexpr int64_t kMaxAcross = 4096;

struct SplitSums : public impl::KernelSplitSumsBase<SplitSums> {
  void runOnOperation() override;
};

/// How sums are taken in parts.
struct Split {
  int64_t parts;
  /// The dimension that counts as rows until parts are added up.
  std::optional<unsigned> across;
};

/// What is summed, and what becomes of the sums.
struct SumKernel {
  KernelOpInterface op;
  /// In the op's region.
  SmallVector<Value> terms;
  /// What `kernel.rows` makes of the sums; null for `kernel.sums`.
  SmallVector<Value> sums;
  Value yielded;
};

} // namespace

//===----------------------------------------------------------------------===//
// Which sums, in how many parts
//===----------------------------------------------------------------------===//

static bool varies(AccessAttr access, ArrayRef<unsigned> dims) {
  return llvm::any_of(dims, [&](unsigned dim) { return !access.getCoefficients()[dim].isZero(); });
}

/// The ops of the region that `values` are made of, and the arguments, but nothing behind `ends`.
static void collect(ValueRange values, ArrayRef<Value> ends, llvm::SetVector<Operation *> &ops,
                    llvm::SetVector<unsigned> &arguments) {
  for (Value value : values) {
    if (llvm::is_contained(ends, value))
      continue;
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      arguments.insert(argument.getArgNumber());
      continue;
    }
    Operation *op = value.getDefiningOp();
    if (ops.contains(op))
      continue;
    collect(op->getOperands(), ends, ops, arguments);
    ops.insert(op);
  }
}

/// As above; the numbers of the arguments, in order.
static SmallVector<unsigned> collectSorted(ValueRange values, ArrayRef<Value> ends,
                                           llvm::SetVector<Operation *> &ops) {
  llvm::SetVector<unsigned> arguments;
  collect(values, ends, ops, arguments);
  SmallVector<unsigned> sorted = arguments.takeVector();
  llvm::sort(sorted);
  return sorted;
}

/// Nothing where a row needs more than sums of its elements in f32.
static std::optional<SumKernel> matchRows(RowsOp op) {
  KernelOpInterface form = op;
  SmallVector<unsigned> sumDims = form.getDims(DimRole::Sum);
  if (sumDims.empty() || varies(form.getDestinationAccess(), sumDims))
    return std::nullopt;
  SumKernel kernel{form, {}, {}, op.getBody().front().getTerminator()->getOperand(0)};
  for (auto reduce : op.getBody().getOps<ReduceOp>()) {
    if (reduce.getKind() != ReduceKind::Sum || !reduce.getResult().getType().isF32())
      return std::nullopt;
    kernel.terms.push_back(reduce.getValue());
    kernel.sums.push_back(reduce.getResult());
  }
  llvm::SetVector<Operation *> before, after;
  llvm::SetVector<unsigned> read, readAfter;
  collect(kernel.terms, {}, before, read);
  collect(kernel.yielded, kernel.sums, after, readAfter);
  auto isReduce = [](Operation *inner) { return isa<ReduceOp>(inner); };
  auto isOfElements = [&](Operation *inner) {
    auto position = dyn_cast<PositionOp>(inner);
    return position && llvm::is_contained(sumDims, unsigned(position.getDim()));
  };
  if (kernel.sums.empty() || llvm::any_of(before, isReduce) || llvm::any_of(after, isOfElements) ||
      llvm::any_of(readAfter, [&](unsigned i) { return varies(form.getAccess(i), sumDims); }))
    return std::nullopt;
  return kernel;
}

static std::optional<SumKernel> match(KernelOpInterface op) {
  if (auto rows = dyn_cast<RowsOp>(op.getOperation()))
    return matchRows(rows);
  if (auto sums = dyn_cast<SumsOp>(op.getOperation()))
    return SumKernel{
        op, SmallVector<Value>(sums.getBody().front().getTerminator()->getOperands()), {}, Value()};
  return std::nullopt;
}

/// Whether some input's elements lie side by side along a dimension.
static bool isContiguous(KernelOpInterface op, unsigned dim) {
  return llvm::any_of(llvm::seq<unsigned>(0, op.getInputs().size()), [&](unsigned input) {
    return op.getAccess(input).getCoefficients()[dim].isOne();
  });
}

/// Nothing where there are blocks enough without.
static std::optional<Split> decide(KernelOpInterface op) {
  SmallVector<unsigned> rowDims = op.getDims(DimRole::Rows), sumDims = op.getDims(DimRole::Sum);
  auto count = [&](ArrayRef<unsigned> dims) {
    SizeAttr product = SizeAttr::get(op->getContext(), 1);
    for (unsigned dim : dims)
      product = product.mul(op.getDim(dim).getSize());
    return product.getConstant();
  };
  auto isOfThreads = [&](ArrayRef<unsigned> rows, ArrayRef<unsigned> sums) {
    return !isContiguous(op, sums.back()) &&
           llvm::any_of(rows, [&](unsigned dim) { return isContiguous(op, dim); });
  };
  std::optional<int64_t> rows = count(rowDims);
  if (!rows || *rows == 0)
    return std::nullopt;
  auto countBlocks = [&](bool hasThreads, int64_t numRows) {
    return hasThreads ? llvm::divideCeil(numRows, kRowThreads) : numRows;
  };
  bool hasThreads = isOfThreads(rowDims, sumDims);
  if (countBlocks(hasThreads, *rows) >= kEnoughBlocks)
    return std::nullopt;
  Split split{1, std::nullopt};
  unsigned last = sumDims.back();
  std::optional<int64_t> across = op.getDim(last).getSize().getConstant();
  if (sumDims.size() > 1 && isContiguous(op, last) && across && *across > 1 &&
      *across <= kMaxAcross) {
    split.across = last;
    sumDims.pop_back();
    rowDims.push_back(last);
    rows = *rows * *across;
    hasThreads = isOfThreads(rowDims, sumDims);
  }
  int64_t blocks = countBlocks(hasThreads, *rows);
  if (blocks < kEnoughBlocks)
    split.parts = std::min<int64_t>(kMaxParts, llvm::bit_floor(uint64_t(kManyBlocks / blocks)));
  if (std::optional<int64_t> terms = count(sumDims)) {
    int64_t most = *terms / (hasThreads ? kThreadTerms : kBlockTerms);
    split.parts = std::min<int64_t>(split.parts, most ? llvm::bit_floor(uint64_t(most)) : 1);
  }
  if (split.parts == 1 && !split.across)
    return std::nullopt;
  return split;
}

//===----------------------------------------------------------------------===//
// The two kernels
//===----------------------------------------------------------------------===//

namespace {
/// Makes the kernels of one sum.
class Splitter {
public:
  Splitter(const SumKernel &kernel, Split split)
      : kernel(kernel), op(kernel.op), split(split), b(op.getOperation()) {
    for (unsigned dim = 0; dim < op.getNumDims(); ++dim)
      if (isRow(dim) || split.across == dim)
        kept.push_back(dim);
  }

  void run() {
    Value parts = makeParts();
    Value whole = makeWhole(parts);
    op->getResult(0).replaceAllUsesWith(whole);
    op->erase();
  }

private:
  bool isRow(unsigned dim) { return op.getDim(dim).getRole() == DimRole::Rows; }
  SizeAttr makeSize(int64_t value) { return SizeAttr::get(b.getContext(), value); }
  int64_t countSums() { return int64_t(kernel.terms.size()); }
  DimAttr withRole(DimAttr dim, DimRole role) {
    return DimAttr::get(b.getContext(), role, dim.getName(), dim.getSize());
  }
  SmallVector<SizeAttr> getPartStrides();
  Value makeParts();
  Value makeWhole(Value parts);
  void cloneOps(ArrayRef<Operation *> ops, IRMapping &mapping, ArrayRef<int64_t> dimNumbers);

  const SumKernel &kernel;
  KernelOpInterface op;
  Split split;
  OpBuilder b;
  /// The dimensions of the sums of parts.
  SmallVector<unsigned> kept;
};
} // namespace

/// The strides of the kept dimensions in the memory for parts.
SmallVector<SizeAttr> Splitter::getPartStrides() {
  SmallVector<SizeAttr> strides(kept.size());
  SizeAttr step = makeSize(countSums() * split.parts);
  for (size_t i = kept.size(); i-- > 0;) {
    strides[i] = step;
    step = step.mul(op.getDim(kept[i]).getSize());
  }
  return strides;
}

/// Copies ops of the region; positions along dimensions that have other numbers now say so.
void Splitter::cloneOps(ArrayRef<Operation *> ops, IRMapping &mapping,
                        ArrayRef<int64_t> dimNumbers) {
  for (Operation *inner : ops) {
    Operation *copy = b.clone(*inner, mapping);
    if (auto position = dyn_cast<PositionOp>(copy))
      position.setDim(dimNumbers[size_t(position.getDim())]);
  }
}

Value Splitter::makeParts() {
  SmallVector<Attribute> domain;
  SmallVector<SizeAttr> shape, coefficients(op.getNumDims(), makeSize(0));
  SmallVector<int64_t> dimNumbers;
  for (unsigned dim = 0; dim < op.getNumDims(); ++dim) {
    domain.push_back(split.across == dim ? withRole(op.getDim(dim), DimRole::Rows)
                                         : op.getDim(dim));
    dimNumbers.push_back(dim);
  }
  for (auto [dim, stride] : llvm::zip(kept, getPartStrides())) {
    shape.push_back(op.getDim(dim).getSize());
    coefficients[dim] = stride;
  }
  shape.append({makeSize(countSums()), makeSize(split.parts)});
  auto type = TenonTensorType::get(shape, b.getF32Type());
  Value destination = EmptyOp::create(b, op.getLoc(), type);

  llvm::SetVector<Operation *> ops;
  SmallVector<unsigned> read = collectSorted(kernel.terms, {}, ops);
  SmallVector<Value> inputs;
  SmallVector<Attribute> accesses;
  for (unsigned input : read) {
    inputs.push_back(op->getOperand(input));
    accesses.push_back(op.getAccess(input));
  }
  accesses.push_back(AccessAttr::get(b.getContext(), makeSize(0), coefficients));
  auto parts = PartSumsOp::create(b, op.getLoc(), type, inputs, destination, b.getArrayAttr(domain),
                                  b.getArrayAttr(accesses), b.getI64IntegerAttr(split.parts));
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&parts.getBody());
  IRMapping mapping;
  for (unsigned input : read) {
    BlockArgument argument = op.getEpilogueRegion().getArgument(input);
    mapping.map(argument, body->addArgument(argument.getType(), argument.getLoc()));
  }
  cloneOps(ops.getArrayRef(), mapping, dimNumbers);
  YieldOp::create(b, op.getLoc(), llvm::map_to_vector(kernel.terms, [&](Value term) {
                    return mapping.lookup(term);
                  }));
  return parts.getResult();
}

/// Adds the parts up: over the kept dimensions, for `kernel.sums` the number of the sum, and the
/// parts.
Value Splitter::makeWhole(Value parts) {
  bool isOfSums = kernel.sums.empty();
  SmallVector<Attribute> domain;
  SmallVector<int64_t> dimNumbers(op.getNumDims(), -1);
  for (auto [number, dim] : llvm::enumerate(kept)) {
    domain.push_back(isRow(dim) ? op.getDim(dim) : withRole(op.getDim(dim), DimRole::Sum));
    dimNumbers[dim] = int64_t(number);
  }
  auto addDim = [&](DimRole role, StringRef name, int64_t size) {
    domain.push_back(DimAttr::get(b.getContext(), role, makeDimName(op, name), makeSize(size)));
  };
  if (isOfSums)
    addDim(DimRole::Rows, "s", countSums());
  addDim(DimRole::Sum, "p", split.parts);

  /// An access of the op, of the row dimensions alone.
  auto remap = [&](AccessAttr access) {
    SmallVector<SizeAttr> coefficients(domain.size(), makeSize(0));
    for (auto [number, dim] : llvm::enumerate(kept))
      coefficients[number] = access.getCoefficients()[dim];
    return std::pair(access.getOffset(), coefficients);
  };
  auto partAccess = [&](int64_t sum) {
    SmallVector<SizeAttr> coefficients = getPartStrides();
    if (isOfSums)
      coefficients.push_back(makeSize(split.parts));
    coefficients.push_back(makeSize(1));
    return AccessAttr::get(b.getContext(), makeSize(sum * split.parts), coefficients);
  };
  SmallVector<Value> inputs;
  SmallVector<Attribute> accesses;
  for (int64_t sum = 0, end = isOfSums ? 1 : countSums(); sum < end; ++sum) {
    inputs.push_back(parts);
    accesses.push_back(partAccess(sum));
  }
  llvm::SetVector<Operation *> ops;
  SmallVector<unsigned> read;
  if (!isOfSums)
    read = collectSorted(kernel.yielded, kernel.sums, ops);
  for (unsigned input : read) {
    auto [offset, coefficients] = remap(op.getAccess(input));
    inputs.push_back(op->getOperand(input));
    accesses.push_back(AccessAttr::get(b.getContext(), offset, coefficients));
  }
  auto [offset, coefficients] = remap(op.getDestinationAccess());
  if (isOfSums)
    coefficients[kept.size()] = makeSize(1);
  accesses.push_back(AccessAttr::get(b.getContext(), offset, coefficients));
  auto whole =
      RowsOp::create(b, op.getLoc(), op->getResult(0).getType(), inputs, op.getDestinationOperand(),
                     b.getArrayAttr(domain), b.getArrayAttr(accesses));
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&whole.getBody());
  IRMapping mapping;
  SmallVector<Value> sums;
  for (int64_t sum = 0, end = isOfSums ? 1 : countSums(); sum < end; ++sum) {
    Value part = body->addArgument(b.getF32Type(), op.getLoc());
    sums.push_back(ReduceOp::create(b, op.getLoc(), ReduceKind::Sum, part));
  }
  for (auto [sum, value] : llvm::zip(kernel.sums, sums))
    mapping.map(sum, value);
  for (unsigned input : read) {
    BlockArgument argument = op.getEpilogueRegion().getArgument(input);
    mapping.map(argument, body->addArgument(argument.getType(), argument.getLoc()));
  }
  cloneOps(ops.getArrayRef(), mapping, dimNumbers);
  YieldOp::create(b, op.getLoc(), isOfSums ? sums.front() : mapping.lookup(kernel.yielded));
  return whole.getResult();
}

void SplitSums::runOnOperation() {
  SmallVector<KernelOpInterface> ops;
  getOperation().walk([&](KernelOpInterface op) { ops.push_back(op); });
  for (KernelOpInterface op : ops) {
    std::optional<SumKernel> kernel = match(op);
    if (!kernel)
      continue;
    std::optional<Split> split = decide(op);
    if (!split)
      continue;
    Splitter(*kernel, *split).run();
    ++numSplit;
  }
}

} // namespace mlir::tenon::kernel
