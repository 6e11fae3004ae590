//===- Lexer.cpp - Lines, indentation, comments ---------------------------===//

#include "frontends/lang/Lexer.h"

#include "llvm/ADT/StringExtras.h"

namespace tenon::lang {

Lexer::Lexer(const SourceFile &file, DiagnosticsEngine &diagnostics)
    : file(file), diagnostics(diagnostics), text(file.getText()), at(file.getStart()),
      lineStart(file.getStart()) {}

Token Lexer::make(TokenKind kind, size_t begin) const {
  return {kind, {&file, uint32_t(begin), uint32_t(at)}, {}};
}

Token Lexer::broken(size_t begin, const llvm::Twine &message) {
  diagnostics.error({&file, uint32_t(begin), uint32_t(at)}, message);
  return make(TokenKind::Error, begin);
}

bool Lexer::checkEncoding(const SourceFile &file, DiagnosticsEngine &diagnostics) {
  llvm::StringRef text = file.getText();
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    diagnostics.error(SourceRange{&file, 0, 0}, "file is UTF-16")
        .expected("UTF-8", "a UTF-16 byte-order mark");
    return false;
  }
  bool good = true;
  for (size_t i = file.getStart(); i < text.size();) {
    Utf8Char c = decodeUtf8(text.substr(i));
    SourceRange range{&file, uint32_t(i), uint32_t(i + 1)};
    if (c.length == 0) {
      diagnostics.error(range, "byte \\x" + llvm::toHex(text.substr(i, 1)))
          .expected("UTF-8", "a byte that is not");
      good = false;
    } else if (c.codePoint == 0) {
      diagnostics.error(range, "a NUL byte; model files are text");
      good = false;
    }
    i += std::max(1u, c.length);
    // After a broken byte the rest of its line adds nothing.
    if (c.length == 0)
      while (i < text.size() && text[i] != '\n' && text[i] != '\r')
        ++i;
  }
  return good;
}

void Lexer::skipLineEnd() {
  if (text[at] == '\r' && peek(1) == '\n')
    ++at;
  ++at;
  lineStart = at;
}

void Lexer::skipComment() {
  size_t begin = at;
  bool documents = peek(1) == '#' && !lineHasWord;
  while (at < text.size() && text[at] != '\n' && text[at] != '\r') {
    Utf8Char c = decodeUtf8(text.substr(at));
    bool direction = (c.codePoint >= 0x202A && c.codePoint <= 0x202E) ||
                     (c.codePoint >= 0x2066 && c.codePoint <= 0x2069);
    if (direction)
      diagnostics.warning({&file, uint32_t(at), uint32_t(at + c.length)},
                          "a text direction mark (U+" +
                              llvm::utohexstr(c.codePoint, /*LowerCase=*/false, /*Width=*/4) +
                              ") in a comment: the line may not read as it is stored");
    at += std::max(1u, c.length);
  }
  if (!documents)
    return;
  if (!doc.isValid())
    doc = {&file, uint32_t(begin), uint32_t(at)};
  doc.end = at;
}

bool Lexer::startsDeclaration() const {
  for (TokenKind kind : {TokenKind::kw_Model, TokenKind::kw_Block, TokenKind::kw_Fn,
                         TokenKind::kw_From, TokenKind::kw_Optimizer}) {
    llvm::StringRef word = spelling(kind);
    if (text.substr(at).starts_with(word) && text.substr(at + word.size()).starts_with(" "))
      return true;
  }
  return false;
}

bool Lexer::skipToWord() {
  while (at < text.size()) {
    char c = text[at];
    if (c == ' ' || (c == '\t' && !atLineStart)) {
      ++at;
    } else if (c == '#') {
      skipComment();
    } else if (c == '\n' || c == '\r') {
      if (openBrackets == 0 && lineHasWord)
        return true;
      if (at == lineStart)
        doc = {};
      skipLineEnd();
      if (openBrackets != 0 && startsDeclaration()) {
        openBrackets = 0;
        --at;
        return true;
      }
    } else {
      return false;
    }
  }
  return false;
}

void Lexer::indent(size_t width) {
  uint32_t word = lineStart + width;
  SourceRange range{&file, word, word};
  if (width > indents.back()) {
    indents.push_back(width);
    queued.push_back({TokenKind::Indent, range, {}});
    return;
  }
  while (width < indents.back()) {
    indents.pop_back();
    queued.push_back({TokenKind::Dedent, range, {}});
  }
  if (width != indents.back())
    diagnostics.error(range, "this indentation belongs to no suite")
        .expected(llvm::Twine(indents.back()) + " spaces", llvm::Twine(width));
}

Token Lexer::next() {
  if (!queued.empty()) {
    Token token = queued.front();
    queued.erase(queued.begin());
    return token;
  }
  if (skipToWord()) {
    size_t begin = at;
    if (text[at] == '\n' || text[at] == '\r')
      skipLineEnd();
    else
      ++at;
    lineHasWord = false;
    atLineStart = true;
    return {TokenKind::NewLine, {&file, uint32_t(begin), uint32_t(begin)}, {}};
  }
  if (at >= text.size()) {
    if (lineHasWord) {
      lineHasWord = false;
      return make(TokenKind::NewLine, at);
    }
    if (indents.size() > 1) {
      indents.pop_back();
      return make(TokenKind::Dedent, at);
    }
    return make(TokenKind::EndOfFile, at);
  }
  if (text[at] == '\t' && atLineStart) {
    size_t begin = at++;
    while (peek() == '\t' || peek() == ' ')
      ++at;
    broken(begin, "a tab in the indentation; expected spaces");
    atLineStart = false;
    return next();
  }
  if (!lineHasWord && openBrackets == 0) {
    lineHasWord = true;
    atLineStart = false;
    bool hasTab = text.slice(lineStart, at).contains('\t');
    indent(hasTab ? indents.back() : at - lineStart);
    if (!queued.empty())
      return next();
  }
  lineHasWord = true;
  atLineStart = false;

  char c = text[at];
  Token token = llvm::isAlpha(c) || c == '_' ? lexName()
                : llvm::isDigit(c)           ? lexNumber()
                : c == '"'                   ? lexString()
                                             : lexOther();
  token.doc = doc;
  doc = {};
  return token;
}

} // namespace tenon::lang
