//===- ElabEntry.cpp - Entries become functions ---------------------------===//

#include "frontends/lang/Elaborator.h"

#include "mlir/IR/AttrTypeSubElements.h"

namespace tenon::lang {

namespace dialect = mlir::tenon;

/// Adds one argument to the function per input and binds it.
bool Elaborator::makeEntryInputs(const Declaration &entry, Frame &frame) {
  mlir::Block *body = builder.getInsertionBlock();
  bool good = true;
  for (const Input &input : entry.inputs) {
    TypeSpec spec;
    Value bound;
    std::string what =
        ("input '" + input.name.name +
         (entry.kind == StatementKind::Train ? "' of a train section" : "' of an entry"))
            .str();
    bool isTensor = input.kind == InputKind::Typed;
    if (!isTensor || !readType(input.type, frame, /*mayBind=*/false, spec)) {
      if (!isTensor)
        error(frame, input.name.range, what).expected("a type", "none");
      good = false;
    } else if (!spec.staticKind.empty() || spec.isList || spec.elements == TypeSpec::Integers ||
               llvm::any_of(spec.axes,
                            [](const TypeAxis &axis) { return axis.kind != TypeAxis::Fixed; })) {
      error(frame, input.type->range, what)
          .expected("a tensor of known sizes, as i64[B, 3]", formatSpec(spec));
      good = false;
    } else {
      llvm::SmallVector<Size> shape;
      for (const TypeAxis &axis : spec.axes)
        shape.push_back(axis.size);
      mlir::Type element =
          spec.elements == TypeSpec::Exactly ? spec.element : mlir::Type(builder.getF32Type());
      TensorType type = TensorType::get(shape, element);
      Size elements = type.getNumElements();
      if (!elements || !elements.mul(type.getElementBytes())) {
        error(frame, input.type->range, what + ": its size overflows 64 bits");
        return false;
      }
      llvm::SmallVector<mlir::NamedAttribute> attributes{
          builder.getNamedAttr(dialect::kNameAttr, builder.getStringAttr(input.name.name))};
      if (input.value) {
        Value value = eval(input.value, frame);
        mlir::TypedAttr filled = value.isPoison()
                                     ? mlir::TypedAttr()
                                     : literal(value, element, frame, input.value->range);
        if (filled)
          attributes.push_back(builder.getNamedAttr(dialect::kDefaultAttr, filled));
        good &= bool(filled);
      }
      unsigned index = body->getNumArguments();
      if (mlir::failed(function.insertArgument(index, type, builder.getDictionaryAttr(attributes),
                                               location(frame, input.name.range))))
        return false;
      bound = mlir::Value(body->getArgument(index));
    }
    define(input.name, BindingKind::Input, bound, frame);
  }
  return good;
}

/// Returns the results, under their names, with the types the header gives.
void Elaborator::finishEntry(const Declaration &entry, Frame &frame) {
  Activation &activation = *frame.activation;
  if (activation.failed)
    return;
  if (!activation.returned) {
    if (!diagnostics.hasErrors())
      error(frame, entry.name.range, "entry '" + entry.name.name + "' ends without 'return'");
    return;
  }
  spreadResults(entry, activation);
  if (activation.results.size() != entry.results.size()) {
    error(frame, activation.returnRange, "entry '" + entry.name.name + "' returns")
        .expected(llvm::Twine(entry.results.size()) + " values",
                  llvm::Twine(activation.results.size()));
    return;
  }
  llvm::SmallVector<mlir::Value> values;
  llvm::SmallVector<mlir::Type> types;
  llvm::SmallVector<mlir::Attribute> attributes;
  auto add = [&](mlir::Value value, const llvm::Twine &name) {
    values.push_back(value);
    types.push_back(value.getType());
    attributes.push_back(builder.getDictionaryAttr(
        builder.getNamedAttr(dialect::kNameAttr, builder.getStringAttr(name))));
  };
  for (auto [result, value] : llvm::zip(entry.results, activation.results)) {
    TypeSpec spec;
    if (!readType(result.type, frame, /*mayBind=*/false, spec) || value.isPoison())
      return;
    if (value.is<bool>() || value.isNumber()) {
      llvm::SmallVector<Size> shape;
      for (const TypeAxis &axis : spec.axes)
        if (axis.kind == TypeAxis::Fixed)
          shape.push_back(axis.size);
      mlir::Type element =
          spec.elements == TypeSpec::Exactly ? spec.element : mlir::Type(builder.getF32Type());
      mlir::Value filled =
          splat(value, TensorType::get(shape, element), frame, activation.returnRange);
      if (!filled)
        return;
      value = filled;
    }
    llvm::StringRef name = result.name.name.empty() ? llvm::StringRef("result") : result.name.name;
    if (!matchValue(spec, value, frame, ("result '" + name + "'").str(), activation.returnRange))
      return;
    if (value.isTensor()) {
      add(value.get<mlir::Value>(), name);
      continue;
    }
    for (auto [i, item] : llvm::enumerate(value.get<const ListValue *>()->items))
      add(asTensor(item, frame, activation.returnRange), name + "." + llvm::Twine(i));
  }
  mlir::func::ReturnOp::create(builder, location(frame, activation.returnRange), values);
  function.setType(builder.getFunctionType(function.getFunctionType().getInputs(), types));
  function.setAllResultAttrs(attributes);
}

/// A size that `function` uses and none of its inputs has; null when there is none.
mlir::StringAttr Elaborator::findSizeNotGiven(mlir::func::FuncOp function) {
  llvm::DenseSet<mlir::StringAttr> given;
  mlir::StringAttr missing;
  auto visitSymbols = [](llvm::function_ref<void(mlir::StringAttr)> visit) {
    mlir::AttrTypeWalker walker;
    walker.addWalk([visit](Size size) {
      for (mlir::StringAttr symbol : size.getSymbols())
        visit(symbol);
    });
    return walker;
  };
  auto insert = [&](mlir::StringAttr symbol) { given.insert(symbol); };
  auto inputs = visitSymbols(insert);
  for (mlir::Type type : function.getArgumentTypes())
    inputs.walk(type);
  auto find = [&](mlir::StringAttr symbol) {
    if (!given.contains(symbol))
      missing = symbol;
  };
  auto used = visitSymbols(find);
  function.walk([&](mlir::Operation *op) {
    used.walk(op->getAttrDictionary());
    for (mlir::Type type : op->getResultTypes())
      used.walk(type);
    return missing ? mlir::WalkResult::interrupt() : mlir::WalkResult::advance();
  });
  return missing;
}

void Elaborator::elaborateEntry(const Declaration &entry, Frame &modelFrame) {
  mlir::OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module->getBody());
  Activation activation;
  activation.declaration = &entry;
  Frame frame = modelFrame;
  frame.scope = &scopes.emplace_back(Scope::Kind::Body, modelFrame.scope);
  frame.activation = &activation;

  function = mlir::func::FuncOp::create(builder, location(frame, entry.range), entry.name.name,
                                        builder.getFunctionType({}, {}));
  if (!firstFunction)
    firstFunction = function;
  if (!entry.doc.empty())
    function->setAttr(dialect::kDocAttr, builder.getStringAttr(entry.doc));
  builder.setInsertionPointToStart(function.addEntryBlock());
  reads.clear();
  for (const Result &result : entry.results)
    for (const Result &other : entry.results)
      if (&other < &result && !result.name.name.empty() && other.name.name == result.name.name)
        error(frame, result.name.range,
              "two results are named '" + result.name.name + "'; the other is " +
                  placeOf(other.name.range, result.name.range.file));
  for (const Result &result : entry.results)
    for (const Input &input : entry.inputs)
      if (input.name.name == result.name.name)
        diagnostics.warning(result.name.range,
                            "result '" + result.name.name +
                                "' has the name of an input, which is " +
                                placeOf(input.name.range, result.name.range.file));
  makeEntryInputs(entry, frame);
  execSuite(entry.suite, frame);
  finishEntry(entry, frame);
  if (mlir::StringAttr missing = findSizeNotGiven(function); missing && !diagnostics.hasErrors())
    error(frame, entry.name.range,
          "entry '" + entry.name.name + "' uses the size " + missing.getValue() +
              "; expected an input that has it among its sizes");
  function = nullptr;
}

} // namespace tenon::lang
