//===- Token.h - One word of a model file -----------------------*- C++ -*-===//

#ifndef TENON_FRONTENDS_LANG_TOKEN_H
#define TENON_FRONTENDS_LANG_TOKEN_H

#include "frontends/lang/SourceFile.h"

namespace tenon::lang {

enum class TokenKind : uint8_t {
#define TOKEN_MARKER(kind, description) kind,
#define TOKEN_PUNCTUATION(kind, spelling) kind,
#define TOKEN_KEYWORD(kind, spelling) kw_##kind,
#include "frontends/lang/TokenKinds.def"
};

/// How a message names a word of this kind: `'->'`, `a name`.
llvm::StringRef describe(TokenKind kind);
/// The spelling of an operator or reserved word.
llvm::StringRef spelling(TokenKind kind);
/// True for reserved words.
bool isKeyword(TokenKind kind);
/// The kind of the word `text`: a reserved word, or Name.
TokenKind keywordKind(llvm::StringRef text);

/// A word: its kind, its bytes, and the documentation lines right before it.
struct Token {
  TokenKind kind = TokenKind::EndOfFile;
  SourceRange range;
  /// From the first `##` line before the word to the end of the last; empty
  /// when there is none.
  SourceRange doc;

  bool is(TokenKind other) const { return kind == other; }
  llvm::StringRef text() const { return range.text(); }
};

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_TOKEN_H
