//===- UpdateRows.cpp - Steps that change some rows of a table ------------===//
//
// The gradient of an embedding is 0 but in the rows that the batch has met. What an
// optimizer makes of a 0 decides: where it keeps the value (plain gradient descent,
// Adagrad, Adam that waits), it is computed for those rows alone and put in their places:
//
//   %g = tenon.scatter_add %dy[%ids] axis 0 -> <[V, D]>        all of V x D
//   %next = tenon.map (%w, %g) { w - 0.1 g }
//
//   %rows = the ids that occur, each once
//   %g = tenon.scatter_add %dy[their numbers] axis 0 -> <[n, D]>
//   %next = tenon.put (tenon.map (%w[%rows], %g) { w - 0.1 g }) into %w[%rows]
//
//===----------------------------------------------------------------------===//

#include "tenon/Dialect/Tenon/IR/Remarks.h"
#include "tenon/Dialect/Tenon/IR/TrainingAttributes.h"
#include "tenon/Dialect/Tenon/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::tenon {
#define GEN_PASS_DEF_TENONUPDATEROWS
#include "tenon/Dialect/Tenon/Transforms/Passes.h.inc"
} // namespace mlir::tenon

using namespace mlir;
using namespace mlir::tenon;

static constexpr llvm::StringLiteral kPass = "tenon-update-rows";

/// Smaller tables cost less than the sorting of ids: all elements, and rows.
static constexpr int64_t kLeastElements = int64_t(1) << 20, kLeastRows = int64_t(1) << 12;

static TenonTensorType typeOf(Value value) { return cast<TenonTensorType>(value.getType()); }

namespace {

/// What a tensor of the table's shape holds in rows that no id names: the same number
/// everywhere, what a parameter holds there, or something else (neither).
struct Elsewhere {
  Attribute number;
  StringAttr param;

  bool isZero() const { return number && (matchPattern(number, m_AnyZeroFloat())); }
};

/// A family of tensors of one shape that maps connect.
struct Family {
  SmallVector<ScatterAddOp> sources;
  /// Maps and sums, in their order.
  SmallVector<Operation *> members;
  /// Operands of the terminator: next values of parameters.
  SmallVector<OpOperand *> updates;
};

class RowUpdates {
public:
  RowUpdates(func::FuncOp function, bool ofAnySize) : function(function), ofAnySize(ofAnySize) {}

  /// Returns how many next values are put together from rows.
  unsigned run();

private:
  void visit(Operation *op);
  bool visitMap(MapOp map);
  bool visitReturn(OpOperand &operand);
  std::optional<Elsewhere> find(Value value) const;
  llvm::MapVector<Value, Family> collectFamilies();
  bool isWorthwhile(const Family &family) const;

  func::FuncOp function;
  bool ofAnySize;
  llvm::DenseMap<Value, Elsewhere> known;
  llvm::EquivalenceClasses<Value> related;
  /// Values of families that need all rows.
  SmallVector<Value> spoiled;
};

/// Rewrites one family.
class FamilyBuilder {
public:
  FamilyBuilder(const Family &family, Operation *terminator)
      : family(family), terminator(terminator), start(family.sources.back()), builder(start),
        loc(start->getLoc()) {}

  void build();

private:
  using Body = function_ref<Value(OpBuilder &, Location, ValueRange)>;
  Value flatten(Value value, int64_t axes);
  Value map(TenonTensorType type, ValueRange inputs, Body body) {
    return MapOp::create(builder, loc, type, inputs, body);
  }
  void findRows();
  void sumSources();
  Value getRows(Value table);
  TenonTensorType getRowsType(TenonTensorType table);

  const Family &family;
  Operation *terminator, *start;
  OpBuilder builder;
  Location loc;
  SizeAttr count;
  /// For each place of all ids after each other the number of its row; ids of rows, -1
  /// behind the last; the same with 0 there.
  Value numbers, rows, safeRows;
  IRMapping mapping;
};

struct UpdateRows : public tenon::impl::TenonUpdateRowsBase<UpdateRows> {
  using TenonUpdateRowsBase::TenonUpdateRowsBase;
  void runOnOperation() override;
};

} // namespace

//===----------------------------------------------------------------------===//
// What maps make of numbers and parameters
//===----------------------------------------------------------------------===//

static bool isZero(OpFoldResult value) {
  auto number = dyn_cast<Attribute>(value);
  return number && (matchPattern(number, m_AnyZeroFloat()) || matchPattern(number, m_Zero()));
}

/// The result of a scalar op, as algebra has it: 0 times anything is 0.
static OpFoldResult simplify(Operation *op, ArrayRef<OpFoldResult> operands) {
  OpFoldResult own = op->getResult(0);
  OpFoldResult known =
      llvm::TypeSwitch<Operation *, OpFoldResult>(op)
          .Case([&](arith::MulFOp) {
            return isZero(operands[0])   ? operands[0]
                   : isZero(operands[1]) ? operands[1]
                                         : OpFoldResult();
          })
          .Case([&](arith::AddFOp) {
            return isZero(operands[0])   ? operands[1]
                   : isZero(operands[1]) ? operands[0]
                                         : OpFoldResult();
          })
          .Case([&](arith::SubFOp) { return isZero(operands[1]) ? operands[0] : OpFoldResult(); })
          .Case([&](arith::DivFOp) { return isZero(operands[0]) ? operands[0] : OpFoldResult(); })
          .Case([&](arith::SelectOp) {
            if (auto which = dyn_cast<Attribute>(operands[0]))
              return operands[isZero(which) ? 2 : 1];
            return operands[1] == operands[2] ? operands[1] : OpFoldResult();
          })
          .Default(OpFoldResult());
  if (known)
    return known;
  auto numbers = llvm::map_to_vector(
      operands, [](OpFoldResult operand) { return dyn_cast<Attribute>(operand); });
  SmallVector<OpFoldResult> results;
  // Folding may change an op.
  Operation *copy = op->clone();
  if (failed(copy->fold(numbers, results)) || results.size() != 1)
    results = {own};
  copy->erase();
  auto value = dyn_cast<Value>(results[0]);
  for (auto [operand, meant] : llvm::zip(op->getOperands(), operands))
    if (value == operand)
      return meant;
  return results[0];
}

/// What the region yields for `arguments`.
static OpFoldResult evaluate(Region &region, ArrayRef<OpFoldResult> arguments) {
  llvm::DenseMap<Value, OpFoldResult> values;
  for (auto [argument, value] : llvm::zip(region.getArguments(), arguments))
    values[argument] = value;
  auto lookup = [&](Value value) {
    auto found = values.find(value);
    return found == values.end() ? OpFoldResult(value) : found->second;
  };
  Block &block = region.front();
  for (Operation &op : block.without_terminator())
    values[op.getResult(0)] = simplify(&op, llvm::map_to_vector(op.getOperands(), lookup));
  return lookup(block.getTerminator()->getOperand(0));
}

//===----------------------------------------------------------------------===//
// Families
//===----------------------------------------------------------------------===//

std::optional<Elsewhere> RowUpdates::find(Value value) const {
  if (auto found = known.find(value); found != known.end())
    return found->second;
  if (auto read = value.getDefiningOp<ReadOp>())
    return Elsewhere{{}, read.getParamAttr().getAttr()};
  return std::nullopt;
}

/// False when it needs all rows of what it reads.
bool RowUpdates::visitMap(MapOp map) {
  TenonTensorType type = map.getResult().getType();
  Block &body = map.getBody().front();
  SmallVector<OpFoldResult> arguments;
  llvm::DenseMap<StringAttr, Value> params;
  llvm::DenseMap<Value, StringAttr> meaning;
  bool isFamily = type.getRank() > 0;
  for (auto [input, argument] : llvm::zip(map.getInputs(), body.getArguments())) {
    std::optional<Elsewhere> elsewhere = find(input);
    bool isWhole = typeOf(input).getShape() == type.getShape();
    if (typeOf(input).getRank() == 0) {
      arguments.push_back(argument);
    } else if (!elsewhere || !isWhole) {
      isFamily = false;
    } else if (elsewhere->number) {
      arguments.push_back(elsewhere->number);
    } else if (elsewhere->param) {
      Value &first = params.try_emplace(elsewhere->param, argument).first->second;
      meaning[first] = elsewhere->param;
      arguments.push_back(first);
    } else {
      arguments.push_back(argument);
    }
  }
  if (!isFamily)
    return false;
  OpFoldResult result = evaluate(map.getBody(), arguments);
  Value own = map.getResult();
  known[own] = {dyn_cast<Attribute>(result), meaning.lookup(dyn_cast<Value>(result))};
  related.insert(own);
  for (Value input : map.getInputs())
    if (known.contains(input))
      related.unionSets(own, input);
  return true;
}

bool RowUpdates::visitReturn(OpOperand &operand) {
  auto updated = function.getResultAttrOfType<StringAttr>(operand.getOperandNumber(), kUpdatesAttr);
  return updated && known.lookup(operand.get()).param == updated;
}

void RowUpdates::visit(Operation *op) {
  auto scatter = dyn_cast<ScatterAddOp>(op);
  if (scatter && scatter.getAxis() == 0 && scatter.getShared() == 0) {
    known[scatter.getResult()] = {FloatAttr::get(scatter.getResult().getType().getElementType(), 0),
                                  {}};
    related.insert(scatter.getResult());
  }
  if (auto map = dyn_cast<MapOp>(op); map && visitMap(map))
    return;
  for (OpOperand &operand : op->getOpOperands()) {
    auto found = known.find(operand.get());
    if (found == known.end())
      continue;
    auto reduce = dyn_cast<ReduceOp>(op);
    bool isSum = reduce && reduce.getKind() == ReduceKind::Sum &&
                 llvm::is_contained(reduce.getAxes(), 0) && found->second.isZero();
    if (!isSum && !(isa<func::ReturnOp>(op) && visitReturn(operand)))
      spoiled.push_back(operand.get());
  }
}

llvm::MapVector<Value, Family> RowUpdates::collectFamilies() {
  llvm::DenseSet<Value> without;
  for (Value value : spoiled)
    without.insert(related.getLeaderValue(value));
  llvm::MapVector<Value, Family> families;
  auto findFamily = [&](Value value) -> Family * {
    if (!known.contains(value) || without.contains(related.getLeaderValue(value)))
      return nullptr;
    return &families[related.getLeaderValue(value)];
  };
  for (Operation &op : function.getBody().front()) {
    if (auto scatter = dyn_cast<ScatterAddOp>(op)) {
      if (Family *family = findFamily(scatter.getResult()))
        family->sources.push_back(scatter);
    } else if (auto reduce = dyn_cast<ReduceOp>(op)) {
      if (Family *family = findFamily(reduce.getInput()))
        family->members.push_back(reduce);
    } else if (isa<MapOp>(op)) {
      if (Family *family = findFamily(op.getResult(0)))
        family->members.push_back(&op);
    } else if (isa<func::ReturnOp>(op)) {
      for (OpOperand &operand : op.getOpOperands())
        if (Family *family = findFamily(operand.get()))
          family->updates.push_back(&operand);
    }
  }
  // Sums before the last source, as those of a regularizer, are read before the rows are
  // known: they stay.
  for (auto &entry : families) {
    Family &family = entry.second;
    llvm::erase_if(family.members, [&](Operation *op) {
      return isa<ReduceOp>(op) && !family.sources.empty() &&
             op->isBeforeInBlock(family.sources.back());
    });
  }
  return families;
}

/// Whether the ids of a batch are few beside the rows.
bool RowUpdates::isWorthwhile(const Family &family) const {
  if (family.sources.empty() || family.updates.empty())
    return false;
  ScatterAddOp first = family.sources.front();
  std::optional<int64_t> rows = first.getResult().getType().getDim(0).getConstant();
  std::optional<int64_t> elements = first.getResult().getType().getNumElements().getConstant();
  if (!rows || !elements || *elements == 0)
    return false;
  if (ofAnySize)
    return true;
  int64_t ids = 0;
  for (ScatterAddOp source : family.sources)
    ids += typeOf(source.getIds()).getNumElements().getConstant().value_or(0);
  return *rows >= kLeastRows && *elements >= kLeastElements && ids <= *rows / 4;
}

unsigned RowUpdates::run() {
  Block &block = function.getBody().front();
  for (Operation &op : block)
    visit(&op);
  unsigned count = 0;
  for (const auto &[leader, family] : collectFamilies()) {
    if (!isWorthwhile(family))
      continue;
    FamilyBuilder(family, block.getTerminator()).build();
    count += family.updates.size();
  }
  return count;
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

/// The value with its first `axes` axes as one.
Value FamilyBuilder::flatten(Value value, int64_t axes) {
  TenonTensorType type = typeOf(value);
  if (axes == 1)
    return value;
  SmallVector<Attribute> factors;
  SmallVector<int64_t> inputGroups, permutation, resultGroups = {axes};
  SmallVector<SizeAttr> shape = {builder.getAttr<SizeAttr>(1)};
  for (auto [axis, size] : llvm::enumerate(type.getShape())) {
    factors.push_back(size);
    inputGroups.push_back(1);
    permutation.push_back(axis);
    if (int64_t(axis) < axes) {
      shape[0] = shape[0].mul(size);
    } else {
      shape.push_back(size);
      resultGroups.push_back(1);
    }
  }
  return RearrangeOp::create(builder, loc, type.withShape(shape), value,
                             builder.getArrayAttr(factors), inputGroups, permutation, resultGroups);
}

TenonTensorType FamilyBuilder::getRowsType(TenonTensorType table) {
  SmallVector<SizeAttr> shape(table.getShape());
  shape[0] = count;
  return table.withShape(shape);
}

void FamilyBuilder::findRows() {
  Type i64 = builder.getI64Type(), i1 = builder.getI1Type();
  SmallVector<Value> all;
  count = builder.getAttr<SizeAttr>(0);
  for (ScatterAddOp source : family.sources) {
    Value ids = flatten(source.getIds(), typeOf(source.getIds()).getRank());
    if (typeOf(ids).getElementType() != i64)
      ids = map(TenonTensorType::get(typeOf(ids).getShape(), i64), ids,
                [&](OpBuilder &b, Location at, ValueRange x) -> Value {
                  return arith::ExtSIOp::create(b, at, i64, x[0]);
                });
    all.push_back(ids);
    count = count.add(typeOf(ids).getDim(0));
  }
  auto type = TenonTensorType::get(ArrayRef(count), i64);
  auto number = [&](OpBuilder &b, Location at, int64_t value) -> Value {
    return arith::ConstantOp::create(b, at, b.getIntegerAttr(i64, value));
  };
  auto fill = [&](int64_t value) {
    return map(type, {},
               [&](OpBuilder &b, Location at, ValueRange) { return number(b, at, value); });
  };
  Value ids = all.size() == 1 ? all[0] : ConcatOp::create(builder, loc, type, all, 0).getResult();
  Value order = ArgsortOp::create(builder, loc, type, ids, 0, false);
  Value sorted = GatherOp::create(builder, loc, type, ids, order, 0, 0);
  Value place = IotaOp::create(builder, loc, type);
  Value before = map(type, place, [&](OpBuilder &b, Location at, ValueRange x) -> Value {
    Value one = number(b, at, 1), zero = number(b, at, 0);
    return arith::MaxSIOp::create(b, at, arith::SubIOp::create(b, at, x[0], one), zero);
  });
  Value neighbour = GatherOp::create(builder, loc, type, sorted, before, 0, 0);
  Value isFirst =
      map(type, {place, sorted, neighbour}, [&](OpBuilder &b, Location at, ValueRange x) -> Value {
        Value starts =
            arith::CmpIOp::create(b, at, arith::CmpIPredicate::eq, x[0], number(b, at, 0));
        Value differs = arith::CmpIOp::create(b, at, arith::CmpIPredicate::ne, x[1], x[2]);
        Value either = arith::OrIOp::create(b, at, i1, starts, differs);
        return arith::ExtUIOp::create(b, at, i64, either);
      });
  Value upTo = CumsumOp::create(builder, loc, type, isFirst, 0);
  Value own = map(type, upTo, [&](OpBuilder &b, Location at, ValueRange x) -> Value {
    return arith::SubIOp::create(b, at, x[0], number(b, at, 1));
  });
  numbers = PutOp::create(builder, loc, type, own, fill(0), order);
  Value ofFirst = map(type, {own, isFirst}, [&](OpBuilder &b, Location at, ValueRange x) -> Value {
    Value is = arith::CmpIOp::create(b, at, arith::CmpIPredicate::ne, x[1], number(b, at, 0));
    return arith::SelectOp::create(b, at, is, x[0], number(b, at, -1));
  });
  rows = PutOp::create(builder, loc, type, sorted, fill(-1), ofFirst);
  safeRows = map(type, rows, [&](OpBuilder &b, Location at, ValueRange x) -> Value {
    return arith::MaxSIOp::create(b, at, x[0], number(b, at, 0));
  });
}

/// The sums of each source, a row for each id that occurs.
void FamilyBuilder::sumSources() {
  SizeAttr offset = builder.getAttr<SizeAttr>(0);
  for (ScatterAddOp source : family.sources) {
    int64_t axes = typeOf(source.getIds()).getRank();
    Value updates = flatten(source.getUpdates(), axes), own = numbers;
    SizeAttr size = typeOf(updates).getDim(0);
    if (size != count)
      own = SliceOp::create(builder, loc, typeOf(numbers).withShape(size), numbers,
                            builder.getArrayAttr({offset}), ArrayRef<int64_t>{1});
    offset = offset.add(size);
    mapping.map(source.getResult(),
                ScatterAddOp::create(builder, loc, getRowsType(source.getResult().getType()),
                                     updates, own, 0, 0)
                    .getResult());
  }
}

/// What stands for a tensor of all rows.
Value FamilyBuilder::getRows(Value table) {
  if (mapping.contains(table) || typeOf(table).getRank() == 0)
    return mapping.lookupOrDefault(table);
  OpBuilder::InsertionGuard guard(builder);
  // Before anything is written in place.
  builder.setInsertionPoint(start);
  Value read = builder.clone(*table.getDefiningOp<ReadOp>())->getResult(0);
  Value gathered = GatherOp::create(builder, loc, getRowsType(typeOf(table)), read, safeRows, 0, 0);
  mapping.map(table, gathered);
  return gathered;
}

void FamilyBuilder::build() {
  findRows();
  sumSources();
  for (Operation *member : family.members) {
    builder.setInsertionPoint(member->isBeforeInBlock(start) ? start : member);
    SmallVector<Value> operands =
        llvm::map_to_vector(member->getOperands(), [&](Value value) { return getRows(value); });
    Operation *copy = builder.clone(*member);
    copy->setOperands(operands);
    Value result = member->getResult(0), rebuilt = copy->getResult(0);
    if (isa<ReduceOp>(member))
      result.replaceAllUsesWith(rebuilt);
    else
      rebuilt.setType(getRowsType(typeOf(result)));
    mapping.map(result, rebuilt);
  }
  auto function = cast<func::FuncOp>(terminator->getParentOp());
  builder.setInsertionPoint(terminator);
  for (OpOperand *update : family.updates) {
    auto param = function.getResultAttrOfType<StringAttr>(update->getOperandNumber(), kUpdatesAttr);
    TenonTensorType type = typeOf(update->get());
    Value table = ReadOp::create(builder, loc, type, param.getValue());
    update->set(PutOp::create(builder, loc, type, mapping.lookup(update->get()), table, rows));
  }
  ScatterAddOp first = family.sources.front();
  SizeAttr all = first.getResult().getType().getDim(0);
  remarkRewritten(start, kPass, "RowsUpdated",
                  "of " + all.toString() + " rows those of " + count.toString() +
                      " ids are updated");
}

void UpdateRows::runOnOperation() {
  func::FuncOp function = getOperation();
  if (!function.isExternal() && !function.isPrivate() && function->hasAttr(kTrainAttr))
    numUpdates += RowUpdates(function, ofAnySize).run();
}
