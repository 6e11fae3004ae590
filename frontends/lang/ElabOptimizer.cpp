//===- ElabOptimizer.cpp - Optimizers are checked -------------------------===//

#include "frontends/lang/Elaborator.h"

#include "llvm/ADT/ScopeExit.h"

namespace tenon::lang {

Binding *Elaborator::runOptimizer(const TrainRule &rule, TensorType type, mlir::Value w,
                                  mlir::Value g, Frame &caller) {
  const Declaration &declaration = *rule.optimizer->declaration;
  SourceRange range = rule.statement->value->range;
  if (declaration.inputs.size() != 2) {
    error(caller, declaration.name.range, "optimizer '" + declaration.name.name + "'")
        .expected("two inputs, a parameter and its gradient",
                  llvm::Twine(declaration.inputs.size()));
    return nullptr;
  }
  if (!enterCall(declaration, range, caller))
    return nullptr;
  llvm::scope_exit leave([&] { calls.pop_back(); });

  Activation activation;
  activation.declaration = &declaration;
  Frame frame;
  frame.scope = &scopes.emplace_back(Scope::Kind::Body, fileScopes[rule.optimizer->file]);
  frame.self = caller.self;
  frame.activation = &activation;
  frame.file = rule.optimizer->file;
  if (frame.file->isLibrary)
    frame.site = range;
  for (auto [hyper, given] : llvm::zip(declaration.hypers, rule.hypers))
    frame.scope->bind(hyper.name.name, {BindingKind::Hyper, given.value, given.range, given.text});
  mlir::Value given[] = {w, g};
  for (auto [input, value] : llvm::zip(declaration.inputs, given))
    if (!bindInput(input, value, range, caller, frame))
      return nullptr;
  llvm::StringRef name = declaration.inputs[0].name.name;
  Binding &weight = *frame.scope->lookup(name);
  mlir::Value before = weight.value.get<mlir::Value>();
  weight.kept = type;
  execSuite(declaration.suite, frame);
  if (section->optimizing)
    keepOptimizerStates(*frame.scope);
  if (!diagnostics.hasErrors() && weight.value.getIf<mlir::Value>() == before)
    error(frame, declaration.name.range,
          "optimizer '" + declaration.name.name + "' never changes " + name)
        .hint("write '" + name + " := ...'");
  return &weight;
}

void Elaborator::checkOptimizer(const TrainRule &rule, TensorType type, Frame &caller) {
  mlir::Location loc = location(caller, rule.statement->value->range);
  runOptimizer(rule, type, drawn(type, loc), drawn(type, loc), caller);
}

/// `state m: like(w) = 0`: kept for each parameter from step to step.
void Elaborator::declareOptimizerState(const ParamStatement *statement, Frame &frame) {
  llvm::StringRef name = statement->name.name;
  TypeSpec spec;
  Value initial;
  bool good = statement->state && !statement->frozen && !statement->as && !inLoop(frame);
  if (!good)
    error(frame, statement->range,
          "an optimizer owns no parameters; expected 'state NAME: TYPE = VALUE' outside of loops");
  good = good && readType(statement->type, frame, /*mayBind=*/false, spec);
  llvm::SmallVector<Size> shape;
  for (const TypeAxis &axis : spec.axes)
    shape.push_back(axis.size);
  if (good && (!spec.staticKind.empty() || spec.isList || spec.elements == TypeSpec::Integers ||
               llvm::is_contained(shape, Size()))) {
    error(frame, statement->type->range, "the type of state '" + name + "'")
        .expected("a tensor of known sizes, as like(w)", formatSpec(spec));
    good = false;
  }
  TensorType type;
  if (good) {
    mlir::Type element =
        spec.elements == TypeSpec::Exactly ? spec.element : mlir::Type(builder.getF32Type());
    type = TensorType::get(shape, element);
    initial = statement->value && !statement->drawn ? eval(statement->value, frame) : Value();
    if (!statement->value || statement->drawn)
      error(frame, statement->range, "state '" + name + "' of an optimizer")
          .expected("'= VALUE'", statement->drawn ? "'~'" : "none");
    good = !initial.isPoison() && keepsType(initial, type, statement->name, frame);
  }
  Value value;
  if (good && section->optimizing && !initial.isNumber() && !initial.is<bool>())
    notSupported("a first value of a state that is no number", statement->value->range, frame);
  else if (good && section->optimizing)
    value =
        addOptimizerState(name, type, initial.is<bool>() ? initial.get<bool>() : *initial.number(),
                          location(frame, statement->range));
  else if (good)
    value = drawn(type, location(frame, statement->range));
  if (Binding *binding = define(statement->name, BindingKind::Name, value, frame))
    binding->kept = type;
}

} // namespace tenon::lang
