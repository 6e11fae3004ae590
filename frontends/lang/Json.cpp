//===- Json.cpp - Values of a JSON file, with their places ----------------===//

#include "frontends/lang/Json.h"

#include "frontends/lang/Lexer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <cmath>
#include <cstdlib>

namespace tenon::lang {

/// Deepest nesting of arrays and objects.
static constexpr unsigned kMaxJsonNesting = 256;

std::string JsonValue::describe() const {
  switch (kind) {
  case JsonKind::Null:
    return "null";
  case JsonKind::Bool:
    return truth ? "true" : "false";
  case JsonKind::Integer:
  case JsonKind::Float:
    return escapeForMessage(range.text());
  case JsonKind::String:
    return "\"" + escapeForMessage(text) + "\"";
  case JsonKind::Array:
    return "an array of " + std::to_string(items.size());
  case JsonKind::Object:
    return "an object";
  }
  llvm_unreachable("unknown kind");
}

namespace {

/// One function per rule of the grammar; false after an error.
class JsonParser {
public:
  JsonParser(const SourceFile &file, ASTContext &context, DiagnosticsEngine &diagnostics)
      : file(file), context(context), diagnostics(diagnostics), text(file.getText()),
        at(file.getStart()) {}

  bool parseDocument(JsonValue &value);

private:
  char peek() const { return at < text.size() ? text[at] : '\0'; }
  void skipBlanks() { at = std::min(text.find_first_not_of(" \t\r\n", at), text.size()); }
  SourceRange rangeFrom(size_t begin) const { return {&file, uint32_t(begin), uint32_t(at)}; }
  bool unexpected(const llvm::Twine &what, const llvm::Twine &wanted);
  bool parseValue(JsonValue &value);
  bool parseWord(JsonValue &value);
  bool parseNumber(JsonValue &value);
  bool parseString(StringLiteral &literal);
  bool parseEscape(std::string &out);
  bool parseUnit(uint32_t &unit);
  bool parseArray(JsonValue &value);
  bool parseObject(JsonValue &value);
  bool parseMember(JsonMember &member, llvm::StringMap<SourceRange> &keys);
  /// Items between the brackets `open` and `close`, with commas between them.
  bool parseItems(char close, llvm::StringRef what, llvm::function_ref<bool()> item);

  const SourceFile &file;
  ASTContext &context;
  DiagnosticsEngine &diagnostics;
  llvm::StringRef text;
  size_t at;
  unsigned depth = 0;
};

bool JsonParser::unexpected(const llvm::Twine &what, const llvm::Twine &wanted) {
  unsigned length = at < text.size() ? std::max(1u, decodeUtf8(text.substr(at)).length) : 0;
  std::string found =
      length == 0 ? "the end of the file" : "'" + escapeForMessage(text.substr(at, length)) + "'";
  diagnostics.error({&file, uint32_t(at), uint32_t(at + length)}, what).expected(wanted, found);
  return false;
}

bool JsonParser::parseDocument(JsonValue &value) {
  skipBlanks();
  if (peek() != '{')
    return unexpected("a configuration file is one JSON object", "'{'");
  if (!parseObject(value))
    return false;
  skipBlanks();
  return at == text.size() || unexpected("text after the JSON object", "the end of the file");
}

bool JsonParser::parseValue(JsonValue &value) {
  skipBlanks();
  switch (peek()) {
  case '{':
    return parseObject(value);
  case '[':
    return parseArray(value);
  case '"': {
    StringLiteral literal;
    value.kind = JsonKind::String;
    if (!parseString(literal))
      return false;
    value.text = literal.value;
    value.range = literal.range;
    return true;
  }
  default:
    return llvm::isDigit(peek()) || peek() == '-' ? parseNumber(value) : parseWord(value);
  }
}

bool JsonParser::parseWord(JsonValue &value) {
  struct Word {
    llvm::StringRef spelling;
    JsonKind kind;
    bool truth;
  };
  static constexpr Word words[] = {{"null", JsonKind::Null, false},
                                   {"true", JsonKind::Bool, true},
                                   {"false", JsonKind::Bool, false}};
  llvm::StringRef word = text.substr(at).take_while(llvm::isAlnum);
  for (const Word &known : words) {
    if (word != known.spelling)
      continue;
    value.kind = known.kind;
    value.truth = known.truth;
    value.range = {&file, uint32_t(at), uint32_t(at + word.size())};
    at += word.size();
    return true;
  }
  return unexpected("no JSON value begins here",
                    "a string, a number, true, false, null, '[' or '{'");
}

bool JsonParser::parseNumber(JsonValue &value) {
  size_t begin = at;
  auto digits = [&] {
    size_t first = at;
    while (llvm::isDigit(peek()))
      ++at;
    return at > first || unexpected("this number is not complete", "a digit");
  };
  if (peek() == '-')
    ++at;
  size_t first = at;
  if (!digits())
    return false;
  if (text[first] == '0' && at > first + 1) {
    at = first;
    return unexpected("a number with a leading zero", "a digit from 1 to 9, or 0 alone");
  }
  bool isInteger = true;
  if (peek() == '.') {
    isInteger = false;
    ++at;
    if (!digits())
      return false;
  }
  if (peek() == 'e' || peek() == 'E') {
    isInteger = false;
    ++at;
    if (peek() == '+' || peek() == '-')
      ++at;
    if (!digits())
      return false;
  }
  value.range = rangeFrom(begin);
  llvm::StringRef word = value.range.text();
  value.number = std::strtod(word.str().c_str(), nullptr);
  value.kind =
      isInteger && !word.getAsInteger(10, value.integer) ? JsonKind::Integer : JsonKind::Float;
  if (std::isfinite(value.number))
    return true;
  diagnostics.error(value.range, "number " + escapeForMessage(word) + " is out of range")
      .expected("at most 1.8e308", "more");
  return false;
}

/// The four digits of `\uXXXX`.
bool JsonParser::parseUnit(uint32_t &unit) {
  llvm::StringRef word = text.substr(at, 4);
  if (word.size() != 4 || !llvm::all_of(word, llvm::isHexDigit))
    return unexpected("this escape is not complete", "four hexadecimal digits");
  at += 4;
  return !word.getAsInteger(16, unit);
}

bool JsonParser::parseEscape(std::string &out) {
  static constexpr llvm::StringLiteral letters("\"\\/bfnrt"), meanings("\"\\/\b\f\n\r\t");
  size_t begin = at++;
  if (size_t index = letters.find(peek()); at < text.size() && index != llvm::StringRef::npos) {
    out += meanings[index];
    ++at;
    return true;
  }
  uint32_t unit = 0, low = 0;
  if (peek() != 'u')
    return unexpected("unknown escape in a string", "one of \" \\ / b f n r t u");
  ++at;
  if (!parseUnit(unit))
    return false;
  // A character beyond 16 bits comes as two escapes.
  bool isHigh = unit >= 0xD800 && unit < 0xDC00;
  if (isHigh && text.substr(at).starts_with("\\u")) {
    at += 2;
    if (!parseUnit(low))
      return false;
    if (low >= 0xDC00 && low < 0xE000)
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  }
  if (unit >= 0xD800 && unit < 0xE000) {
    diagnostics.error(rangeFrom(begin), "this escape is half of a character");
    return false;
  }
  appendUtf8(unit, out);
  return true;
}

bool JsonParser::parseString(StringLiteral &literal) {
  size_t begin = at;
  if (peek() != '"')
    return unexpected("a member of an object begins with its key", "'\"'");
  ++at;
  std::string out;
  while (peek() != '"') {
    if (at >= text.size() || static_cast<unsigned char>(peek()) < 0x20) {
      diagnostics.error({&file, uint32_t(begin), uint32_t(begin + 1)},
                        "this string is not closed on its line");
      return false;
    }
    if (peek() != '\\')
      out += text[at++];
    else if (!parseEscape(out))
      return false;
  }
  ++at;
  literal.value = context.copy(llvm::StringRef(out));
  literal.range = rangeFrom(begin);
  return true;
}

bool JsonParser::parseItems(char close, llvm::StringRef what, llvm::function_ref<bool()> item) {
  if (++depth > kMaxJsonNesting) {
    diagnostics.error({&file, uint32_t(at), uint32_t(at + 1)},
                      "nested deeper than " + llvm::Twine(kMaxJsonNesting));
    return false;
  }
  ++at;
  skipBlanks();
  bool isFirst = true;
  while (peek() != close || !isFirst) {
    if (!item())
      return false;
    isFirst = false;
    skipBlanks();
    if (peek() == close)
      break;
    if (peek() != ',')
      return unexpected("this " + what + " goes on strangely",
                        "',' or '" + llvm::Twine(llvm::StringRef(&close, 1)) + "'");
    ++at;
  }
  ++at;
  --depth;
  return true;
}

bool JsonParser::parseArray(JsonValue &value) {
  size_t begin = at;
  llvm::SmallVector<JsonValue, 8> items;
  if (!parseItems(']', "array", [&] { return parseValue(items.emplace_back()); }))
    return false;
  value.kind = JsonKind::Array;
  value.items = context.copy(llvm::ArrayRef<JsonValue>(items));
  value.range = rangeFrom(begin);
  return true;
}

bool JsonParser::parseMember(JsonMember &member, llvm::StringMap<SourceRange> &keys) {
  skipBlanks();
  if (!parseString(member.key))
    return false;
  auto [known, isNew] = keys.try_emplace(member.key.value, member.key.range);
  if (!isNew) {
    diagnostics.error(member.key.range, "key '" + escapeForMessage(member.key.value) +
                                            "' again; it is " + placeOf(known->second, &file));
    return false;
  }
  skipBlanks();
  if (peek() != ':')
    return unexpected("a key without a value", "':'");
  ++at;
  return parseValue(member.value);
}

bool JsonParser::parseObject(JsonValue &value) {
  size_t begin = at;
  llvm::SmallVector<JsonMember, 8> members;
  llvm::StringMap<SourceRange> keys;
  if (!parseItems('}', "object", [&] { return parseMember(members.emplace_back(), keys); }))
    return false;
  value.kind = JsonKind::Object;
  value.members = context.copy(llvm::ArrayRef<JsonMember>(members));
  value.range = rangeFrom(begin);
  return true;
}

} // namespace

const JsonValue *parseJsonObject(const SourceFile &source, ASTContext &context,
                                 DiagnosticsEngine &diagnostics) {
  if (!Lexer::checkEncoding(source, diagnostics))
    return nullptr;
  auto *value = context.create<JsonValue>();
  return JsonParser(source, context, diagnostics).parseDocument(*value) ? value : nullptr;
}

} // namespace tenon::lang
