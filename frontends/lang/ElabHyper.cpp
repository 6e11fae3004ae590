//===- ElabHyper.cpp - Hyper-parameters of blocks -------------------------===//

#include "frontends/lang/Elaborator.h"

namespace tenon::lang {

/// `block 'linear'`, `optimizer 'adamw'`.
static std::string describeKind(const Declaration &declaration) {
  BindingKind kind = declaration.kind == StatementKind::Optimizer ? BindingKind::Optimizer
                     : declaration.kind == StatementKind::Model   ? BindingKind::Model
                                                                  : BindingKind::Block;
  return (wordFor(kind) + " '" + declaration.name.name + "'").str();
}

/// `block[a, b = c]`: adds what is given to what was given before. Those
/// without default may be given by position.
std::optional<BlockValue> Elaborator::giveHypers(const BlockValue &block, const BracketExpr *expr,
                                                 Frame &frame) {
  const Declaration &declaration = *block.declaration;
  std::string what = describeKind(declaration);
  BlockValue next = block;
  bool good = true;
  for (const Subscript &subscript : expr->subscripts) {
    if (subscript.kind != SubscriptKind::Value) {
      error(frame, subscript.range, "the brackets of " + what + " take hyper-parameters");
      return std::nullopt;
    }
    llvm::ArrayRef<Hyper> hypers = declaration.hypers;
    const Argument &argument = subscript.value;
    size_t index = 0;
    if (argument.isNamed()) {
      while (index < hypers.size() && hypers[index].name.name != argument.name.name)
        ++index;
    } else {
      while (index < hypers.size() && (hypers[index].value || next.given[index]))
        ++index;
    }
    if (index == hypers.size()) {
      llvm::SmallVector<llvm::StringRef> names;
      for (const Hyper &hyper : hypers)
        names.push_back(hyper.name.name);
      llvm::StringRef near = argument.isNamed() ? nearestName(argument.name.name, names) : "";
      if (argument.isNamed())
        error(frame, argument.name.range,
              what + " has no hyper-parameter '" + argument.name.name + "'" +
                  (near.empty() ? "" : "; did you mean '" + near.str() + "'?"));
      else
        error(frame, subscript.range,
              what + " takes no more hyper-parameters by position; those with "
                     "a default are "
                     "given by name");
      return std::nullopt;
    }
    Value value = eval(argument.value, frame);
    good &= !value.isPoison();
    good = good && checkHyper(hypers[index], value, argument.value->range, frame);
    givenHypers.push_back({value, argument.value->range.text(), argument.value->range});
    next.given[index] = &givenHypers.back();
  }
  return good ? std::optional(std::move(next)) : std::nullopt;
}

/// Checks a value against the kind of a hyper-parameter, or against its
/// default.
bool Elaborator::checkHyper(const Hyper &hyper, Value &value, SourceRange range, Frame &frame) {
  bool isFn = value.is<const FnValue *>() || value.is<const BuiltinValue *>();
  bool isBlock = isFn || value.is<const BlockValue *>() || value.is<Part *>();
  std::string wanted;
  bool fits = true;
  switch (hyper.kind) {
  case HyperKind::None:
    if (!hyper.value) {
      wanted = "a number, true or false";
      fits = value.isNumber() || value.is<bool>();
    } else if (llvm::isa<IntegerExpr>(hyper.value) || llvm::isa<FloatExpr>(hyper.value)) {
      wanted = "a number";
      // A fraction may follow the step.
      fits = llvm::isa<FloatExpr>(hyper.value) ? value.isSchedule() : value.isNumber();
    } else if (llvm::isa<BoolExpr>(hyper.value)) {
      wanted = "true or false";
      fits = value.is<bool>();
    }
    break;
  case HyperKind::Choice:
    fits = value.is<llvm::StringRef>() &&
           llvm::any_of(hyper.choices, [&](const StringLiteral &choice) {
             return choice.value == value.get<llvm::StringRef>();
           });
    for (const StringLiteral &choice : hyper.choices)
      wanted += (wanted.empty() ? "\"" : " or \"") + choice.value.str() + "\"";
    break;
  case HyperKind::Named:
    wanted = hyper.kindName.name.str();
    fits = hasStaticKind(value, hyper.kindName.name);
    break;
  case HyperKind::Fn:
    wanted = "a function";
    fits = isFn;
    break;
  case HyperKind::Block:
    wanted = "a block or a function";
    fits = isBlock;
    break;
  case HyperKind::List:
    wanted = "a list of " + hyper.kindName.name.str();
    fits = value.is<const ListValue *>() &&
           llvm::all_of(value.get<const ListValue *>()->items, [&](const Value &item) {
             return hasStaticKind(item, hyper.kindName.name);
           });
    break;
  }
  if (fits)
    return true;
  error(frame, range, describeHyper(hyper, range)).expected(wanted, value.describe());
  return false;
}

/// Adds the defaults to what is given. A default may use the ones before it.
bool Elaborator::completeHypers(const BlockValue &block, SourceRange range, Frame &caller,
                                std::vector<GivenHyper> &out) {
  const Declaration &declaration = *block.declaration;
  Frame frame = caller;
  frame.scope = &scopes.emplace_back(Scope::Kind::Body, fileScopes[block.file]);
  frame.file = block.file;
  if (block.file->isLibrary)
    frame.site = caller.site.isValid() ? caller.site : range;
  for (auto [hyper, given] : llvm::zip(declaration.hypers, block.given)) {
    GivenHyper complete;
    if (given) {
      complete = *given;
    } else if (hyper.value) {
      Value value = eval(hyper.value, frame);
      if (value.isPoison())
        return false;
      value.origin = {hyper.range, ""};
      complete = {value, "", hyper.range};
    } else {
      error(caller, range, describeKind(declaration) + " needs '" + hyper.name.name + "'")
          .hint("write " + declaration.name.name + "[" + hyper.name.name + " = ...]");
      return false;
    }
    frame.scope->bind(hyper.name.name,
                      {BindingKind::Hyper, complete.value, complete.range, complete.text});
    out.push_back(complete);
  }
  return true;
}

} // namespace tenon::lang
