//===- AST.h - The tree of a model file -------------------------*- C++ -*-===//
//
// One node per construct of grammar.md. Nodes live in an arena, are never
// changed after parsing, and are freed at once: nothing here has a destructor.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_AST_H
#define TENON_FRONTENDS_LANG_AST_H

#include "frontends/lang/Expr.h"

#include "llvm/Support/Allocator.h"

#include <memory>
#include <optional>

namespace tenon::lang {

//===----------------------------------------------------------------------===//
// Headers
//===----------------------------------------------------------------------===//

enum class HyperKind : uint8_t { None, Choice, Named, Fn, Block, List };

/// One hyper-parameter: `name: kind = value as "key"`.
struct Hyper {
  Identifier name;
  HyperKind kind = HyperKind::None;
  /// `int`, `float`, ... of Named and List.
  Identifier kindName;
  llvm::ArrayRef<StringLiteral> choices;
  const Expr *value = nullptr;
  std::optional<StringLiteral> key;
  SourceRange range;
};

enum class InputKind : uint8_t { Untyped, Typed, Fn, Block, Choice };

/// One input: `name: type = value`.
struct Input {
  Identifier name;
  InputKind kind = InputKind::Untyped;
  const Expr *type = nullptr;
  llvm::ArrayRef<StringLiteral> choices;
  const Expr *value = nullptr;
};

/// One result; the name may be missing.
struct Result {
  Identifier name;
  const Expr *type = nullptr;
};

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

enum class StatementKind : uint8_t {
  Part,
  Assign,
  Change,
  Param,
  Require,
  Return,
  Yield,
  Dim,
  Precision,
  Initialize,
  Minimize,
  Metric,
  Update,
  Freeze,
  ClipNorm,
  Ema,
  Defaults,
  If,
  For,
  Collect,
  Config,
  Fn,
  Entry,
  Train,
  Block,
  Model,
  Optimizer,
  Import,
};

struct Statement {
  StatementKind kind;
  SourceRange range;

protected:
  Statement(StatementKind kind, SourceRange range) : kind(kind), range(range) {}
};

using Suite = llvm::ArrayRef<const Statement *>;

/// `[variable in over]`, or `[count]` when the variable has no name.
struct PartIndex {
  Identifier variable;
  Range over;
  SourceRange range;
};

/// `frozen name[indices]: type = value as "..."`: a part, or a typed value.
struct PartStatement : Statement {
  bool frozen = false;
  Identifier name;
  llvm::ArrayRef<PartIndex> indices;
  const Expr *type = nullptr;
  const Expr *value = nullptr;
  std::optional<StringLiteral> as;
  explicit PartStatement(SourceRange range) : Statement(StatementKind::Part, range) {}
  TENON_LANG_NODE(Statement, Part)
};

/// `names = values`.
struct AssignStatement : Statement {
  llvm::ArrayRef<Identifier> names;
  llvm::ArrayRef<const Expr *> values;
  explicit AssignStatement(SourceRange range) : Statement(StatementKind::Assign, range) {}
  TENON_LANG_NODE(Statement, Assign)
};

/// `names op values` with `:=`, `+=`, `-=`, `*=` or `/=`.
struct ChangeStatement : Statement {
  llvm::ArrayRef<Identifier> names;
  TokenKind op = TokenKind::ColonEqual;
  SourceRange opRange;
  llvm::ArrayRef<const Expr *> values;
  explicit ChangeStatement(SourceRange range) : Statement(StatementKind::Change, range) {}
  TENON_LANG_NODE(Statement, Change)
};

/// `frozen param name: type = value as "..."`; `~` draws, `=` computes.
struct ParamStatement : Statement {
  bool frozen = false;
  bool state = false;
  Identifier name;
  const Expr *type = nullptr;
  bool drawn = false;
  const Expr *value = nullptr;
  std::optional<StringLiteral> as;
  explicit ParamStatement(SourceRange range) : Statement(StatementKind::Param, range) {}
  TENON_LANG_NODE(Statement, Param)
};

/// `value`, or `value | multiple` (divides).
struct Fact {
  const Expr *value = nullptr;
  const Expr *multiple = nullptr;
};

struct RequireStatement : Statement {
  llvm::ArrayRef<Fact> facts;
  std::optional<StringLiteral> otherwise;
  explicit RequireStatement(SourceRange range) : Statement(StatementKind::Require, range) {}
  TENON_LANG_NODE(Statement, Require)
};

/// Statements that are a word and values: return, yield, minimize, clip_norm,
/// ema.
struct ValuesStatement : Statement {
  llvm::ArrayRef<const Expr *> values;
  ValuesStatement(StatementKind kind, SourceRange range) : Statement(kind, range) {}
  static bool classof(const Statement *node) {
    return node->kind == StatementKind::Return || node->kind == StatementKind::Yield ||
           node->kind == StatementKind::Minimize || node->kind == StatementKind::ClipNorm ||
           node->kind == StatementKind::Ema;
  }
};

/// Statements that are a word and named values: precision, metric, defaults.
struct NamedStatement : Statement {
  llvm::ArrayRef<Argument> values;
  NamedStatement(StatementKind kind, SourceRange range) : Statement(kind, range) {}
  static bool classof(const Statement *node) {
    return node->kind == StatementKind::Precision || node->kind == StatementKind::Metric ||
           node->kind == StatementKind::Defaults;
  }
};

/// Statements about parameters chosen by name: initialize (`~` or `=`), update
/// (with an optimizer), freeze (no value).
struct GlobStatement : Statement {
  llvm::ArrayRef<StringLiteral> globs;
  bool drawn = false;
  const Expr *value = nullptr;
  GlobStatement(StatementKind kind, SourceRange range) : Statement(kind, range) {}
  static bool classof(const Statement *node) {
    return node->kind == StatementKind::Initialize || node->kind == StatementKind::Update ||
           node->kind == StatementKind::Freeze;
  }
};

/// One dynamic size, with its largest value if declared.
struct DimSize {
  Identifier name;
  const Expr *bound = nullptr;
};

struct DimStatement : Statement {
  llvm::ArrayRef<DimSize> sizes;
  explicit DimStatement(SourceRange range) : Statement(StatementKind::Dim, range) {}
  TENON_LANG_NODE(Statement, Dim)
};

/// One branch; the condition of `else` is null.
struct IfArm {
  const Expr *condition = nullptr;
  Suite suite;
};

struct IfStatement : Statement {
  llvm::ArrayRef<IfArm> arms;
  explicit IfStatement(SourceRange range) : Statement(StatementKind::If, range) {}
  TENON_LANG_NODE(Statement, If)
};

/// `for variable in over: suite`; a Collect has names for what is yielded.
struct ForStatement : Statement {
  llvm::ArrayRef<Identifier> names;
  Identifier variable;
  Range over;
  Suite suite;
  ForStatement(StatementKind kind, SourceRange range) : Statement(kind, range) {}
  static bool classof(const Statement *node) {
    return node->kind == StatementKind::For || node->kind == StatementKind::Collect;
  }
};

struct ConfigStatement : Statement {
  Identifier name;
  llvm::ArrayRef<Argument> values;
  std::optional<int64_t> paramCount;
  SourceRange countRange;
  explicit ConfigStatement(SourceRange range) : Statement(StatementKind::Config, range) {}
  TENON_LANG_NODE(Statement, Config)
};

/// Model, block, fn, entry, train, optimizer: a header and a suite. A fn that
/// is one expression has `body` instead of the suite.
struct Declaration : Statement {
  Identifier name;
  llvm::ArrayRef<Hyper> hypers;
  /// False for a block without inputs in its header.
  bool hasInputs = false;
  llvm::ArrayRef<Input> inputs;
  bool hasResults = false;
  llvm::ArrayRef<Result> results;
  Suite suite;
  const Expr *body = nullptr;
  /// The documentation lines, without their marks.
  llvm::StringRef doc;
  Declaration(StatementKind kind, SourceRange range) : Statement(kind, range) {}
  static bool classof(const Statement *node) {
    switch (node->kind) {
    case StatementKind::Fn:
    case StatementKind::Entry:
    case StatementKind::Train:
    case StatementKind::Block:
    case StatementKind::Model:
    case StatementKind::Optimizer:
      return true;
    default:
      return false;
    }
  }
};

/// One imported name, and what it is called here.
struct ImportedName {
  Identifier name;
  Identifier alias;
};

struct ImportStatement : Statement {
  StringLiteral path;
  llvm::ArrayRef<ImportedName> names;
  explicit ImportStatement(SourceRange range) : Statement(StatementKind::Import, range) {}
  TENON_LANG_NODE(Statement, Import)
};

#undef TENON_LANG_NODE

/// The whole file: imports, constants and declarations in text order.
struct FileTree {
  const SourceFile *source = nullptr;
  Suite statements;
};

/// Owns the nodes of one or several files.
class ASTContext {
public:
  template <typename Node, typename... Args> Node *create(Args &&...args) {
    static_assert(std::is_trivially_destructible_v<Node>, "nodes are freed at once");
    return new (arena.Allocate<Node>()) Node(std::forward<Args>(args)...);
  }
  template <typename T> llvm::ArrayRef<T> copy(llvm::ArrayRef<T> items) {
    static_assert(std::is_trivially_destructible_v<T>, "nodes are freed at once");
    T *out = arena.Allocate<T>(items.size());
    std::uninitialized_copy(items.begin(), items.end(), out);
    return {out, items.size()};
  }
  llvm::StringRef copy(llvm::StringRef text) { return text.copy(arena); }

private:
  llvm::BumpPtrAllocator arena;
};

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_AST_H
