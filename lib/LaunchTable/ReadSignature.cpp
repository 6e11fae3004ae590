//===- ReadSignature.cpp - Names, signatures and parameters ---------------===//

#include "tenon/LaunchTable/LaunchTable.h"

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
  return entry;
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
  if (program.entries.empty())
    return module.emitError("the module has no entry");
  return success();
}
