//===- Formatter.h - Model text in its one layout ---------------*- C++ -*-===//

#ifndef TENON_FRONTENDS_LANG_FORMATTER_H
#define TENON_FRONTENDS_LANG_FORMATTER_H

#include "frontends/lang/Diagnostics.h"

#include <optional>

namespace tenon::lang {

/// Widest line that the formatter makes where the language lets a line be broken.
inline constexpr size_t kMaxColumns = 120;

/// `source` in its one layout: the same words and comments with one spacing, suites
/// indented by 4, at most one blank line in a row. Line breaks inside brackets stay, and
/// are added where a line is too wide. Formatting the result changes nothing. Nothing
/// after a syntax error.
std::optional<std::string> formatSource(const SourceFile &source, DiagnosticsEngine &diagnostics);

} // namespace tenon::lang

#endif // TENON_FRONTENDS_LANG_FORMATTER_H
