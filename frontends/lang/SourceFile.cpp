//===- SourceFile.cpp - The text of one model file ------------------------===//

#include "frontends/lang/SourceFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace tenon::lang {

static constexpr llvm::StringLiteral kByteOrderMark("\xEF\xBB\xBF");

SourceFile::SourceFile(std::string fileName, std::string fileText)
    : name(std::move(fileName)), text(std::move(fileText)) {
  if (llvm::StringRef(text).starts_with(kByteOrderMark))
    start = kByteOrderMark.size();
  lineStarts.push_back(start);
  for (size_t i = start; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n')
      continue;
    if (text[i] == '\n' || text[i] == '\r')
      lineStarts.push_back(i + 1);
  }
}

std::unique_ptr<SourceFile> SourceFile::read(llvm::StringRef path, std::string &error) {
  std::string shown = displayPath(path);
  llvm::sys::fs::file_status status;
  if (std::error_code code = llvm::sys::fs::status(path, status)) {
    error = "cannot read " + shown + ": " + code.message();
    return nullptr;
  }
  if (status.type() != llvm::sys::fs::file_type::regular_file) {
    error = "cannot read " + shown + ": not a regular file";
    return nullptr;
  }
  if (status.getSize() > kMaxSourceBytes) {
    error = shown + " has " + std::to_string(status.getSize()) + " bytes; the limit is " +
            std::to_string(kMaxSourceBytes);
    return nullptr;
  }
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false,
                                            /*IsVolatile=*/true);
  if (!buffer) {
    error = "cannot read " + shown + ": " + buffer.getError().message();
    return nullptr;
  }
  return std::make_unique<SourceFile>(path.str(), (*buffer)->getBuffer().str());
}

LineColumn SourceFile::getLineColumn(uint32_t offset) const {
  auto after = std::upper_bound(lineStarts.begin(), lineStarts.end(), offset);
  unsigned line = after == lineStarts.begin() ? 1 : unsigned(after - lineStarts.begin());
  unsigned column = 1;
  for (uint32_t i = lineStarts[line - 1]; i < offset && i < text.size(); ++column)
    i += std::max(1u, decodeUtf8(llvm::StringRef(text).substr(i)).length);
  return {line, column};
}

llvm::StringRef SourceFile::getLine(unsigned line) const {
  if (line == 0 || line > lineStarts.size())
    return {};
  uint32_t begin = lineStarts[line - 1];
  uint32_t end = line < lineStarts.size() ? lineStarts[line] : text.size();
  return llvm::StringRef(text).slice(begin, end).rtrim("\r\n");
}

Utf8Char decodeUtf8(llvm::StringRef text) {
  if (text.empty())
    return {};
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(0);
  if (first < 0x80)
    return {first, 1};
  unsigned length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length)
    return {};
  uint32_t codePoint = first & (0xFF >> (length + 1));
  for (unsigned i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80)
      return {};
    codePoint = (codePoint << 6) | (byte(i) & 0x3F);
  }
  static constexpr uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  bool surrogate = codePoint >= 0xD800 && codePoint < 0xE000;
  if (codePoint < smallest[length] || codePoint > 0x10FFFF || surrogate)
    return {};
  return {codePoint, length};
}

void appendUtf8(uint32_t codePoint, std::string &out) {
  if (codePoint < 0x80) {
    out += char(codePoint);
    return;
  }
  unsigned length = codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  out += char((0xF00 >> length) | (codePoint >> (6 * (length - 1))));
  for (unsigned i = length - 1; i-- > 0;)
    out += char(0x80 | ((codePoint >> (6 * i)) & 0x3F));
}

std::string formatNumber(double value) {
  char text[32];
  for (int digits = 1; digits <= 17; ++digits) {
    std::snprintf(text, sizeof(text), "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value)
      break;
  }
  return text;
}

/// Characters that change how the text around them is displayed.
static bool isDisplayControl(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

static std::string escapedUpTo(llvm::StringRef text, unsigned limit) {
  std::string out;
  unsigned count = 0;
  while (!text.empty()) {
    if (++count > limit)
      return out + "...";
    Utf8Char c = decodeUtf8(text);
    if (c.length == 0)
      out += "\\x" + llvm::toHex(text.take_front(1));
    else if (c.codePoint == '\n')
      out += "\\n";
    else if (isDisplayControl(c.codePoint))
      out += "\\u{" + llvm::utohexstr(c.codePoint) + "}";
    else
      out += text.take_front(c.length);
    text = text.drop_front(std::max(1u, c.length));
  }
  return out;
}

std::string escapeForMessage(llvm::StringRef text) { return escapedUpTo(text, 80); }

std::string displayPath(llvm::StringRef path) { return escapedUpTo(path, 200); }

} // namespace tenon::lang
