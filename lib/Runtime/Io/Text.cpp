//===- Text.cpp - names, numbers and shapes as text -----------------------===//
#include "tenon/Runtime/Io/Text.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace tenon::runtime {

std::string format(const char *pattern, ...) {
  va_list arguments, again;
  va_start(arguments, pattern);
  va_copy(again, arguments);
  int length = vsnprintf(nullptr, 0, pattern, arguments);
  va_end(arguments);
  std::string text(length > 0 ? static_cast<size_t>(length) : 0, '\0');
  if (length > 0)
    vsnprintf(text.data(), text.size() + 1, pattern, again);
  va_end(again);
  return text;
}

/// Decodes the character at the start of `text`. Returns its length in bytes,
/// or 0 if it is malformed (overlong, a surrogate, cut short, too large).
static size_t decodeUtf8(std::string_view text, uint32_t &codePoint) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(0);
  if (lead < 0x80) {
    codePoint = lead;
    return 1;
  }
  size_t length = 0;
  uint32_t smallest = 0;
  if ((lead & 0xE0) == 0xC0) {
    length = 2, smallest = 0x80, codePoint = lead & 0x1F;
  } else if ((lead & 0xF0) == 0xE0) {
    length = 3, smallest = 0x800, codePoint = lead & 0x0F;
  } else if ((lead & 0xF8) == 0xF0) {
    length = 4, smallest = 0x10000, codePoint = lead & 0x07;
  }
  if (length == 0 || text.size() < length)
    return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
    codePoint = codePoint << 6 | (byte(i) & 0x3F);
  }
  bool isSurrogate = codePoint >= 0xD800 && codePoint <= 0xDFFF;
  if (codePoint < smallest || codePoint > 0x10FFFF || isSurrogate)
    return 0;
  return length;
}

size_t findMalformedUtf8(std::string_view text) {
  size_t position = 0;
  uint32_t codePoint = 0;
  while (position < text.size()) {
    size_t length = decodeUtf8(text.substr(position), codePoint);
    if (length == 0)
      return position;
    position += length;
  }
  return std::string_view::npos;
}

/// Control characters and those that change the direction of the text.
static bool isUnprintable(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF;
}

static std::string escapedCharacter(std::string_view text, size_t &length) {
  uint32_t codePoint = 0;
  length = decodeUtf8(text, codePoint);
  if (length == 0) {
    length = 1;
    return format("\\x%02X", static_cast<unsigned char>(text[0]));
  }
  if (codePoint == '\n')
    return "\\n";
  if (codePoint == '\r')
    return "\\r";
  if (codePoint == '\t')
    return "\\t";
  if (codePoint == '\'' || codePoint == '\\')
    return std::string("\\") + static_cast<char>(codePoint);
  if (!isUnprintable(codePoint))
    return std::string(text.substr(0, length));
  return codePoint < 0x100 ? format("\\x%02X", codePoint) : format("\\u%04X", codePoint);
}

std::string escaped(std::string_view text, size_t limit) {
  std::string result;
  for (size_t i = 0, length = 0; i < text.size(); i += length) {
    std::string piece = escapedCharacter(text.substr(i), length);
    if (result.size() + piece.size() > limit)
      return result + "...";
    result += piece;
  }
  return result;
}

std::string quoteName(std::string_view name) { return "'" + escaped(name, 80) + "'"; }

std::string displayPath(std::string_view path) { return escaped(path, 200); }

std::string cutLine(std::string line, size_t limit) {
  if (line.size() <= limit)
    return line;
  size_t end = limit - 3;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80)
    --end;
  line.resize(end);
  return line + "...";
}

bool parseInteger(std::string_view text, int64_t &value) {
  bool negative = !text.empty() && text[0] == '-';
  if (negative)
    text.remove_prefix(1);
  if (text.empty())
    return false;
  int64_t result = 0;
  for (char c : text) {
    if (c < '0' || c > '9')
      return false;
    int64_t digit = negative ? -(c - '0') : c - '0';
    if (__builtin_mul_overflow(result, int64_t{10}, &result) ||
        __builtin_add_overflow(result, digit, &result))
      return false;
  }
  value = result;
  return true;
}

std::string shapeText(const int64_t *dims, size_t rank) {
  std::string text = "[";
  for (size_t i = 0; i < rank; ++i) {
    if (i != 0)
      text += ", ";
    text += std::to_string(dims[i]);
  }
  return text + "]";
}

std::string shapeText(const std::vector<int64_t> &dims) {
  return shapeText(dims.data(), dims.size());
}

static size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replace, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string_view nearest(std::string_view name, const std::vector<std::string_view> &candidates) {
  constexpr size_t longest = 200;
  if (name.size() > longest)
    return {};
  size_t best = std::max<size_t>(2, name.size() / 3) + 1;
  std::string_view result;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > longest)
      continue;
    size_t distance = editDistance(name, candidate);
    if (distance < best) {
      best = distance;
      result = candidate;
    }
  }
  return result;
}

bool checkedProduct(const int64_t *dims, size_t rank, int64_t unit, int64_t &product) {
  bool hasZero = unit == 0;
  for (size_t i = 0; i < rank; ++i) {
    if (dims[i] < 0)
      return false;
    hasZero |= dims[i] == 0;
  }
  product = hasZero ? 0 : unit;
  for (size_t i = 0; i < rank && !hasZero; ++i)
    if (__builtin_mul_overflow(product, dims[i], &product))
      return false;
  return true;
}

} // namespace tenon::runtime
