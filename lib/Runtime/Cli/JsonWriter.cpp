//===- JsonWriter.cpp - JSON text, value by value -------------------------===//
#include "tenon/Runtime/Cli/JsonWriter.h"

#include "tenon/Runtime/Io/Text.h"

#include <cmath>

namespace tenon::runtime {

void JsonWriter::newLine() { text += "\n" + std::string(2 * depth, ' '); }

void JsonWriter::begin() {
  if (afterKey) {
    afterKey = false;
    return;
  }
  if (!isFirst)
    text += ",";
  if (depth > 0)
    newLine();
  isFirst = false;
}

void JsonWriter::open(const char *bracket) {
  begin();
  text += bracket;
  ++depth;
  isFirst = true;
}

void JsonWriter::close(const char *bracket) {
  --depth;
  if (!isFirst)
    newLine();
  text += bracket;
  isFirst = false;
}

void JsonWriter::key(const char *name) {
  begin();
  text += '"';
  text += name;
  text += "\": ";
  afterKey = true;
}

void JsonWriter::string(std::string_view value) {
  begin();
  text += '"';
  while (!value.empty()) {
    size_t bad = findMalformedUtf8(value);
    for (char c : value.substr(0, bad)) {
      if (c == '"' || c == '\\')
        text += std::string("\\") + c;
      else if (static_cast<unsigned char>(c) < 0x20)
        text += format("\\u%04x", static_cast<unsigned>(c));
      else
        text += c;
    }
    if (bad == std::string_view::npos)
      break;
    text += "\\ufffd";
    value.remove_prefix(bad + 1);
  }
  text += '"';
}

void JsonWriter::number(int64_t value) {
  begin();
  text += std::to_string(value);
}

void JsonWriter::real(double value) {
  begin();
  text += std::isfinite(value) ? format("%.9g", value) : std::string("null");
}

void JsonWriter::word(const char *value) {
  begin();
  text += value;
}

} // namespace tenon::runtime
