//===- Parser.cpp - Words, lists, recovery --------------------------------===//

#include "frontends/lang/Parser.h"
#include "frontends/lang/ParserImpl.h"

namespace tenon::lang {

Parser::Parser(const SourceFile &source, ASTContext &context, DiagnosticsEngine &diagnostics)
    : source(source), context(context), diagnostics(diagnostics), lexer(source, diagnostics) {
  advance();
}

void Parser::advance() {
  lastEnd = current.range.end;
  if (hasAhead) {
    current = ahead;
    hasAhead = false;
  } else if (!stopped) {
    current = lexer.next();
  }
}

const Token &Parser::peek() {
  if (!hasAhead && !stopped) {
    ahead = lexer.next();
    hasAhead = true;
  }
  return stopped ? current : ahead;
}

void Parser::stop() {
  stopped = true;
  hasAhead = false;
  uint32_t end = source.getText().size();
  current = {TokenKind::EndOfFile, {&source, end, end}, {}};
}

bool Parser::Nesting::tooDeep() {
  if (parser.depth <= kMaxNesting)
    return false;
  if (!parser.stopped)
    parser.diagnostics.error(parser.current.range,
                             "nested deeper than " + llvm::Twine(kMaxNesting));
  parser.stop();
  return true;
}

bool Parser::accept(TokenKind kind) {
  if (!at(kind))
    return false;
  advance();
  return true;
}

Diagnostic &Parser::unexpected(const llvm::Twine &what, const llvm::Twine &wanted) {
  std::string found = describe(current.kind).str();
  if (at(TokenKind::Name) || at(TokenKind::Integer) || at(TokenKind::Float))
    found = "'" + escapeForMessage(current.text()) + "'";
  else if (isKeyword(current.kind))
    found = "the reserved word " + found;
  // A broken word, or the end that a fatal error set, has its own message; the
  // engine drops this one at a broken word because the place is the same.
  SourceRange range = current.range;
  if (stopped && diagnostics.hasErrors() && !diagnostics.getDiagnostics().empty())
    range = diagnostics.getDiagnostics().back().getRange();
  return diagnostics.error(range, what).expected(wanted, found);
}

bool Parser::expect(TokenKind kind, const llvm::Twine &what) {
  if (accept(kind))
    return true;
  unexpected(what, describe(kind));
  return false;
}

bool Parser::parseName(Identifier &name, const llvm::Twine &what) {
  if (!at(TokenKind::Name)) {
    unexpected(what, "a name");
    return false;
  }
  name = {current.text(), current.range};
  advance();
  return true;
}

bool Parser::parseString(StringLiteral &literal, const llvm::Twine &what) {
  if (!at(TokenKind::String)) {
    unexpected(what, "a string");
    return false;
  }
  llvm::StringRef word = current.text();
  literal.range = current.range;
  literal.value = word.contains('\\') ? context.copy(llvm::StringRef(decodeString(word)))
                                      : word.drop_front().drop_back();
  advance();
  return true;
}

bool Parser::parseNames(llvm::ArrayRef<Identifier> &names) {
  llvm::SmallVector<Identifier, 4> list;
  do {
    if (!parseName(list.emplace_back(), "this list of names is not complete"))
      return false;
  } while (accept(TokenKind::Comma));
  names = context.copy(llvm::ArrayRef<Identifier>(list));
  return true;
}

bool Parser::parseStrings(llvm::ArrayRef<StringLiteral> &strings, const llvm::Twine &what) {
  llvm::SmallVector<StringLiteral, 4> list;
  do {
    if (!parseString(list.emplace_back(), what))
      return false;
  } while (accept(TokenKind::Comma));
  strings = context.copy(llvm::ArrayRef<StringLiteral>(list));
  return true;
}

bool Parser::parseList(TokenKind open, TokenKind close, const llvm::Twine &what,
                       llvm::function_ref<bool()> item) {
  SourceRange opener = current.range;
  if (!expect(open, what + " has no opening bracket"))
    return false;
  while (!at(close)) {
    if (!item())
      return false;
    if (at(close))
      break;
    if (!accept(TokenKind::Comma)) {
      unexpected(what + " goes on strangely", "',' or " + describe(close))
          .note(describe(open) + " was opened " + placeOf(opener, &source));
      return false;
    }
  }
  advance();
  return true;
}

llvm::StringRef Parser::documentation(SourceRange lines) {
  std::string text;
  llvm::StringRef rest = lines.text();
  while (!rest.empty()) {
    auto [line, tail] = rest.split('\n');
    line = line.trim(" \r");
    if (line.consume_front("##"))
      text += (text.empty() ? "" : "\n") + line.ltrim(" ").str();
    rest = tail;
  }
  return text.empty() ? llvm::StringRef() : context.copy(llvm::StringRef(text));
}

void Parser::skipStatement() {
  while (!at(TokenKind::NewLine) && !at(TokenKind::EndOfFile) && !at(TokenKind::Dedent) &&
         !at(TokenKind::Indent))
    advance();
  accept(TokenKind::NewLine);
  if (!at(TokenKind::Indent))
    return;
  unsigned open = 0;
  do {
    open += at(TokenKind::Indent);
    open -= at(TokenKind::Dedent);
    advance();
  } while (open > 0 && !at(TokenKind::EndOfFile));
}

FileTree Parser::parseFile() {
  llvm::SmallVector<const Statement *, 16> statements;
  const Statement *model = nullptr;
  while (!at(TokenKind::EndOfFile)) {
    if (accept(TokenKind::NewLine))
      continue;
    if (at(TokenKind::Indent) || at(TokenKind::Dedent)) {
      if (at(TokenKind::Indent))
        unexpected("this line is indented but belongs to no suite", "a declaration");
      advance();
      continue;
    }
    const Statement *statement = parseTopLevel();
    if (!statement) {
      skipStatement();
      continue;
    }
    if (statement->kind == StatementKind::Model) {
      if (model)
        diagnostics.error(statement->range, "a second model in one file; the first is " +
                                                placeOf(model->range, &source));
      model = statement;
    }
    statements.push_back(statement);
  }
  return {&source, context.copy(llvm::ArrayRef<const Statement *>(statements))};
}

const Expr *Parser::parseOnlyExpression() {
  const Expr *value = parseExpr();
  accept(TokenKind::NewLine);
  if (value && !at(TokenKind::EndOfFile)) {
    unexpected("this value goes on strangely", "its end");
    return nullptr;
  }
  return value;
}

FileTree parseFile(const SourceFile &source, ASTContext &context, DiagnosticsEngine &diagnostics) {
  if (!Lexer::checkEncoding(source, diagnostics))
    return {&source, {}};
  return Parser(source, context, diagnostics).parseFile();
}

const Expr *parseExpression(const SourceFile &source, ASTContext &context,
                            DiagnosticsEngine &diagnostics) {
  if (!Lexer::checkEncoding(source, diagnostics))
    return nullptr;
  return Parser(source, context, diagnostics).parseOnlyExpression();
}

} // namespace tenon::lang
