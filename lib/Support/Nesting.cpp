//===- Nesting.cpp - How deep the brackets of a text go -------------------===//

#include "tenon/Support/Nesting.h"

#include <algorithm>

std::optional<size_t> mlir::tenon::findDeepNesting(std::string_view text) {
  // Angle brackets are also arrows and comparisons: they may close too much.
  unsigned brackets = 0, angles = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
    case '"':
      for (++i; i < text.size() && text[i] != '"' && text[i] != '\n'; ++i)
        i += text[i] == '\\';
      break;
    case '/':
      if (i + 1 < text.size() && text[i + 1] == '/')
        i = std::min(text.find('\n', i), text.size());
      break;
    case '(':
    case '[':
    case '{':
      ++brackets;
      break;
    case ')':
    case ']':
    case '}':
      brackets -= brackets > 0;
      break;
    case '<':
      ++angles;
      break;
    case '>':
      angles -= angles > 0 && text[i - 1] != '-';
      break;
    default:
      break;
    }
    if (brackets + angles > kMaxNesting)
      return i;
  }
  return std::nullopt;
}

std::string mlir::tenon::refuseMlirText(std::string_view name, std::string_view text) {
  if (text.substr(0, 4) == "ML\xefR")
    return std::string(name) + ": error: is MLIR bytecode, which is not read; expected text";
  if (size_t place = text.find('\0'); place != std::string_view::npos)
    return std::string(name) + ": error: a NUL byte at byte " + std::to_string(place) +
           "; expected text";
  std::optional<size_t> deep = findDeepNesting(text);
  if (!deep)
    return "";
  std::string_view before = text.substr(0, *deep);
  size_t line = std::count(before.begin(), before.end(), '\n') + 1;
  size_t lineStart = before.rfind('\n') + 1; // 0 on the first line
  return std::string(name) + ":" + std::to_string(line) + ":" +
         std::to_string(*deep - lineStart + 1) + ": error: nested deeper than " +
         std::to_string(kMaxNesting);
}
