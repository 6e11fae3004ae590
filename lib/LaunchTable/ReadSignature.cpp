//===- ReadSignature.cpp - Names, signatures and parameters ---------------===//

#include "tenon/LaunchTable/LaunchTable.h"

#include "tenon/Dialect/Tenon/IR/TrainingAttributes.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::tenon;

/// The name of an argument or result, `fallback` when it has none.
static std::string getName(DictionaryAttr attributes, const std::string &fallback) {
  if (attributes)
    if (auto name = attributes.getAs<StringAttr>(kNameAttr))
      return name.str();
  return fallback;
}

static EntryRecord readEntry(func::FuncOp function) {
  EntryRecord entry;
  entry.name = function.getSymName().str();
  if (auto text = function->getAttrOfType<StringAttr>(kDocAttr))
    entry.documentation = text.str();
  if (auto batch = function->getAttrOfType<StringAttr>(kBatchAttr))
    entry.batch = batch.str();
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    DictionaryAttr attributes = function.getArgAttrDict(i);
    entry.inputs.push_back({getName(attributes, "input" + std::to_string(i)),
                            cast<TenonTensorType>(function.getArgumentTypes()[i]),
                            attributes ? attributes.get(kDefaultAttr) : Attribute()});
  }
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    entry.outputs.push_back({getName(function.getResultAttrDict(i), "output" + std::to_string(i)),
                             cast<TenonTensorType>(function.getResultTypes()[i]), Attribute()});
  if (auto defaults = function->getAttrOfType<DictionaryAttr>(kTrainAttr)) {
    auto number = [&](StringRef name) {
      auto given = defaults.getAs<IntegerAttr>(name);
      return given ? given.getInt() : 0;
    };
    entry.kind = TN_ENTRY_TRAIN;
    entry.training = {number("batch"),     number("steps"),      number("seed"),
                      number("drop_last"), number("accumulate"), nullptr};
    if (auto optimizers = defaults.getAs<StringAttr>("optimizers"))
      entry.optimizers = optimizers.str();
  } else if (function->hasAttr(kInitializeAttr)) {
    entry.kind = TN_ENTRY_INITIALIZE;
  } else if (function->hasAttr(kEvaluateAttr)) {
    entry.kind = TN_ENTRY_EVALUATE;
  } else if (function->hasAttr(kAccumulateAttr)) {
    entry.kind = TN_ENTRY_ACCUMULATE;
  } else if (function->hasAttr(kUpdateAttr)) {
    entry.kind = TN_ENTRY_UPDATE;
  }
  for (unsigned i = 0; i < function.getNumResults() && entry.kind != TN_ENTRY_CALL; ++i) {
    auto updates = function.getResultAttrOfType<StringAttr>(i, kUpdatesAttr);
    entry.updates.push_back(updates ? updates.str() : "");
  }
  return entry;
}

static tn_initial readInitial(ParamOp param) {
  auto initial = param->getAttrOfType<ArrayAttr>(kInitialAttr);
  if (!initial)
    return {TN_INITIAL_NONE, 0, 0};
  int64_t kind = llvm::StringSwitch<int64_t>(cast<StringAttr>(initial[0]))
                     .Case("constant", TN_INITIAL_CONSTANT)
                     .Case("uniform", TN_INITIAL_UNIFORM)
                     .Case("normal", TN_INITIAL_NORMAL)
                     .Case("trunc_normal", TN_INITIAL_TRUNC_NORMAL)
                     .Case("orthogonal", TN_INITIAL_ORTHOGONAL)
                     .Default(TN_INITIAL_COMPUTED);
  auto number = [&](unsigned index) { return cast<FloatAttr>(initial[index]).getValueAsDouble(); };
  return {kind, number(1), number(2)};
}

LogicalResult mlir::tenon::readSignature(ModuleOp module, ProgramRecord &program) {
  program.modelName = "model";
  if (auto name = module->getAttrOfType<StringAttr>(kModelAttr))
    program.modelName = name.str();
  for (auto size : module.getOps<SizeOp>())
    program.symbols.push_back({size.getSymName().str(), int64_t(size.getMin()),
                               size.getMax() ? int64_t(*size.getMax()) : INT64_MAX});
  if (program.symbols.size() > TN_MAX_SYMBOLS)
    return module.emitError() << "the model has " << program.symbols.size()
                              << " dynamic sizes; expected at most " << TN_MAX_SYMBOLS;
  for (auto param : module.getOps<ParamOp>())
    program.parameters.push_back({param.getSymName().str(), param.getTensorType(), Attribute()});
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isPrivate() && !function->hasAttr(kernel::kPrepareAttr))
      program.entries.push_back(readEntry(function));
  if (llvm::any_of(program.entries,
                   [](const EntryRecord &entry) { return entry.kind == TN_ENTRY_TRAIN; }))
    for (auto param : module.getOps<ParamOp>())
      program.initials.push_back(readInitial(param));
  if (program.entries.empty())
    return module.emitError("the module has no entry");
  return success();
}
