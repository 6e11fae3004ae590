//===- ParserStatement.cpp - Suites and statements ------------------------===//

#include "frontends/lang/ParserImpl.h"

namespace tenon::lang {

bool Parser::parseSuite(Suite &suite, const llvm::Twine &what) {
  Nesting nesting(*this);
  if (!expect(TokenKind::Colon, what + " has no suite yet") || nesting.tooDeep())
    return false;
  llvm::SmallVector<const Statement *, 16> statements;
  if (!accept(TokenKind::NewLine)) {
    if (!parseSimples(statements))
      return false;
  } else {
    if (!at(TokenKind::Indent)) {
      unexpected(what + " has an empty suite", "an indented line");
      return false;
    }
    advance();
    while (!at(TokenKind::Dedent) && !at(TokenKind::EndOfFile)) {
      if (at(TokenKind::Indent)) {
        unexpected("this line is indented, but the one before opens no suite", "a statement");
        skipStatement();
        continue;
      }
      parseStatement(statements);
    }
    accept(TokenKind::Dedent);
  }
  suite = context.copy(llvm::ArrayRef<const Statement *>(statements));
  return true;
}

void Parser::parseStatement(llvm::SmallVectorImpl<const Statement *> &out) {
  const Statement *statement = nullptr;
  switch (current.kind) {
  case TokenKind::kw_If:
    statement = parseIf();
    break;
  case TokenKind::kw_For:
    statement = parseFor();
    break;
  case TokenKind::kw_Fn:
    statement = parseDeclaration(StatementKind::Fn);
    break;
  case TokenKind::kw_Entry:
    statement = parseDeclaration(StatementKind::Entry);
    break;
  case TokenKind::kw_Train:
    statement = parseDeclaration(StatementKind::Train);
    break;
  case TokenKind::kw_Config:
    statement = parseConfig();
    break;
  default:
    if (!parseSimples(out))
      skipStatement();
    return;
  }
  if (statement)
    out.push_back(statement);
  else
    skipStatement();
}

bool Parser::parseSimples(llvm::SmallVectorImpl<const Statement *> &out) {
  do {
    const Statement *statement = parseSimple();
    if (!statement)
      return false;
    out.push_back(statement);
    // A collect ends with its own suite.
    if (statement->kind == StatementKind::Collect)
      return true;
  } while (accept(TokenKind::Semicolon) && !at(TokenKind::NewLine));
  return expect(TokenKind::NewLine, "this statement goes on strangely");
}

const Statement *Parser::parseSimple() {
  switch (current.kind) {
  case TokenKind::Name:
    return parseNamedStart();
  case TokenKind::kw_Frozen: {
    SourceRange begin = current.range;
    advance();
    if (at(TokenKind::kw_Param) || at(TokenKind::kw_State))
      return parseParam(begin, /*frozen=*/true);
    Identifier name;
    return parseName(name, "'frozen' stands before a part or a parameter")
               ? parsePart(begin, true, name)
               : nullptr;
  }
  case TokenKind::kw_Param:
  case TokenKind::kw_State:
    return parseParam(current.range, /*frozen=*/false);
  case TokenKind::kw_Require:
    return parseRequire();
  case TokenKind::kw_Dim:
    return parseDim();
  case TokenKind::kw_Return:
    return parseValues(StatementKind::Return, /*single=*/false);
  case TokenKind::kw_Yield:
    return parseValues(StatementKind::Yield, /*single=*/false);
  case TokenKind::kw_Minimize:
    return parseValues(StatementKind::Minimize, /*single=*/true);
  case TokenKind::kw_ClipNorm:
    return parseValues(StatementKind::ClipNorm, /*single=*/true);
  case TokenKind::kw_Ema:
    return parseValues(StatementKind::Ema, /*single=*/true);
  case TokenKind::kw_Precision:
    return parseNamedValues(StatementKind::Precision, /*single=*/false);
  case TokenKind::kw_Metric:
    return parseNamedValues(StatementKind::Metric, /*single=*/true);
  case TokenKind::kw_Defaults:
    return parseNamedValues(StatementKind::Defaults, /*single=*/false);
  case TokenKind::kw_Initialize:
    return parseGlobs(StatementKind::Initialize);
  case TokenKind::kw_Update:
    return parseGlobs(StatementKind::Update);
  case TokenKind::kw_Freeze:
    return parseGlobs(StatementKind::Freeze);
  case TokenKind::kw_If:
  case TokenKind::kw_For:
    unexpected("only simple statements fit on this line", "a simple statement");
    return nullptr;
  default:
    unexpected("this is not a statement", "a statement");
    return nullptr;
  }
}

/// What begins with a name: a part, an assignment, a change, or a collection.
const Statement *Parser::parseNamedStart() {
  SourceRange begin = current.range;
  if (peek().is(TokenKind::Colon) || peek().is(TokenKind::LBracket)) {
    Identifier name{current.text(), current.range};
    advance();
    return parsePart(begin, /*frozen=*/false, name);
  }
  llvm::ArrayRef<Identifier> names;
  if (!parseNames(names))
    return nullptr;
  if (accept(TokenKind::Equal)) {
    if (at(TokenKind::kw_For)) {
      auto *collect = context.create<ForStatement>(StatementKind::Collect, begin);
      collect->names = names;
      return parseLoop(*collect) ? collect : nullptr;
    }
    auto *assign = context.create<AssignStatement>(begin);
    assign->names = names;
    if (!parseExprs(assign->values))
      return nullptr;
    assign->range = rangeFrom(begin);
    return assign;
  }
  switch (current.kind) {
  case TokenKind::ColonEqual:
  case TokenKind::PlusEqual:
  case TokenKind::MinusEqual:
  case TokenKind::StarEqual:
  case TokenKind::SlashEqual:
    break;
  default:
    unexpected("a statement names what it computes", "'=', ':=' or ':'");
    return nullptr;
  }
  auto *change = context.create<ChangeStatement>(begin);
  change->names = names;
  change->op = current.kind;
  change->opRange = current.range;
  advance();
  if (!parseExprs(change->values))
    return nullptr;
  change->range = rangeFrom(begin);
  return change;
}

const Statement *Parser::parsePart(SourceRange begin, bool frozen, Identifier name) {
  auto *part = context.create<PartStatement>(begin);
  part->frozen = frozen;
  part->name = name;
  llvm::SmallVector<PartIndex, 2> indices;
  while (at(TokenKind::LBracket)) {
    PartIndex &index = indices.emplace_back();
    SourceRange open = current.range;
    advance();
    if (at(TokenKind::Name) && peek().is(TokenKind::kw_In)) {
      index.variable = {current.text(), current.range};
      advance();
      advance();
      if (!parseRange(index.over))
        return nullptr;
    } else if (!parseInto(index.over.first)) {
      return nullptr;
    }
    if (!expect(TokenKind::RBracket, "the index of this part is not closed"))
      return nullptr;
    index.range = rangeFrom(open);
  }
  part->indices = context.copy(llvm::ArrayRef<PartIndex>(indices));
  if (!expect(TokenKind::Colon, "a part is declared as 'name: kind'") || !parseInto(part->type))
    return nullptr;
  if (accept(TokenKind::Equal) && !parseInto(part->value))
    return nullptr;
  if (accept(TokenKind::kw_As) && !parseString(part->as.emplace(), "'as' takes a string"))
    return nullptr;
  part->range = rangeFrom(begin);
  return part;
}

const Statement *Parser::parseParam(SourceRange begin, bool frozen) {
  auto *param = context.create<ParamStatement>(begin);
  param->frozen = frozen;
  param->state = at(TokenKind::kw_State);
  advance();
  if (!parseName(param->name, "a parameter needs a name") ||
      !expect(TokenKind::Colon, "a parameter is declared as 'param name: type'") ||
      !parseInto(param->type))
    return nullptr;
  param->drawn = at(TokenKind::Tilde);
  if ((at(TokenKind::Tilde) || at(TokenKind::Equal))) {
    advance();
    if (!parseInto(param->value))
      return nullptr;
  }
  if (accept(TokenKind::kw_As) && !parseString(param->as.emplace(), "'as' takes a string"))
    return nullptr;
  param->range = rangeFrom(begin);
  return param;
}

const Statement *Parser::parseRequire() {
  auto *require = context.create<RequireStatement>(current.range);
  advance();
  llvm::SmallVector<Fact, 2> facts;
  do {
    Fact &fact = facts.emplace_back();
    if (!parseInto(fact.value))
      return nullptr;
    if (accept(TokenKind::Bar) && !parseInto(fact.multiple))
      return nullptr;
  } while (accept(TokenKind::Comma));
  require->facts = context.copy(llvm::ArrayRef<Fact>(facts));
  if (accept(TokenKind::kw_Else) &&
      !parseString(require->otherwise.emplace(), "'else' takes the reason as a string"))
    return nullptr;
  require->range = rangeFrom(require->range);
  return require;
}

const Statement *Parser::parseDim() {
  auto *dim = context.create<DimStatement>(current.range);
  advance();
  llvm::SmallVector<DimSize, 4> sizes;
  do {
    DimSize &size = sizes.emplace_back();
    if (!parseName(size.name, "'dim' takes names"))
      return nullptr;
    if (accept(TokenKind::LessEqual)) {
      size.bound = parseBinary(Strength::Sum);
      if (!size.bound)
        return nullptr;
    }
  } while (accept(TokenKind::Comma));
  dim->sizes = context.copy(llvm::ArrayRef<DimSize>(sizes));
  dim->range = rangeFrom(dim->range);
  return dim;
}

const Statement *Parser::parseGlobs(StatementKind kind) {
  auto *statement = context.create<GlobStatement>(kind, current.range);
  std::string what = ("'" + spelling(current.kind) + "' takes parameter names as strings").str();
  advance();
  if (!parseStrings(statement->globs, what))
    return nullptr;
  if (kind == StatementKind::Initialize) {
    statement->drawn = at(TokenKind::Tilde);
    if (!at(TokenKind::Tilde) && !at(TokenKind::Equal)) {
      unexpected("'initialize' says how", "'~' or '='");
      return nullptr;
    }
    advance();
  }
  if (kind == StatementKind::Update && !expect(TokenKind::kw_With, "'update' names an optimizer"))
    return nullptr;
  if (kind != StatementKind::Freeze && !parseInto(statement->value))
    return nullptr;
  statement->range = rangeFrom(statement->range);
  return statement;
}

const Statement *Parser::parseValues(StatementKind kind, bool single) {
  auto *statement = context.create<ValuesStatement>(kind, current.range);
  advance();
  if (single) {
    const Expr *value = parseExpr();
    if (!value)
      return nullptr;
    statement->values = context.copy(llvm::ArrayRef<const Expr *>(value));
  } else if (!parseExprs(statement->values)) {
    return nullptr;
  }
  statement->range = rangeFrom(statement->range);
  return statement;
}

const Statement *Parser::parseNamedValues(StatementKind kind, bool single) {
  auto *statement = context.create<NamedStatement>(kind, current.range);
  std::string what = ("'" + spelling(current.kind) + "' takes 'name = value'").str();
  advance();
  llvm::SmallVector<Argument, 4> values;
  do {
    if (!parseNamed(values.emplace_back(), what))
      return nullptr;
  } while (!single && accept(TokenKind::Comma));
  statement->values = context.copy(llvm::ArrayRef<Argument>(values));
  statement->range = rangeFrom(statement->range);
  return statement;
}

const Statement *Parser::parseIf() {
  auto *statement = context.create<IfStatement>(current.range);
  llvm::SmallVector<IfArm, 4> arms;
  while (at(TokenKind::kw_If) || at(TokenKind::kw_Elif)) {
    advance();
    IfArm &arm = arms.emplace_back();
    if (!parseInto(arm.condition) || !parseSuite(arm.suite, "this 'if'"))
      return nullptr;
    if (!at(TokenKind::kw_Elif))
      break;
  }
  if (accept(TokenKind::kw_Else) && !parseSuite(arms.emplace_back().suite, "this 'else'"))
    return nullptr;
  statement->arms = context.copy(llvm::ArrayRef<IfArm>(arms));
  return statement;
}

const Statement *Parser::parseFor() {
  auto *loop = context.create<ForStatement>(StatementKind::For, current.range);
  return parseLoop(*loop) ? loop : nullptr;
}

bool Parser::parseLoop(ForStatement &loop) {
  return expect(TokenKind::kw_For, "a loop begins with 'for'") &&
         parseName(loop.variable, "'for' counts with a name") &&
         expect(TokenKind::kw_In, "'for' needs a range") && parseRange(loop.over) &&
         parseSuite(loop.suite, "this 'for'");
}

} // namespace tenon::lang
