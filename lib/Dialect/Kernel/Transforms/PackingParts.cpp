//===- PackingParts.cpp - What of a packing parameters decide -------------===//

#include "PackingParts.h"
#include "Prepare.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::tenon::kernel {
namespace {

class PackingParts {
public:
  explicit PackingParts(PackOp pack);

  void separate();

private:
  bool isAcross(unsigned input);
  bool isPart(BlockArgument argument, ParameterWork &work);
  bool isPart(Operation &op);
  void findParts();
  Value compute(Value part);
  void replace(Value part, Value computed);
  void eraseUnused();

  PackOp pack;
  KernelOpInterface form;
  Block &body;
  unsigned colDim, sumDim;
  SizeAttr numCols, numTerms;
  /// Values that parameters alone decide, and those of them that lie across the columns.
  llvm::DenseSet<Value> parts, across;
};

} // namespace

PackingParts::PackingParts(PackOp pack)
    : pack(pack), form(pack), body(pack.getEpilogue().front()),
      colDim(form.getDims(DimRole::Cols).front()), sumDim(form.getDims(DimRole::Sum).front()),
      numCols(form.getDim(colDim).getSize()), numTerms(form.getDim(sumDim).getSize()) {}

/// Whether vectors along the columns would have to be gathered.
bool PackingParts::isAcross(unsigned input) {
  SizeAttr stride = form.getAccess(input).getCoefficients()[colDim];
  return !stride.isZero() && !stride.isOne();
}

bool PackingParts::isPart(BlockArgument argument, ParameterWork &work) {
  AccessAttr access = form.getAccess(argument.getArgNumber());
  return work.contains(pack.getInputs()[argument.getArgNumber()]) &&
         llvm::all_of(form.getDims(DimRole::Batch),
                      [&](unsigned dim) { return access.getCoefficients()[dim].isZero(); });
}

bool PackingParts::isPart(Operation &op) {
  auto isKnown = [&](Value v) { return parts.contains(v) || matchPattern(v, m_Constant()); };
  return op.getNumResults() == 1 && op.getResult(0).getType().isF32() &&
         llvm::any_of(op.getOperands(), [&](Value v) { return parts.contains(v); }) &&
         llvm::all_of(op.getOperands(), isKnown);
}

void PackingParts::findParts() {
  ParameterWork work;
  for (BlockArgument argument : body.getArguments())
    if (argument.getType().isF32() && isPart(argument, work)) {
      parts.insert(argument);
      if (isAcross(argument.getArgNumber()))
        across.insert(argument);
    }
  for (Operation &op : body.without_terminator())
    if (isPart(op)) {
      parts.insert(op.getResult(0));
      if (llvm::any_of(op.getOperands(), [&](Value v) { return across.contains(v); }))
        across.insert(op.getResult(0));
    }
}

void PackingParts::separate() {
  if (!numCols.isConstant() || !numTerms.isConstant())
    return;
  findParts();
  // What is gathered anyway is read along the sum, and the parts with it.
  for (BlockArgument argument : body.getArguments())
    if (isAcross(argument.getArgNumber()) && !across.contains(argument))
      return;
  llvm::SetVector<Value> frontier;
  for (Operation &op : body)
    if (op.getNumResults() != 1 || !parts.contains(op.getResult(0)))
      for (Value operand : op.getOperands())
        if (across.contains(operand))
          frontier.insert(operand);
  SmallVector<Value> computed = llvm::map_to_vector(frontier, [&](Value v) { return compute(v); });
  for (auto [part, value] : llvm::zip(frontier, computed))
    replace(part, value);
  eraseUnused();
}

/// A kernel that puts `part` of all columns and terms in memory, term by term.
Value PackingParts::compute(Value part) {
  llvm::SetVector<Operation *> ops;
  llvm::SetVector<Value> arguments;
  auto collect = [&](auto &self, Value value) -> void {
    if (isa<BlockArgument>(value)) {
      arguments.insert(value);
      return;
    }
    for (Value operand : value.getDefiningOp()->getOperands())
      self(self, operand);
    ops.insert(value.getDefiningOp());
  };
  collect(collect, part);

  Location loc = pack.getLoc();
  OpBuilder builder(pack);
  SmallVector<Value> inputs;
  SmallVector<Attribute> accesses;
  for (Value argument : arguments) {
    unsigned number = cast<BlockArgument>(argument).getArgNumber();
    AccessAttr access = form.getAccess(number);
    ArrayRef<SizeAttr> strides = access.getCoefficients();
    inputs.push_back(pack.getInputs()[number]);
    accesses.push_back(AccessAttr::get(builder.getContext(), access.getOffset(),
                                       {strides[sumDim], strides[colDim]}));
  }
  SizeAttr zero = SizeAttr::get(builder.getContext(), 0), one = zero.add(1);
  accesses.push_back(AccessAttr::get(builder.getContext(), zero, {numCols, one}));
  auto makeRows = [&](unsigned dim) {
    DimAttr old = form.getDim(dim);
    return DimAttr::get(builder.getContext(), DimRole::Rows, old.getName(), old.getSize());
  };
  auto type = TenonTensorType::get({numTerms, numCols}, builder.getF32Type());
  Value destination = EmptyOp::create(builder, loc, type);
  auto rows = RowsOp::create(builder, loc, type, inputs, destination,
                             builder.getArrayAttr({makeRows(sumDim), makeRows(colDim)}),
                             builder.getArrayAttr(accesses));
  Block *block = builder.createBlock(&rows.getBody());
  IRMapping mapping;
  for (Value argument : arguments)
    mapping.map(argument, block->addArgument(argument.getType(), loc));
  for (Operation *op : ops)
    builder.clone(*op, mapping);
  YieldOp::create(builder, loc, ValueRange{mapping.lookup(part)});
  return rows.getResult();
}

/// The packing reads `computed` where it used `part`.
void PackingParts::replace(Value part, Value computed) {
  OpBuilder builder(pack);
  SizeAttr zero = SizeAttr::get(builder.getContext(), 0);
  SmallVector<SizeAttr> strides(form.getNumDims(), zero);
  strides[colDim] = zero.add(1);
  strides[sumDim] = numCols;
  SmallVector<Attribute> accesses(pack.getAccesses().getValue());
  accesses.insert(std::prev(accesses.end()), AccessAttr::get(builder.getContext(), zero, strides));
  pack.setAccessesAttr(builder.getArrayAttr(accesses));
  pack.getInputsMutable().append(computed);
  part.replaceAllUsesWith(body.addArgument(part.getType(), pack.getLoc()));
}

void PackingParts::eraseUnused() {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body.without_terminator())))
    if (op.use_empty())
      op.erase();
  SmallVector<Attribute> accesses(pack.getAccesses().getValue());
  for (unsigned number = body.getNumArguments(); number-- > 0;)
    if (body.getArgument(number).use_empty()) {
      body.eraseArgument(number);
      pack.getInputsMutable().erase(number);
      accesses.erase(accesses.begin() + number);
    }
  pack.setAccessesAttr(ArrayAttr::get(pack.getContext(), accesses));
}

void separateParts(PackOp pack) { PackingParts(pack).separate(); }

} // namespace mlir::tenon::kernel
