//===- SourceFile.h - The text of one model file ----------------*- C++ -*-===//
//
// Holds the bytes of a file, knows its lines, and refuses what is not UTF-8.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_SOURCEFILE_H
#define TENON_FRONTENDS_LANG_SOURCEFILE_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tenon::lang {

/// Files above this size are refused unread.
inline constexpr uint64_t kMaxSourceBytes = uint64_t(64) << 20;

/// A place in a file as people count: from 1, columns in characters.
struct LineColumn {
  unsigned line = 1;
  unsigned column = 1;
};

/// The text of one file. Offsets are bytes from the start of the file, a
/// byte-order mark included.
class SourceFile {
public:
  /// A file named `name` that holds `text`.
  SourceFile(std::string name, std::string text);

  /// Reads a regular file of at most kMaxSourceBytes. On failure returns null
  /// and puts one sentence into `error`.
  static std::unique_ptr<SourceFile> read(llvm::StringRef path, std::string &error);

  /// The name for messages: the path as it was given.
  llvm::StringRef getName() const { return name; }
  llvm::StringRef getText() const { return text; }
  /// The offset of the first character after a byte-order mark.
  uint32_t getStart() const { return start; }

  /// The place of the byte at `offset`.
  LineColumn getLineColumn(uint32_t offset) const;
  /// The text of line `line` (from 1) without its line end.
  llvm::StringRef getLine(unsigned line) const;
  /// The offset at which line `line` (from 1) begins.
  uint32_t getLineStart(unsigned line) const { return lineStarts[line - 1]; }

private:
  std::string name;
  std::string text;
  uint32_t start = 0;
  std::vector<uint32_t> lineStarts;
};

/// A stretch of a file: bytes begin to end, end not included. A range without a
/// file has no place (built-in things).
struct SourceRange {
  const SourceFile *file = nullptr;
  uint32_t begin = 0;
  uint32_t end = 0;

  bool isValid() const { return file != nullptr; }
  llvm::StringRef text() const {
    return file ? file->getText().slice(begin, end) : llvm::StringRef();
  }
  /// The smallest range that holds this one and `other`, of the same file.
  SourceRange to(SourceRange other) const { return {file, begin, other.end}; }
  LineColumn where() const { return file->getLineColumn(begin); }
};

/// The character at the start of `text`: its code point and its length in
/// bytes; length 0 when the bytes there are not UTF-8.
struct Utf8Char {
  uint32_t codePoint = 0;
  unsigned length = 0;
};
Utf8Char decodeUtf8(llvm::StringRef text);

/// Appends `codePoint`, which must be below 0x110000, to `out` as UTF-8.
void appendUtf8(uint32_t codePoint, std::string &out);

/// The shortest decimal that reads back as `value`.
std::string formatNumber(double value);

/// `text` fit for a message: control and direction characters escaped, broken
/// bytes as \xFF, cut at 80 characters.
std::string escapeForMessage(llvm::StringRef text);

/// `path` fit for a message: as escapeForMessage, but cut only at 200 characters,
/// because what reads the message opens the file by it.
std::string displayPath(llvm::StringRef path);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_SOURCEFILE_H
