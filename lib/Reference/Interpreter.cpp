//===- Interpreter.cpp - Runs a module on host tensors --------------------===//

#include "tenon/Reference/Interpreter.h"

#include "tenon/Reference/ReferenceOpInterface.h"
#include "tenon/Reference/ScalarRegion.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace mlir::tenon;

FailureOr<func::FuncOp> mlir::tenon::findEntry(ModuleOp module, StringRef name) {
  std::string known;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isExternal() || !function.isPublic())
      continue;
    if (name.empty() || function.getName() == name)
      return function;
    known += (known.empty() ? "" : ", ") + function.getName().str();
  }
  if (name.empty())
    return module.emitError("no entry in the module");
  return module.emitError() << "no entry '" << name << "'; the module has " << known;
}

static std::string nameOr(Attribute attribute, const Twine &otherwise) {
  if (auto name = dyn_cast_if_present<StringAttr>(attribute))
    return name.str();
  return otherwise.str();
}

std::string mlir::tenon::getArgumentName(func::FuncOp entry, unsigned index) {
  return nameOr(entry.getArgAttr(index, kNameAttr), "arg" + Twine(index));
}

std::string mlir::tenon::getResultName(func::FuncOp entry, unsigned index) {
  return nameOr(entry.getResultAttr(index, kNameAttr), "result" + Twine(index));
}

namespace {

/// One run of one entry.
class Run {
public:
  Run(ModuleOp module, func::FuncOp entry, const llvm::StringMap<HostTensor> &inputs,
      const llvm::StringMap<HostTensor> &parameters)
      : module(module), entry(entry), inputs(inputs), context(parameters) {}

  LogicalResult bindInputs();
  LogicalResult execute(ReferenceObserver observer);
  std::vector<NamedTensor> takeOutputs();

private:
  /// The dimensions of the given inputs: what each size must come to.
  struct Extent {
    SizeAttr size;
    int64_t value;
    std::string where;
  };

  LogicalResult checkNames();
  FailureOr<std::vector<Extent>> collectExtents();
  LogicalResult bindSymbols(ArrayRef<Extent> extents);
  LogicalResult checkBounds();
  LogicalResult executeOp(Operation &op, ReferenceObserver observer);

  TenonTensorType argumentType(unsigned index) {
    return cast<TenonTensorType>(entry.getArgumentTypes()[index]);
  }

  ModuleOp module;
  func::FuncOp entry;
  const llvm::StringMap<HostTensor> &inputs;
  EvalContext context;
  llvm::DenseMap<Value, HostTensor> values;
};

LogicalResult Run::checkNames() {
  SmallVector<std::string> names;
  for (unsigned index = 0; index < entry.getNumArguments(); ++index)
    names.push_back(getArgumentName(entry, index));
  for (StringRef given : inputs.keys())
    if (!llvm::is_contained(names, given))
      return entry.emitError() << "no input '" << given << "'; the entry has "
                               << llvm::join(names, ", ");
  return success();
}

FailureOr<std::vector<Run::Extent>> Run::collectExtents() {
  std::vector<Extent> extents;
  for (unsigned index = 0; index < entry.getNumArguments(); ++index) {
    std::string name = getArgumentName(entry, index);
    auto given = inputs.find(name);
    if (given == inputs.end()) {
      if (!entry.getArgAttr(index, kDefaultAttr))
        return entry.emitError() << "input '" << name << "' is missing";
      continue;
    }
    TenonTensorType type = argumentType(index);
    const HostTensor &tensor = given->second;
    if (tensor.getElementType() != type.getElementType())
      return entry.emitError() << "input '" << name << "' is " << tensor.getElementType()
                               << "; expected " << type.getElementType();
    if (tensor.getRank() != type.getRank())
      return entry.emitError() << "input '" << name << "' has rank " << tensor.getRank()
                               << "; expected " << type;
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      extents.push_back({type.getDim(axis), tensor.getShape()[axis],
                         ("axis " + Twine(axis) + " of input '" + name + "'").str()});
  }
  return extents;
}

/// The value of the one symbol of `size` at which the size is nearest to `value` from
/// below; nothing for other forms than a * symbol + b.
static std::optional<int64_t> solveLinear(SizeAttr size, int64_t value) {
  if (size.getSymbols().size() != 1)
    return std::nullopt;
  int64_t factor = 0, rest = 0;
  ArrayRef<int64_t> terms = size.getTerms();
  for (size_t i = 0; i < terms.size(); i += 2) {
    if (terms[i + 1] > 1)
      return std::nullopt;
    (terms[i + 1] == 0 ? rest : factor) = terms[i];
  }
  std::optional<int64_t> scaled = llvm::checkedSub(value, rest);
  return factor > 0 && scaled ? std::optional(*scaled / factor) : std::nullopt;
}

LogicalResult Run::bindSymbols(ArrayRef<Extent> extents) {
  // Axes that are one symbol, or linear in one, give it its value; all others must agree.
  for (bool isBare : {true, false})
    for (const Extent &extent : extents) {
      std::optional<int64_t> value = solveLinear(extent.size, extent.value);
      if (!value || context.getSymbol(extent.size.getSymbols()[0]))
        continue;
      StringAttr symbol = extent.size.getSymbols()[0];
      if (!isBare || extent.size == SizeAttr::getSymbol(entry.getContext(), symbol))
        context.setSymbol(symbol, *value);
    }
  for (const Extent &extent : extents) {
    FailureOr<int64_t> expected = context.evaluate(entry, extent.size);
    if (failed(expected))
      return failure();
    if (*expected != extent.value)
      return entry.emitError() << extent.where << " is " << extent.value << "; expected "
                               << extent.size.toString() << " = " << *expected;
  }
  return success();
}

LogicalResult Run::checkBounds() {
  for (auto size : module.getOps<SizeOp>()) {
    std::optional<int64_t> value = context.getSymbol(size.getSymName());
    if (!value)
      continue;
    if (*value < static_cast<int64_t>(size.getMin()) ||
        (size.getMax() && *value > static_cast<int64_t>(*size.getMax())))
      return size.emitError() << "size '" << size.getSymName() << "' is " << *value
                              << ", out of its bounds";
  }
  return success();
}

LogicalResult Run::bindInputs() {
  if (failed(checkNames()))
    return failure();
  FailureOr<std::vector<Extent>> extents = collectExtents();
  if (failed(extents) || failed(bindSymbols(*extents)) || failed(checkBounds()))
    return failure();
  for (unsigned index = 0; index < entry.getNumArguments(); ++index) {
    auto given = inputs.find(getArgumentName(entry, index));
    if (given != inputs.end()) {
      values[entry.getArgument(index)] = given->second;
      continue;
    }
    TenonTensorType type = argumentType(index);
    FailureOr<SmallVector<int64_t>> shape = context.evaluate(entry, type.getShape());
    if (failed(shape))
      return failure();
    HostTensor tensor(type.getElementType(), *shape);
    llvm::fill(tensor.data(),
               attributeScalar(cast<TypedAttr>(entry.getArgAttr(index, kDefaultAttr))));
    values[entry.getArgument(index)] = tensor;
  }
  return success();
}

LogicalResult Run::executeOp(Operation &op, ReferenceObserver observer) {
  auto model = dyn_cast<ReferenceOpInterface>(&op);
  if (!model)
    return op.emitError() << "'" << op.getName() << "' has no reference meaning";
  SmallVector<const HostTensor *> operands;
  for (Value operand : op.getOperands())
    operands.push_back(&values[operand]);
  SmallVector<HostTensor> results;
  for (Type resultType : op.getResultTypes()) {
    auto type = cast<TenonTensorType>(resultType);
    FailureOr<SmallVector<int64_t>> shape = context.evaluate(&op, type.getShape());
    if (failed(shape))
      return failure();
    results.emplace_back(type.getElementType(), *shape);
  }
  if (failed(model.evaluate(operands, results, context)))
    return failure();
  if (observer)
    observer(&op, results);
  for (auto [value, tensor] : llvm::zip(op.getResults(), results))
    values[value] = tensor;
  return success();
}

LogicalResult Run::execute(ReferenceObserver observer) {
  for (Operation &op : entry.getBody().front().without_terminator())
    if (failed(executeOp(op, observer)))
      return failure();
  return success();
}

std::vector<NamedTensor> Run::takeOutputs() {
  std::vector<NamedTensor> outputs;
  Operation *terminator = entry.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(terminator->getOperands()))
    outputs.push_back({getResultName(entry, index), values[value]});
  return outputs;
}

} // namespace

FailureOr<std::vector<NamedTensor>>
mlir::tenon::interpret(ModuleOp module, StringRef entryName,
                       const llvm::StringMap<HostTensor> &inputs,
                       const llvm::StringMap<HostTensor> &parameters, ReferenceObserver observer) {
  FailureOr<func::FuncOp> entry = findEntry(module, entryName);
  if (failed(entry))
    return failure();
  for (Type type : entry->getFunctionType().getInputs())
    if (!isa<TenonTensorType>(type))
      return entry->emitError() << "an entry takes tenon tensors, not " << type;
  Run run(module, *entry, inputs, parameters);
  if (failed(run.bindInputs()) || failed(run.execute(observer)))
    return failure();
  return run.takeOutputs();
}
