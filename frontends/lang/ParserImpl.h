//===- ParserImpl.h - The parser's class, private to its files --*- C++ -*-===//

#ifndef TENON_FRONTENDS_LANG_PARSERIMPL_H
#define TENON_FRONTENDS_LANG_PARSERIMPL_H

#include "frontends/lang/Lexer.h"
#include "frontends/lang/Parser.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace tenon::lang {

/// Strength of the binary operators, from weak to strong.
enum class Strength : uint8_t { None, Pipe, Or, And, Compare, Sum, Term };

/// Each parse function reads one rule of the grammar of the same name and
/// returns its node, or null (false) after it has reported an error.
class Parser {
public:
  Parser(const SourceFile &source, ASTContext &context, DiagnosticsEngine &diagnostics);

  FileTree parseFile();
  const Expr *parseOnlyExpression();

private:
  // Words (Parser.cpp).
  void advance();
  const Token &peek();
  bool at(TokenKind kind) const { return current.is(kind); }
  /// Takes the current word if it is of this kind.
  bool accept(TokenKind kind);
  /// Takes a word of this kind, or reports that `what` lacks it.
  bool expect(TokenKind kind, const llvm::Twine &what);
  /// Reports `what; expected WANTED, got <current word>` at the current word,
  /// unless the word itself was already reported as broken.
  Diagnostic &unexpected(const llvm::Twine &what, const llvm::Twine &wanted);
  bool parseName(Identifier &name, const llvm::Twine &what);
  bool parseString(StringLiteral &literal, const llvm::Twine &what);
  bool parseNames(llvm::ArrayRef<Identifier> &names);
  bool parseStrings(llvm::ArrayRef<StringLiteral> &strings, const llvm::Twine &what);
  SourceRange rangeFrom(SourceRange begin) const { return {begin.file, begin.begin, lastEnd}; }
  llvm::StringRef documentation(SourceRange lines);
  /// Skips the rest of a broken statement and the suite below it.
  void skipStatement();
  /// Reads `open item, item, ... close`; `what` names the list in messages.
  bool parseList(TokenKind open, TokenKind close, const llvm::Twine &what,
                 llvm::function_ref<bool()> item);

  // Expressions (ParserExpr.cpp).
  const Expr *parseExpr();
  /// Parses an expression into `place`; false after an error.
  bool parseInto(const Expr *&place) {
    place = parseExpr();
    return place != nullptr;
  }
  const Expr *parseExprFrom(const Expr *first);
  const Expr *parseBinary(Strength weakest);
  const Expr *parseBinaryFrom(const Expr *first, Strength weakest);
  const Expr *parseUnary();
  const Expr *parsePostfix();
  const Expr *parseAtom();
  const Expr *parseNumber();
  const Expr *parseListAtom();
  bool parseRange(Range &range);
  bool parseArgument(Argument &argument);
  bool parseSubscript(Subscript &subscript);
  bool parseNamed(Argument &argument, const llvm::Twine &what);
  bool parseExprs(llvm::ArrayRef<const Expr *> &values);

  // Declarations (ParserDecl.cpp).
  const Statement *parseTopLevel();
  const Statement *parseImport();
  const Statement *parseDeclaration(StatementKind kind);
  const Statement *parseConfig();
  bool parseHypers(Declaration &declaration);
  bool parseHyper(Hyper &hyper);
  bool parseInputs(Declaration &declaration);
  bool parseInput(Input &input);
  bool parseResults(Declaration &declaration);

  // Statements (ParserStatement.cpp).
  bool parseSuite(Suite &suite, const llvm::Twine &what);
  void parseStatement(llvm::SmallVectorImpl<const Statement *> &out);
  bool parseSimples(llvm::SmallVectorImpl<const Statement *> &out);
  const Statement *parseSimple();
  const Statement *parseNamedStart();
  const Statement *parsePart(SourceRange begin, bool frozen, Identifier name);
  const Statement *parseParam(SourceRange begin, bool frozen);
  const Statement *parseRequire();
  const Statement *parseDim();
  const Statement *parseGlobs(StatementKind kind);
  const Statement *parseValues(StatementKind kind, bool single);
  const Statement *parseNamedValues(StatementKind kind, bool single);
  const Statement *parseIf();
  const Statement *parseFor();
  bool parseLoop(ForStatement &loop);

  /// Counts nesting for its lifetime; false when it is too deep, which ends
  /// the parse.
  class Nesting {
  public:
    explicit Nesting(Parser &parser) : parser(parser) { ++parser.depth; }
    ~Nesting() { --parser.depth; }
    Nesting(const Nesting &) = delete;
    Nesting &operator=(const Nesting &) = delete;
    bool tooDeep();

  private:
    Parser &parser;
  };
  void stop();

  const SourceFile &source;
  ASTContext &context;
  DiagnosticsEngine &diagnostics;
  Lexer lexer;
  Token current;
  Token ahead;
  bool hasAhead = false;
  bool stopped = false;
  uint32_t lastEnd = 0;
  unsigned depth = 0;
};

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_PARSERIMPL_H
