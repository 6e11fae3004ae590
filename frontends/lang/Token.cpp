//===- Token.cpp - One word of a model file -------------------------------===//

#include "frontends/lang/Token.h"

#include "llvm/ADT/StringSwitch.h"

namespace tenon::lang {

llvm::StringRef describe(TokenKind kind) {
  switch (kind) {
#define TOKEN_MARKER(kind, description)                                                            \
  case TokenKind::kind:                                                                            \
    return description;
#define TOKEN_PUNCTUATION(kind, spelling)                                                          \
  case TokenKind::kind:                                                                            \
    return "'" spelling "'";
#define TOKEN_KEYWORD(kind, spelling)                                                              \
  case TokenKind::kw_##kind:                                                                       \
    return "'" spelling "'";
#include "frontends/lang/TokenKinds.def"
  }
  return "";
}

llvm::StringRef spelling(TokenKind kind) {
  llvm::StringRef text = describe(kind);
  return text.starts_with("'") ? text.drop_front().drop_back() : text;
}

bool isKeyword(TokenKind kind) {
  switch (kind) {
#define TOKEN_KEYWORD(kind, spelling) case TokenKind::kw_##kind:
#include "frontends/lang/TokenKinds.def"
    return true;
  default:
    return false;
  }
}

TokenKind keywordKind(llvm::StringRef text) {
  return llvm::StringSwitch<TokenKind>(text)
#define TOKEN_KEYWORD(kind, spelling) .Case(spelling, TokenKind::kw_##kind)
#include "frontends/lang/TokenKinds.def"
      .Default(TokenKind::Name);
}

} // namespace tenon::lang
