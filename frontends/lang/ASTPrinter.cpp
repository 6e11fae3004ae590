//===- ASTPrinter.cpp - The tree as text ----------------------------------===//

#include "frontends/lang/ASTPrinter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace tenon::lang {

namespace {

class Printer {
public:
  explicit Printer(llvm::raw_ostream &os) : os(os) {}

  void expr(const Expr *node);
  void suite(Suite statements);
  void statement(const Statement *node);

private:
  template <typename List, typename Each>
  void separated(const List &list, llvm::StringRef separator, Each each) {
    llvm::interleave(list, os, each, separator);
  }
  void exprs(llvm::ArrayRef<const Expr *> values) {
    separated(values, ", ", [&](const Expr *value) { expr(value); });
  }
  void names(llvm::ArrayRef<Identifier> list) {
    separated(list, ", ", [&](const Identifier &name) { os << name.name; });
  }
  /// `text` as a string word that reads back as the same text.
  void string(llvm::StringRef text) {
    os << '"';
    for (char c : text) {
      if (c == '"' || c == '\\')
        os << '\\' << c;
      else if (c == '\n')
        os << "\\n";
      else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
        os << "\\u{" << llvm::utohexstr(c) << '}';
      else
        os << c;
    }
    os << '"';
  }
  void strings(llvm::ArrayRef<StringLiteral> list, llvm::StringRef separator) {
    separated(list, separator, [&](const StringLiteral &literal) { string(literal.value); });
  }
  void as(const std::optional<StringLiteral> &literal) {
    if (literal) {
      os << " as ";
      string(literal->value);
    }
  }
  void initial(const Expr *value, llvm::StringRef mark = "=") {
    if (value) {
      os << ' ' << mark << ' ';
      expr(value);
    }
  }
  void range(const Range &over) {
    expr(over.first);
    if (over.last) {
      os << "..";
      expr(over.last);
    }
  }
  void named(const Argument &argument) {
    if (argument.isNamed())
      os << argument.name.name << " = ";
    expr(argument.value);
  }
  void nameds(llvm::ArrayRef<Argument> list) {
    separated(list, ", ", [&](const Argument &argument) { named(argument); });
  }
  void chain(const ChainExpr *node);
  void subscript(const Subscript &item);
  void hyper(const Hyper &node);
  void input(const Input &node);
  void declaration(const Declaration *node, llvm::StringRef word);
  void part(const PartStatement *node);
  void loop(const ForStatement *node);
  llvm::raw_ostream &line() { return os.indent(2 * depth); }

  llvm::raw_ostream &os;
  unsigned depth = 0;
};

void Printer::chain(const ChainExpr *node) {
  for (size_t i = 0; i < node->links.size(); ++i)
    os << '(' << spelling(node->links[node->links.size() - 1 - i].op) << ' ';
  expr(node->first);
  for (const ChainLink &link : node->links) {
    os << ' ';
    expr(link.operand);
    os << ')';
  }
}

void Printer::subscript(const Subscript &item) {
  switch (item.kind) {
  case SubscriptKind::Ellipsis:
    os << "..";
    break;
  case SubscriptKind::Value:
    named(item.value);
    break;
  case SubscriptKind::Slice:
    if (item.first)
      expr(item.first);
    os << ':';
    if (item.last)
      expr(item.last);
    if (item.step) {
      os << ':';
      expr(item.step);
    }
    break;
  }
}

void Printer::expr(const Expr *node) {
  switch (node->kind) {
  case ExprKind::Name:
    os << llvm::cast<NameExpr>(node)->name;
    break;
  case ExprKind::Integer:
    os << llvm::cast<IntegerExpr>(node)->value;
    break;
  case ExprKind::Float:
    os << formatNumber(llvm::cast<FloatExpr>(node)->value);
    break;
  case ExprKind::String:
    string(llvm::cast<StringExpr>(node)->value);
    break;
  case ExprKind::Bool:
    os << (llvm::cast<BoolExpr>(node)->value ? "true" : "false");
    break;
  case ExprKind::None:
    os << "none";
    break;
  case ExprKind::Ellipsis:
    os << "..";
    break;
  case ExprKind::List:
    os << '[';
    exprs(llvm::cast<ListExpr>(node)->elements);
    os << ']';
    break;
  case ExprKind::Comprehension: {
    const auto *list = llvm::cast<ComprehensionExpr>(node);
    os << "(list ";
    expr(list->element);
    os << " for " << list->variable.name << " in ";
    range(list->over);
    os << ')';
    break;
  }
  case ExprKind::Negate:
    os << "(- ";
    expr(llvm::cast<NegateExpr>(node)->operand);
    os << ')';
    break;
  case ExprKind::Not:
    os << "(not ";
    expr(llvm::cast<NotExpr>(node)->operand);
    os << ')';
    break;
  case ExprKind::Chain:
    chain(llvm::cast<ChainExpr>(node));
    break;
  case ExprKind::Conditional: {
    const auto *choice = llvm::cast<ConditionalExpr>(node);
    os << "(if ";
    expr(choice->condition);
    os << ' ';
    expr(choice->then);
    os << ' ';
    expr(choice->otherwise);
    os << ')';
    break;
  }
  case ExprKind::Call: {
    const auto *call = llvm::cast<CallExpr>(node);
    os << "(call ";
    expr(call->callee);
    for (const Argument &argument : call->arguments) {
      os << ' ';
      named(argument);
    }
    os << ')';
    break;
  }
  case ExprKind::Bracket: {
    const auto *bracket = llvm::cast<BracketExpr>(node);
    os << "(of ";
    expr(bracket->base);
    for (const Subscript &item : bracket->subscripts) {
      os << ' ';
      subscript(item);
    }
    os << ')';
    break;
  }
  case ExprKind::Member: {
    const auto *member = llvm::cast<MemberExpr>(node);
    os << "(. ";
    expr(member->base);
    os << ' ' << member->member.name << ')';
    break;
  }
  }
}

void Printer::suite(Suite statements) {
  ++depth;
  for (const Statement *node : statements)
    statement(node);
  --depth;
}

void Printer::hyper(const Hyper &node) {
  line() << "hyper " << node.name.name;
  switch (node.kind) {
  case HyperKind::None:
    break;
  case HyperKind::Choice:
    os << ": ";
    strings(node.choices, " | ");
    break;
  case HyperKind::Named:
    os << ": " << node.kindName.name;
    break;
  case HyperKind::Fn:
    os << ": fn";
    break;
  case HyperKind::Block:
    os << ": block";
    break;
  case HyperKind::List:
    os << ": [" << node.kindName.name << ']';
    break;
  }
  initial(node.value);
  as(node.key);
  os << '\n';
}

void Printer::input(const Input &node) {
  line() << "input " << node.name.name;
  switch (node.kind) {
  case InputKind::Untyped:
    break;
  case InputKind::Typed:
    os << ": ";
    expr(node.type);
    break;
  case InputKind::Fn:
    os << ": fn";
    break;
  case InputKind::Block:
    os << ": block";
    break;
  case InputKind::Choice:
    os << ": ";
    strings(node.choices, " | ");
    break;
  }
  initial(node.value);
  os << '\n';
}

void Printer::declaration(const Declaration *node, llvm::StringRef word) {
  line() << word << ' ' << node->name.name << '\n';
  ++depth;
  if (!node->doc.empty()) {
    line() << "doc ";
    string(node->doc);
    os << '\n';
  }
  for (const Hyper &item : node->hypers)
    hyper(item);
  for (const Input &item : node->inputs)
    input(item);
  for (const Result &item : node->results) {
    line() << "result ";
    if (!item.name.name.empty())
      os << item.name.name << ": ";
    expr(item.type);
    os << '\n';
  }
  if (node->body) {
    line() << "return ";
    expr(node->body);
    os << '\n';
  }
  --depth;
  suite(node->suite);
}

void Printer::part(const PartStatement *node) {
  line() << (node->frozen ? "frozen part " : "part ") << node->name.name;
  for (const PartIndex &index : node->indices) {
    os << '[';
    if (!index.variable.name.empty())
      os << index.variable.name << " in ";
    range(index.over);
    os << ']';
  }
  os << ": ";
  expr(node->type);
  initial(node->value);
  as(node->as);
  os << '\n';
}

void Printer::loop(const ForStatement *node) {
  line();
  if (node->kind == StatementKind::Collect) {
    names(node->names);
    os << " = ";
  }
  os << "for " << node->variable.name << " in ";
  range(node->over);
  os << '\n';
  suite(node->suite);
}

void Printer::statement(const Statement *node) {
  switch (node->kind) {
  case StatementKind::Model:
    return declaration(llvm::cast<Declaration>(node), "model");
  case StatementKind::Block:
    return declaration(llvm::cast<Declaration>(node), "block");
  case StatementKind::Fn:
    return declaration(llvm::cast<Declaration>(node), "fn");
  case StatementKind::Entry:
    return declaration(llvm::cast<Declaration>(node), "entry");
  case StatementKind::Train:
    return declaration(llvm::cast<Declaration>(node), "train");
  case StatementKind::Optimizer:
    return declaration(llvm::cast<Declaration>(node), "optimizer");
  case StatementKind::For:
  case StatementKind::Collect:
    return loop(llvm::cast<ForStatement>(node));
  case StatementKind::Part:
    return part(llvm::cast<PartStatement>(node));
  case StatementKind::If: {
    bool first = true;
    for (const IfArm &arm : llvm::cast<IfStatement>(node)->arms) {
      line() << (first ? "if" : arm.condition ? "elif" : "else");
      first = false;
      if (arm.condition) {
        os << ' ';
        expr(arm.condition);
      }
      os << '\n';
      suite(arm.suite);
    }
    return;
  }
  default:
    break;
  }
  line();
  switch (node->kind) {
  case StatementKind::Assign:
    names(llvm::cast<AssignStatement>(node)->names);
    os << " = ";
    exprs(llvm::cast<AssignStatement>(node)->values);
    break;
  case StatementKind::Change:
    names(llvm::cast<ChangeStatement>(node)->names);
    os << ' ' << spelling(llvm::cast<ChangeStatement>(node)->op) << ' ';
    exprs(llvm::cast<ChangeStatement>(node)->values);
    break;
  case StatementKind::Param: {
    const auto *param = llvm::cast<ParamStatement>(node);
    os << (param->frozen ? "frozen " : "") << (param->state ? "state " : "param ")
       << param->name.name << ": ";
    expr(param->type);
    initial(param->value, param->drawn ? "~" : "=");
    as(param->as);
    break;
  }
  case StatementKind::Require: {
    const auto *require = llvm::cast<RequireStatement>(node);
    os << "require ";
    separated(require->facts, ", ", [&](const Fact &fact) {
      expr(fact.value);
      if (fact.multiple) {
        os << " | ";
        expr(fact.multiple);
      }
    });
    if (require->otherwise) {
      os << " else ";
      string(require->otherwise->value);
    }
    break;
  }
  case StatementKind::Dim:
    os << "dim ";
    separated(llvm::cast<DimStatement>(node)->sizes, ", ", [&](const DimSize &size) {
      os << size.name.name;
      initial(size.bound, "<=");
    });
    break;
  case StatementKind::Config: {
    const auto *config = llvm::cast<ConfigStatement>(node);
    os << "config " << config->name.name << (config->values.empty() ? "" : ": ");
    nameds(config->values);
    if (config->paramCount)
      os << " -> " << *config->paramCount << " params";
    break;
  }
  case StatementKind::Import: {
    const auto *import = llvm::cast<ImportStatement>(node);
    os << "from ";
    string(import->path.value);
    os << " import ";
    separated(import->names, ", ", [&](const ImportedName &entry) {
      os << entry.name.name;
      if (entry.alias.name != entry.name.name)
        os << " as " << entry.alias.name;
    });
    break;
  }
  case StatementKind::Return:
  case StatementKind::Yield:
  case StatementKind::Minimize:
  case StatementKind::ClipNorm:
  case StatementKind::Ema:
    os << node->range.text().take_until([](char c) { return c == ' '; }) << ' ';
    exprs(llvm::cast<ValuesStatement>(node)->values);
    break;
  case StatementKind::Precision:
  case StatementKind::Metric:
  case StatementKind::Defaults:
    os << node->range.text().take_until([](char c) { return c == ' '; }) << ' ';
    nameds(llvm::cast<NamedStatement>(node)->values);
    break;
  case StatementKind::Initialize:
  case StatementKind::Update:
  case StatementKind::Freeze: {
    const auto *globs = llvm::cast<GlobStatement>(node);
    os << node->range.text().take_until([](char c) { return c == ' '; }) << ' ';
    strings(globs->globs, ", ");
    if (globs->value)
      initial(globs->value, node->kind == StatementKind::Update ? "with"
                            : globs->drawn                      ? "~"
                                                                : "=");
    break;
  }
  default:
    break;
  }
  os << '\n';
}

} // namespace

void printExpr(const Expr *expr, llvm::raw_ostream &os) { Printer(os).expr(expr); }

void printTree(const FileTree &tree, llvm::raw_ostream &os) {
  Printer printer(os);
  for (const Statement *node : tree.statements)
    printer.statement(node);
}

} // namespace tenon::lang
