//===- ParserDecl.cpp - Declarations and their headers --------------------===//

#include "frontends/lang/ParserImpl.h"

namespace tenon::lang {

const Statement *Parser::parseTopLevel() {
  switch (current.kind) {
  case TokenKind::kw_From:
    return parseImport();
  case TokenKind::kw_Fn:
    return parseDeclaration(StatementKind::Fn);
  case TokenKind::kw_Block:
    return parseDeclaration(StatementKind::Block);
  case TokenKind::kw_Model:
    return parseDeclaration(StatementKind::Model);
  case TokenKind::kw_Optimizer:
    return parseDeclaration(StatementKind::Optimizer);
  case TokenKind::Name:
    if (peek().is(TokenKind::Equal)) {
      auto *constant = context.create<AssignStatement>(current.range);
      Identifier name{current.text(), current.range};
      advance();
      advance();
      const Expr *value = parseExpr();
      if (!value || !expect(TokenKind::NewLine, "this constant goes on strangely"))
        return nullptr;
      constant->names = context.copy(llvm::ArrayRef<Identifier>(name));
      constant->values = context.copy(llvm::ArrayRef<const Expr *>(value));
      constant->range = constant->range.to(value->range);
      return constant;
    }
    [[fallthrough]];
  default:
    unexpected("a file is made of declarations",
               "'model', 'block', 'fn', 'optimizer', 'from' or 'NAME ='");
    return nullptr;
  }
}

const Statement *Parser::parseImport() {
  auto *import = context.create<ImportStatement>(current.range);
  advance();
  if (!parseString(import->path, "'from' takes a file name") ||
      !expect(TokenKind::kw_Import, "'from \"FILE\"' says what to import"))
    return nullptr;
  llvm::SmallVector<ImportedName, 4> names;
  do {
    ImportedName &entry = names.emplace_back();
    if (!parseName(entry.name, "'import' takes names"))
      return nullptr;
    entry.alias = entry.name;
    if (accept(TokenKind::kw_As) && !parseName(entry.alias, "'as' gives another name"))
      return nullptr;
  } while (accept(TokenKind::Comma));
  import->names = context.copy(llvm::ArrayRef<ImportedName>(names));
  import->range = rangeFrom(import->range);
  return expect(TokenKind::NewLine, "this import goes on strangely") ? import : nullptr;
}

/// model, block, fn, entry, train and optimizer differ in which of
/// hyper-parameters, inputs and results they have.
const Statement *Parser::parseDeclaration(StatementKind kind) {
  auto *declaration = context.create<Declaration>(kind, current.range);
  declaration->doc = documentation(current.doc);
  std::string what = ("this " + spelling(current.kind)).str();
  advance();
  if (!parseName(declaration->name, what + " needs a name"))
    return nullptr;
  declaration->range = rangeFrom(declaration->range);

  bool takesHypers = kind == StatementKind::Model || kind == StatementKind::Block ||
                     kind == StatementKind::Optimizer;
  if (takesHypers && at(TokenKind::LBracket) && !parseHypers(*declaration))
    return nullptr;
  bool needsInputs = kind != StatementKind::Model && kind != StatementKind::Block;
  bool takesInputs = kind != StatementKind::Model && (needsInputs || at(TokenKind::LParen));
  if (takesInputs && !parseInputs(*declaration))
    return nullptr;
  bool needsResults = kind == StatementKind::Entry || (kind == StatementKind::Block && takesInputs);
  bool takesResults = needsResults || kind == StatementKind::Fn;
  if (takesResults && accept(TokenKind::Arrow)) {
    if (!parseResults(*declaration))
      return nullptr;
  } else if (needsResults) {
    unexpected(what + " says what it returns", "'->'");
    return nullptr;
  }
  if (kind == StatementKind::Fn && accept(TokenKind::Equal)) {
    declaration->body = parseExpr();
    return declaration->body && expect(TokenKind::NewLine, "this function goes on strangely")
               ? declaration
               : nullptr;
  }
  return parseSuite(declaration->suite, what) ? declaration : nullptr;
}

const Statement *Parser::parseConfig() {
  auto *config = context.create<ConfigStatement>(current.range);
  advance();
  if (!parseName(config->name, "this config needs a name"))
    return nullptr;
  if (accept(TokenKind::Colon)) {
    llvm::SmallVector<Argument, 8> values;
    do {
      if (!parseNamed(values.emplace_back(), "a config sets hyper-parameters as 'name = value'"))
        return nullptr;
    } while (accept(TokenKind::Comma));
    config->values = context.copy(llvm::ArrayRef<Argument>(values));
  }
  if (accept(TokenKind::Arrow)) {
    config->countRange = current.range;
    if (!at(TokenKind::Integer)) {
      unexpected("'->' in a config counts parameters", "an integer");
      return nullptr;
    }
    const Expr *count = parseNumber();
    if (!count || !expect(TokenKind::kw_Params, "'->' in a config counts parameters"))
      return nullptr;
    config->paramCount = llvm::cast<IntegerExpr>(count)->value;
  }
  config->range = rangeFrom(config->range);
  return expect(TokenKind::NewLine, "this config goes on strangely") ? config : nullptr;
}

bool Parser::parseHypers(Declaration &declaration) {
  llvm::SmallVector<Hyper, 8> hypers;
  bool good = parseList(TokenKind::LBracket, TokenKind::RBracket, "this list of hyper-parameters",
                        [&] { return parseHyper(hypers.emplace_back()); });
  declaration.hypers = context.copy(llvm::ArrayRef<Hyper>(hypers));
  return good;
}

bool Parser::parseHyper(Hyper &hyper) {
  if (!parseName(hyper.name, "a hyper-parameter needs a name"))
    return false;
  if (accept(TokenKind::Colon)) {
    if (accept(TokenKind::kw_Fn)) {
      hyper.kind = HyperKind::Fn;
    } else if (accept(TokenKind::kw_Block)) {
      hyper.kind = HyperKind::Block;
    } else if (at(TokenKind::String)) {
      hyper.kind = HyperKind::Choice;
      llvm::SmallVector<StringLiteral, 4> choices;
      do {
        if (!parseString(choices.emplace_back(), "this choice is not complete"))
          return false;
      } while (accept(TokenKind::Bar));
      hyper.choices = context.copy(llvm::ArrayRef<StringLiteral>(choices));
    } else if (accept(TokenKind::LBracket)) {
      hyper.kind = HyperKind::List;
      if (!parseName(hyper.kindName, "a list of what") ||
          !expect(TokenKind::RBracket, "this kind is not closed"))
        return false;
    } else {
      hyper.kind = HyperKind::Named;
      if (!parseName(hyper.kindName, "a hyper-parameter's kind"))
        return false;
    }
  }
  if (accept(TokenKind::Equal) && !parseInto(hyper.value))
    return false;
  if (accept(TokenKind::kw_As) && !parseString(hyper.key.emplace(), "'as' takes a string"))
    return false;
  hyper.range = rangeFrom(hyper.name.range);
  return true;
}

bool Parser::parseInputs(Declaration &declaration) {
  declaration.hasInputs = true;
  llvm::SmallVector<Input, 8> inputs;
  bool good = parseList(TokenKind::LParen, TokenKind::RParen, "this list of inputs",
                        [&] { return parseInput(inputs.emplace_back()); });
  declaration.inputs = context.copy(llvm::ArrayRef<Input>(inputs));
  return good;
}

bool Parser::parseInput(Input &input) {
  if (!parseName(input.name, "an input needs a name"))
    return false;
  if (accept(TokenKind::Colon)) {
    if (accept(TokenKind::kw_Fn)) {
      input.kind = InputKind::Fn;
    } else if (accept(TokenKind::kw_Block)) {
      input.kind = InputKind::Block;
    } else if (at(TokenKind::String)) {
      input.kind = InputKind::Choice;
      llvm::SmallVector<StringLiteral, 4> choices;
      do {
        if (!parseString(choices.emplace_back(), "this choice is not complete"))
          return false;
      } while (accept(TokenKind::Bar));
      if (choices.size() < 2) {
        unexpected("a choice has at least two strings", "'|'");
        return false;
      }
      input.choices = context.copy(llvm::ArrayRef<StringLiteral>(choices));
    } else {
      input.kind = InputKind::Typed;
      if (!parseInto(input.type))
        return false;
    }
  }
  return !accept(TokenKind::Equal) || parseInto(input.value);
}

bool Parser::parseResults(Declaration &declaration) {
  declaration.hasResults = true;
  llvm::SmallVector<Result, 4> results;
  if (!at(TokenKind::LParen)) {
    results.emplace_back().type = parseExpr();
  } else {
    bool good = parseList(TokenKind::LParen, TokenKind::RParen, "this list of results", [&] {
      Result &result = results.emplace_back();
      if (at(TokenKind::Name) && peek().is(TokenKind::Colon)) {
        result.name = {current.text(), current.range};
        advance();
        advance();
      }
      result.type = parseExpr();
      return result.type != nullptr;
    });
    if (!good)
      return false;
  }
  declaration.results = context.copy(llvm::ArrayRef<Result>(results));
  return !results.empty() && results.front().type;
}

} // namespace tenon::lang
