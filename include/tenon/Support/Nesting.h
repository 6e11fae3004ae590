//===- Nesting.h - How deep the brackets of a text go -----------*- C++ -*-===//
//
// MLIR's parser recurses without a limit, so that a text is measured before it
// is parsed.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_NESTING_H
#define TENON_SUPPORT_NESTING_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mlir::tenon {

/// Most brackets inside each other.
inline constexpr unsigned kMaxNesting = 256;

/// Where in an MLIR text more than kMaxNesting brackets are open; nothing when
/// they never are. Strings and comments do not count.
std::optional<size_t> findDeepNesting(std::string_view text);

/// What makes `text`, read from the file `name`, no MLIR text that can be parsed
/// safely: depth, or that it is bytecode, whose reader trusts what it reads. A
/// whole line to print, or empty.
std::string refuseMlirText(std::string_view name, std::string_view text);

} // namespace mlir::tenon

#endif // TENON_SUPPORT_NESTING_H
