//===- ElabCall.cpp - Applying parts and functions ------------------------===//

#include "frontends/lang/Builtins.h"
#include "frontends/lang/DimBinding.h"
#include "frontends/lang/Elaborator.h"

#include "llvm/ADT/ScopeExit.h"

namespace tenon::lang {

/// `block 'linear'`, `function 'rope'`.
static std::string describeCallee(const Declaration &callee) {
  BindingKind kind = callee.kind == StatementKind::Block   ? BindingKind::Block
                     : callee.kind == StatementKind::Entry ? BindingKind::Entry
                                                           : BindingKind::Fn;
  return (wordFor(kind) + " '" + callee.name.name + "'").str();
}

Value Elaborator::call(const Value &callee, llvm::ArrayRef<CallArgument> arguments,
                       SourceRange range, SourceRange calleeRange, Frame &frame) {
  if (callee.isPoison())
    return {};
  if (callee.is<Part *>())
    return applyPart(*callee.get<Part *>(), arguments, range, frame);
  if (callee.is<const FnValue *>())
    return applyFn(*callee.get<const FnValue *>(), arguments, range, frame);
  if (callee.is<mlir::Type>())
    return convert(callee.get<mlir::Type>(), arguments, range, calleeRange, frame);
  if (callee.is<const BuiltinValue *>()) {
    if (llvm::any_of(arguments,
                     [](const CallArgument &argument) { return argument.value.isPoison(); }))
      return {};
    const BuiltinValue *builtin = callee.get<const BuiltinValue *>();
    for (const CallArgument &argument : arguments)
      if (argument.value.is<const Schedule *>() && builtin->row->handler)
        return argument.value;
    BuiltinCall context(*this, *builtin->row, range, frame);
    if (!builtin->row->handler)
      return context.notYet("'" + builtin->row->name + "'");
    if (!insideEntry() && llvm::any_of(arguments, [](const CallArgument &argument) {
          return argument.value.is<const Parameter *>();
        })) {
      error(frame, range,
            "a tensor is computed outside of an entry, which is not supported "
            "yet");
      return {};
    }
    return context.bind(arguments, builtin->fixed) ? builtin->row->handler(context) : Value();
  }
  if (callee.is<const BlockValue *>()) {
    llvm::StringRef name = callee.get<const BlockValue *>()->declaration->name.name;
    error(frame, calleeRange,
          "block '" + name + "' is applied but is not a part, so its parameters have no name")
        .hint("declare 'proj: " + calleeRange.text() + "', then apply 'proj(...)'");
    return {};
  }
  Diagnostic &diagnostic = error(frame, calleeRange, callee.describe() + " cannot be applied");
  if (callee.is<const ListValue *>())
    diagnostic.hint("take one of the list by its index");
  return {};
}

/// Assigns the arguments to the inputs, by position and then by name. `given`
/// has one entry per input, null for those left out. False after an error.
bool Elaborator::matchArguments(const Declaration &callee, llvm::ArrayRef<CallArgument> arguments,
                                SourceRange range, Frame &caller,
                                std::vector<const CallArgument *> &given) {
  std::string what = describeCallee(callee);
  llvm::ArrayRef<Input> inputs = callee.inputs;
  size_t position = 0;
  for (const CallArgument &argument : arguments) {
    size_t index = position;
    if (argument.name.empty()) {
      if (position >= inputs.size()) {
        error(caller, argument.range.isValid() ? argument.range : range,
              what + " is given too many inputs")
            .expected(llvm::Twine(inputs.size()), llvm::Twine(arguments.size()));
        return false;
      }
      ++position;
    } else {
      auto found = llvm::find_if(
          inputs, [&](const Input &input) { return input.name.name == argument.name; });
      index = found - inputs.begin();
      if (found == inputs.end()) {
        llvm::SmallVector<llvm::StringRef> names;
        for (const Input &input : inputs)
          names.push_back(input.name.name);
        llvm::StringRef near = nearestName(argument.name, names);
        error(caller, argument.range,
              what + " has no input '" + escapeForMessage(argument.name) + "'" +
                  (near.empty() ? "" : "; did you mean '" + near.str() + "'?"));
        return false;
      }
    }
    if (given[index]) {
      error(caller, argument.range,
            "input '" + inputs[index].name.name + "' of " + what + " is given twice");
      return false;
    }
    given[index] = &argument;
  }
  return true;
}

/// Binds every input, to nothing known where its argument is wrong, so that the
/// suite can be read for what it declares.
bool Elaborator::bindInputs(const Declaration &callee, llvm::ArrayRef<CallArgument> arguments,
                            SourceRange range, Frame &caller, Frame &frame) {
  std::vector<const CallArgument *> given(callee.inputs.size(), nullptr);
  bool matched = matchArguments(callee, arguments, range, caller, given);
  bool good = matched;
  for (auto [input, argument] : llvm::zip(callee.inputs, given)) {
    Value value;
    SourceRange place = range;
    if (argument && matched) {
      value = argument->value;
      place = argument->range.isValid() ? argument->range : range;
    } else if (input.value) {
      value = eval(input.value, frame);
    } else if (matched) {
      error(caller, range, describeCallee(callee) + " needs its input '" + input.name.name + "'");
    }
    good &= bindInput(input, value, place, caller, frame);
    good = good && (!frame.dims || frame.dims->update(*frame.scope, place, caller));
  }
  return good;
}

bool Elaborator::bindInput(const Input &input, Value value, SourceRange range, Frame &caller,
                           Frame &frame) {
  auto bind = [&](Value bound) {
    bool good = !bound.isPoison();
    frame.scope->bind(input.name.name, {BindingKind::Input, bound, input.name.range, ""});
    return good;
  };
  std::string what = ("input '" + input.name.name + "'").str();
  switch (input.kind) {
  case InputKind::Untyped:
    return bind(value);
  case InputKind::Fn:
  case InputKind::Block: {
    bool isFn =
        value.is<const FnValue *>() || value.is<const BuiltinValue *>() || value.is<Part *>();
    bool isBlock = value.is<const BlockValue *>() && input.kind == InputKind::Block;
    if (!value.isPoison() && !isFn && !isBlock) {
      error(caller, range, what).expected(isBlock ? "a block" : "a function", value.describe());
      return bind({});
    }
    return bind(value);
  }
  case InputKind::Choice: {
    bool known = value.is<llvm::StringRef>() &&
                 llvm::any_of(input.choices, [&](const StringLiteral &choice) {
                   return choice.value == value.get<llvm::StringRef>();
                 });
    if (!value.isPoison() && !known) {
      std::string choices;
      for (const StringLiteral &choice : input.choices)
        choices += (choices.empty() ? "\"" : " or \"") + choice.value.str() + "\"";
      error(caller, range, what).expected(choices, value.describe());
      return bind({});
    }
    return bind(value);
  }
  case InputKind::Typed:
    break;
  }

  TypeSpec spec;
  bool readable = readType(input.type, frame, /*mayBind=*/true, spec);
  if (readable && !spec.staticKind.empty()) {
    if (!value.isPoison() && !hasStaticKind(value, spec.staticKind)) {
      error(caller, range, what).expected(spec.staticKind, value.describe());
      return bind({});
    }
    return bind(value);
  }
  // New names in the type exist even when nothing is known about them.
  auto bindUnknown = [&]() {
    for (const TypeAxis &axis : spec.axes)
      if (axis.kind == TypeAxis::New && !frame.scope->lookupOwn(axis.name))
        frame.scope->bind(axis.name, {BindingKind::Size, Value(), axis.range, ""});
    return bind({});
  };
  if (!readable || value.isPoison())
    return bindUnknown();
  if (value.is<bool>() || value.isNumber()) {
    // A static default of a tensor fills it, once its sizes are known.
    llvm::SmallVector<Size> shape;
    for (const TypeAxis &axis : spec.axes) {
      if (axis.kind != TypeAxis::Fixed) {
        error(caller, range, what).expected("a tensor " + formatSpec(spec), value.describe());
        return bindUnknown();
      }
      shape.push_back(axis.size);
    }
    mlir::Type element = spec.elements == TypeSpec::Exactly    ? spec.element
                         : spec.elements == TypeSpec::Integers ? mlir::Type(builder.getI64Type())
                                                               : builder.getF32Type();
    mlir::Value filled = splat(value, TensorType::get(shape, element), caller, range);
    return filled ? bind(filled) : bindUnknown();
  }
  // Sizes are bound in the callee; a mismatch is the caller's.
  Frame matching = frame;
  matching.self = caller.self;
  matching.site = caller.site;
  matching.file = caller.file;
  if (!matchValue(spec, value, matching, what, range))
    return bindUnknown();
  return bind(value);
}

void Elaborator::spreadResults(const Declaration &callee, Activation &activation) {
  if (activation.results.size() != 1 || callee.results.size() < 2)
    return;
  if (const ListValue *list = activation.results[0].getIf<const ListValue *>()) {
    std::vector<Value> items = list->items;
    activation.results = std::move(items);
  }
}

Value Elaborator::finishCall(const Declaration &callee, Frame &frame, bool bound) {
  Activation &activation = *frame.activation;
  if (!bound || activation.failed)
    return {};
  if (!activation.returned) {
    if (!diagnostics.hasErrors())
      error(frame, callee.name.range, "'" + callee.name.name + "' ends without 'return'");
    return {};
  }
  std::vector<Value> &results = activation.results;
  if (callee.hasResults) {
    spreadResults(callee, activation);
    if (results.size() != callee.results.size()) {
      error(frame, activation.returnRange, "'" + callee.name.name + "' returns")
          .expected(llvm::Twine(callee.results.size()) + " values", llvm::Twine(results.size()));
      return {};
    }
    for (auto [result, value] : llvm::zip(callee.results, results)) {
      TypeSpec spec;
      if (value.isPoison() || !readType(result.type, frame, /*mayBind=*/false, spec))
        return {};
      if (!spec.staticKind.empty()) {
        if (hasStaticKind(value, spec.staticKind))
          continue;
        error(frame, activation.returnRange, "'" + callee.name.name + "' returns")
            .expected(spec.staticKind, value.describe());
        return {};
      }
      if (value.isNumber() && spec.axes.empty() && !spec.isList)
        continue;
      if (!matchValue(spec, value, frame, ("what '" + callee.name.name + "' returns").str(),
                      activation.returnRange))
        return {};
    }
  }
  if (results.size() == 1)
    return results[0];
  ListValue all{results, {}, 0};
  for (const Result &result : callee.results)
    all.names.push_back(result.name.name);
  return *makeList(std::move(all));
}

bool Elaborator::enterCall(const Declaration &callee, SourceRange range, Frame &caller) {
  // A function that calls itself twice would otherwise end after 2^depth errors.
  areTooDeep &= !calls.empty();
  if (areTooDeep)
    return false;
  if (calls.size() < kMaxCallDepth) {
    calls.push_back(&callee);
    return true;
  }
  areTooDeep = true;
  // The way from the callee's last call to this one.
  std::string cycle = callee.name.name.str();
  auto last = llvm::find(llvm::reverse(calls), &callee);
  unsigned length = 0;
  for (auto step = calls.rbegin(); step != last && length < 10; ++step, ++length)
    cycle = (*step)->name.name.str() + " -> " + cycle;
  bool isCycle = last != calls.rend();
  cycle = (length == 10 ? "..." : callee.name.name.str()) + " -> " + cycle;
  error(caller, range,
        "calls nested deeper than " + llvm::Twine(kMaxCallDepth) + ", in " +
            wordFor(callee.kind == StatementKind::Fn ? BindingKind::Fn : BindingKind::Block) +
            " '" + callee.name.name + "'" + (isCycle ? ": it uses itself, " + cycle : ""));
  return false;
}

Value Elaborator::applyPart(Part &part, llvm::ArrayRef<CallArgument> arguments, SourceRange range,
                            Frame &caller) {
  const Declaration &declaration = *part.block->declaration;
  if (declaration.kind == StatementKind::Model)
    return call(firstEntry(part, range, caller), arguments, range, range, caller);
  if (!declaration.hasInputs) {
    error(caller, range,
          "block '" + declaration.name.name + "' has no inputs; call one of its functions");
    return {};
  }
  if (!enterCall(declaration, range, caller))
    return {};
  llvm::scope_exit leave([&] { calls.pop_back(); });

  part.used = true;
  Activation activation;
  activation.declaration = &declaration;
  activation.ownsParts = true;
  Frame frame;
  frame.scope = &scopes.emplace_back(Scope::Kind::Body, fileScopes[part.block->file]);
  frame.self = &part;
  frame.activation = &activation;
  frame.file = part.block->file;
  frame.turns = caller.turns;
  if (part.block->file->isLibrary)
    frame.site = caller.site.isValid() ? caller.site : range;
  for (auto [hyper, given] : llvm::zip(declaration.hypers, part.hypers))
    frame.scope->bind(hyper.name.name, {BindingKind::Hyper, given.value, given.range, given.text});

  bool bound = bindInputs(declaration, arguments, range, caller, frame);
  execSuite(declaration.suite, frame);
  Value result = finishCall(declaration, frame, bound);
  if (result.isTensor())
    madeBy[result.get<mlir::Value>()] = &part;
  return result;
}

Value Elaborator::applyLibrary(llvm::StringRef name, llvm::ArrayRef<Value> arguments,
                               SourceRange range, Frame &frame) {
  llvm::SmallVector<CallArgument, 8> given;
  for (const Value &argument : arguments)
    given.push_back({"", argument, range, nullptr});
  const FileUnit *library = files.getUnits().front();
  return call(fileScopes[library]->lookup(name)->value, given, range, range, frame);
}

Value Elaborator::applyFn(const FnValue &fn, llvm::ArrayRef<CallArgument> arguments,
                          SourceRange range, Frame &caller) {
  const Declaration &declaration = *fn.declaration;
  if (!enterCall(declaration, range, caller))
    return {};
  llvm::scope_exit leave([&] { calls.pop_back(); });

  Activation activation;
  activation.declaration = &declaration;
  Frame frame;
  frame.scope = &scopes.emplace_back(Scope::Kind::Body, fn.closure);
  // A function of a file computes for the part that calls it.
  frame.self = fn.self ? fn.self : caller.self;
  frame.activation = &activation;
  frame.file = fn.file;
  frame.turns = caller.turns;
  if (fn.file->isLibrary)
    frame.site = caller.site.isValid() ? caller.site : range;

  llvm::SmallVector<CallArgument, 8> all(arguments);
  for (const auto &[name, value] : fn.fixed)
    if (llvm::none_of(arguments, [&, name = name](const CallArgument &argument) {
          return argument.name == name;
        }))
      all.push_back({name, value, range, nullptr});
  std::optional<DimBinding> dims;
  if (declaration.kind == StatementKind::Entry)
    frame.dims = &dims.emplace(*this, *fn.closure);
  bool bound = bindInputs(declaration, all, range, caller, frame);
  frame.dims = nullptr;
  if (declaration.body) {
    activation.results.push_back(bound ? eval(declaration.body, frame) : Value());
    activation.returned = true;
    activation.returnRange = declaration.body->range;
  } else if (bound) {
    execSuite(declaration.suite, frame);
  }
  return finishCall(declaration, frame, bound);
}

} // namespace tenon::lang
