//===- Pattern.cpp - "B N (heads d) -> B heads N d" -----------------------===//

#include "frontends/lang/Pattern.h"

#include "llvm/ADT/StringExtras.h"

namespace tenon::lang {

namespace {

class PatternParser {
public:
  explicit PatternParser(llvm::StringRef text) : text(text) {}

  bool parse(Pattern &pattern);
  std::string error;
  uint32_t errorBegin = 0;
  uint32_t errorEnd = 0;

private:
  bool fail(size_t begin, size_t end, const llvm::Twine &message) {
    error = message.str();
    errorBegin = begin;
    errorEnd = end;
    return false;
  }
  void skipSpaces() {
    while (at < text.size() && text[at] == ' ')
      ++at;
  }
  bool parseSide(PatternSide &side);
  bool parseProduct(PatternAxis &axis);
  bool parseItem(PatternItem &item);

  llvm::StringRef text;
  size_t at = 0;
};

bool PatternParser::parseItem(PatternItem &item) {
  size_t begin = at;
  if (text.substr(at).starts_with("..")) {
    at += 2;
    item.kind = PatternItemKind::Ellipsis;
  } else {
    while (at < text.size() && (llvm::isAlnum(text[at]) || text[at] == '_'))
      ++at;
    item.name = text.slice(begin, at);
    if (item.name.empty())
      return fail(at, at + 1, "expected a name, a number, '..' or a group in the pattern");
    if (llvm::isDigit(item.name.front())) {
      item.kind = PatternItemKind::Number;
      if (item.name.getAsInteger(10, item.number))
        return fail(begin, at, "malformed number '" + item.name + "' in the pattern");
    }
  }
  item.begin = begin;
  item.end = at;
  return true;
}

bool PatternParser::parseProduct(PatternAxis &axis) {
  size_t open = at++;
  axis.product = true;
  axis.begin = open;
  auto ends = [&] {
    return at >= text.size() || text[at] == ',' || text.substr(at).starts_with("->");
  };
  for (skipSpaces(); !ends() && text[at] != ')'; skipSpaces())
    if (!parseItem(axis.items.emplace_back()))
      return false;
  if (ends())
    return fail(open, open + 1, "'(' is not closed in the pattern");
  axis.end = ++at;
  return true;
}

bool PatternParser::parseSide(PatternSide &side) {
  size_t mark = llvm::StringRef::npos;
  bool ellipsis = false;
  for (skipSpaces(); at < text.size() && text[at] != ',' && !text.substr(at).starts_with("->");
       skipSpaces()) {
    if (text[at] == '[' || text[at] == ']') {
      bool opens = text[at] == '[';
      if (opens != (mark == llvm::StringRef::npos))
        return fail(at, at + 1,
                    opens ? "'[' inside '[ ]' in the pattern"
                          : "']' closes nothing in the pattern");
      mark = opens ? at : llvm::StringRef::npos;
      ++at;
      continue;
    }
    PatternAxis &axis = side.emplace_back();
    axis.marked = mark != llvm::StringRef::npos;
    if (text[at] == '(') {
      if (!parseProduct(axis))
        return false;
    } else {
      axis.begin = at;
      if (!parseItem(axis.items.emplace_back()))
        return false;
      axis.end = at;
    }
    for (const PatternItem &item : axis.items) {
      if (item.kind == PatternItemKind::Ellipsis && ellipsis)
        return fail(item.begin, item.end, "'..' twice on one side of the pattern");
      ellipsis |= item.kind == PatternItemKind::Ellipsis;
    }
  }
  if (mark != llvm::StringRef::npos)
    return fail(mark, mark + 1, "'[' is not closed in the pattern");
  return true;
}

bool PatternParser::parse(Pattern &pattern) {
  while (true) {
    if (!parseSide(pattern.inputs.emplace_back()))
      return false;
    if (at >= text.size() || text[at] != ',')
      break;
    ++at;
  }
  if (at >= text.size())
    return true;
  at += 2;
  pattern.hasOutput = true;
  if (!parseSide(pattern.output))
    return false;
  if (at < text.size())
    return fail(at, at + 1, "the pattern goes on after its result");
  return true;
}

} // namespace

bool parsePattern(llvm::StringRef text, Pattern &pattern, std::string &error, uint32_t &begin,
                  uint32_t &end) {
  PatternParser parser(text);
  if (parser.parse(pattern))
    return true;
  error = parser.error;
  begin = parser.errorBegin;
  end = parser.errorEnd;
  return false;
}

} // namespace tenon::lang
