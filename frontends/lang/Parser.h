//===- Parser.h - From words to a tree --------------------------*- C++ -*-===//
//
// A recursive-descent parser for grammar.md. It reports syntax errors, skips
// to the end of the broken statement and goes on, so that one run shows many.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTENDS_LANG_PARSER_H
#define TENON_FRONTENDS_LANG_PARSER_H

#include "frontends/lang/AST.h"
#include "frontends/lang/Diagnostics.h"

namespace tenon::lang {

/// How deep brackets, prefix operators and suites may be nested.
inline constexpr unsigned kMaxNesting = 256;

/// Parses a whole file. Errors go to `diagnostics`; the tree then holds what
/// could be read.
FileTree parseFile(const SourceFile &source, ASTContext &context, DiagnosticsEngine &diagnostics);

/// Parses `source` as one expression (the value of a command-line definition).
/// Null after an error.
const Expr *parseExpression(const SourceFile &source, ASTContext &context,
                            DiagnosticsEngine &diagnostics);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_PARSER_H
