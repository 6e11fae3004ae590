//===- Text.h - names, numbers and shapes as text -------------------------===//
#ifndef TENON_RUNTIME_IO_TEXT_H
#define TENON_RUNTIME_IO_TEXT_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::runtime {

/// printf into a string.
std::string format(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

/// `text` with control, direction-changing and malformed bytes written as
/// escapes (\n, \xFF, \u202E) and cut after `limit` bytes of output.
std::string escaped(std::string_view text, size_t limit);

/// A name from outside in single quotes: escaped and cut at 80 bytes.
std::string quoteName(std::string_view name);

/// A file path for a message: escaped and cut at 200 bytes.
std::string displayPath(std::string_view path);

/// Cuts `line` to at most `limit` bytes without splitting a character.
std::string cutLine(std::string line, size_t limit);

/// The offset of the first byte that is not well-formed UTF-8 (overlong forms
/// and surrogates included), or npos.
size_t findMalformedUtf8(std::string_view text);

/// Reads an optional minus sign and decimal digits, nothing else. False if the
/// text has another form or the number does not fit 64 bits.
bool parseInteger(std::string_view text, int64_t &value);

/// "[3, 4]"; "[]" for a scalar.
std::string shapeText(const int64_t *dims, size_t rank);
std::string shapeText(const std::vector<int64_t> &dims);

/// The candidate with the smallest edit distance to `name`, or an empty view
/// if none is within a third of its length (at least 2).
std::string_view nearest(std::string_view name, const std::vector<std::string_view> &candidates);

/// The product of `dims` times `unit` in checked arithmetic. A zero among them
/// makes it 0. False if a dim is negative or the product exceeds INT64_MAX.
bool checkedProduct(const int64_t *dims, size_t rank, int64_t unit, int64_t &product);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_IO_TEXT_H
