//===- NameCheck.cpp - Names in what is not elaborated --------------------===//
//
// Walks every suite in text order with the scopes that elaboration would have.
// Both branches of an `if` count, and what is defined twice is left to
// elaboration.
//
//===----------------------------------------------------------------------===//

#include "frontends/lang/NameCheck.h"

#include "frontends/lang/Builtins.h"

#include "llvm/ADT/StringSwitch.h"

namespace tenon::lang {

std::string suggestName(llvm::StringRef name, SourceRange range, Scope &scope) {
  llvm::SmallVector<llvm::StringRef, 32> names;
  scope.collect(names);
  for (const Builtin &row : allBuiltins())
    names.push_back(row.name);
  llvm::StringRef near = nearestName(name, names);
  if (near.empty())
    return "";
  Binding *binding = scope.lookup(near);
  if (!binding)
    return "; did you mean '" + near.str() + "' (built in)?";
  std::string line = binding->range.file == range.file
                         ? ", line " + std::to_string(binding->range.where().line)
                         : std::string();
  return "; did you mean '" + near.str() + "' (" + wordFor(binding->kind).str() + line + ")?";
}

bool isReservedTypeName(llvm::StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases({"f32", "i64", "i32", "bool", "f16", "bf16", "f64"}, true)
      .Cases({"f8", "i4", "i8", "i16", "u8", "int", "float", "str"}, true)
      .Cases({"dtype", "dist", "_", "training", "step", "pi", "inf"}, true)
      .Default(false);
}

namespace {

class NameChecker {
public:
  NameChecker(Scope &file, DiagnosticsEngine &diagnostics)
      : scope(&file), diagnostics(diagnostics) {}

  void declaration(const Declaration *node);
  void expr(const Expr *node);

private:
  /// Opens a scope for its lifetime.
  struct Inner {
    Inner(NameChecker &checker, Scope::Kind kind) : checker(checker), scope(kind, checker.scope) {
      checker.scope = &scope;
    }
    ~Inner() { checker.scope = scope.getParent(); }
    NameChecker &checker;
    Scope scope;
  };

  void bind(const Identifier &name, BindingKind kind) {
    scope->bind(name.name, {kind, Value(), name.range, ""});
  }
  void name(const NameExpr *node);
  /// A type whose unknown names are new sizes.
  void bindingType(const Expr *node);
  void bindingAxis(const Expr *node);
  void range(const Range &over) {
    expr(over.first);
    if (over.last)
      expr(over.last);
  }
  void exprs(llvm::ArrayRef<const Expr *> nodes) {
    for (const Expr *node : nodes)
      expr(node);
  }
  void subscripts(llvm::ArrayRef<Subscript> nodes);
  void suite(Suite statements);
  void statement(const Statement *node);
  void part(const PartStatement *node);

  Scope *scope;
  DiagnosticsEngine &diagnostics;
  /// Bodies that see everything of the suite they stand in.
  std::vector<const Declaration *> *deferred = nullptr;
};

void NameChecker::name(const NameExpr *node) {
  if (scope->lookup(node->name) || findBuiltin(node->name) || isReservedTypeName(node->name) ||
      isReportedUndefined(node->name, node->range, diagnostics))
    return;
  std::string near = diagnostics.isFull() ? "" : suggestName(node->name, node->range, *scope);
  diagnostics.error(node->range, "undefined name '" + node->name + "'" + near);
}

void NameChecker::subscripts(llvm::ArrayRef<Subscript> nodes) {
  for (const Subscript &subscript : nodes)
    for (const Expr *part :
         {subscript.kind == SubscriptKind::Value ? subscript.value.value : nullptr, subscript.first,
          subscript.last, subscript.step})
      if (part)
        expr(part);
}

void NameChecker::expr(const Expr *node) {
  switch (node->kind) {
  case ExprKind::Name:
    return name(llvm::cast<NameExpr>(node));
  case ExprKind::List:
    return exprs(llvm::cast<ListExpr>(node)->elements);
  case ExprKind::Comprehension: {
    const auto *list = llvm::cast<ComprehensionExpr>(node);
    range(list->over);
    Inner inner(*this, Scope::Kind::Loop);
    bind(list->variable, BindingKind::LoopIndex);
    return expr(list->element);
  }
  case ExprKind::Negate:
    return expr(llvm::cast<NegateExpr>(node)->operand);
  case ExprKind::Not:
    return expr(llvm::cast<NotExpr>(node)->operand);
  case ExprKind::Chain:
    expr(llvm::cast<ChainExpr>(node)->first);
    for (const ChainLink &link : llvm::cast<ChainExpr>(node)->links)
      expr(link.operand);
    return;
  case ExprKind::Conditional: {
    const auto *choice = llvm::cast<ConditionalExpr>(node);
    return exprs({choice->then, choice->condition, choice->otherwise});
  }
  case ExprKind::Call:
    expr(llvm::cast<CallExpr>(node)->callee);
    for (const Argument &argument : llvm::cast<CallExpr>(node)->arguments)
      expr(argument.value);
    return;
  case ExprKind::Bracket:
    expr(llvm::cast<BracketExpr>(node)->base);
    return subscripts(llvm::cast<BracketExpr>(node)->subscripts);
  case ExprKind::Member:
    return expr(llvm::cast<MemberExpr>(node)->base);
  default:
    return;
  }
}

void NameChecker::bindingAxis(const Expr *node) {
  const auto *axis = llvm::dyn_cast<NameExpr>(node);
  if (axis && !scope->lookupOwn(axis->name) && !isReservedTypeName(axis->name))
    bind({axis->name, axis->range}, BindingKind::Size);
  else if (!axis && node->kind != ExprKind::Ellipsis)
    bindingType(node);
}

void NameChecker::bindingType(const Expr *node) {
  if (const auto *list = llvm::dyn_cast<ListExpr>(node)) {
    for (const Expr *element : list->elements)
      bindingAxis(element);
    return;
  }
  const auto *bracket = llvm::dyn_cast<BracketExpr>(node);
  if (!bracket)
    return expr(node);
  expr(bracket->base);
  for (const Subscript &subscript : bracket->subscripts)
    if (subscript.kind == SubscriptKind::Value)
      bindingAxis(subscript.value.value);
}

void NameChecker::declaration(const Declaration *node) {
  Inner inner(*this, Scope::Kind::Body);
  for (const Hyper &hyper : node->hypers) {
    if (hyper.value)
      expr(hyper.value);
    bind(hyper.name, BindingKind::Hyper);
  }
  for (const Input &input : node->inputs) {
    if (input.type)
      bindingType(input.type);
    if (input.value)
      expr(input.value);
    bind(input.name, BindingKind::Input);
  }
  for (const Result &result : node->results)
    expr(result.type);
  if (node->body)
    expr(node->body);
  suite(node->suite);
}

void NameChecker::suite(Suite statements) {
  std::vector<const Declaration *> own;
  std::vector<const Declaration *> *outer = deferred;
  deferred = &own;
  for (const Statement *node : statements)
    statement(node);
  for (const Declaration *node : own)
    declaration(node);
  deferred = outer;
}

void NameChecker::part(const PartStatement *node) {
  if (node->value) {
    expr(node->value);
    bindingType(node->type);
  } else {
    Inner inner(*this, Scope::Kind::Loop);
    for (auto [level, index] : llvm::enumerate(node->indices)) {
      range(index.over);
      static constexpr llvm::StringLiteral unnamed[] = {"i", "j", "k"};
      Identifier variable = index.variable;
      if (variable.name.empty())
        variable = {unnamed[std::min<size_t>(level, 2)], index.range};
      bind(variable, BindingKind::LoopIndex);
    }
    expr(node->type);
  }
  bind(node->name, node->value ? BindingKind::Name : BindingKind::Part);
}

void NameChecker::statement(const Statement *node) {
  if (const auto *declared = llvm::dyn_cast<Declaration>(node)) {
    bind(declared->name, declared->kind == StatementKind::Fn      ? BindingKind::Fn
                         : declared->kind == StatementKind::Entry ? BindingKind::Entry
                                                                  : BindingKind::Train);
    deferred->push_back(declared);
    return;
  }
  if (const auto *values = llvm::dyn_cast<ValuesStatement>(node))
    return exprs(values->values);
  if (const auto *named = llvm::dyn_cast<NamedStatement>(node)) {
    for (const Argument &argument : named->values)
      expr(argument.value);
    return;
  }
  if (const auto *globs = llvm::dyn_cast<GlobStatement>(node)) {
    if (globs->value)
      expr(globs->value);
    return;
  }
  switch (node->kind) {
  case StatementKind::Part:
    return part(llvm::cast<PartStatement>(node));
  case StatementKind::Assign:
    exprs(llvm::cast<AssignStatement>(node)->values);
    for (const Identifier &defined : llvm::cast<AssignStatement>(node)->names)
      bind(defined, BindingKind::Name);
    return;
  case StatementKind::Change:
    return exprs(llvm::cast<ChangeStatement>(node)->values);
  case StatementKind::Param: {
    const auto *param = llvm::cast<ParamStatement>(node);
    expr(param->type);
    if (param->value)
      expr(param->value);
    return bind(param->name, BindingKind::Param);
  }
  case StatementKind::Require:
    for (const Fact &fact : llvm::cast<RequireStatement>(node)->facts) {
      expr(fact.value);
      if (fact.multiple)
        expr(fact.multiple);
    }
    return;
  case StatementKind::Dim:
    for (const DimSize &size : llvm::cast<DimStatement>(node)->sizes) {
      if (size.bound)
        expr(size.bound);
      bind(size.name, BindingKind::Dim);
    }
    return;
  case StatementKind::If:
    for (const IfArm &arm : llvm::cast<IfStatement>(node)->arms) {
      if (arm.condition)
        expr(arm.condition);
      for (const Statement *inner : arm.suite)
        statement(inner);
    }
    return;
  case StatementKind::For:
  case StatementKind::Collect: {
    const auto *loop = llvm::cast<ForStatement>(node);
    range(loop->over);
    {
      Inner inner(*this, Scope::Kind::Loop);
      bind(loop->variable, BindingKind::LoopIndex);
      suite(loop->suite);
    }
    for (const Identifier &collected : loop->names)
      bind(collected, BindingKind::Name);
    return;
  }
  case StatementKind::Config:
    for (const Argument &value : llvm::cast<ConfigStatement>(node)->values)
      expr(value.value);
    return;
  default:
    return;
  }
}

} // namespace

bool isReportedUndefined(llvm::StringRef name, SourceRange range,
                         const DiagnosticsEngine &diagnostics) {
  std::string message = ("undefined name '" + name + "'").str();
  return llvm::any_of(diagnostics.getDiagnostics(), [&](const Diagnostic &known) {
    return known.getRange().file == range.file && known.getMessage().starts_with(message);
  });
}

void checkNames(const FileUnit &unit, Scope &scope, DiagnosticsEngine &diagnostics) {
  NameChecker checker(scope, diagnostics);
  for (const Statement *statement : unit.tree.statements)
    if (const auto *declaration = llvm::dyn_cast<Declaration>(statement))
      checker.declaration(declaration);
}

} // namespace tenon::lang
