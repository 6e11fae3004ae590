//===- ParserExpr.cpp - Expressions ---------------------------------------===//

#include "frontends/lang/ParserImpl.h"

#include "llvm/ADT/StringExtras.h"

#include <cmath>

namespace tenon::lang {

static Strength strengthOf(TokenKind kind) {
  switch (kind) {
  case TokenKind::PipeRight:
    return Strength::Pipe;
  case TokenKind::kw_Or:
    return Strength::Or;
  case TokenKind::kw_And:
    return Strength::And;
  case TokenKind::EqualEqual:
  case TokenKind::NotEqual:
  case TokenKind::LessEqual:
  case TokenKind::GreaterEqual:
  case TokenKind::Less:
  case TokenKind::Greater:
    return Strength::Compare;
  case TokenKind::Plus:
  case TokenKind::Minus:
    return Strength::Sum;
  case TokenKind::Star:
  case TokenKind::Slash:
  case TokenKind::SlashSlash:
  case TokenKind::Percent:
  case TokenKind::At:
    return Strength::Term;
  default:
    return Strength::None;
  }
}

static Strength stronger(Strength strength) { return Strength(uint8_t(strength) + 1); }

const Expr *Parser::parseExpr() {
  Nesting nesting(*this);
  if (nesting.tooDeep())
    return nullptr;
  const Expr *first = parseBinary(Strength::Pipe);
  return first ? parseExprFrom(first) : nullptr;
}

/// The rest of `expr` after its first `pipe`.
const Expr *Parser::parseExprFrom(const Expr *first) {
  if (!accept(TokenKind::kw_If))
    return first;
  const Expr *condition = parseBinary(Strength::Pipe);
  if (!condition || !expect(TokenKind::kw_Else, "'a if condition else b' needs both values"))
    return nullptr;
  const Expr *otherwise = parseExpr();
  if (!otherwise)
    return nullptr;
  return context.create<ConditionalExpr>(rangeFrom(first->range), first, condition, otherwise);
}

const Expr *Parser::parseBinary(Strength weakest) {
  const Expr *first = nullptr;
  if (at(TokenKind::kw_Not) && weakest <= Strength::Compare) {
    Nesting nesting(*this);
    SourceRange begin = current.range;
    advance();
    if (nesting.tooDeep())
      return nullptr;
    const Expr *operand = parseBinary(Strength::Compare);
    if (!operand)
      return nullptr;
    first = context.create<NotExpr>(rangeFrom(begin), operand);
  } else {
    first = parseUnary();
  }
  return first ? parseBinaryFrom(first, weakest) : nullptr;
}

/// Goes on after `first` with all operators at least as strong as `weakest`.
const Expr *Parser::parseBinaryFrom(const Expr *first, Strength weakest) {
  while (true) {
    Strength strength = strengthOf(current.kind);
    if (strength == Strength::None || strength < weakest)
      return first;
    llvm::SmallVector<ChainLink, 4> links;
    while (strengthOf(current.kind) == strength) {
      ChainLink link{current.kind, current.range, nullptr};
      if (strength == Strength::Compare && !links.empty()) {
        unexpected("comparisons do not chain", "'and' between two comparisons");
        return nullptr;
      }
      advance();
      link.operand = strength == Strength::Pipe ? parsePostfix() : parseBinary(stronger(strength));
      if (!link.operand)
        return nullptr;
      links.push_back(link);
    }
    first = context.create<ChainExpr>(rangeFrom(first->range), first,
                                      context.copy(llvm::ArrayRef<ChainLink>(links)));
  }
}

const Expr *Parser::parseUnary() {
  if (at(TokenKind::Minus)) {
    Nesting nesting(*this);
    SourceRange begin = current.range;
    advance();
    if (nesting.tooDeep())
      return nullptr;
    const Expr *operand = parseUnary();
    return operand ? context.create<NegateExpr>(rangeFrom(begin), operand) : nullptr;
  }
  const Expr *base = parsePostfix();
  if (!base || !at(TokenKind::Caret))
    return base;
  Nesting nesting(*this);
  ChainLink link{current.kind, current.range, nullptr};
  advance();
  if (nesting.tooDeep())
    return nullptr;
  link.operand = parseUnary();
  if (!link.operand)
    return nullptr;
  return context.create<ChainExpr>(rangeFrom(base->range), base,
                                   context.copy(llvm::ArrayRef<ChainLink>(link)));
}

const Expr *Parser::parsePostfix() {
  const Expr *base = parseAtom();
  unsigned outer = depth;
  while (base) {
    if (at(TokenKind::LParen)) {
      llvm::SmallVector<Argument, 4> arguments;
      bool good = parseList(TokenKind::LParen, TokenKind::RParen, "this argument list",
                            [&] { return parseArgument(arguments.emplace_back()); });
      base = good ? context.create<CallExpr>(rangeFrom(base->range), base,
                                             context.copy(llvm::ArrayRef<Argument>(arguments)))
                  : nullptr;
    } else if (at(TokenKind::LBracket)) {
      llvm::SmallVector<Subscript, 4> subscripts;
      bool good = parseList(TokenKind::LBracket, TokenKind::RBracket, "this list in brackets",
                            [&] { return parseSubscript(subscripts.emplace_back()); });
      base = good ? context.create<BracketExpr>(rangeFrom(base->range), base,
                                                context.copy(llvm::ArrayRef<Subscript>(subscripts)))
                  : nullptr;
    } else if (accept(TokenKind::Dot)) {
      Identifier member;
      bool good = parseName(member, "'.' takes the name of a part or parameter");
      base = good ? context.create<MemberExpr>(rangeFrom(base->range), base, member) : nullptr;
    } else {
      break;
    }
    ++depth;
    if (depth > kMaxNesting) {
      diagnostics.error(current.range, "nested deeper than " + llvm::Twine(kMaxNesting));
      stop();
      base = nullptr;
    }
  }
  depth = outer;
  return base;
}

const Expr *Parser::parseAtom() {
  SourceRange range = current.range;
  switch (current.kind) {
  case TokenKind::Name:
  case TokenKind::kw_Training:
  case TokenKind::kw_Step:
  case TokenKind::kw_Pi:
  case TokenKind::kw_Inf: {
    llvm::StringRef name = current.text();
    advance();
    return context.create<NameExpr>(range, name);
  }
  case TokenKind::Integer:
  case TokenKind::Float:
    return parseNumber();
  case TokenKind::String: {
    StringLiteral literal;
    parseString(literal, "");
    return context.create<StringExpr>(range, literal.value);
  }
  case TokenKind::kw_True:
  case TokenKind::kw_False: {
    bool value = at(TokenKind::kw_True);
    advance();
    return context.create<BoolExpr>(range, value);
  }
  case TokenKind::kw_None:
    advance();
    return context.create<NoneExpr>(range);
  case TokenKind::LBracket:
    return parseListAtom();
  case TokenKind::LParen: {
    advance();
    const Expr *inner = parseExpr();
    if (!inner)
      return nullptr;
    if (!at(TokenKind::RParen)) {
      unexpected("this parenthesis is not closed", "')'")
          .note("'(' was opened " + placeOf(range, &source));
      return nullptr;
    }
    advance();
    return inner;
  }
  default:
    unexpected("a value is missing here", "an expression");
    return nullptr;
  }
}

const Expr *Parser::parseNumber() {
  SourceRange range = current.range;
  bool whole = at(TokenKind::Integer);
  std::string digits;
  llvm::copy_if(current.text(), std::back_inserter(digits), [](char c) { return c != '_'; });
  advance();
  if (whole) {
    int64_t value = 0;
    if (llvm::StringRef(digits).getAsInteger(10, value)) {
      diagnostics.error(range, "integer " + escapeForMessage(range.text()) +
                                   " does not fit 64 bits; the largest is 9223372036854775807");
      return nullptr;
    }
    return context.create<IntegerExpr>(range, value);
  }
  double value = 0;
  llvm::StringRef(digits).getAsDouble(value, /*AllowInexact=*/true);
  if (std::isinf(value)) {
    diagnostics.error(range,
                      "number " + escapeForMessage(range.text()) + " is out of the range of f64");
    return nullptr;
  }
  bool rounded = value == 0 && llvm::StringRef(digits)
                                       .take_until([](char c) { return c == 'e' || c == 'E'; })
                                       .find_first_of("123456789") != llvm::StringRef::npos;
  if (rounded)
    diagnostics.warning(range, "number " + escapeForMessage(range.text()) + " is rounded to 0");
  return context.create<FloatExpr>(range, value);
}

const Expr *Parser::parseListAtom() {
  SourceRange begin = current.range;
  llvm::SmallVector<const Expr *, 8> elements;
  Identifier variable;
  Range over;
  bool good = parseList(TokenKind::LBracket, TokenKind::RBracket, "this list", [&] {
    if (at(TokenKind::DotDot)) {
      elements.push_back(context.create<EllipsisExpr>(current.range));
      advance();
      return true;
    }
    elements.push_back(parseExpr());
    if (!elements.back())
      return false;
    if (elements.size() == 1 && accept(TokenKind::kw_For))
      return parseName(variable, "'for' in a list counts with a name") &&
             expect(TokenKind::kw_In, "'for' in a list needs a range") && parseRange(over);
    return true;
  });
  if (!good)
    return nullptr;
  if (!variable.name.empty() && elements.size() == 1)
    return context.create<ComprehensionExpr>(rangeFrom(begin), elements.front(), variable, over);
  if (!variable.name.empty()) {
    diagnostics.error(variable.range, "a list with 'for' has one element");
    return nullptr;
  }
  return context.create<ListExpr>(rangeFrom(begin),
                                  context.copy(llvm::ArrayRef<const Expr *>(elements)));
}

bool Parser::parseRange(Range &range) {
  Nesting nesting(*this);
  if (nesting.tooDeep())
    return false;
  // `sum .. sum`, else the first sum begins an ordinary expression.
  const Expr *first = parseBinary(at(TokenKind::kw_Not) ? Strength::Pipe : Strength::Sum);
  if (!first)
    return false;
  if (accept(TokenKind::DotDot)) {
    range = {first, parseBinary(Strength::Sum)};
    return range.last != nullptr;
  }
  first = parseBinaryFrom(first, Strength::Pipe);
  range = {first ? parseExprFrom(first) : nullptr, nullptr};
  return range.first != nullptr;
}

bool Parser::parseNamed(Argument &argument, const llvm::Twine &what) {
  return parseName(argument.name, what) && expect(TokenKind::Equal, what) &&
         parseInto(argument.value);
}

bool Parser::parseArgument(Argument &argument) {
  if (at(TokenKind::Name) && peek().is(TokenKind::Equal))
    return parseNamed(argument, "");
  argument.value = parseExpr();
  return argument.value != nullptr;
}

bool Parser::parseSubscript(Subscript &subscript) {
  SourceRange begin = current.range;
  auto finish = [&](SubscriptKind kind) {
    subscript.kind = kind;
    subscript.range = rangeFrom(begin);
    return true;
  };
  if (accept(TokenKind::DotDot))
    return finish(SubscriptKind::Ellipsis);
  if (!at(TokenKind::Colon)) {
    if (!parseArgument(subscript.value))
      return false;
    if (subscript.value.isNamed() || !at(TokenKind::Colon))
      return finish(SubscriptKind::Value);
    subscript.first = subscript.value.value;
  }
  advance();
  auto ends = [&] { return at(TokenKind::Comma) || at(TokenKind::RBracket); };
  if (!ends() && !at(TokenKind::Colon) && !parseInto(subscript.last))
    return false;
  if (accept(TokenKind::Colon) && !parseInto(subscript.step))
    return false;
  return finish(SubscriptKind::Slice);
}

bool Parser::parseExprs(llvm::ArrayRef<const Expr *> &values) {
  llvm::SmallVector<const Expr *, 4> list;
  do {
    list.push_back(parseExpr());
    if (!list.back())
      return false;
  } while (accept(TokenKind::Comma));
  values = context.copy(llvm::ArrayRef<const Expr *>(list));
  return true;
}

} // namespace tenon::lang
