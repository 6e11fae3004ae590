//===- LexWords.cpp - Names, numbers, strings, operators ------------------===//

#include "frontends/lang/Lexer.h"

#include "llvm/ADT/StringExtras.h"

namespace tenon::lang {

static bool isWordChar(char c) { return llvm::isAlnum(c) || c == '_'; }

Token Lexer::lexName() {
  size_t begin = at;
  while (isWordChar(peek()))
    ++at;
  // A letter of another script glued to a name is most likely a look-alike.
  if (static_cast<unsigned char>(peek()) >= 0x80) {
    Utf8Char c = decodeUtf8(text.substr(at));
    size_t where = at;
    while (isWordChar(peek()) || static_cast<unsigned char>(peek()) >= 0x80)
      ++at;
    return broken(begin, "name '" + escapeForMessage(text.slice(begin, at)) +
                             "' has the character U+" +
                             llvm::utohexstr(c.codePoint, /*LowerCase=*/false,
                                             /*Width=*/4) +
                             " at its byte " + llvm::Twine(where - begin + 1) +
                             "; names are made of A-Z, a-z, 0-9 and _");
  }
  if (at - begin > kMaxNameLength)
    return broken(begin, "name '" + escapeForMessage(text.slice(begin, at)) + "' has " +
                             llvm::Twine(at - begin) + " characters; the limit is " +
                             llvm::Twine(kMaxNameLength));
  Token token = make(TokenKind::Name, begin);
  token.kind = keywordKind(token.text());
  return token;
}

/// Skips digits with single '_' between them; false if the form is wrong.
static bool takeDigits(llvm::StringRef text, size_t &i) {
  size_t begin = i;
  while (i < text.size() && (llvm::isDigit(text[i]) || text[i] == '_')) {
    bool lonely =
        text[i] == '_' && (i == begin || i + 1 >= text.size() || !llvm::isDigit(text[i + 1]));
    if (lonely)
      return false;
    ++i;
  }
  return i > begin;
}

Token Lexer::lexNumber() {
  size_t begin = at, i = at;
  bool good = takeDigits(text, i);
  bool fraction = false;
  if (good && i + 1 < text.size() && text[i] == '.' && llvm::isDigit(text[i + 1])) {
    fraction = true;
    good = takeDigits(text, ++i);
  }
  if (good && i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    fraction = true;
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-'))
      ++i;
    good = takeDigits(text, i);
  }
  bool leadingZero = !fraction && text[begin] == '0' && i > begin + 1;
  bool more = i < text.size() && (isWordChar(text[i]) ||
                                  (text[i] == '.' && i + 1 < text.size() && text[i + 1] != '.'));
  if (!good || leadingZero || more) {
    while (i < text.size() &&
           (isWordChar(text[i]) || (text[i] == '.' && !text.substr(i).starts_with(".."))))
      ++i;
    at = std::max(i, begin + 1);
    return broken(begin, "malformed number '" + escapeForMessage(text.slice(begin, at)) +
                             "'; numbers are written 12, 5_717_416, 0.5 or 1e-6");
  }
  at = i;
  return make(fraction ? TokenKind::Float : TokenKind::Integer, begin);
}

/// Reads the escape at the start of `text` (a backslash first): its length in
/// bytes, or 0 when there is no such escape.
static size_t readEscape(llvm::StringRef text, uint32_t &codePoint) {
  switch (text.size() > 1 ? text[1] : '\0') {
  case '"':
    codePoint = '"';
    return 2;
  case '\\':
    codePoint = '\\';
    return 2;
  case 'n':
    codePoint = '\n';
    return 2;
  case 't':
    codePoint = '\t';
    return 2;
  case 'u':
    break;
  default:
    return 0;
  }
  size_t close = text.find('}');
  if (!text.substr(2).starts_with("{") || close == llvm::StringRef::npos || close > 9)
    return 0;
  bool surrogate = false;
  if (text.slice(3, close).getAsInteger(16, codePoint))
    return 0;
  surrogate = codePoint >= 0xD800 && codePoint < 0xE000;
  return codePoint > 0x10FFFF || surrogate ? 0 : close + 1;
}

Token Lexer::lexString() {
  size_t begin = at++;
  bool good = true;
  while (at < text.size() && text[at] != '"' && text[at] != '\n' && text[at] != '\r') {
    uint32_t codePoint;
    if (text[at] != '\\') {
      ++at;
      continue;
    }
    if (size_t length = readEscape(text.substr(at), codePoint)) {
      at += length;
      continue;
    }
    size_t escape = at++;
    size_t end = text.find_first_of(" \"\n\r\\", at);
    if (peek() == '"' || peek() == '\\' || end == llvm::StringRef::npos || end == at)
      end = std::min(at + 1, text.size());
    llvm::StringRef shown = text.slice(escape, std::min(end, escape + 12));
    diagnostics.error({&file, uint32_t(escape), uint32_t(escape + shown.size())},
                      "unknown escape '" + escapeForMessage(shown) +
                          "' in a string; the escapes are \\\" \\\\ \\n \\t \\u{HEX}");
    good = false;
    at = escape + shown.size();
  }
  if (peek() != '"' || at >= text.size()) {
    size_t stop = at;
    at = begin + 1;
    Token token = broken(begin, "this string is not closed on its line");
    at = stop;
    return token;
  }
  ++at;
  return make(good ? TokenKind::String : TokenKind::Error, begin);
}

Token Lexer::lexOther() {
  size_t begin = at;
  struct Spelling {
    llvm::StringRef text;
    TokenKind kind;
  };
  static constexpr Spelling table[] = {
#define TOKEN_PUNCTUATION(kind, spelling) {spelling, TokenKind::kind},
#include "frontends/lang/TokenKinds.def"
  };
  const Spelling *best = nullptr;
  for (const Spelling &entry : table)
    if (text.substr(at).starts_with(entry.text) && (!best || entry.text.size() > best->text.size()))
      best = &entry;
  if (!best) {
    Utf8Char c = decodeUtf8(text.substr(at));
    at += std::max(1u, c.length);
    return broken(begin, "character '" + escapeForMessage(text.slice(begin, at)) + "' (U+" +
                             llvm::utohexstr(c.codePoint, /*LowerCase=*/false,
                                             /*Width=*/4) +
                             ") is not part of the language");
  }
  at += best->text.size();
  if (best->kind == TokenKind::LParen || best->kind == TokenKind::LBracket)
    ++openBrackets;
  else if ((best->kind == TokenKind::RParen || best->kind == TokenKind::RBracket) &&
           openBrackets > 0)
    --openBrackets;
  return make(best->kind, begin);
}

std::string decodeString(llvm::StringRef word) {
  std::string out;
  llvm::StringRef text = word.drop_front().drop_back();
  while (!text.empty()) {
    size_t plain = std::min(text.find('\\'), text.size());
    out += text.take_front(plain);
    text = text.drop_front(plain);
    uint32_t codePoint = 0;
    if (size_t length = text.empty() ? 0 : readEscape(text, codePoint)) {
      appendUtf8(codePoint, out);
      text = text.drop_front(length);
    }
  }
  return out;
}

} // namespace tenon::lang
