//===- ASTPrinter.h - The tree as text --------------------------*- C++ -*-===//

#ifndef TENON_FRONTENDS_LANG_ASTPRINTER_H
#define TENON_FRONTENDS_LANG_ASTPRINTER_H

#include "frontends/lang/AST.h"

#include "llvm/Support/raw_ostream.h"

namespace tenon::lang {

/// Prints one statement per line, suites indented, expressions in prefix form:
/// `a + b * c` is `(+ a (* b c))`, `f(x)` is `(call f x)`, `f[x]` is
/// `(of f x)`, `x.y` is `(. x y)`.
void printTree(const FileTree &tree, llvm::raw_ostream &os);
void printExpr(const Expr *expr, llvm::raw_ostream &os);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_ASTPRINTER_H
