//===- NameCheck.h - Names in what is not elaborated ------------*- C++ -*-===//

#ifndef TENON_FRONTENDS_LANG_NAMECHECK_H
#define TENON_FRONTENDS_LANG_NAMECHECK_H

#include "frontends/lang/Loader.h"
#include "frontends/lang/Scope.h"

namespace tenon::lang {

/// Reports names that nothing defines in the declarations of `unit`, whose own
/// names are in `scope`: blocks that no model uses are checked for names only.
void checkNames(const FileUnit &unit, Scope &scope, DiagnosticsEngine &diagnostics);

/// Whether an error says already that nothing defines `name` in the file of `range`:
/// its other uses there are the same mistake.
bool isReportedUndefined(llvm::StringRef name, SourceRange range,
                         const DiagnosticsEngine &diagnostics);

/// `; did you mean 'norm' (part, line 32)?` for the undefined `name` at
/// `range`, or nothing when no name in `scope` is near.
std::string suggestName(llvm::StringRef name, SourceRange range, Scope &scope);

/// True for the names of dtypes and kinds, and for values that are reserved.
bool isReservedTypeName(llvm::StringRef name);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_NAMECHECK_H
