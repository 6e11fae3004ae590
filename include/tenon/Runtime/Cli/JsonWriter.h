//===- JsonWriter.h - JSON text, value by value ---------------------------===//
#ifndef TENON_RUNTIME_CLI_JSONWRITER_H
#define TENON_RUNTIME_CLI_JSONWRITER_H

#include <cstdint>
#include <string>
#include <string_view>

namespace tenon::runtime {

/// Appends JSON to a text; commas and indentation are its business.
class JsonWriter {
public:
  /// "{" or "[", and later the bracket that closes it.
  void open(const char *bracket);
  void close(const char *bracket);
  /// The next value belongs to this key.
  void key(const char *name);
  /// Malformed UTF-8 becomes the replacement character.
  void string(std::string_view value);
  void number(int64_t value);
  /// Nine significant digits; null for NaN and infinities, which JSON lacks.
  void real(double value);
  /// true, false or null.
  void word(const char *value);
  /// The text, which ends with a newline.
  std::string take() { return std::move(text) + "\n"; }

private:
  void newLine();
  void begin();

  std::string text;
  size_t depth = 0;
  bool isFirst = true;
  bool afterKey = false;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CLI_JSONWRITER_H
