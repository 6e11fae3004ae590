//===- Lexer.h - From text to words -----------------------------*- C++ -*-===//
//
// Splits a file into words, one at a time, with NewLine, Indent and Dedent
// words for the line structure. Broken words are reported and become Error.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_LEXER_H
#define TENON_FRONTENDS_LANG_LEXER_H

#include "frontends/lang/Diagnostics.h"
#include "frontends/lang/Token.h"

#include "llvm/ADT/SmallVector.h"

namespace tenon::lang {

/// Longest name, in characters.
inline constexpr size_t kMaxNameLength = 255;

class Lexer {
public:
  Lexer(const SourceFile &file, DiagnosticsEngine &diagnostics);

  /// Reports what makes the whole file unreadable: other encodings, bytes that
  /// are not UTF-8, NUL. Returns false if there was any.
  static bool checkEncoding(const SourceFile &file, DiagnosticsEngine &diagnostics);

  /// The next word; EndOfFile for ever at the end.
  Token next();

  /// Gives up on the open brackets, so that line ends count again.
  void closeBrackets() { openBrackets = 0; }

private:
  Token make(TokenKind kind, size_t begin) const;
  Token broken(size_t begin, const llvm::Twine &message);
  char peek(size_t ahead = 0) const { return at + ahead < text.size() ? text[at + ahead] : '\0'; }

  /// Queues the Indent or Dedent words of a line that begins with `width`
  /// spaces.
  void indent(size_t width);
  /// Skips blanks, comments and, where they do not count, line ends. Returns
  /// true at a line end that counts.
  bool skipToWord();
  void skipComment();
  void skipLineEnd();
  /// True when the line at `at` can only begin a declaration, so that a bracket
  /// still open is one that was forgotten.
  bool startsDeclaration() const;
  Token lexName();
  Token lexNumber();
  Token lexString();
  Token lexOther();

  const SourceFile &file;
  DiagnosticsEngine &diagnostics;
  llvm::StringRef text;
  size_t at;
  size_t lineStart;
  bool lineHasWord = false;
  bool atLineStart = true;
  SourceRange doc;
  unsigned openBrackets = 0;
  llvm::SmallVector<size_t, 16> indents{0};
  llvm::SmallVector<Token, 4> queued;
};

/// The characters that a string word stands for; `word` has its quotes. Escapes
/// have been checked by the lexer.
std::string decodeString(llvm::StringRef word);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_LEXER_H
