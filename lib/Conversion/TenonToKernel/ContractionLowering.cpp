//===- ContractionLowering.cpp - Sums of products as matrix products ------===//
//
// An index in both operands and the result is a batch, one summed in both a
// `sum`, one of the left operand a row, one of the right operand a column. The
// kernel wants one column and one sum index and a left operand contiguous along
// the sum; what differs is brought into this form:
//
//   several columns      the innermost stays, the others become batches
//   no column or row     one of size 1 is added
//   several sums         merged when both operands allow it, else after a copy
//   scattered left rows  copied
//
// A right operand that was gathered for each row, weights of the row's group, is not
// built: the product is grouped. Nor is an outer product of each row that `scatter_add`
// adds up by the row's group: rows are brought into the order of groups, and each group's
// are the terms of a sum. A matrix that is computed and meets a vector is not packed: its
// rows are read where they lie, by `kernel.rows`, and so are two operands of which all
// indices that stay are batches, but for some of size 1.
//
//===----------------------------------------------------------------------===//

#include "RowGroups.h"

#include "tenon/Conversion/TenonToKernel/KernelLowering.h"
#include "tenon/Conversion/TenonToKernel/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::tenon;
using kernel::DimRole;

namespace {

/// One operand: its value, view and the index number of each axis.
struct Factor {
  Value value;
  View view;
  SmallVector<int64_t> indices;

  /// The stride along an index; null when the operand does not have it.
  SizeAttr stride(int64_t index) const {
    const auto *it = llvm::find(indices, index);
    return it == indices.end() ? SizeAttr() : view.strides[it - indices.begin()];
  }
  bool has(int64_t index) const { return llvm::is_contained(indices, index); }
};

struct ContractLowering
    : public KernelLoweringOpInterface::ExternalModel<ContractLowering, ContractOp> {
  LogicalResult lowerToKernel(Operation *op, KernelLowering &lowering) const;
};

} // namespace

/// The index numbers of groups, and of rows in their order.
constexpr int64_t kGroupIndex = -2, kSortedIndex = -3;

/// Which rows, or terms, are of which group.
struct Grouping {
  Value ids;
  SizeAttr numGroups;
  /// Groups are of terms.
  bool isOfSums;
};

/// When each row, an index along the axes of the ids, has an `rhs` of its own from a
/// table: makes the table the rhs, with `kGroupIndex` in front, and returns the ids.
static Value takeGroups(const Factor &lhs, Factor &rhs, ArrayRef<int64_t> results,
                        KernelLowering &lowering) {
  auto gather = rhs.value.getDefiningOp<GatherOp>();
  if (!gather || gather.getAxis() != 0) // so no axis is shared
    return {};
  TenonTensorType ids = gather.getIds().getType();
  ArrayRef<int64_t> tokens = ArrayRef(rhs.indices).take_front(ids.getRank());
  auto isToken = [&](int64_t index) { return llvm::is_contained(tokens, index); };
  // Rows are those of the ids, in their order: no others, none of them summed.
  SmallVector<int64_t> rows;
  for (int64_t index : results)
    if (lhs.has(index) && (isToken(index) || !rhs.has(index)))
      rows.push_back(index);
  auto table = cast<TenonTensorType>(gather.getTable().getType());
  if (rows != tokens || !table.getDim(0).isConstant() || table.getDim(0).isZero())
    return {};
  rhs.value = gather.getTable();
  rhs.view = lowering.getView(gather.getTable());
  SmallVector<int64_t> rest(ArrayRef(rhs.indices).drop_front(ids.getRank()));
  rhs.indices = {kGroupIndex};
  llvm::append_range(rhs.indices, rest);
  return gather.getIds();
}

static SizeAttr sizeOf(const Factor &factor, int64_t index) {
  const auto *it = llvm::find(factor.indices, index);
  return cast<TenonTensorType>(factor.value.getType()).getDim(it - factor.indices.begin());
}

/// Puts the axes of `sums` last, in this order, by a copy.
static void copyWithSumsLast(Location loc, Factor &factor, ArrayRef<int64_t> sums,
                             KernelLowering &lowering) {
  SmallVector<int64_t> axes, order;
  for (auto [axis, index] : llvm::enumerate(factor.indices))
    if (!llvm::is_contained(sums, index))
      axes.push_back(axis);
  for (int64_t index : sums)
    axes.push_back(llvm::find(factor.indices, index) - factor.indices.begin());
  View copy = lowering.copyInOrder(loc, factor.value, axes);
  for (auto [position, axis] : llvm::enumerate(axes))
    factor.view.strides[axis] = copy.strides[position];
  factor.view.buffer = copy.buffer;
  factor.view.offset = copy.offset;
}

/// True when the indices, outermost first, are one evenly spaced walk.
static bool areMergeable(const Factor &factor, ArrayRef<int64_t> sums) {
  for (size_t i = 1; i < sums.size(); ++i)
    if (factor.stride(sums[i - 1]) != factor.stride(sums[i]).mul(sizeOf(factor, sums[i])))
      return false;
  return true;
}

/// True when elements to be summed lie side by side in one run.
static bool isRun(const Factor &factor, ArrayRef<int64_t> sums) {
  return areMergeable(factor, sums) && factor.stride(sums.back()).isOne();
}

/// True when `matrix` is computed and `vector` has no index of its own beside it.
static bool isVectorBeside(const Factor &vector, const Factor &matrix, ArrayRef<int64_t> results) {
  return !matrix.view.buffer.getDefiningOp<ReadOp>() &&
         llvm::none_of(vector.indices, [&](int64_t index) {
           return llvm::is_contained(results, index) && !matrix.has(index) &&
                  !sizeOf(vector, index).isOne();
         });
}

/// A sum of products for each element of the result; of one term, a map.
static Value createRowSums(const Factor &result, const Factor &lhs, const Factor &rhs,
                           ArrayRef<int64_t> sums, KernelLowering &lowering) {
  const SmallVector<int64_t> &results = result.indices;
  auto type = cast<TenonTensorType>(result.value.getType());
  DomainBuilder domain = lowering.createDomain();
  llvm::SmallDenseMap<int64_t, unsigned> dims;
  for (auto [axis, index] : llvm::enumerate(results))
    dims[index] = domain.add(DimRole::Rows, type.getDim(axis));
  // Several sums are one where both walk over them evenly.
  bool isOne = areMergeable(lhs, sums) && areMergeable(rhs, sums), isMap = true;
  SizeAttr size = SizeAttr::get(type.getContext(), 1);
  for (int64_t index : sums) {
    size = isOne ? size.mul(sizeOf(lhs, index)) : sizeOf(lhs, index);
    if (size.isOne() || (isOne && index != sums.back()))
      continue;
    dims[index] = domain.add(DimRole::Sum, size);
    isMap = false;
  }
  auto getAccess = [&](const View &view, ArrayRef<int64_t> indices) {
    SmallVector<std::pair<unsigned, SizeAttr>> coefficients;
    for (auto [index, stride] : llvm::zip(indices, view.strides))
      if (auto dim = dims.find(index); dim != dims.end())
        coefficients.emplace_back(dim->second, stride);
    return domain.access(view.offset, coefficients);
  };
  Value destination = lowering.createEmpty(result.value.getLoc(), type);
  return lowering.createRows(
      result.value.getLoc(), domain, {lhs.view.buffer, rhs.view.buffer},
      {getAccess(lhs.view, lhs.indices), getAccess(rhs.view, rhs.indices)}, destination,
      getAccess(lowering.getView(destination), results),
      [&](OpBuilder &builder, Location loc, ValueRange arguments) -> Value {
        if (isMap)
          return arith::MulFOp::create(builder, loc, arguments[0], arguments[1]);
        // Products multiply and add with one rounding.
        Value product = arith::MulFOp::create(builder, loc, arguments[0], arguments[1],
                                              arith::FastMathFlags::contract);
        return kernel::ReduceOp::create(builder, loc, kernel::ReduceKind::Sum, product);
      });
}

/// The innermost index of one operand alone is the column: the result is stored
/// contiguously along it.
static void putColumnRight(Factor &lhs, Factor &rhs, ArrayRef<int64_t> results) {
  for (int64_t index : llvm::reverse(results))
    if (lhs.has(index) != rhs.has(index)) {
      if (lhs.has(index))
        std::swap(lhs, rhs);
      return;
    }
}

/// The product as a kernel; `result` gets its view from it.
static Value createProduct(Location loc, Factor lhs, Factor rhs, Factor result,
                           std::optional<Grouping> grouping, KernelLowering &lowering) {
  MLIRContext *context = loc.getContext();
  ArrayRef<int64_t> results = result.indices;
  SmallVector<int64_t> batches, rows, columns, sums;
  for (int64_t index : results)
    if (index != kGroupIndex)
      (lhs.has(index) ? rhs.has(index) ? batches : rows : columns).push_back(index);
  for (int64_t index : lhs.indices)
    if (!llvm::is_contained(results, index))
      sums.push_back(index);
  while (columns.size() > 1) {
    batches.push_back(columns.front());
    columns.erase(columns.begin());
  }

  SizeAttr sumSize = SizeAttr::get(context, 1);
  for (int64_t index : sums)
    sumSize = sumSize.mul(sizeOf(lhs, index));
  bool hasVector = isVectorBeside(lhs, rhs, results) || isVectorBeside(rhs, lhs, results);
  auto isUnit = [&](int64_t index) { return sizeOf(result, index).isOne(); };
  bool isDot = llvm::all_of(rows, isUnit) && llvm::all_of(columns, isUnit) && !batches.empty();
  bool isOfRuns = sumSize.isOne() || (isRun(lhs, sums) && isRun(rhs, sums));
  if (!grouping && (isDot || (hasVector && isOfRuns)))
    return createRowSums(result, lhs, rhs, sums, lowering);
  if (!areMergeable(lhs, sums) || (!sumSize.isOne() && !lhs.stride(sums.back()).isOne()))
    copyWithSumsLast(loc, lhs, sums, lowering);
  if (!areMergeable(rhs, sums))
    copyWithSumsLast(loc, rhs, sums, lowering);

  DomainBuilder domain = lowering.createDomain();
  auto type = cast<TenonTensorType>(result.value.getType());
  Value destination = lowering.createEmpty(loc, type);
  result.view = lowering.getView(destination);
  using Coefficients = SmallVector<std::pair<unsigned, SizeAttr>>;
  Coefficients lhsAccess, rhsAccess, resultAccess;
  SmallVector<int64_t> rowDims;
  auto add = [&](DimRole role, SizeAttr size, int64_t index) {
    unsigned dim = domain.add(role, size);
    for (auto [factor, access] : {std::pair(&lhs, &lhsAccess), std::pair(&rhs, &rhsAccess),
                                  std::pair(&result, &resultAccess)})
      if (SizeAttr stride = factor->stride(index))
        access->emplace_back(dim, stride);
    return dim;
  };
  SizeAttr one = SizeAttr::get(context, 1);
  constexpr int64_t kNoIndex = -1;
  for (int64_t index : batches)
    add(DimRole::Batch, sizeOf(result, index), index);
  if (grouping)
    add(DimRole::Groups, grouping->numGroups, kGroupIndex);
  for (int64_t index : rows)
    rowDims.push_back(add(DimRole::Rows, sizeOf(result, index), index));
  if (rows.empty())
    add(DimRole::Rows, one, kNoIndex);
  for (int64_t index : columns)
    add(DimRole::Cols, sizeOf(result, index), index);
  if (columns.empty())
    add(DimRole::Cols, one, kNoIndex);
  add(DimRole::Sum, sumSize, sums.empty() ? kNoIndex : sums.back());

  OpBuilder &builder = lowering.builder;
  SmallVector<Value> inputs = {lhs.view.buffer, rhs.view.buffer};
  SmallVector<Attribute> accesses = {domain.access(lhs.view.offset, lhsAccess),
                                     domain.access(rhs.view.offset, rhsAccess)};
  if (grouping) {
    inputs.push_back(getPartition(loc, grouping->ids, grouping->numGroups, lowering));
    // Along the rows in their order, behind the groups' starts.
    ArrayRef<SizeAttr> shape = cast<TenonTensorType>(grouping->ids.getType()).getShape();
    View order{Value(), grouping->numGroups.add(1), getContiguousStrides(shape, context)};
    accesses.push_back(grouping->isOfSums ? domain.access(SizeAttr::get(context, 0), {})
                                          : domain.access(order, rowDims));
  }
  accesses.push_back(domain.access(result.view.offset, resultAccess));
  auto product = kernel::ContractOp::create(
      builder, loc, destination.getType(), inputs, destination, domain.getDomain(),
      builder.getArrayAttr(accesses), IntegerAttr(), UnitAttr());
  buildIdentityRegion(builder, product.getEpilogue(), builder.getF32Type(), loc);
  return product.getResult();
}

LogicalResult ContractLowering::lowerToKernel(Operation *op, KernelLowering &lowering) const {
  auto contract = cast<ContractOp>(op);
  if (Type type = contract.getResult().getType().getElementType(); !type.isF32())
    return contract.emitOpError() << "cannot be lowered: elements of type " << type
                                  << "; expected f32";
  Factor lhs{contract.getLhs(), lowering.getView(contract.getLhs()),
             SmallVector<int64_t>(contract.getLhsIndices())};
  Factor rhs{contract.getRhs(), lowering.getView(contract.getRhs()),
             SmallVector<int64_t>(contract.getRhsIndices())};
  ArrayRef<int64_t> results = contract.getResultIndices();

  putColumnRight(lhs, rhs, results);
  std::optional<Grouping> grouping;
  if (Value ids = takeGroups(lhs, rhs, results, lowering))
    grouping = {ids, sizeOf(rhs, kGroupIndex), /*isOfSums=*/false};
  Factor result{contract.getResult(), View(), SmallVector<int64_t>(results)};
  lowering.setBuffer(contract.getResult(),
                     createProduct(op->getLoc(), lhs, rhs, result, grouping, lowering));
  return success();
}

/// `value`'s rows, indices along its axes in the order of `rows`, in the order of groups.
static Factor sortRows(const Factor &factor, ArrayRef<int64_t> rows, const Grouping &grouping,
                       Location loc, KernelLowering &lowering) {
  SmallVector<int64_t> axes, indices = {kSortedIndex};
  for (int64_t row : rows)
    axes.push_back(llvm::find(factor.indices, row) - factor.indices.begin());
  for (auto [axis, index] : llvm::enumerate(factor.indices))
    if (!llvm::is_contained(rows, index)) {
      axes.push_back(axis);
      indices.push_back(index);
    }
  Value sorted = sortByGroup(loc, factor.value, axes, grouping.ids, grouping.numGroups, lowering);
  return {sorted, lowering.getView(sorted), indices};
}

/// More groups than this are a table rather than parts: their sums are small, and added
/// where they are.
constexpr int64_t kMostGroups = 64;

/// The terms of a sum that maps add up, each of the sum's own type; false when there is
/// anything else.
static bool collectTerms(Value value, SmallVectorImpl<ContractOp> &terms) {
  if (auto contract = value.getDefiningOp<ContractOp>()) {
    terms.push_back(contract);
    return true;
  }
  auto map = value.getDefiningOp<MapOp>();
  if (!map)
    return false;
  Block &body = map.getBody().front();
  SmallVector<Value> worklist = {body.getTerminator()->getOperand(0)};
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (auto argument = dyn_cast<BlockArgument>(next)) {
      Value input = map.getInputs()[argument.getArgNumber()];
      if (input.getType() != value.getType() || !collectTerms(input, terms))
        return false;
      continue;
    }
    auto sum = next.getDefiningOp<arith::AddFOp>();
    if (!sum)
      return false;
    worklist.append({sum.getRhs(), sum.getLhs()});
  }
  return true;
}

/// The sums by group of one outer product of rows; null when it is something else.
static Value createGroupedSums(ScatterAddOp scatter, ContractOp contract, const Grouping &grouping,
                               KernelLowering &lowering) {
  Factor lhs{contract.getLhs(), View(), SmallVector<int64_t>(contract.getLhsIndices())};
  Factor rhs{contract.getRhs(), View(), SmallVector<int64_t>(contract.getRhsIndices())};
  size_t numRows = scatter.getIds().getType().getRank();
  ArrayRef<int64_t> results = contract.getResultIndices(), rows = results.take_front(numRows),
                    rest = results.drop_front(numRows);
  Location loc = scatter.getLoc();
  putColumnRight(lhs, rhs, rest);
  Factor result{scatter.getResult(), View(), {kGroupIndex}};
  llvm::append_range(result.indices, rest);
  return createProduct(loc, sortRows(lhs, rows, grouping, loc, lowering),
                       sortRows(rhs, rows, grouping, loc, lowering), result, grouping, lowering);
}

/// Whether a contraction is an outer product for each row, an index of the ids.
static bool isOuterProduct(ContractOp contract, size_t numRows) {
  ArrayRef<int64_t> lhs = contract.getLhsIndices(), rhs = contract.getRhsIndices(),
                    results = contract.getResultIndices();
  auto isIn = [](ArrayRef<int64_t> indices) {
    return [=](int64_t index) { return llvm::is_contained(indices, index); };
  };
  ArrayRef<int64_t> rows = results.take_front(numRows), rest = results.drop_front(numRows);
  // All other indices are of one operand, and none is summed.
  return llvm::all_of(rows, isIn(lhs)) && llvm::all_of(rows, isIn(rhs)) &&
         llvm::all_of(rest, [&](int64_t index) { return isIn(lhs)(index) != isIn(rhs)(index); }) &&
         lhs.size() + rhs.size() == 2 * rows.size() + rest.size();
}

Value mlir::tenon::lowerGroupedSums(ScatterAddOp scatter, KernelLowering &lowering) {
  TenonTensorType ids = scatter.getIds().getType(), type = scatter.getResult().getType();
  SizeAttr numGroups = type.getDim(0);
  std::optional<int64_t> count = numGroups.getConstant();
  SmallVector<ContractOp> terms;
  if (scatter.getAxis() != 0 || scatter.getShared() != 0 || ids.getRank() == 0 || !count ||
      *count == 0 || *count > kMostGroups || !type.getElementType().isF32() ||
      !collectTerms(scatter.getUpdates(), terms) ||
      !llvm::all_of(terms, [&](ContractOp term) { return isOuterProduct(term, ids.getRank()); }))
    return {};
  Grouping grouping = {scatter.getIds(), numGroups, /*isOfSums=*/true};
  SmallVector<Value> sums;
  for (ContractOp term : terms)
    sums.push_back(createGroupedSums(scatter, term, grouping, lowering));
  if (sums.size() == 1)
    return sums.front();
  DomainBuilder domain = lowering.createDomain();
  SmallVector<int64_t> dims;
  for (SizeAttr size : type.getShape())
    dims.push_back(domain.add(DimRole::Rows, size));
  Value destination = lowering.createEmpty(scatter.getLoc(), type);
  SmallVector<kernel::AccessAttr> accesses;
  for (Value sum : sums)
    accesses.push_back(domain.access(lowering.getView(sum), dims));
  return lowering.createRows(scatter.getLoc(), domain, sums, accesses, destination,
                             domain.access(lowering.getView(destination), dims),
                             [](OpBuilder &builder, Location loc, ValueRange arguments) {
                               Value all = arguments.front();
                               for (Value argument : arguments.drop_front())
                                 all = arith::AddFOp::create(builder, loc, all, argument);
                               return all;
                             });
}

void mlir::tenon::registerContractionLowerings(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TenonDialect *) {
    ContractOp::attachInterface<ContractLowering>(*context);
  });
}
