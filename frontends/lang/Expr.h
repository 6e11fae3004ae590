//===- Expr.h - Expressions of a model file ---------------------*- C++ -*-===//
//
// The expression nodes of the tree; AST.h has the statements. Chains of binary
// operators are one node with a list, so that long chains are not deep trees.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_EXPR_H
#define TENON_FRONTENDS_LANG_EXPR_H

#include "frontends/lang/Token.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Casting.h"

namespace tenon::lang {

/// A name and where it stands.
struct Identifier {
  llvm::StringRef name;
  SourceRange range;
};

/// A string and where it stands, quotes included.
struct StringLiteral {
  llvm::StringRef value;
  SourceRange range;
};

enum class ExprKind : uint8_t {
  Name,
  Integer,
  Float,
  String,
  Bool,
  None,
  Ellipsis,
  List,
  Comprehension,
  Negate,
  Not,
  Chain,
  Conditional,
  Call,
  Bracket,
  Member,
};

struct Expr {
  ExprKind kind;
  SourceRange range;

protected:
  Expr(ExprKind kind, SourceRange range) : kind(kind), range(range) {}
};

/// Defines `classof` for the node of one kind.
#define TENON_LANG_NODE(Base, Node)                                                                \
  static bool classof(const Base *node) { return node->kind == Base##Kind::Node; }

/// A name; also the reserved values `training`, `step`, `pi`, `inf`.
struct NameExpr : Expr {
  llvm::StringRef name;
  NameExpr(SourceRange range, llvm::StringRef name) : Expr(ExprKind::Name, range), name(name) {}
  TENON_LANG_NODE(Expr, Name)
};

struct IntegerExpr : Expr {
  int64_t value;
  IntegerExpr(SourceRange range, int64_t value) : Expr(ExprKind::Integer, range), value(value) {}
  TENON_LANG_NODE(Expr, Integer)
};

struct FloatExpr : Expr {
  double value;
  FloatExpr(SourceRange range, double value) : Expr(ExprKind::Float, range), value(value) {}
  TENON_LANG_NODE(Expr, Float)
};

struct StringExpr : Expr {
  llvm::StringRef value;
  StringExpr(SourceRange range, llvm::StringRef value)
      : Expr(ExprKind::String, range), value(value) {}
  TENON_LANG_NODE(Expr, String)
};

struct BoolExpr : Expr {
  bool value;
  BoolExpr(SourceRange range, bool value) : Expr(ExprKind::Bool, range), value(value) {}
  TENON_LANG_NODE(Expr, Bool)
};

/// `none`.
struct NoneExpr : Expr {
  explicit NoneExpr(SourceRange range) : Expr(ExprKind::None, range) {}
  TENON_LANG_NODE(Expr, None)
};

/// `..` as an element of a list.
struct EllipsisExpr : Expr {
  explicit EllipsisExpr(SourceRange range) : Expr(ExprKind::Ellipsis, range) {}
  TENON_LANG_NODE(Expr, Ellipsis)
};

/// `[a, b, ..]`.
struct ListExpr : Expr {
  llvm::ArrayRef<const Expr *> elements;
  ListExpr(SourceRange range, llvm::ArrayRef<const Expr *> elements)
      : Expr(ExprKind::List, range), elements(elements) {}
  TENON_LANG_NODE(Expr, List)
};

/// `first..last`, or what a list is made of when `last` is null.
struct Range {
  const Expr *first = nullptr;
  const Expr *last = nullptr;
};

/// `[element for variable in range]`.
struct ComprehensionExpr : Expr {
  const Expr *element;
  Identifier variable;
  Range over;
  ComprehensionExpr(SourceRange range, const Expr *element, Identifier variable, Range over)
      : Expr(ExprKind::Comprehension, range), element(element), variable(variable), over(over) {}
  TENON_LANG_NODE(Expr, Comprehension)
};

/// `-operand`.
struct NegateExpr : Expr {
  const Expr *operand;
  NegateExpr(SourceRange range, const Expr *operand)
      : Expr(ExprKind::Negate, range), operand(operand) {}
  TENON_LANG_NODE(Expr, Negate)
};

/// `not operand`.
struct NotExpr : Expr {
  const Expr *operand;
  NotExpr(SourceRange range, const Expr *operand) : Expr(ExprKind::Not, range), operand(operand) {}
  TENON_LANG_NODE(Expr, Not)
};

/// One step of a chain: the operator and what stands on its right.
struct ChainLink {
  TokenKind op;
  SourceRange opRange;
  const Expr *operand;
};

/// `first op operand op operand ...`, operators of one strength, applied from
/// left to right. `|>` and `^` are operators like the others; a chain of `^`
/// has one link.
struct ChainExpr : Expr {
  const Expr *first;
  llvm::ArrayRef<ChainLink> links;
  ChainExpr(SourceRange range, const Expr *first, llvm::ArrayRef<ChainLink> links)
      : Expr(ExprKind::Chain, range), first(first), links(links) {}
  TENON_LANG_NODE(Expr, Chain)
};

/// `then if condition else otherwise`.
struct ConditionalExpr : Expr {
  const Expr *then;
  const Expr *condition;
  const Expr *otherwise;
  ConditionalExpr(SourceRange range, const Expr *then, const Expr *condition, const Expr *otherwise)
      : Expr(ExprKind::Conditional, range), then(then), condition(condition), otherwise(otherwise) {
  }
  TENON_LANG_NODE(Expr, Conditional)
};

/// `value`, or `name = value`.
struct Argument {
  Identifier name;
  const Expr *value = nullptr;
  bool isNamed() const { return !name.name.empty(); }
};

/// `callee(arguments)`.
struct CallExpr : Expr {
  const Expr *callee;
  llvm::ArrayRef<Argument> arguments;
  CallExpr(SourceRange range, const Expr *callee, llvm::ArrayRef<Argument> arguments)
      : Expr(ExprKind::Call, range), callee(callee), arguments(arguments) {}
  TENON_LANG_NODE(Expr, Call)
};

enum class SubscriptKind : uint8_t { Value, Slice, Ellipsis };

/// One item between brackets: a value (perhaps named), `first:last:step` (each
/// may be null), or `..`.
struct Subscript {
  SubscriptKind kind = SubscriptKind::Value;
  SourceRange range;
  Argument value;
  const Expr *first = nullptr;
  const Expr *last = nullptr;
  const Expr *step = nullptr;
};

/// `base[subscripts]`: hyper-parameters of a kind, an element, or a slice.
struct BracketExpr : Expr {
  const Expr *base;
  llvm::ArrayRef<Subscript> subscripts;
  BracketExpr(SourceRange range, const Expr *base, llvm::ArrayRef<Subscript> subscripts)
      : Expr(ExprKind::Bracket, range), base(base), subscripts(subscripts) {}
  TENON_LANG_NODE(Expr, Bracket)
};

/// `base.name`.
struct MemberExpr : Expr {
  const Expr *base;
  Identifier member;
  MemberExpr(SourceRange range, const Expr *base, Identifier member)
      : Expr(ExprKind::Member, range), base(base), member(member) {}
  TENON_LANG_NODE(Expr, Member)
};

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_EXPR_H
